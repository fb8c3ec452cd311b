// RUN: norm-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @dynamic
// CHECK-SAME: (%[[DY:.*]]: memref<?x?xf16>, %[[X:.*]]: memref<?x?xf16>, %[[R:.*]]: memref<?xf32>, %[[G:.*]]: memref<?xf32>)
func.func @dynamic(%dy: tensor<?x?xf16>, %x: tensor<?x?xf16>, %r: tensor<?xf32>, %g: tensor<?xf32>)
    -> (tensor<?x?xf16>, tensor<?xf32>, tensor<?xf16>) {
  // CHECK-DAG: %[[M:.*]] = memref.dim %[[X]], %c0
  // CHECK-DAG: %[[N:.*]] = memref.dim %[[X]], %c1
  // CHECK-DAG: %[[L:.*]] = memref.dim %[[G]], %c0
  // CHECK-DAG: %[[DX:.*]] = memref.alloc(%[[M]], %[[N]]) {{.*}} : memref<?x?xf16>
  // CHECK-DAG: %[[DG:.*]] = memref.alloc(%[[L]]) {{.*}} : memref<?xf32>
  // CHECK-DAG: %[[DB:.*]] = memref.alloc(%[[L]]) {{.*}} : memref<?xf16>
  // CHECK: norm.rmsnorm_grad %[[DY]], %[[X]], %[[R]] gamma(%[[G]]) outs(%[[DX]], %[[DG]], %[[DB]]) axis(1) {note}
  // CHECK: return %[[DX]], %[[DG]], %[[DB]]
  %0:3 = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1) {note}
    : (tensor<?x?xf16>, tensor<?x?xf16>, tensor<?xf32>, tensor<?xf32>)
      -> (tensor<?x?xf16>, tensor<?xf32>, tensor<?xf16>)
  return %0#0, %0#1, %0#2 : tensor<?x?xf16>, tensor<?xf32>, tensor<?xf16>
}
