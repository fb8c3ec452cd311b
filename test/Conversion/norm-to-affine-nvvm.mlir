// The nests go to a GPU by upstream's passes alone, but for the root, for which they
// would call CUDA's libdevice: parallel loops become blocks and threads, each nest a
// kernel in PTX.

// DEFINE: %{kernels} = norm-opt %s --convert-norm-to-affine --canonicalize \
// DEFINE:   | mlir-opt --affine-parallelize --lower-affine --gpu-map-parallel-loops \
// DEFINE:     --convert-parallel-loops-to-gpu --lower-affine --gpu-kernel-outlining

// RUN: %{kernels} | FileCheck %s --check-prefix=GPU
// GPU-LABEL: func.func @rows
// GPU: gpu.launch_func @rows_kernel::@rows_kernel blocks in (%{{.*}}, %c1{{.*}}, %c1{{.*}}) threads in (%c1{{.*}}, %c1{{.*}}, %c1{{.*}})
// GPU: gpu.launch_func @rows_kernel_0::@rows_kernel blocks in (%{{.*}}, %c1{{.*}}, %c1{{.*}}) threads in (%c64{{.*}}, %c1{{.*}}, %c1{{.*}})

// RUN: %{kernels} \
// RUN:   | norm-opt --pass-pipeline='builtin.module(gpu.module(norm-lower-gpu-math))' \
// RUN:   | mlir-opt --gpu-lower-to-nvvm-pipeline="cubin-chip=sm_90 cubin-features=+ptx80 cubin-format=isa" \
// RUN:   | FileCheck %s --check-prefix=PTX
// The sum of a row, its root, and a store for the row.
// PTX: .visible .entry rows_kernel(
// PTX: ld.global.b32
// PTX: sqrt.rn.f32
// PTX: div.rn.f32
// PTX: st.global.b32
// An element a thread.
// PTX: .visible .entry rows_kernel(
// PTX: %tid.x
// PTX: ld.global.b32
// PTX: ld.global.b32
// PTX: ld.global.b32
// PTX: st.global.b32
// PTX-NOT: .extern

func.func @rows(%x: memref<?x64xf32>, %gamma: memref<64xf32>, %y: memref<?x64xf32>, %rrms: memref<?xf32>) {
  norm.rmsnorm %x gamma(%gamma) outs(%y, %rrms) axis(1) epsilon(1.0e-6)
    : (memref<?x64xf32>, memref<64xf32>, memref<?x64xf32>, memref<?xf32>) -> ()
  return
}
