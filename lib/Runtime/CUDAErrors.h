//===- CUDAErrors.h - What calls of GPU kernels report ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_RUNTIME_CUDAERRORS_H
#define NORM_LIB_RUNTIME_CUDAERRORS_H

#include "CUDAModule.h"
#include "Operand.h"

namespace norm::runtime {

/// Whether every call in a context fails with `result` from now on.
bool isSticky(cuda::CUresult result);

// Each stores the text of an error, which starts with the name of the function
// that was called, and returns its code.

/// There is no driver, for the reason `whyNot`.
int32_t reportNoDriver(const char *name, const char *whyNot);

/// The calling thread has no current context.
int32_t reportNoContext(const char *name);

/// The stream belongs to another context.
int32_t reportStream(const char *name);

/// The function `call` of the driver failed with `result`. The code is
/// `code`, unless memory ran out or an operation before has failed.
int32_t reportFailure(const char *name, const cuda::Driver &driver,
                      const char *call, cuda::CUresult result, int32_t code);

/// The module is not loaded, and cannot be while the stream is captured.
int32_t reportCapture(const char *name);

/// The image of `module` could not be loaded, because cuModuleLoadDataEx failed
/// with `result`. `log` is what the driver's compiler says; it may be empty.
int32_t reportImage(const char *name, const LoadedModule &loaded,
                    cuda::CUresult result, const char *log);

/// The function `call` of the driver failed with `result` for kernel number
/// `kernel` of a module that is being loaded.
int32_t reportKernelFailure(const char *name, const LoadedModule &loaded,
                            int32_t kernel, const char *call,
                            cuda::CUresult result);

/// The host has no memory left for the state of a module.
int32_t reportNoMemory(const char *name);

/// Kernel number `kernel`, with `fixedBytes` of shared memory of its own, needs
/// more shared memory than a block may have.
int32_t reportSharedMemory(const char *name, const LoadedModule &loaded,
                           int32_t kernel, int64_t fixedBytes);

/// The GPU cannot access the data at `address`.
int32_t reportPointer(const Operand &operand, const LoadedModule &loaded,
                      uint64_t address);

/// The workspace is misaligned, null or no device memory.
int32_t reportWorkspace(const char *name, const void *workspace);

/// The workspace has too few bytes.
int32_t reportWorkspaceSize(const norm_cuda_call &call);

/// Kernel number `kernel` cannot be launched: its launch has `found` of `what`,
/// and must not have fewer than `least` or more than `most`.
int32_t reportLimit(const norm_cuda_call &call, int32_t kernel,
                    const char *what, int64_t least, int64_t most,
                    int64_t found);

/// Kernel number `kernel` cannot be launched in clusters: the GPU has none.
int32_t reportNoClusters(const norm_cuda_call &call, int32_t kernel);

/// The launch of kernel number `kernel` by the function `name` of the driver
/// failed with `result`.
int32_t reportLaunch(const norm_cuda_call &call, int32_t kernel,
                     const norm_cuda_launch_shape &shape, const char *name,
                     cuda::CUresult result);

} // namespace norm::runtime

#endif // NORM_LIB_RUNTIME_CUDAERRORS_H
