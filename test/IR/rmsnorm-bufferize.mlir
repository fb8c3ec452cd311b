// RUN: norm-opt %s --one-shot-bufferize="bufferize-function-boundaries allow-return-allocs-from-loops" --canonicalize | FileCheck %s
// RUN: norm-opt %s --one-shot-bufferize="bufferize-function-boundaries allow-return-allocs-from-loops function-boundary-type-conversion=identity-layout-map" \
// RUN:   | FileCheck %s --check-prefix=IDENTITY

// Any layout of an operand is taken as it is.
// CHECK-LABEL: func.func @static
// CHECK-SAME: (%[[X:.*]]: memref<4x8xf32, strided<[?, ?], offset: ?>>)
// IDENTITY-LABEL: func.func @static
// IDENTITY-SAME: (%[[X:.*]]: memref<4x8xf32>)
func.func @static(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: %[[Y:.*]] = memref.alloc() {{.*}} : memref<4x8xf32>
  // CHECK: norm.rmsnorm %[[X]] outs(%[[Y]]) axis(1) epsilon(0.000000e+00) {note = 1 : i64, strategy = #norm.strategy<vector_bits = 128>}
  // CHECK-SAME: : (memref<4x8xf32, strided<[?, ?], offset: ?>>, memref<4x8xf32>) -> ()
  // CHECK: return %[[Y]]
  // IDENTITY: norm.rmsnorm {{.*}} : (memref<4x8xf32>, memref<4x8xf32>) -> ()
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) {note = 1, strategy = #norm.strategy<vector_bits = 128>}
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @dynamic_with_all_operands
// CHECK-SAME: (%[[X:.*]]: memref<?x?xbf16, {{.*}}>, %[[G:.*]]: memref<?xf32, {{.*}}>, %[[B:.*]]: memref<?xbf16, {{.*}}>)
func.func @dynamic_with_all_operands(%x: tensor<?x?xbf16>, %g: tensor<?xf32>, %b: tensor<?xbf16>)
    -> (tensor<?x?xbf16>, tensor<?xf32>) {
  // CHECK-DAG: %[[M:.*]] = memref.dim %[[X]], %c0
  // CHECK-DAG: %[[N:.*]] = memref.dim %[[X]], %c1
  // CHECK-DAG: %[[Y:.*]] = memref.alloc(%[[M]], %[[N]]) {{.*}} : memref<?x?xbf16>
  // CHECK-DAG: %[[R:.*]] = memref.alloc(%[[M]]) {{.*}} : memref<?xf32>
  // CHECK: norm.rmsnorm %[[X]] gamma(%[[G]]) beta(%[[B]]) outs(%[[Y]], %[[R]]) axis(1)
  // CHECK: return %[[Y]], %[[R]]
  %y, %r = norm.rmsnorm %x gamma(%g) beta(%b) axis(1) epsilon(0.0)
    : (tensor<?x?xbf16>, tensor<?xf32>, tensor<?xbf16>) -> (tensor<?x?xbf16>, tensor<?xf32>)
  return %y, %r : tensor<?x?xbf16>, tensor<?xf32>
}

// A slice of a wider tensor is read in place.
// CHECK-LABEL: func.func @strided_operand
func.func @strided_operand(%qkv: tensor<?x96xf32>, %m: index) -> tensor<?x32xf32> {
  // CHECK: %[[K:.*]] = memref.subview %{{.*}}[0, 32]
  // CHECK-NOT: memref.copy
  // CHECK: norm.rmsnorm %[[K]] outs(
  %k = tensor.extract_slice %qkv[0, 32] [%m, 32] [1, 1] : tensor<?x96xf32> to tensor<?x32xf32>
  %y = norm.rmsnorm %k axis(1) epsilon(0.0) : (tensor<?x32xf32>) -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// x is only read: a later use sees its old values, without a copy.
// CHECK-LABEL: func.func @operand_used_again
func.func @operand_used_again(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK-NOT: memref.copy
  // CHECK: norm.rmsnorm %[[X:.*]] outs(%[[Y:.*]]) axis(1)
  // CHECK: norm.rmsnorm %[[X]] gamma(%[[Y]]) outs(%{{.*}}) axis(0)
  %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %z = norm.rmsnorm %x gamma(%y) axis(0) epsilon(0.0) : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %z : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @in_a_loop
func.func @in_a_loop(%x: tensor<4x8xf32>, %n: index) -> tensor<4x8xf32> {
  // CHECK: scf.for
  // CHECK: norm.rmsnorm
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<4x8xf32> {
    %y = norm.rmsnorm %a axis(1) epsilon(0.0) : (tensor<4x8xf32>) -> tensor<4x8xf32>
    scf.yield %y : tensor<4x8xf32>
  }
  return %r : tensor<4x8xf32>
}

// A result goes straight to the memref that it is to be put in, if it fits.
// CHECK-LABEL: func.func @destination
// CHECK-SAME: %[[Y:[^:]*]]: memref<4x8xf32>, %[[R:[^:]*]]: memref<4xf32, strided<[2]>>
func.func @destination(%x: tensor<4x8xf32>, %out: memref<4x8xf32>, %r: memref<4xf32, strided<[2]>>) {
  // CHECK: %[[NEW:.*]] = memref.alloc() {{.*}} : memref<4xf32>
  // CHECK: norm.rmsnorm %{{.*}} outs(%[[Y]], %[[NEW]])
  // CHECK-NEXT: memref.copy %[[NEW]], %[[R]]
  // CHECK-NEXT: return
  %y, %rrms = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4xf32>)
  bufferization.materialize_in_destination %y in restrict writable %out : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  bufferization.materialize_in_destination %rrms in restrict writable %r : (tensor<4xf32>, memref<4xf32, strided<[2]>>) -> ()
  return
}
