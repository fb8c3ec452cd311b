// RUN: norm-opt %s --norm-keep-roundings --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @between_two_ops
func.func @between_two_ops(%x: vector<8xf32>) -> vector<8xf32> {
  // CHECK: %[[ROUNDED:.*]] = arith.truncf %{{.*}} : vector<8xf32> to vector<8xbf16>
  // CHECK: arith.extf %[[ROUNDED]] : vector<8xbf16> to vector<8xf32>
  %a = arith.truncf %x fastmath<contract> : vector<8xf32> to vector<8xbf16>
  %b = arith.extf %a fastmath<contract> : vector<8xbf16> to vector<8xf32>
  return %b : vector<8xf32>
}
