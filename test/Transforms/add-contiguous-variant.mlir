// RUN: norm-opt %s --norm-add-contiguous-variant --split-input-file | FileCheck %s

// CHECK-LABEL: func.func private @f.contiguous(
// CHECK-SAME: %[[X:.*]]: tensor<?xf32>, %[[S:.*]]: f32) -> tensor<?xf32>
// CHECK: %[[Y:.*]] = norm.reciprocal %[[X]] : (tensor<?xf32>) -> tensor<?xf32>
// CHECK: %[[N:.*]] = tensor.dim %[[X]]
// CHECK: %[[E:.*]] = tensor.empty(%[[N]]) : tensor<?xf32>
// CHECK: linalg.generic {indexing_maps = [#[[ID:.*]], #{{.*}}, #[[ID]]], iterator_types = ["parallel"]} ins(%[[Y]], %[[S]]
// CHECK-LABEL: func.func @f(
func.func @f(%x: tensor<?x7x7xf32>, %s: f32) -> tensor<?x7x7xf32> {
  %c0 = arith.constant 0 : index
  %y = norm.reciprocal %x : (tensor<?x7x7xf32>) -> tensor<?x7x7xf32>
  %n = tensor.dim %x, %c0 : tensor<?x7x7xf32>
  %e = tensor.empty(%n) : tensor<?x7x7xf32>
  %z = linalg.generic {
      indexing_maps = [affine_map<(a, b, c) -> (a, b, c)>, affine_map<(a, b, c) -> ()>,
                       affine_map<(a, b, c) -> (a, b, c)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y, %s : tensor<?x7x7xf32>, f32) outs(%e : tensor<?x7x7xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %m = arith.mulf %a, %b : f32
      linalg.yield %m : f32
  } -> tensor<?x7x7xf32>
  return %z : tensor<?x7x7xf32>
}

// -----

// All sizes are static: so is the flat one.
// CHECK-LABEL: func.func private @static.contiguous
// CHECK-SAME: tensor<98xf64>, %{{.*}}: tensor<98xf64>) -> tensor<98xf64>
func.func @static(%y: tensor<2x49xf64>, %dy: tensor<2x49xf64>) -> tensor<2x49xf64> {
  %dx = norm.reciprocal_grad %y, %dy : (tensor<2x49xf64>, tensor<2x49xf64>) -> tensor<2x49xf64>
  return %dx : tensor<2x49xf64>
}

// -----

// Flat already; a row that broadcasts; a norm op that sums rows; no norm op; no
// argument that could lie without gaps.
// CHECK-NOT: contiguous
func.func @flat(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = norm.reciprocal %x : (tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}
func.func @other_shape(%x: tensor<?x8xf32>, %g: tensor<8xf32>) -> (tensor<?x8xf32>, tensor<8xf32>) {
  %y = norm.reciprocal %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %z = norm.reciprocal %g : (tensor<8xf32>) -> tensor<8xf32>
  return %y, %z : tensor<?x8xf32>, tensor<8xf32>
}
func.func @sums(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = norm.reciprocal %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %z = norm.rmsnorm %y axis(1) epsilon(0.0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}
func.func @no_norm_op(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  return %x : tensor<?x8xf32>
}
func.func @no_tensor_argument(%s: f32) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %x = linalg.generic {indexing_maps = [affine_map<(i, j) -> ()>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%s : f32) outs(%e : tensor<4x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<4x8xf32>
  %y = norm.reciprocal %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
