// RUN: norm-opt %s --pass-pipeline='builtin.module(gpu.module(gpu.func(norm-distribute-vectors)),canonicalize,cse)' | FileCheck %s

#warps = #norm.gpu_strategy<row_threads = 128, block_rows = 1, thread_elements = 4, row_tile = 1024, row_blocks = 256>
#lanes = #norm.gpu_strategy<row_threads = 8, block_rows = 32, thread_elements = 4, row_tile = 32, row_blocks = 256>

gpu.module @kernels {
  // Two parts of four elements; neighbours read neighbouring memory, once.
  // CHECK-LABEL: gpu.func @whole_row
  // CHECK: %[[T:.*]] = gpu.thread_id x
  // CHECK: %[[AT:.*]] = arith.muli %[[T]], %c4
  // CHECK: %[[V0:.*]] = vector.load %{{.*}}[%[[AT]]] {alignment = 16 : i64} : memref<1024xf32>, vector<4xf32>
  // CHECK: %[[NEXT:.*]] = arith.addi %[[AT]], %c512
  // CHECK: %[[V1:.*]] = vector.load %{{.*}}[%[[NEXT]]] {alignment = 16 : i64}
  // CHECK-NOT: vector.load
  // The parts, the elements, the lanes, the warps.
  // CHECK: arith.addf %[[V0]], %[[V1]] : vector<4xf32>
  // CHECK-COUNT-5: nvvm.shfl.sync bfly %c-1_i32
  // CHECK: memref.store {{.*}} #gpu.address_space<workgroup>>
  // CHECK: gpu.barrier
  // CHECK: memref.load {{.*}} #gpu.address_space<workgroup>>
  // CHECK: gpu.barrier
  // CHECK-COUNT-2: nvvm.shfl.sync bfly
  // CHECK: vector.store {{.*}} {alignment = 16 : i64}
  // CHECK: vector.store {{.*}} {alignment = 16 : i64}
  gpu.func @whole_row(%x: memref<1024xf32>, %y: memref<1024xf32>, %n: index) kernel {
    norm.loop_schedule <vector_bits = 128, gpu = #warps> bytes(%n)
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    %v = vector.transfer_read %x[%c0], %zero {in_bounds = [true], norm.aligned} : memref<1024xf32>, vector<1024xf32>
    %s = vector.reduction <add>, %v : vector<1024xf32> into f32
    %b = vector.broadcast %s : f32 to vector<1024xf32>
    %w = arith.mulf %v, %b : vector<1024xf32>
    vector.transfer_write %w, %y[%c0] {in_bounds = [true], norm.aligned} : vector<1024xf32>, memref<1024xf32>
    gpu.return
  }

  // The barrier of the other sum lies between the reads of one and the next
  // row's writes.
  // CHECK-LABEL: gpu.func @sums_of_a_row
  // CHECK: scf.for
  // CHECK-COUNT-2: gpu.barrier
  // CHECK-NOT: gpu.barrier
  // CHECK: gpu.return
  gpu.func @sums_of_a_row(%x: memref<?x1024xf32>, %y: memref<?xf32>, %n: index) kernel {
    norm.loop_schedule <vector_bits = 128, gpu = #warps> bytes(%n)
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %zero = arith.constant 0.0 : f32
    scf.for %i = %c0 to %n step %c1 {
      %v = vector.transfer_read %x[%i, %c0], %zero {in_bounds = [true], norm.aligned} : memref<?x1024xf32>, vector<1024xf32>
      %s = vector.reduction <add>, %v : vector<1024xf32> into f32
      %b = vector.broadcast %s : f32 to vector<1024xf32>
      %d = arith.subf %v, %b : vector<1024xf32>
      %t = vector.reduction <add>, %d : vector<1024xf32> into f32
      memref.store %t, %y[%i] : memref<?xf32>
    }
    gpu.return
  }

  // A vector of as many elements as a warp has lanes is in each warp: one
  // element in each lane.
  // CHECK-LABEL: gpu.func @chunk_sums
  // CHECK: %[[LANE:.*]] = arith.remui %{{.*}}, %c32
  // CHECK: vector.load %{{.*}}[%[[LANE]]] {alignment = 4 : i64} : memref<32xf32>, vector<1xf32>
  // CHECK: %[[STEP:.*]] = vector.broadcast %[[LANE]] : index to vector<1xindex>
  // CHECK: arith.cmpi eq, %[[STEP]], %{{.*}} : vector<1xindex>
  // CHECK-COUNT-5: nvvm.shfl.sync bfly %c-1_i32
  // CHECK-NOT: gpu.barrier
  // CHECK: vector.store {{.*}} vector<4xf32>
  gpu.func @chunk_sums(%x: memref<32xf32>, %y: memref<1024xf32>, %n: index) kernel {
    norm.loop_schedule <vector_bits = 128, gpu = #warps> bytes(%n)
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    %zeros = arith.constant dense<0.0> : vector<32xf32>
    %v = vector.transfer_read %x[%c0], %zero {in_bounds = [true]} : memref<32xf32>, vector<32xf32>
    %step = vector.step : vector<32xindex>
    %number = vector.broadcast %n : index to vector<32xindex>
    %is = arith.cmpi eq, %step, %number : vector<32xindex>
    %one = arith.select %is, %v, %zeros : vector<32xi1>, vector<32xf32>
    %s = vector.reduction <add>, %one : vector<32xf32> into f32
    %b = vector.broadcast %s : f32 to vector<1024xf32>
    vector.transfer_write %b, %y[%c0] {in_bounds = [true], norm.aligned} : vector<1024xf32>, memref<1024xf32>
    gpu.return
  }

  // Eight lanes share a row: they alone shuffle, without workgroup memory. The
  // first one stores the scalar.
  // CHECK-LABEL: gpu.func @rows_of_lanes
  // CHECK: arith.remui %{{.*}}, %c8
  // CHECK: %[[FIRST:.*]] = arith.andi %{{.*}}, %c-8_i32
  // CHECK: %[[MASK:.*]] = arith.shli %c255_i32, %[[FIRST]]
  // CHECK-COUNT-3: nvvm.shfl.sync bfly %[[MASK]]
  // CHECK-NOT: gpu.barrier
  // CHECK: scf.if
  // CHECK-NEXT: memref.store
  gpu.func @rows_of_lanes(%x: memref<32xf32>, %y: memref<f32>, %n: index) kernel {
    norm.loop_schedule <vector_bits = 128, gpu = #lanes> bytes(%n)
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    %v = vector.transfer_read %x[%c0], %zero {in_bounds = [true]} : memref<32xf32>, vector<32xf32>
    %s = vector.reduction <add>, %v : vector<32xf32> into f32
    memref.store %s, %y[] : memref<f32>
    gpu.return
  }

  // The first part is inside for all threads; the second ends between two
  // accesses. With an end that is not known each part may be cut.
  // CHECK-LABEL: gpu.func @ends
  // CHECK-NOT: scf.if
  // CHECK: vector.load
  // CHECK: scf.if
  // CHECK: vector.load
  // CHECK: else
  // CHECK-NEXT: scf.yield %cst
  // CHECK-NOT: memref.load
  // CHECK: scf.if
  // CHECK: vector.store
  // CHECK: else
  // CHECK-COUNT-4: memref.store
  gpu.func @ends(%x: memref<600xf32>, %y: memref<?xf32>, %n: index) kernel {
    norm.loop_schedule <vector_bits = 128, gpu = #warps> bytes(%n)
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    %known = vector.constant_mask [600] : vector<1024xi1>
    %v = vector.transfer_read %x[%c0], %zero, %known {in_bounds = [true]} : memref<600xf32>, vector<1024xf32>
    %mask = vector.create_mask %n : vector<1024xi1>
    vector.transfer_write %v, %y[%c0], %mask {in_bounds = [true]} : vector<1024xf32>, memref<?xf32>
    gpu.return
  }

  // Without neighbours in memory each element is an access.
  // CHECK-LABEL: gpu.func @strided
  // CHECK-NOT: vector.load
  // CHECK-COUNT-8: memref.load
  gpu.func @strided(%x: memref<1024xf32, strided<[?]>>, %y: memref<1024xf32>, %n: index) kernel {
    norm.loop_schedule <vector_bits = 128, gpu = #warps> bytes(%n)
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    %v = vector.transfer_read %x[%c0], %zero {in_bounds = [true]} : memref<1024xf32, strided<[?]>>, vector<1024xf32>
    vector.transfer_write %v, %y[%c0] {in_bounds = [true]} : vector<1024xf32>, memref<1024xf32>
    gpu.return
  }

  // A tile of 32 rows of 8 columns: two threads have a row, 16 rows a warp. Rows
  // beyond the kept ones are zeros. The first 8 threads store the sums.
  // CHECK-LABEL: gpu.func @tiles
  // CHECK-SAME: workgroup(%[[SUMS:.*]] : memref<2x8xf32, #gpu.address_space<workgroup>>)
  // CHECK: %[[STORES:.*]] = arith.cmpi ult, %{{.*}}, %c8
  // CHECK: %[[ROW:.*]] = arith.divui %{{.*}}, %c8
  // CHECK: %[[KEPT:.*]] = arith.cmpi slt, %[[ROW]], %{{.*}}
  // CHECK: scf.if %[[KEPT]]
  // CHECK: vector.load {{.*}} vector<4xf32>
  // CHECK: else
  // CHECK-NEXT: scf.yield %cst
  // CHECK-COUNT-16: nvvm.shfl.sync bfly
  // CHECK-COUNT-4: memref.store %{{.*}}, %[[SUMS]]
  // CHECK: gpu.barrier
  // CHECK: memref.load %[[SUMS]]
  // CHECK: memref.load %[[SUMS]]
  // CHECK: gpu.barrier
  // CHECK: scf.if %[[STORES]]
  // CHECK: vector.store {{.*}} vector<1xf32>
  gpu.func @tiles(%x: memref<?x8xf32>, %y: memref<8xf32>, %n: index) kernel {
    norm.loop_schedule <vector_bits = 128, gpu = <row_threads = 64, block_rows = 1, thread_elements = 4, row_tile = 256, row_blocks = 1, tile_rows = 32>> bytes(%n)
    %c0 = arith.constant 0 : index
    %c8 = arith.constant 8 : index
    %zero = arith.constant 0.0 : f32
    %zeros = arith.constant dense<0.0> : vector<8xf32>
    %mask = vector.create_mask %n, %c8 : vector<32x8xi1>
    %v = vector.transfer_read %x[%c0, %c0], %zero, %mask {in_bounds = [true, true]} : memref<?x8xf32>, vector<32x8xf32>
    %s = vector.multi_reduction <add>, %v, %zeros [0] : vector<32x8xf32> to vector<8xf32>
    vector.transfer_write %s, %y[%c0] {in_bounds = [true]} : vector<8xf32>, memref<8xf32>
    gpu.return
  }
}
