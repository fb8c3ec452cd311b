// RUN: norm-opt %s --pass-pipeline="builtin.module(gpu.module(gpu.func(norm-load-rows-ahead)))" --split-input-file | FileCheck %s

#ahead = #norm.strategy<vector_bits = 128, gpu = <row_threads = 32, block_rows = 1, thread_elements = 4, row_tile = 128, row_blocks = 132, rows_ahead = 1>>

gpu.module @kernels {
  // The first row is read before the loop, and the next one in front of the work
  // on each, if there is one, with gamma; the rrms of a row once for both of its
  // uses. The row of dx stays behind.
  // CHECK-LABEL: gpu.func @rows
  // CHECK-SAME: %[[DY:.*]]: memref<64x128xbf16>, %[[RRMS:.*]]: memref<64xf32>, %[[GAMMA:.*]]: memref<128xf32>, %[[DX:.*]]: memref<64x128xf32>, %{{.*}}: memref<4x128xf32>, %[[N:.*]]: index)
  // CHECK: scf.for
  // CHECK: %[[HAS_ROWS:.*]] = arith.cmpi slt, %{{.*}}, %[[N]]
  // CHECK: %[[VIEW:.*]] = memref.subview %[[DY]]
  // CHECK: %[[FIRST:.*]] = scf.if %[[HAS_ROWS]] -> (vector<128xbf16>)
  // CHECK-NEXT: vector.transfer_read %[[VIEW]]{{.*}}norm.aligned
  // CHECK: else
  // CHECK-NEXT: ub.poison
  // CHECK: %[[G:.*]] = scf.if %[[HAS_ROWS]] -> (vector<128xf32>)
  // CHECK-NEXT: vector.transfer_read %[[GAMMA]]
  // CHECK: %[[R:.*]] = scf.if %[[HAS_ROWS]] -> (f32)
  // CHECK-NEXT: memref.load %[[RRMS]]
  // CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %[[ROW:.*]] = %[[FIRST]], %{{.*}} = %[[G]], %[[FACTOR:.*]] = %[[R]])
  // CHECK: %[[NEXT:.*]] = scf.if %{{.*}} -> (vector<128xbf16>)
  // CHECK: %[[NEXT_G:.*]] = scf.if %{{.*}} -> (vector<128xf32>)
  // CHECK: %[[NEXT_R:.*]] = scf.if %{{.*}} -> (f32)
  // CHECK-NOT: transfer_read
  // CHECK: arith.extf %[[ROW]]
  // CHECK: vector.broadcast %[[FACTOR]]
  // CHECK: memref.subview %[[DX]]
  // CHECK: vector.transfer_write
  // CHECK: scf.yield %{{.*}}, %[[NEXT]], %[[NEXT_G]], %[[NEXT_R]]
  // CHECK: loop_annotation = #
  gpu.func @rows(%dy: memref<64x128xbf16>, %rrms: memref<64xf32>, %gamma: memref<128xf32>, %dx: memref<64x128xf32>, %sums: memref<4x128xf32>, %n: index) kernel {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %none = arith.constant 0.0 : bf16
    %zero = arith.constant 0.0 : f32
    %zeros = arith.constant dense<0.0> : vector<128xf32>
    %b = gpu.block_id x
    %blocks = gpu.grid_dim x
    scf.for %block = %b to %c4 step %blocks {
      norm.loop_schedule #ahead bytes(%c0)
      %sum = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %zeros) -> (vector<128xf32>) {
        norm.loop_schedule #ahead bytes(%c0)
        %in = memref.subview %dy[%i, 0] [1, 128] [1, 1] : memref<64x128xbf16> to memref<128xbf16, strided<[1], offset: ?>>
        %row = vector.transfer_read %in[%c0], %none {in_bounds = [true], norm.aligned} : memref<128xbf16, strided<[1], offset: ?>>, vector<128xbf16>
        %g = vector.transfer_read %gamma[%c0], %zero {in_bounds = [true]} : memref<128xf32>, vector<128xf32>
        %factor = memref.load %rrms[%i] : memref<64xf32>
        %wide = arith.extf %row : vector<128xbf16> to vector<128xf32>
        %wdy = arith.mulf %wide, %g : vector<128xf32>
        %factors = vector.transfer_read %rrms[%i], %zero {in_bounds = [true], permutation_map = affine_map<(d0) -> (0)>} : memref<64xf32>, vector<128xf32>
        %scaled = arith.mulf %wdy, %factors : vector<128xf32>
        %other = vector.broadcast %factor : f32 to vector<128xf32>
        %y = arith.subf %scaled, %other : vector<128xf32>
        %out = memref.subview %dx[%i, 0] [1, 128] [1, 1] : memref<64x128xf32> to memref<128xf32, strided<[1], offset: ?>>
        vector.transfer_write %y, %out[%c0] {in_bounds = [true]} : vector<128xf32>, memref<128xf32, strided<[1], offset: ?>>
        %next = arith.addf %acc, %scaled : vector<128xf32>
        scf.yield %next : vector<128xf32>
      }
      vector.transfer_write %sum, %sums[%block, %c0] {in_bounds = [true]} : vector<128xf32>, memref<4x128xf32>
    }
    gpu.return
  }
}

// -----

#ahead = #norm.strategy<vector_bits = 128, gpu = <row_threads = 32, block_rows = 1, thread_elements = 4, row_tile = 128, row_blocks = 132, rows_ahead = 1>>
#present = #norm.strategy<vector_bits = 128, gpu = <row_threads = 32, block_rows = 1, thread_elements = 4, row_tile = 128, row_blocks = 132>>

gpu.module @kernels {
  // What the loop writes is read in its turn.
  // CHECK-LABEL: gpu.func @written
  // CHECK-NOT: scf.if
  // CHECK: vector.transfer_write
  // CHECK-NEXT: vector.transfer_read
  // CHECK: gpu.return
  gpu.func @written(%x: memref<64x128xf32>, %n: index) kernel {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %zero = arith.constant 0.0 : f32
    %zeros = arith.constant dense<0.0> : vector<128xf32>
    scf.for %block = %c0 to %c1 step %c1 {
      scf.for %i = %c0 to %n step %c1 {
        norm.loop_schedule #ahead bytes(%c0)
        vector.transfer_write %zeros, %x[%i, %c0] {in_bounds = [true]} : vector<128xf32>, memref<64x128xf32>
        %row = vector.transfer_read %x[%i, %c0], %zero {in_bounds = [true]} : memref<64x128xf32>, vector<128xf32>
        vector.print %row : vector<128xf32>
      }
    }
    gpu.return
  }

  // CHECK-LABEL: gpu.func @in_turn
  // CHECK-NOT: scf.if
  // CHECK: gpu.return
  gpu.func @in_turn(%x: memref<64x128xf32>, %n: index) kernel {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %zero = arith.constant 0.0 : f32
    scf.for %block = %c0 to %c1 step %c1 {
      scf.for %i = %c0 to %n step %c1 {
        norm.loop_schedule #present bytes(%c0)
        %row = vector.transfer_read %x[%i, %c0], %zero {in_bounds = [true]} : memref<64x128xf32>, vector<128xf32>
        vector.print %row : vector<128xf32>
      }
    }
    gpu.return
  }
}
