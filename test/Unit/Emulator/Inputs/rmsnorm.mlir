// y = x / sqrt(mean(x^2) + 1e-6) * gamma, a block of 256 threads for each row
// of 1024 elements.
gpu.module @kernels {
  gpu.func @rmsnorm(%x: memref<64x1024xf32>, %gamma: memref<1024xf32>,
                    %y: memref<64x1024xf32>)
      workgroup(%sums: memref<8xf32, #gpu.address_space<workgroup>>) kernel {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %c256 = arith.constant 256 : index
    %c1024 = arith.constant 1024 : index
    %zero = arith.constant 0.0 : f32
    %width = arith.constant 32 : i32
    %row = gpu.block_id x
    %thread = gpu.thread_id x
    %lane = arith.remui %thread, %c32 : index
    %warp = arith.divui %thread, %c32 : index
    %own = scf.for %i = %thread to %c1024 step %c256 iter_args(%sum = %zero) -> f32 {
      %v = memref.load %x[%row, %i] : memref<64x1024xf32>
      %square = arith.mulf %v, %v : f32
      %next = arith.addf %sum, %square : f32
      scf.yield %next : f32
    }
    %o16 = arith.constant 16 : i32
    %o8 = arith.constant 8 : i32
    %o4 = arith.constant 4 : i32
    %o2 = arith.constant 2 : i32
    %o1 = arith.constant 1 : i32
    %s16, %p16 = gpu.shuffle xor %own, %o16, %width : f32
    %a16 = arith.addf %own, %s16 : f32
    %s8, %p8 = gpu.shuffle xor %a16, %o8, %width : f32
    %a8 = arith.addf %a16, %s8 : f32
    %s4, %p4 = gpu.shuffle xor %a8, %o4, %width : f32
    %a4 = arith.addf %a8, %s4 : f32
    %s2, %p2 = gpu.shuffle xor %a4, %o2, %width : f32
    %a2 = arith.addf %a4, %s2 : f32
    %s1, %p1 = gpu.shuffle xor %a2, %o1, %width : f32
    %a1 = arith.addf %a2, %s1 : f32
    %first = arith.cmpi eq, %lane, %c0 : index
    scf.if %first {
      memref.store %a1, %sums[%warp] : memref<8xf32, #gpu.address_space<workgroup>>
    }
    gpu.barrier
    %c8 = arith.constant 8 : index
    %sum = scf.for %i = %c0 to %c8 step %c1 iter_args(%partial = %zero) -> f32 {
      %v = memref.load %sums[%i] : memref<8xf32, #gpu.address_space<workgroup>>
      %next = arith.addf %partial, %v : f32
      scf.yield %next : f32
    }
    %n = arith.constant 1024.0 : f32
    %epsilon = arith.constant 1.0e-6 : f32
    %mean = arith.divf %sum, %n : f32
    %shifted = arith.addf %mean, %epsilon : f32
    %rrms = llvm.call_intrinsic "llvm.nvvm.rsqrt.approx.f"(%shifted) : (f32) -> f32
    scf.for %i = %thread to %c1024 step %c256 {
      %v = memref.load %x[%row, %i] : memref<64x1024xf32>
      %g = memref.load %gamma[%i] : memref<1024xf32>
      %scaled = arith.mulf %v, %rrms : f32
      %result = arith.mulf %scaled, %g : f32
      memref.store %result, %y[%row, %i] : memref<64x1024xf32>
    }
    gpu.return
  }
}
