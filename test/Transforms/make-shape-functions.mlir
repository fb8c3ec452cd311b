// RUN: norm-opt %s --norm-make-shape-functions --canonicalize --cse --split-input-file | FileCheck %s

// The sizes of both results, and gamma's length with what it must be. The
// function itself stays.
// CHECK-LABEL: func.func private @rmsnorm.shape
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x?xf32>, %[[G:.*]]: tensor<?xf32>) -> (index, index, index, index, index)
// CHECK-SAME: norm.checks = ["norm.rmsnorm: expected dim 0 of gamma to have {1} elements, found {0}"]
// CHECK-DAG: %[[M:.*]] = tensor.dim %[[X]], %c0
// CHECK-DAG: %[[N:.*]] = tensor.dim %[[X]], %c1
// CHECK-DAG: %[[L:.*]] = tensor.dim %[[G]], %c0
// CHECK: return %[[M]], %[[N]], %[[M]], %[[L]], %[[N]]
// CHECK-LABEL: func.func @rmsnorm(
// CHECK: norm.rmsnorm
func.func @rmsnorm(%x: tensor<?x?xf32>, %g: tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>) {
  %y, %r = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
    : (tensor<?x?xf32>, tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
  return %y, %r : tensor<?x?xf32>, tensor<?xf32>
}

// -----

// A one-dimensional gamma has the product of the row's sizes.
// CHECK-LABEL: func.func private @row_of_two_dims.shape
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x?x3xf32>, %[[G:.*]]: tensor<?xf32>)
// CHECK: %[[A:.*]] = tensor.dim %[[X]], %c1
// CHECK: %[[N:.*]] = arith.muli %[[A]], %c3
// CHECK: return %{{.*}}, %[[A]], %c3, %{{.*}}, %[[N]]
func.func @row_of_two_dims(%x: tensor<?x?x3xf32>, %g: tensor<?xf32>) -> tensor<?x?x3xf32> {
  %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0) : (tensor<?x?x3xf32>, tensor<?xf32>) -> tensor<?x?x3xf32>
  return %y : tensor<?x?x3xf32>
}

// -----

// Operands of elementwise ops have the same sizes; static ones need no check.
// CHECK-LABEL: func.func private @elementwise.shape
// CHECK-SAME: (%[[A:[^:]*]]: tensor<?x4xf32>, %[[B:[^:]*]]: tensor<?x4xf32>) -> (index, index, index, index)
// CHECK-SAME: norm.checks = ["linalg.generic: expected dim 0 of operand 1 to have {1} elements, found {0}"]
// CHECK: %[[M:.*]] = tensor.dim %[[A]], %c0
// CHECK: %[[K:.*]] = tensor.dim %[[B]], %c0
// CHECK: return %[[M]], %c4, %[[K]], %[[M]]
func.func @elementwise(%a: tensor<?x4xf32>, %b: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : tensor<?x4xf32>, tensor<?x4xf32>) outs(%a : tensor<?x4xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %t = arith.addf %p, %q : f32
    linalg.yield %t : f32
  } -> tensor<?x4xf32>
  return %s : tensor<?x4xf32>
}

// -----

