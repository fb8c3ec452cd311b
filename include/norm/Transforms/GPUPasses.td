//===- GPUPasses.td - Passes towards a GPU -----------------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TRANSFORMS_GPUPASSES_TD
#define NORM_TRANSFORMS_GPUPASSES_TD

include "mlir/Pass/PassBase.td"

def ClusterChunks : Pass<"norm-cluster-chunks", "mlir::func::FuncOp"> {
  let summary = "Share a row in a cluster of blocks";
  let description = [{
    Two neighbouring loops over the chunks of all rows, as `norm-split-rows`
    makes them, become one, in which the blocks of a row wait for each other in
    between, if a row has 2 to 8 chunks: its blocks are then a cluster, which
    sm_90 and later run together. So the elements that a block reads twice are
    still in the caches, and no second kernel is launched. The loop gets the
    attribute `norm.cluster`, the number of blocks, for `norm-map-to-gpu`.

    ```mlir
    scf.forall (%i, %chunk) in (%m, 8) { A }
    scf.forall (%i, %chunk) in (%m, 8) { B }
    // becomes
    scf.forall (%i, %chunk) in (%m, 8) {
      A
      nvvm.cluster.arrive {aligned}
      nvvm.cluster.wait {aligned}
      B
    } {norm.cluster = 8 : index}
    ```
    The sums of chunks are exchanged by memory of the workspace, which stays in
    the L2 cache, so that the order of a sum does not depend on clusters.
  }];
  let dependentDialects = ["mlir::NVVM::NVVMDialect"];
}

def MapToGPU : Pass<"norm-map-to-gpu", "mlir::ModuleOp"> {
  let summary = "Launch a kernel for each row loop";
  let description = [{
    A row loop on memrefs, whose schedule has a GPU strategy, becomes a
    `gpu.launch` of `row_threads * block_rows` threads a block. A block takes
    `block_rows` rows, then those as many further on as the grid has, so that a
    grid of any size computes all rows. All threads of a row run the whole body;
    `norm-distribute-vectors` gives each its part. The blocks of a loop with
    `norm.cluster` are launched in clusters. A number that one kernel makes and
    another takes goes through memory. Constant tensors become
    constants of the kernels' module, since those of the host are no memory of
    the device.

    ```mlir
    scf.forall (%i) in (%m) { norm.loop_schedule .. }
    // becomes
    gpu.launch blocks(%b, ..) in (%blocks = .., ..) threads(%t, ..) in (%threads = %c256, ..) {
      scf.for %i = %b to %m step %blocks { norm.loop_schedule .. }
    }
    ```

    Upstream maps `scf.forall` by attributes to exactly as many blocks as there
    are iterations, which a grid may not have.
  }];
  let dependentDialects = [
    "mlir::affine::AffineDialect", "mlir::arith::ArithDialect",
    "mlir::gpu::GPUDialect", "mlir::scf::SCFDialect"];
}

def LoadRowsAhead : Pass<"norm-load-rows-ahead", "mlir::gpu::GPUFuncOp"> {
  let summary = "Read a row while the one before it is summed";
  let description = [{
    Where the strategy has `rows_ahead`, the loop over the rows of a block reads
    the next row before it works on the present one, so that no thread waits for
    the memory in each row. Weights are read with each row, too: once for all
    they would be kept in the wider type of the sums. The loop is rotated by
    upstream's `scf::pipelineForLoop`.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::LLVM::LLVMDialect",
    "mlir::scf::SCFDialect", "mlir::ub::UBDialect"];
}

def DistributeVectors : Pass<"norm-distribute-vectors", "mlir::gpu::GPUFuncOp"> {
  let summary = "Give each thread its part of the vectors of a row";
  let description = [{
    In a kernel with a `norm.loop_schedule`, a vector of `row_tile` elements
    becomes `row_tile / (row_threads * thread_elements)` vectors of
    `thread_elements` in each thread, so that neighbouring threads access
    neighbouring memory, and a row read once stays in registers. A sum over a
    vector adds the parts of a thread in halves, then the elements, then the
    threads by shuffles and workgroup memory: the same order for any launch.
    What a mask cuts off is accessed element by element. A scalar is stored by
    the first thread of the row.

    ```mlir
    %v = vector.transfer_read %x[%c0] .. : memref<1024xf32>, vector<1024xf32>
    // becomes, with 128 threads of 4 elements,
    %0 = vector.load %x[%t4] {alignment = 16} : memref<1024xf32>, vector<4xf32>
    %1 = vector.load %x[%t4 + 512] {alignment = 16} : memref<1024xf32>, vector<4xf32>
    ```

    Upstream's distribution of `gpu.warp_execute_on_lane_0` gives a thread
    neighbouring elements of the whole vector, whose accesses do not coalesce.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::gpu::GPUDialect",
    "mlir::memref::MemRefDialect", "mlir::NVVM::NVVMDialect",
    "mlir::scf::SCFDialect", "mlir::vector::VectorDialect"];
}

def OverlapLaunches : Pass<"norm-overlap-launches", "mlir::ModuleOp"> {
  let summary = "Launch kernels before those in front of them have ended";
  let description = [{
    A kernel that a function launches behind another one waits for it by itself,
    so that its blocks can start while those of the other end: it begins with
    `nvvm.griddepcontrol wait`, the one in front of it with
    `nvvm.griddepcontrol launch_dependents`, and its launch gets the attribute
    `norm.dependent`. For sm_90 and later. The first kernel of a function waits
    for all that is in front of it in the stream, as any other.

    ```mlir
    gpu.launch_func @kernels::@first ..
    gpu.launch_func @kernels::@second .. {norm.dependent}
    ```
  }];
  let dependentDialects = ["mlir::NVVM::NVVMDialect"];
}

def LowerGPUMath : Pass<"norm-lower-gpu-math", "mlir::gpu::GPUModuleOp"> {
  let summary = "Lower functions to correctly rounded instructions";
  let description = [{
    `math.sqrt` of f32 and f64 becomes `llvm.nvvm.sqrt.rn`, `math.rsqrt` a
    division by it, `math.isfinite` a comparison; `arith.maxnumf`, `minnumf`,
    `math.fma`, `absf`, `copysign` and the roundings become LLVM's intrinsics.
    Upstream calls CUDA's libdevice, which is not everywhere, and approximates
    `1 / sqrt`. Functions of floats that are left, and for which it would be
    called, are errors.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::LLVM::LLVMDialect",
    "mlir::vector::VectorDialect"];
}

def LowerLaunches : Pass<"norm-lower-launches", "mlir::ModuleOp"> {
  let summary = "Launch kernels by the runtime";
  let description = [{
    A `gpu.launch_func` in a function whose last argument is a `norm_cuda_call`
    becomes a call of `norm_cuda_launch` (see norm_cuda.h) with the address of
    each parameter: the fields of the descriptor of a memref, as kernels take
    them; one with the attribute `norm.dependent` of
    `norm_cuda_launch_dependent`. The function returns the status of the call.
    `@norm.cuda_module`, which entries refer to, gets the table of the kernels,
    the name `target`, and the address of `@norm.cuda_image`, which is only
    declared: it is the code of the `gpu.module`.

    Upstream's lowering creates a stream for each launch, loads modules in
    constructors, and its functions return no errors.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"sm_90\"",
           "The GPUs that the image is for, for error texts">];
  let dependentDialects = ["mlir::LLVM::LLVMDialect"];
}

#endif // NORM_TRANSFORMS_GPUPASSES_TD
