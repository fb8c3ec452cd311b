// RUN: norm-opt %s --convert-norm-to-linalg --split-input-file | FileCheck %s
// RUN: norm-opt %s --convert-norm-to-linalg=allow-reciprocal=true --split-input-file \
// RUN:   | FileCheck %s --check-prefix=ALLOW

// ALLOW-NOT: arcp

// CHECK-LABEL: func.func @exact
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32>
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]} ins(%[[X]] : tensor<?x8xf32>)
// CHECK: ^bb0(%[[E:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK: %[[Y:.*]] = arith.divf %[[ONE]], %[[E]] : f32
// CHECK: linalg.yield %[[Y]]
func.func @exact(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = norm.reciprocal %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// One rounding, from the accumulator's type. Only where a pass behind this one
// takes care of it is the division marked.
// ALLOW-LABEL: func.func @half_of_rank_0
// ALLOW: arith.divf %{{.*}}, %{{.*}} fastmath<arcp> : f32
// CHECK-LABEL: func.func @half_of_rank_0
// CHECK: ^bb0(%[[E:.*]]: f16, %{{.*}}: f16):
// CHECK: %[[WIDE:.*]] = arith.extf %[[E]] : f16 to f32
// CHECK: %[[Y:.*]] = arith.divf %{{.*}}, %[[WIDE]] : f32
// CHECK: arith.truncf %[[Y]] : f32 to f16
func.func @half_of_rank_0(%x: tensor<f16>) -> tensor<f16> {
  %y = norm.reciprocal %x precision(approx) : (tensor<f16>) -> tensor<f16>
  return %y : tensor<f16>
}

// -----

// Both ways give the same halves.
// ALLOW-LABEL: func.func @exact_halves
// ALLOW: arith.divf %{{.*}}, %{{.*}} fastmath<arcp> : f32
// ALLOW-NOT: arcp
// CHECK-LABEL: func.func @exact_halves
// CHECK-NOT: arcp
func.func @exact_halves(%x: tensor<4xbf16>) -> tensor<4xbf16> {
  %y = norm.reciprocal %x : (tensor<4xbf16>) -> tensor<4xbf16>
  return %y : tensor<4xbf16>
}

// -----

// The order of the products is that of the op's description.
// CHECK-LABEL: func.func @gradient
// CHECK-SAME: %[[Y:.*]]: tensor<4xf64>, %[[DY:.*]]: tensor<4xf64>
// CHECK: linalg.generic {{.*}} ins(%[[Y]], %[[DY]] :
// CHECK: ^bb0(%[[EY:[a-z0-9_]*]]: f64, %[[EDY:[a-z0-9_]*]]: f64,
// CHECK: %[[N:.*]] = arith.negf %[[EDY]]
// CHECK: %[[T:.*]] = arith.mulf %[[N]], %[[EY]]
// CHECK: arith.mulf %[[T]], %[[EY]]
func.func @gradient(%y: tensor<4xf64>, %dy: tensor<4xf64>) -> tensor<4xf64> {
  %dx = norm.reciprocal_grad %y, %dy : (tensor<4xf64>, tensor<4xf64>) -> tensor<4xf64>
  return %dx : tensor<4xf64>
}

// -----

// A declared type may know more than the operand's.
// CHECK-LABEL: func.func @refined
// CHECK: tensor.cast %{{.*}} : tensor<?xf32> to tensor<4xf32>
func.func @refined(%x: tensor<?xf32>) -> tensor<4xf32> {
  %y = norm.reciprocal %x : (tensor<?xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
