// What is written for NVIDIA GPUs: kernels alone, and objects that hold them and
// the functions that launch them.

// RUN: norm-compile %s --target=sm_90 -o %t.ptx
// RUN: FileCheck %s --check-prefix=PTX --input-file=%t.ptx
// PTX: .version 8.0
// PTX: .target sm_90
// PTX-NOT: .extern
// PTX: .visible .entry scaled_unit_stride_0
// PTX: .visible .entry scaled_strided_0

// RUN: norm-compile %s --target=sm_100 -o - --emit=ptx | FileCheck %s --check-prefix=BLACKWELL
// BLACKWELL: .version 8.6
// BLACKWELL: .target sm_100

// RUN: norm-compile %s --target=sm_90 -o %t.ll
// RUN: FileCheck %s --check-prefix=LLVM --input-file=%t.ll
// LLVM: target triple = "nvptx64-nvidia-cuda"
// LLVM: define ptx_kernel void @scaled_unit_stride_0

// RUN: norm-compile %s --target=sm_90 -o %t.mlir --stop-after=gpu
// RUN: FileCheck %s --check-prefix=GPU --input-file=%t.mlir
// GPU: gpu.launch_func @norm.kernels::@scaled_unit_stride_0

// RUN: norm-compile %s --target=sm_80,sm_90 -o %t.o --header=%t.h
// RUN: llvm-nm %t.o | FileCheck %s --check-prefix=SYMBOLS --implicit-check-not=' T '
// SYMBOLS-DAG: T _mlir_ciface_scaled_cuda
// SYMBOLS-DAG: T norm_load_scaled
// SYMBOLS-DAG: T norm_shape_scaled
// SYMBOLS-DAG: T norm_unload_scaled
// SYMBOLS-DAG: T norm_workspace_scaled
// SYMBOLS-DAG: U norm_cuda_begin
// SYMBOLS-DAG: U norm_cuda_launch

// RUN: FileCheck %s --check-prefix=HEADER --input-file=%t.h
// HEADER: int32_t _mlir_ciface_scaled_cuda(const norm_tensor_2 *x,
// HEADER-NEXT: const norm_tensor_1 *gamma,
// HEADER-NEXT: const norm_tensor_2 *y,
// HEADER-NEXT: void *workspace,
// HEADER-NEXT: size_t workspace_bytes,
// HEADER-NEXT: void *stream);
// HEADER: int32_t norm_shape_scaled(
// HEADER: int32_t norm_workspace_scaled(const norm_tensor_2 *x,
// HEADER-NEXT: const norm_tensor_1 *gamma,
// HEADER-NEXT: size_t *workspace_bytes);
// HEADER: int32_t norm_load_scaled(void);
// HEADER: int32_t norm_unload_scaled(void);
// HEADER: inline int32_t unload_scaled() {

// RUN: %cc -c -x c -std=c11 -Wall -Wextra -Wpedantic -Werror -I %S/../../../include %t.h -o %t.c.o
// RUN: %cxx -c -x c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -I %S/../../../include %t.h -o %t.cxx.o

// RUN: norm-compile %s --target=sm_90 -o %t.so
// RUN: llvm-nm -D %t.so | FileCheck %s --check-prefix=SHARED --implicit-check-not=' T '
// SHARED-DAG: T _mlir_ciface_scaled_cuda
// SHARED-DAG: T norm_load_scaled
// SHARED-DAG: T norm_shape_scaled
// SHARED-DAG: T norm_unload_scaled
// SHARED-DAG: T norm_workspace_scaled

func.func @scaled(%x: tensor<?x1024xf16>, %gamma: tensor<1024xf16>) -> tensor<?x1024xf16> {
  %y = norm.rmsnorm %x gamma(%gamma) axis(1) epsilon(1.0e-6)
    : (tensor<?x1024xf16>, tensor<1024xf16>) -> tensor<?x1024xf16>
  return %y : tensor<?x1024xf16>
}
