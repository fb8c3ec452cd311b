// RUN: norm-opt %s --transform-interpreter --resolve-ranked-shaped-type-result-dims --canonicalize --cse --split-input-file | FileCheck %s

// Tiles of rows; a tile takes gamma whole.
// CHECK-LABEL: func.func @rows
// CHECK-SAME: (%[[X:.*]]: tensor<?x?xf32>, %[[G:.*]]: tensor<?xf32>)
func.func @rows(%x: tensor<?x?xf32>, %g: tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>) {
  // CHECK-DAG: %[[N:.*]] = tensor.dim %[[X]], %c1
  // CHECK: scf.for %[[I:.*]] = %c0
  // CHECK: %[[M:.*]] = affine.min
  // CHECK: %[[T:.*]] = tensor.extract_slice %[[X]][%[[I]], 0] [%[[M]], %[[N]]] [1, 1]
  // CHECK: %[[R:.*]]:2 = norm.rmsnorm %[[T]] gamma(%[[G]]) axis(1) epsilon(0.000000e+00) {note = 1 : i64}
  // CHECK: tensor.insert_slice %[[R]]#0 into %{{.*}}[%[[I]], 0] [%[[M]], %[[N]]] [1, 1]
  // CHECK: tensor.insert_slice %[[R]]#1 into %{{.*}}[%[[I]]] [%[[M]]] [1]
  %y, %r = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0) {note = 1}
    : (tensor<?x?xf32>, tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
  return %y, %r : tensor<?x?xf32>, tensor<?xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%f: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["norm.rmsnorm"]} in %f : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %op tile_sizes [4]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Rows of several dims below two dims of rows.
// CHECK-LABEL: func.func @two_row_dims
// CHECK-SAME: (%[[X:.*]]: tensor<6x4x3x5xf16>)
func.func @two_row_dims(%x: tensor<6x4x3x5xf16>) -> tensor<6x4x3x5xf16> {
  // CHECK: scf.forall (%[[P:.*]], %[[J:.*]]) in (3, 4)
  // CHECK: %[[I:.*]] = affine.apply {{.*}}(%[[P]])
  // CHECK: %[[T:.*]] = tensor.extract_slice %[[X]][%[[I]], %[[J]], 0, 0] [2, 1, 3, 5] [1, 1, 1, 1]
  // CHECK: norm.rmsnorm %[[T]] axis(2) {{.*}} : (tensor<2x1x3x5xf16>) -> tensor<2x1x3x5xf16>
  %y = norm.rmsnorm %x axis(2) epsilon(0.0) : (tensor<6x4x3x5xf16>) -> tensor<6x4x3x5xf16>
  return %y : tensor<6x4x3x5xf16>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%f: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["norm.rmsnorm"]} in %f : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_forall %op tile_sizes [2, 1]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// CHECK-LABEL: func.func @memref_form
func.func @memref_form(%x: memref<8x4xf32>, %y: memref<8x4xf32>, %r: memref<8xf32>) {
  // CHECK: scf.for %[[I:.*]] =
  // CHECK-DAG: %[[X:.*]] = memref.subview %arg0[%[[I]], 0] [2, 4] [1, 1]
  // CHECK-DAG: %[[Y:.*]] = memref.subview %arg1[%[[I]], 0] [2, 4] [1, 1]
  // CHECK-DAG: %[[R:.*]] = memref.subview %arg2[%[[I]]] [2] [1]
  // CHECK: norm.rmsnorm %[[X]] outs(%[[Y]], %[[R]]) axis(1)
  norm.rmsnorm %x outs(%y, %r) axis(1) epsilon(0.0) : (memref<8x4xf32>, memref<8x4xf32>, memref<8xf32>) -> ()
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%f: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["norm.rmsnorm"]} in %f : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %op tile_sizes [2]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Fused into the loop of its consumer.
// CHECK-LABEL: func.func @fuse_into_consumer
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor<?x?xf32>
func.func @fuse_into_consumer(%x: tensor<?x?xf32>, %o: tensor<?x?xf32>) -> tensor<?x?xf32> {
  // CHECK-NOT: norm.rmsnorm
  // CHECK: scf.for
  // CHECK: %[[T:.*]] = tensor.extract_slice %[[X]]
  // CHECK: %[[Y:.*]] = norm.rmsnorm %[[T]]
  // CHECK-NOT: tensor.extract_slice %[[Y]]
  // CHECK: linalg.exp ins(%[[Y]]
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %e = linalg.exp ins(%y : tensor<?x?xf32>) outs(%o : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %e : tensor<?x?xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%f: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["linalg.exp"]} in %f : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.fuse %op tile_sizes [4]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A consumer that reads the front of each row gets a slice of whole rows.
// CHECK-LABEL: func.func @fuse_into_consumer_of_a_slice
func.func @fuse_into_consumer_of_a_slice(%x: tensor<8x16xf32>, %o: tensor<8x4xf32>) -> tensor<8x4xf32> {
  // CHECK: scf.for
  // CHECK: %[[Y:.*]] = norm.rmsnorm {{.*}} : (tensor<2x16xf32>) -> tensor<2x16xf32>
  // CHECK: %[[S:.*]] = tensor.extract_slice %[[Y]][0, 0] [2, 4] [1, 1]
  // CHECK: linalg.copy {{.*}}ins(%[[S]]
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<8x16xf32>) -> tensor<8x16xf32>
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c2 = arith.constant 2 : index
  %r = scf.for %i = %c0 to %c8 step %c2 iter_args(%a = %o) -> tensor<8x4xf32> {
    %s = tensor.extract_slice %y[%i, 0] [2, 4] [1, 1] : tensor<8x16xf32> to tensor<2x4xf32>
    %d = tensor.extract_slice %a[%i, 0] [2, 4] [1, 1] : tensor<8x4xf32> to tensor<2x4xf32>
    %c = linalg.copy ins(%s : tensor<2x4xf32>) outs(%d : tensor<2x4xf32>) -> tensor<2x4xf32>
    %n = tensor.insert_slice %c into %a[%i, 0] [2, 4] [1, 1] : tensor<2x4xf32> into tensor<8x4xf32>
    scf.yield %n : tensor<8x4xf32>
  }
  return %r : tensor<8x4xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%f: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["norm.rmsnorm"]} in %f : (!transform.any_op) -> !transform.any_op
    %loop = transform.structured.match ops{["scf.for"]} in %f : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.fuse_into_containing_op %op into %loop
      : (!transform.any_op, !transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
