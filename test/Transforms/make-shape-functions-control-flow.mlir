// RUN: norm-opt %s --norm-make-shape-functions --canonicalize --cse --split-input-file | FileCheck %s

// Checks in a loop hold if it runs; what it carries has one size.
// CHECK-LABEL: func.func private @loop.shape
// CHECK-SAME: (%[[N:[^:]*]]: index, %[[X:[^:]*]]: tensor<?xf32>, %[[Y:[^:]*]]: tensor<?xf32>) -> (index, index, index)
// CHECK-SAME: norm.checks = ["norm.reciprocal_grad: expected dim 0 of dy to have {1} elements, found {0}"]
// CHECK-DAG: %[[A:.*]] = tensor.dim %[[X]], %c0
// CHECK-DAG: %[[B:.*]] = tensor.dim %[[Y]], %c0
// CHECK-DAG: %[[RUNS:.*]] = arith.cmpi sgt, %[[N]], %c0
// CHECK: %[[FOUND:.*]] = arith.select %[[RUNS]], %[[B]], %[[A]]
// CHECK: return %[[A]], %[[FOUND]], %[[A]]
func.func @loop(%n: index, %x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%last = %x) -> tensor<?xf32> {
    %next = norm.reciprocal_grad %last, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    scf.yield %next : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}

// -----

// The size of a branch that is known when called.
// CHECK-LABEL: func.func private @branch.shape
// CHECK-SAME: (%[[I:[^:]*]]: i32, %[[X:[^:]*]]: tensor<?xf32>, %[[Y:[^:]*]]: tensor<?xf32>) -> index
// CHECK-SAME: norm.checks = []
// CHECK-DAG: %[[A:.*]] = tensor.dim %[[X]], %c0
// CHECK-DAG: %[[B:.*]] = tensor.dim %[[Y]], %c0
// CHECK: %[[SIZE:.*]] = arith.select %{{.*}}, %[[A]], %[[B]]
// CHECK: return %[[SIZE]]
func.func @branch(%i: i32, %x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %zero = arith.constant 0 : i32
  %c = arith.cmpi eq, %i, %zero : i32
  %r = scf.if %c -> tensor<?xf32> {
    scf.yield %x : tensor<?xf32>
  } else {
    %z = norm.reciprocal %y : (tensor<?xf32>) -> tensor<?xf32>
    scf.yield %z : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}

// -----

// Where the data says whether an op runs, its sizes always have to agree.
// CHECK-LABEL: func.func private @condition_of_data.shape
// CHECK-SAME: (%[[D:[^:]*]]: tensor<1xi32>, %[[X:[^:]*]]: tensor<?xf32>, %[[Y:[^:]*]]: tensor<?xf32>)
// CHECK-DAG: %[[A:.*]] = tensor.dim %[[X]], %c0
// CHECK-DAG: %[[B:.*]] = tensor.dim %[[Y]], %c0
// CHECK: return %[[A]], %[[B]], %[[A]]
func.func @condition_of_data(%d: tensor<1xi32>, %x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0 : i32
  %e = tensor.extract %d[%c0] : tensor<1xi32>
  %c = arith.cmpi eq, %e, %zero : i32
  %r = scf.if %c -> tensor<?xf32> {
    %z = norm.reciprocal_grad %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    scf.yield %z : tensor<?xf32>
  } else {
    scf.yield %x : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}

// -----

// CHECK-LABEL: func.func private @until.shape
// CHECK-SAME: (%[[D:[^:]*]]: i32, %[[X:[^:]*]]: tensor<?xf32>, %[[Y:[^:]*]]: tensor<?xf32>) -> (index, index, index)
// CHECK-DAG: %[[A:.*]] = tensor.dim %[[X]], %c0
// CHECK-DAG: %[[B:.*]] = tensor.dim %[[Y]], %c0
// CHECK: return %[[A]], %[[B]], %[[A]]
func.func @until(%n: i32, %x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %r:2 = scf.while (%left = %n, %last = %x) : (i32, tensor<?xf32>) -> (i32, tensor<?xf32>) {
    %c = arith.cmpi sgt, %left, %zero : i32
    scf.condition(%c) %left, %last : i32, tensor<?xf32>
  } do {
  ^bb0(%left: i32, %last: tensor<?xf32>):
    %less = arith.subi %left, %one : i32
    %next = norm.reciprocal_grad %last, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    scf.yield %less, %next : i32, tensor<?xf32>
  }
  return %r#1 : tensor<?xf32>
}

// -----

// A loop over numbers may compute a size.
// CHECK-LABEL: func.func private @computed_size.shape
// CHECK: %[[SIZE:.*]] = scf.for
// CHECK: return %[[SIZE]]
func.func @computed_size(%n: index, %v: f32) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %size = scf.for %i = %c0 to %n step %c1 iter_args(%s = %c1) -> index {
    %next = arith.muli %s, %c2 : index
    scf.yield %next : index
  }
  %r = tensor.splat %v[%size] : tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// The same size of an iteration needs no check.
// CHECK-LABEL: func.func private @size_of_an_iteration.shape
// CHECK-SAME: norm.checks = []
func.func @size_of_an_iteration(%n: index, %v: f32) -> tensor<1xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<1xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%last = %zero) -> tensor<1xf32> {
    %a = tensor.splat %v[%i] : tensor<?xf32>
    %b = tensor.splat %v[%i] : tensor<?xf32>
    %y = norm.reciprocal_grad %a, %b : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    scf.yield %last : tensor<1xf32>
  }
  return %r : tensor<1xf32>
}
