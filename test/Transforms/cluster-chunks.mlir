// RUN: norm-opt %s --norm-cluster-chunks | FileCheck %s
// RUN: norm-opt %s --norm-cluster-chunks --norm-map-to-gpu --canonicalize | FileCheck %s --check-prefix=LAUNCH

#row = #norm.gpu_strategy<row_threads = 64, block_rows = 1, thread_elements = 4, row_tile = 256, row_blocks = 1>

// The sums of the chunks of a row go from its blocks to its blocks, also those of a
// second stage.
// CHECK-LABEL: func.func private @sums
// CHECK: scf.forall (%[[ROW:.*]], %[[CHUNK:.*]]) in (%{{.*}}, 3)
// CHECK: memref.store
// CHECK-NEXT: nvvm.cluster.arrive {aligned}
// CHECK-NEXT: nvvm.cluster.wait {aligned}
// CHECK: memref.load
// CHECK: memref.store
// CHECK-NEXT: nvvm.cluster.arrive {aligned}
// CHECK-NEXT: nvvm.cluster.wait {aligned}
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[ROW]], %[[CHUNK]]]
// CHECK: norm.cluster = 3 : index
// CHECK-NOT: scf.forall
// Whole clusters only.
// LAUNCH-LABEL: func.func private @sums
// LAUNCH: %[[BLOCKS:.*]] = arith.minui %{{.*}}, %c2147483646
// LAUNCH: gpu.launch clusters(%{{.*}}) in (%{{.*}} = %c3, %{{.*}} = %c1, %{{.*}} = %c1) blocks(%{{.*}}) in (%{{.*}} = %[[BLOCKS]],
func.func private @sums(%m: index, %x: memref<?x3xf32>, %y: memref<?x3xf32>) -> i32 {
  %c0 = arith.constant 0 : index
  %a = memref.alloc(%m) : memref<?x3xf32>
  %b = memref.alloc(%m) : memref<?x3xf32>
  scf.forall (%i, %c) in (%m, 3) {
    norm.loop_schedule <vector_bits = 128, gpu = #row> bytes(%m)
    %v = memref.load %x[%i, %c] : memref<?x3xf32>
    %to = memref.subview %a[%i, %c] [1, 1] [1, 1] : memref<?x3xf32> to memref<f32, strided<[], offset: ?>>
    memref.store %v, %to[] : memref<f32, strided<[], offset: ?>>
  }
  scf.forall (%i, %c) in (%m, 3) {
    norm.loop_schedule <vector_bits = 128, gpu = #row> bytes(%m)
    %from = memref.subview %a[%i, 0] [1, 3] [1, 1] : memref<?x3xf32> to memref<3xf32, strided<[1], offset: ?>>
    %v = memref.load %from[%c0] : memref<3xf32, strided<[1], offset: ?>>
    %to = memref.subview %b[%i, %c] [1, 1] [1, 1] : memref<?x3xf32> to memref<f32, strided<[], offset: ?>>
    memref.store %v, %to[] : memref<f32, strided<[], offset: ?>>
  }
  scf.forall (%i, %c) in (%m, 3) {
    norm.loop_schedule <vector_bits = 128, gpu = #row> bytes(%m)
    %from = memref.subview %b[%i, 0] [1, 3] [1, 1] : memref<?x3xf32> to memref<3xf32, strided<[1], offset: ?>>
    %v = memref.load %from[%c0] : memref<3xf32, strided<[1], offset: ?>>
    memref.store %v, %y[%i, %c] : memref<?x3xf32>
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// More chunks than a cluster has on every GPU, or as many as the call says.
// CHECK-LABEL: func.func private @many
// CHECK-COUNT-4: scf.forall
func.func private @many(%m: index, %n: index, %x: memref<?x9xf32>, %y: memref<?x?xf32>) -> i32 {
  %a = memref.alloc(%m) : memref<?x9xf32>
  %b = memref.alloc(%m, %n) : memref<?x?xf32>
  scf.forall (%i, %c) in (%m, 9) {
    norm.loop_schedule <vector_bits = 128, gpu = #row> bytes(%m)
    %v = memref.load %x[%i, %c] : memref<?x9xf32>
    %to = memref.subview %a[%i, %c] [1, 1] [1, 1] : memref<?x9xf32> to memref<f32, strided<[], offset: ?>>
    memref.store %v, %to[] : memref<f32, strided<[], offset: ?>>
  }
  scf.forall (%i, %c) in (%m, 9) {
    norm.loop_schedule <vector_bits = 128, gpu = #row> bytes(%m)
    %from = memref.subview %a[%i, 0] [1, 1] [1, 1] : memref<?x9xf32> to memref<f32, strided<[], offset: ?>>
    %v = memref.load %from[] : memref<f32, strided<[], offset: ?>>
    memref.store %v, %x[%i, %c] : memref<?x9xf32>
  }
  scf.forall (%i, %c) in (%m, %n) {
    norm.loop_schedule <vector_bits = 128, gpu = #row> bytes(%m)
    %v = memref.load %y[%i, %c] : memref<?x?xf32>
    %to = memref.subview %b[%i, %c] [1, 1] [1, 1] : memref<?x?xf32> to memref<f32, strided<[], offset: ?>>
    memref.store %v, %to[] : memref<f32, strided<[], offset: ?>>
  }
  scf.forall (%i, %c) in (%m, %n) {
    norm.loop_schedule <vector_bits = 128, gpu = #row> bytes(%m)
    %from = memref.subview %b[%i, 0] [1, 1] [1, 1] : memref<?x?xf32> to memref<f32, strided<[], offset: ?>>
    %v = memref.load %from[] : memref<f32, strided<[], offset: ?>>
    memref.store %v, %y[%i, %c] : memref<?x?xf32>
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// A block needs what another row makes, or the first loop writes a result.
// CHECK-LABEL: func.func private @others
// CHECK-COUNT-3: scf.forall
func.func private @others(%m: index, %x: memref<?x3xf32>, %y: memref<?x3xf32>) -> i32 {
  %a = memref.alloc(%m) : memref<?x3xf32>
  scf.forall (%i, %c) in (%m, 3) {
    norm.loop_schedule <vector_bits = 128, gpu = #row> bytes(%m)
    %v = memref.load %x[%i, %c] : memref<?x3xf32>
    %to = memref.subview %a[%i, %c] [1, 1] [1, 1] : memref<?x3xf32> to memref<f32, strided<[], offset: ?>>
    memref.store %v, %to[] : memref<f32, strided<[], offset: ?>>
  }
  scf.forall (%i, %c) in (%m, 3) {
    norm.loop_schedule <vector_bits = 128, gpu = #row> bytes(%m)
    %from = memref.subview %a[0, 0] [1, 1] [1, 1] : memref<?x3xf32> to memref<f32, strided<[]>>
    %v = memref.load %from[] : memref<f32, strided<[]>>
    memref.store %v, %y[%i, %c] : memref<?x3xf32>
  }
  scf.forall (%i, %c) in (%m, 3) {
    norm.loop_schedule <vector_bits = 128, gpu = #row> bytes(%m)
    %v = memref.load %y[%i, %c] : memref<?x3xf32>
    memref.store %v, %x[%i, %c] : memref<?x3xf32>
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}
