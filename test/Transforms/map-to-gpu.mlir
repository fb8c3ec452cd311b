// RUN: norm-opt %s --norm-map-to-gpu --canonicalize --split-input-file --verify-diagnostics | FileCheck %s

#row = #norm.gpu_strategy<row_threads = 128, block_rows = 1, thread_elements = 4, row_tile = 512, row_blocks = 256>
#narrow = #norm.gpu_strategy<row_threads = 8, block_rows = 32, thread_elements = 4, row_tile = 32, row_blocks = 256>

// A block takes a row, then the row as many rows on as the grid has.
// CHECK-LABEL: func.func private @rows
// CHECK-SAME: %[[M:[^:]*]]: index
// CHECK: %[[BLOCKS:.*]] = arith.minui %[[M]], %c2147483647
// CHECK: gpu.launch blocks(%[[B:.*]], %{{.*}}, %{{.*}}) in (%[[GRID:.*]] = %[[BLOCKS]], {{.*}}) threads({{.*}}) in (%{{.*}} = %c128, {{.*}})
// CHECK: scf.for %[[ROW:.*]] = %[[B]] to %[[M]] step %[[GRID]]
// CHECK: norm.loop_schedule
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[ROW]]]
func.func private @rows(%m: index, %x: f32, %y: memref<?xf32>) -> i32 {
  scf.forall (%i) in (%m) {
    norm.loop_schedule <vector_bits = 128, gpu = #row> bytes(%m)
    memref.store %x, %y[%i] : memref<?xf32>
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// 32 rows share a block: 8 threads have one of them. Rows of two dims count on.
// CHECK-LABEL: func.func private @narrow_rows
// CHECK: gpu.launch blocks(%[[B:.*]], %{{.*}}, %{{.*}}) in {{.*}} threads(%[[T:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %c256, {{.*}})
// CHECK: %[[FIRST:.*]] = arith.muli %[[B]], %c32
// CHECK: %[[OWN:.*]] = arith.divui %[[T]], %c8
// CHECK: %[[BEGIN:.*]] = arith.addi %[[FIRST]], %[[OWN]]
// CHECK: scf.for %[[ROW:.*]] = %[[BEGIN]] to
// CHECK: %[[AT:.*]]:2 = affine.delinearize_index %[[ROW]]
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[AT]]#0, %[[AT]]#1]
func.func private @narrow_rows(%a: index, %b: index, %x: f32, %y: memref<?x?xf32>) -> i32 {
  scf.forall (%i, %j) in (%a, %b) {
    norm.loop_schedule <vector_bits = 128, gpu = #narrow> bytes(%a)
    memref.store %x, %y[%i, %j] : memref<?x?xf32>
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// What stands outside of row loops runs in one block, with the strategy of the
// function; a copy takes a thread for each element.
// CHECK-LABEL: func.func private @others
// CHECK: gpu.launch {{.*}} threads({{.*}}) in (%{{.*}} = %c256, {{.*}})
// CHECK: memref.load
// CHECK: memref.store
// CHECK: gpu.launch {{.*}} threads({{.*}}) in (%{{.*}} = %c128, {{.*}})
// CHECK: vector.transfer_write
func.func private @others(%x: memref<?xf32>, %z: memref<?xf32>, %y: memref<512xf32>) -> i32
    attributes {norm.strategy = #norm.strategy<vector_bits = 128, gpu = #row>} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : vector<512xf32>
  memref.copy %x, %z : memref<?xf32> to memref<?xf32>
  vector.transfer_write %zero, %y[%c0] {in_bounds = [true]} : vector<512xf32>, memref<512xf32>
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

func.func private @no_strategy(%m: index) -> i32 {
  // expected-error@below {{cannot be mapped to a GPU: expected a row loop on memrefs whose schedule has a GPU strategy}}
  scf.forall (%i) in (%m) {
    norm.loop_schedule <vector_bits = 256> bytes(%m)
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

func.func private @no_strategy_of_function(%x: f32, %y: memref<f32>) -> i32 {
  // expected-error@below {{cannot be mapped to a GPU: expected a GPU strategy in front of it or on its function}}
  memref.store %x, %y[] : memref<f32>
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

#row = #norm.gpu_strategy<row_threads = 128, block_rows = 1, thread_elements = 4, row_tile = 512, row_blocks = 256>

// A number that a kernel loads reaches another one through memory.
// CHECK-LABEL: func.func private @number_of_kernel
// CHECK: %[[MEMORY:.*]] = memref.alloc() : memref<f32>
// CHECK: gpu.launch
// CHECK: %[[NUMBER:.*]] = memref.load %{{.*}}[%c0] : memref<1xf32>
// CHECK: memref.store %[[NUMBER]], %[[MEMORY]][]
// CHECK: gpu.launch
// CHECK: %[[READ:.*]] = memref.load %[[MEMORY]][]
// CHECK: memref.store %[[READ]], %{{.*}}[%{{.*}}] : memref<?xf32>
// CHECK: gpu.launch
// CHECK: %[[AGAIN:.*]] = memref.load %[[MEMORY]][]
// CHECK: %[[SQUARE:.*]] = arith.mulf %[[AGAIN]], %[[AGAIN]]
// CHECK: memref.store %[[SQUARE]]
func.func private @number_of_kernel(%m: index, %x: memref<1xf32>, %y: memref<?xf32>, %z: memref<f32>) -> i32
    attributes {norm.strategy = #norm.strategy<vector_bits = 128, gpu = #row>} {
  %c0 = arith.constant 0 : index
  %number = memref.load %x[%c0] : memref<1xf32>
  scf.forall (%i) in (%m) {
    norm.loop_schedule <vector_bits = 128, gpu = #row> bytes(%m)
    memref.store %number, %y[%i] : memref<?xf32>
  }
  %square = arith.mulf %number, %number : f32
  memref.store %square, %z[] : memref<f32>
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

#row = #norm.gpu_strategy<row_threads = 128, block_rows = 1, thread_elements = 4, row_tile = 512, row_blocks = 256>

func.func private @number_for_host(%m: index, %n: memref<index>, %x: f32, %y: memref<?xf32>) -> i32
    attributes {norm.strategy = #norm.strategy<vector_bits = 128, gpu = #row>} {
  // expected-error@below {{cannot be mapped to a GPU: the host takes its result, which a kernel computes; expected this to be used by kernels, as a number}}
  %number = memref.load %n[] : memref<index>
  scf.forall (%i) in (%number) {
    norm.loop_schedule <vector_bits = 128, gpu = #row> bytes(%m)
    memref.store %x, %y[%i] : memref<?xf32>
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

#row = #norm.gpu_strategy<row_threads = 128, block_rows = 1, thread_elements = 4, row_tile = 512, row_blocks = 256>

func.func private @row_loop_in_branch(%m: index, %if: i1, %x: f32, %y: memref<?xf32>) -> i32
    attributes {norm.strategy = #norm.strategy<vector_bits = 128, gpu = #row>} {
  // expected-error@below {{cannot be mapped to a GPU: expected ops on tensors outside of loops and branches}}
  scf.if %if {
    scf.forall (%i) in (%m) {
      norm.loop_schedule <vector_bits = 128, gpu = #row> bytes(%m)
      memref.store %x, %y[%i] : memref<?xf32>
    }
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}
