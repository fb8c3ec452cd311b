// RUN: norm-opt %s --norm-lower-row-loops --split-input-file | FileCheck %s

// The stack buffer of the body is taken once, before the loop.
// CHECK-LABEL: func.func @stack_buffer
func.func @stack_buffer(%x: memref<?xf32>, %m: index) {
  // CHECK: memref.alloca() {alignment = 64 : i64} : memref<52x64xf32>
  // CHECK-NOT: scf.forall
  // CHECK: scf.for
  // CHECK-NOT: memref.alloca
  scf.forall (%i) in (%m) {
    %c0 = arith.constant 0 : index
    %a = memref.alloca() {alignment = 64} : memref<52x64xf32>
    %v = memref.load %a[%c0, %c0] : memref<52x64xf32>
    memref.store %v, %x[%i] : memref<?xf32>
  }
  return
}

// -----

// CHECK-LABEL: func.func @two_row_dims
func.func @two_row_dims(%x: memref<?x?xf32>, %m: index, %n: index, %f: f32) {
  // CHECK: scf.for %[[I:.*]] = {{.*}} to %{{.*}}
  // CHECK: scf.for %[[J:.*]] = {{.*}} to %{{.*}}
  // CHECK: memref.store %{{.*}}, %{{.*}}[%[[I]], %[[J]]]
  scf.forall (%i, %j) in (%m, %n) {
    memref.store %f, %x[%i, %j] : memref<?x?xf32>
  }
  return
}

// -----

// CHECK-LABEL: func.func @copy_with_strides
// CHECK-SAME: (%[[X:[^:]*]]: memref<?x4xf32, strided<[?, ?], offset: ?>>, %[[Y:.*]]: memref<?x4xf32>)
func.func @copy_with_strides(%x: memref<?x4xf32, strided<[?, ?], offset: ?>>, %y: memref<?x4xf32>) {
  // CHECK-NOT: memref.copy
  // CHECK: scf.for
  // CHECK: scf.for
  // CHECK: %[[V:.*]] = memref.load %[[X]]
  // CHECK: memref.store %[[V]], %[[Y]]
  memref.copy %x, %y : memref<?x4xf32, strided<[?, ?], offset: ?>> to memref<?x4xf32>
  return
}
