/*===- norm_cuda.h - What a kernel compiled for NVIDIA GPUs links to ------===*\
|*
|* Licensed under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*===----------------------------------------------------------------------===*|
|* C11 and C++17. The driver is opened at the first use (libcuda.so.1): nothing
|* of CUDA is needed to build or link. Every function may be called from several
|* threads at once, and reports errors as those of norm_runtime.h do.
\*===----------------------------------------------------------------------===*/

#ifndef NORM_RUNTIME_NORM_CUDA_H
#define NORM_RUNTIME_NORM_CUDA_H

#include "norm/Runtime/norm_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A kernel of a module. */
typedef struct norm_cuda_kernel {
  /** Its name in the image. */
  const char *name;
  /** The most bytes of dynamic shared memory that a launch asks for. */
  int64_t dynamic_shared_bytes;
} norm_cuda_kernel;

/** The kernels of one compiled module. Constant but for `state`. */
typedef struct norm_cuda_module {
  /** NORM_RUNTIME_VERSION that the module was compiled with. */
  int32_t runtime_version;
  /** The number of `kernels`. */
  int32_t num_kernels;
  const norm_cuda_kernel *kernels;
  /** What cuModuleLoadDataEx takes: PTX ended by a zero byte, a cubin or a
   * fatbin. */
  const void *image;
  /** The GPUs that the image is for, for error texts, such as "sm_90". */
  const char *target;
  /** The library's; null at first. */
  void *state;
} norm_cuda_module;

/** A call of a compiled function, between norm_cuda_begin or norm_cuda_query
 * and its return. Memory of the caller; the fields are the library's. */
typedef struct norm_cuda_call {
  const norm_function_info *function;
  const void *loaded;
  void *stream;
  void *workspace;
  size_t workspace_bytes;
  size_t needed_bytes;
  int32_t status;
  int16_t is_query;
  int16_t has_launched;
} norm_cuda_call;

/** The blocks of a grid, the threads of a block, the blocks of a cluster (1, 1,
 * 1: there are none), in x, y and z, and the bytes of dynamic shared memory of
 * a block. */
typedef struct norm_cuda_launch_shape {
  int64_t grid[3];
  int64_t block[3];
  int64_t cluster[3];
  int64_t dynamic_shared_bytes;
} norm_cuda_launch_shape;

/** The alignment of a workspace in bytes: that of memory of cuMemAlloc. */
#define NORM_CUDA_WORKSPACE_ALIGNMENT 256

/** Loads `module` into the current context of the calling thread, unless it is
 * loaded there already; its kernels stay loaded as long as the context lives,
 * or until they are unloaded. Returns norm_ok or an error code: no driver, no
 * context, an image for other GPUs, no memory. */
int32_t norm_cuda_load(norm_cuda_module *module);

/** Unloads `module` from all contexts that it was loaded into and that are
 * alive, which waits for what runs in them, and frees what the library keeps of
 * it: for a program that is about to unload the code of the module itself. A
 * later call loads it again; graphs that captured one must not be launched any
 * more. Needs no driver if nothing is loaded. Not while another thread calls a
 * function of the module. Returns norm_ok, or an error code if a driver
 * refuses, for example while a stream is captured; there it stays loaded. */
int32_t norm_cuda_unload(norm_cuda_module *module);

/** Begins a call of `function` on `stream` (a CUstream; null is the default
 * one): checks that there are a driver and a current context, which is that of
 * the stream, that the data of all tensors with elements and all scalar results
 * (`operands`, in the order of `function`, which norm_check_call has checked)
 * can be accessed by the GPU, and that `workspace` is aligned and device memory
 * unless `workspace_bytes` is 0. Loads `module` if it is not, which is an error
 * while `stream` is captured. Returns norm_ok or an error code. Allocates
 * nothing on the device but the module, and waits for nothing. */
int32_t norm_cuda_begin(norm_cuda_call *call, norm_cuda_module *module,
                        const norm_function_info *function,
                        const void *const *operands, void *workspace,
                        size_t workspace_bytes, void *stream);

/** Begins a call that only asks for its workspace: norm_cuda_workspace records
 * the size and returns null, and nothing is launched. Needs no driver. */
void norm_cuda_query(norm_cuda_call *call, const norm_function_info *function);

/** The workspace of `call` if it has `bytes` bytes at the least (for 0 bytes
 * some address that must not be accessed). Else null, and
 * the status of the call is an error that says how many are needed; for a
 * query, the status is norm_ok. */
void *norm_cuda_workspace(norm_cuda_call *call, size_t bytes);

/** Launches kernel number `kernel` of the module with the parameters that
 * `parameters` points to, as cuLaunchKernel takes them. Does nothing if the
 * status of the call is not norm_ok; it becomes an error if the launch fails or
 * exceeds a limit of the device. An empty grid is no error: nothing runs. */
void norm_cuda_launch(norm_cuda_call *call, int32_t kernel,
                      const norm_cuda_launch_shape *shape, void **parameters);

/** Launches as norm_cuda_launch does, but before the kernel that `call` has
 * launched last has ended: for a kernel that waits for it by itself
 * (griddepcontrol.wait). Waits as norm_cuda_launch does if there is none, and
 * for drivers before CUDA 12.3, where graphs cannot capture such a launch. */
void norm_cuda_launch_dependent(norm_cuda_call *call, int32_t kernel,
                                const norm_cuda_launch_shape *shape,
                                void **parameters);

/** The status of `call`: norm_ok or an error code. */
int32_t norm_cuda_status(const norm_cuda_call *call);

/** The bytes of workspace that a query has recorded, the largest of all. */
size_t norm_cuda_needed_bytes(const norm_cuda_call *call);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* NORM_RUNTIME_NORM_CUDA_H */
