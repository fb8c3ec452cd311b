// Sums of 16 rows of 128 elements in one block of 128 threads, by upstream's
// lowering of gpu.all_reduce. The second kernel has a barrier after each.
gpu.module @kernels {
  gpu.func @without(%x: memref<16x128xf32>, %sums: memref<16x128xf32>) kernel {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    %thread = gpu.thread_id x
    scf.for %row = %c0 to %c16 step %c1 {
      %v = memref.load %x[%row, %thread] : memref<16x128xf32>
      %sum = gpu.all_reduce add %v uniform {} : (f32) -> f32
      memref.store %sum, %sums[%row, %thread] : memref<16x128xf32>
    }
    gpu.return
  }
  gpu.func @with(%x: memref<16x128xf32>, %sums: memref<16x128xf32>) kernel {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    %thread = gpu.thread_id x
    scf.for %row = %c0 to %c16 step %c1 {
      %v = memref.load %x[%row, %thread] : memref<16x128xf32>
      %sum = gpu.all_reduce add %v uniform {} : (f32) -> f32
      memref.store %sum, %sums[%row, %thread] : memref<16x128xf32>
      gpu.barrier
    }
    gpu.return
  }
}