// Scalars have no sizes, private functions and declarations no shape function.
// CHECK-LABEL: func.func private @scalars.shape
// CHECK-SAME: -> (index, index) attributes {norm.checks = []}
// CHECK-NOT: helper.shape
// CHECK-NOT: declared.shape
func.func private @declared(tensor<4xf32>)
func.func private @helper(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @scalars(%s: f32, %i: index, %x: tensor<2x3xbf16>) -> (f32, tensor<2x3xbf16>, index) {
  return %s, %x, %i : f32, tensor<2x3xbf16>, index
}

// -----

// Where the operator allows it a result may be written over an argument that
// nothing else reads.
// CHECK-LABEL: func.func @reciprocal(
// CHECK-SAME: norm.in_place = [array<i64: 0>]
func.func @reciprocal(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = norm.reciprocal %x : (tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// CHECK-LABEL: func.func @reciprocal_grad(
// CHECK-SAME: norm.in_place = [array<i64: 1>, array<i64>]
func.func @reciprocal_grad(%y: tensor<?xf32>, %dy: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %dx = norm.reciprocal_grad %y, %dy : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %dx, %y : tensor<?xf32>, tensor<?xf32>
}

// CHECK-LABEL: func.func @reciprocal_grad_over_both(
// CHECK-SAME: norm.in_place = [array<i64: 1, 0>]
func.func @reciprocal_grad_over_both(%y: tensor<?xf32>, %dy: tensor<?xf32>) -> tensor<?xf32> {
  %dx = norm.reciprocal_grad %y, %dy : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %dx : tensor<?xf32>
}

// Here dy is read once more, so dx may be y's view only.
// CHECK-LABEL: func.func @reciprocal_grad_of_used_dy(
// CHECK-SAME: norm.in_place = [array<i64: 0>, array<i64>]
func.func @reciprocal_grad_of_used_dy(%y: tensor<?xf32>, %dy: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %dx = norm.reciprocal_grad %y, %dy : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %dx, %dy : tensor<?xf32>, tensor<?xf32>
}

// -----

// What is inserted, and where: a slice of static size in a tensor of dynamic
// size appears once sizes are inferred.
// CHECK-LABEL: func.func private @inserted.shape
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?xf32>, %[[D:[^:]*]]: tensor<1x?xf32>)
// CHECK-SAME: norm.checks = ["tensor.insert_slice: expected dim 0 of the source to have {1} elements, found {0}"]
// CHECK-DAG: %[[A:.*]] = tensor.dim %[[X]], %c0
// CHECK-DAG: %[[B:.*]] = tensor.dim %[[D]], %c1
// CHECK: return %c1, %[[B]], %[[A]], %[[B]]
func.func @inserted(%x: tensor<?xf32>, %d: tensor<1x?xf32>) -> tensor<1x?xf32> {
  %c1 = arith.constant 1 : index
  %n = tensor.dim %d, %c1 : tensor<1x?xf32>
  %r = tensor.insert_slice %x into %d[0, 0] [1, %n] [1, 1] : tensor<?xf32> into tensor<1x?xf32>
  return %r : tensor<1x?xf32>
}

// CHECK-LABEL: func.func private @inserted_static.shape
// CHECK-SAME: norm.checks = ["tensor.insert_slice: expected dim 0 of the destination to have {1} elements, found {0}"]
func.func @inserted_static(%x: tensor<4xf32>, %d: tensor<?xf32>) -> tensor<?xf32> {
  %r = tensor.insert_slice %x into %d[0] [4] [1] : tensor<4xf32> into tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// The greatest and the least index of an access.
// CHECK-LABEL: func.func private @window.shape
// CHECK-SAME: norm.checks = ["linalg.generic: expected dim 0 of operand 0 to have {1} elements or more, found {0}"]
func.func @window(%x: tensor<?xf32>, %w: tensor<3xf32>, %o: tensor<?xf32>) -> tensor<?xf32> {
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i * 2 + j floordiv 2)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x, %w : tensor<?xf32>, tensor<3xf32>) outs(%o : tensor<?xf32>) {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %t = arith.addf %p, %r : f32
    linalg.yield %t : f32
  } -> tensor<?xf32>
  return %s : tensor<?xf32>
}

// CHECK-LABEL: func.func private @reversed.shape
// CHECK-SAME: norm.checks = ["linalg.generic: expected the least index of dim 0 of operand 0 to be {1}, found {0}"
func.func @reversed(%x: tensor<?xf32>, %o: tensor<?xf32>) -> tensor<?xf32> {
  %s = linalg.generic {indexing_maps = [affine_map<(i) -> (7 - i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%o : tensor<?xf32>) {
  ^bb0(%p: f32, %r: f32):
    linalg.yield %p : f32
  } -> tensor<?xf32>
  return %s : tensor<?xf32>
}
