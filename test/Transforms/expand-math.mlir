// Which math functions become arithmetic; how exact they are is tested by
// running them (MathTest).
// RUN: norm-opt %s --norm-expand-math | FileCheck %s

// CHECK-DAG: func.func private @erf(f64) -> f64
// CHECK-DAG: func.func private @cbrtf(f32) -> f32
// CHECK-DAG: func.func private @expm1(f64) -> f64

// CHECK-LABEL: func.func @f32(
// CHECK-NOT: math.{{exp|expm1|log|log1p|log2|tanh|erf|erfc}} %
// CHECK: return
func.func @f32(%v: vector<64xf32>, %s: f32) -> (vector<64xf32>, f32) {
  %0 = math.exp %v : vector<64xf32>
  %1 = math.expm1 %0 : vector<64xf32>
  %2 = math.log %1 : vector<64xf32>
  %3 = math.log1p %2 : vector<64xf32>
  %4 = math.log2 %3 : vector<64xf32>
  %5 = math.tanh %4 : vector<64xf32>
  %6 = math.erf %5 : vector<64xf32>
  %7 = math.erfc %6 : vector<64xf32>
  // A single element has the bits that it has in a vector.
  %8 = math.exp %s : f32
  return %7, %8 : vector<64xf32>, f32
}

// The sums are exact, so the large part of exp is multiplied afterwards.
// CHECK-LABEL: func.func @extended_exp(
// CHECK-SAME: %[[X:.*]]: f32
// CHECK-DAG: %[[LOW:.*]] = arith.cmpf olt, %[[X]], %{{.*}} : f32
// CHECK-DAG: %[[HIGH:.*]] = arith.cmpf ogt, %[[X]], %{{.*}} : f32
// CHECK: arith.addf %[[X]], %{{.*}} : f32
// CHECK: math.fma
// CHECK: arith.mulf
// CHECK: return
func.func @extended_exp(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  return %0 : f32
}

// The difference to an integer is exact, and its exponent becomes two factors.
// CHECK-LABEL: func.func @exp2(
// CHECK: %[[N:.*]] = math.roundeven
// CHECK: arith.subf %{{.*}}, %[[N]]
// CHECK: arith.fptosi %[[N]] : vector<64xf32> to vector<64xi32>
// CHECK-NOT: math.exp
// CHECK-COUNT-2: arith.bitcast %{{.*}} : vector<64xi32> to vector<64xf32>
func.func @exp2(%v: vector<64xf32>) -> vector<64xf32> {
  %0 = math.exp2 %v : vector<64xf32>
  return %0 : vector<64xf32>
}

// CHECK-LABEL: func.func @left(
// CHECK: math.exp %{{.*}} : vector<32xf64>
// CHECK: math.atan
// CHECK: math.sin
// CHECK: math.powf
func.func @left(%d: vector<32xf64>, %v: vector<64xf32>) -> (vector<32xf64>, vector<64xf32>) {
  %0 = math.exp %d : vector<32xf64>
  %1 = math.atan %v : vector<64xf32>
  %2 = math.sin %1 : vector<64xf32>
  %3 = math.powf %2, %2 : vector<64xf32>
  return %0, %3 : vector<32xf64>, vector<64xf32>
}

// What the LLVM dialect does not have, and what it would compute with less
// accuracy.
// CHECK-LABEL: func.func @called(
// CHECK-COUNT-2: call @erf(%{{.*}}) : (f64) -> f64
// CHECK-COUNT-2: call @cbrtf(%{{.*}}) : (f32) -> f32
// CHECK: call @expm1(%{{.*}}) : (f64) -> f64
func.func @called(%d: vector<2xf64>, %v: vector<2xf32>, %s: f64) -> (vector<2xf64>, vector<2xf32>, f64) {
  %0 = math.erf %d : vector<2xf64>
  %1 = math.cbrt %v : vector<2xf32>
  %2 = math.expm1 %s : f64
  return %0, %1, %2 : vector<2xf64>, vector<2xf32>, f64
}
