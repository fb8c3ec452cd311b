// RUN: norm-opt %s --norm-make-contiguous --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @slices
// CHECK-SAME: (%[[X:.*]]: memref<4x?xf32, strided<[?, 1], offset: ?>>, %[[G:.*]]: memref<?xf32>, %[[Y:.*]]: memref<4x?xf32, strided<[?, 2]>>)
func.func @slices(%x: memref<4x?xf32, strided<[?, 1], offset: ?>>, %g: memref<?xf32>, %y: memref<4x?xf32, strided<[?, 2]>>) {
  // CHECK-DAG: %[[N:.*]] = memref.dim %[[X]], %c1
  // CHECK-DAG: %[[A:.*]] = memref.alloc(%[[N]]) : memref<4x?xf32>
  // CHECK-DAG: memref.copy %[[X]], %[[A]]
  // CHECK-DAG: %[[L:.*]] = memref.dim %[[Y]], %c1
  // CHECK-DAG: %[[B:.*]] = memref.alloc(%[[L]]) : memref<4x?xf32>
  // CHECK: norm.rmsnorm %[[A]] gamma(%[[G]]) outs(%[[B]])
  // CHECK-NEXT: memref.copy %[[B]], %[[Y]]
  // CHECK-NEXT: memref.dealloc %[[B]]
  // CHECK-NEXT: memref.dealloc %[[A]]
  // CHECK-NEXT: return
  norm.rmsnorm %x gamma(%g) outs(%y) axis(1) epsilon(0.0)
    : (memref<4x?xf32, strided<[?, 1], offset: ?>>, memref<?xf32>, memref<4x?xf32, strided<[?, 2]>>) -> ()
  return
}

// CHECK-LABEL: func.func @without_gaps
// CHECK-NEXT: norm.reciprocal
// CHECK-NEXT: return
func.func @without_gaps(%x: memref<4x?xf32>) {
  norm.reciprocal %x outs(%x) : (memref<4x?xf32>, memref<4x?xf32>) -> ()
  return
}
