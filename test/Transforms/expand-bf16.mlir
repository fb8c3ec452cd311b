// RUN: norm-opt %s --norm-expand-bf16 --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @widen
// CHECK-SAME: (%[[X:.*]]: vector<64xbf16>)
func.func @widen(%x: vector<64xbf16>) -> vector<64xf32> {
  // CHECK: %[[SIXTEEN:.*]] = arith.constant dense<16> : vector<64xi32>
  // CHECK: %[[B:.*]] = arith.bitcast %[[X]] : vector<64xbf16> to vector<64xi16>
  // CHECK: %[[W:.*]] = arith.extui %[[B]] : vector<64xi16> to vector<64xi32>
  // CHECK: %[[S:.*]] = arith.shli %[[W]], %[[SIXTEEN]]
  // CHECK: arith.bitcast %[[S]] : vector<64xi32> to vector<64xf32>
  %y = arith.extf %x : vector<64xbf16> to vector<64xf32>
  return %y : vector<64xf32>
}

// Nothing between the two ends has the type bf16.
// CHECK-LABEL: func.func @narrow
// CHECK-SAME: (%[[X:.*]]: vector<64xf32>)
func.func @narrow(%x: vector<64xf32>) -> vector<64xbf16> {
  // CHECK-NOT: arith.truncf
  // CHECK-NOT: arith.select {{.*}}bf16
  // CHECK: %[[NAN:.*]] = arith.cmpf uno, %[[X]], %[[X]] : vector<64xf32>
  // CHECK: arith.select %[[NAN]], %{{.*}} : vector<64xi1>, vector<64xi32>
  // CHECK: %[[N:.*]] = arith.trunci %{{.*}} : vector<64xi32> to vector<64xi16>
  // CHECK: arith.bitcast %[[N]] : vector<64xi16> to vector<64xbf16>
  %y = arith.truncf %x : vector<64xf32> to vector<64xbf16>
  return %y : vector<64xbf16>
}

// CHECK-LABEL: func.func @scalar_to_f64
func.func @scalar_to_f64(%x: bf16) -> f64 {
  // CHECK: %[[F:.*]] = arith.bitcast %{{.*}} : i32 to f32
  // CHECK: arith.extf %[[F]] : f32 to f64
  %y = arith.extf %x : bf16 to f64
  return %y : f64
}

// CHECK-LABEL: func.func @f16_stays
func.func @f16_stays(%x: f32) -> f16 {
  // CHECK: arith.truncf %{{.*}} : f32 to f16
  %y = arith.truncf %x : f32 to f16
  return %y : f16
}

// From f64 in two steps, the first of which rounds to odd.
// CHECK-LABEL: func.func @f64_to_f16
// CHECK-SAME: (%[[X:.*]]: vector<32xf64>)
func.func @f64_to_f16(%x: vector<32xf64>) -> vector<32xf16> {
  // CHECK: %[[NEAREST:.*]] = arith.truncf %[[X]] : vector<32xf64> to vector<32xf32>
  // CHECK-DAG: %[[ABOVE:.*]] = arith.cmpi ugt
  // CHECK-DAG: %[[INEXACT:.*]] = arith.cmpi ne
  // CHECK: %[[ODD:.*]] = arith.ori
  // CHECK: %[[F:.*]] = arith.bitcast %[[ODD]] : vector<32xi32> to vector<32xf32>
  // CHECK: arith.truncf %[[F]] : vector<32xf32> to vector<32xf16>
  %y = arith.truncf %x : vector<32xf64> to vector<32xf16>
  return %y : vector<32xf16>
}
