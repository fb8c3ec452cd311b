// RUN: norm-opt %s --norm-splat-to-fill | FileCheck %s

// CHECK-LABEL: func.func @f
// CHECK-SAME: (%[[A:.*]]: f32, %[[M:.*]]: index)
func.func @f(%a: f32, %m: index) -> (tensor<?x4xf32>, tensor<2xf32>) {
  // CHECK: %[[E:.*]] = tensor.empty(%[[M]]) : tensor<?x4xf32>
  // CHECK: %[[S:.*]] = linalg.fill ins(%[[A]] : f32) outs(%[[E]] : tensor<?x4xf32>)
  // CHECK: %[[D:.*]] = tensor.empty() : tensor<2xf32>
  // CHECK: %[[T:.*]] = linalg.fill ins(%[[A]] : f32) outs(%[[D]] : tensor<2xf32>)
  // CHECK: return %[[S]], %[[T]]
  %s = tensor.splat %a[%m] : tensor<?x4xf32>
  %t = tensor.splat %a : tensor<2xf32>
  return %s, %t : tensor<?x4xf32>, tensor<2xf32>
}
