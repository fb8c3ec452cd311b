//===- CUDAModule.h - The kernels of a module in a context ------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_RUNTIME_CUDAMODULE_H
#define NORM_LIB_RUNTIME_CUDAMODULE_H

#include "norm/Runtime/CUDADriver.h"
#include "norm/Runtime/norm_cuda.h"

#include <atomic>

namespace norm::runtime {

/// What launches on a device may ask for.
struct LaunchLimits {
  int32_t grid[3];
  int32_t block[3];
  int32_t blockThreads;
  int32_t sharedBytes;
  bool hasClusters;
  /// Of kernels that are compiled for them.
  bool hasDependentLaunches;
  /// Kernels can access all memory of the host.
  bool hasPageableAccess;
};

struct LoadedKernel {
  cuda::CUfunction function;
  int32_t maxThreads;
};

/// A module in a context. In the list that norm_cuda_module::state starts;
/// removed from it by unload() alone, as readers take no lock.
struct LoadedModule {
  LoadedModule *next;
  const norm_cuda_module *module;
  const cuda::Driver *driver;
  /// A context that is created where one was destroyed may have its address,
  /// but not its id. 0 while nothing is loaded.
  cuda::CUcontext context;
  std::atomic<unsigned long long> contextId;
  cuda::CUdevice device;
  LaunchLimits limits;
  cuda::CUmodule handle;

  /// As many as the module has.
  LoadedKernel *getKernels() {
    return reinterpret_cast<LoadedKernel *>(this + 1);
  }
  const LoadedKernel *getKernels() const {
    return reinterpret_cast<const LoadedKernel *>(this + 1);
  }
};

/// The context of the calling thread.
struct CurrentContext {
  const cuda::Driver *driver;
  cuda::CUcontext context;
  unsigned long long id;
};

/// Sets `current`. Returns norm_ok or an error code; error texts start with
/// `name`.
int32_t getCurrentContext(const char *name, CurrentContext &current);

/// The module in the current context, or null if it is not loaded there. Takes
/// no lock.
const LoadedModule *findLoaded(const norm_cuda_module &module,
                               const CurrentContext &current);

/// Sets `loaded` to the module in the current context, where it is loaded if it
/// is not. Returns norm_ok or an error code; error texts start with `name`.
int32_t load(const char *name, norm_cuda_module &module,
             const CurrentContext &current, const LoadedModule *&loaded);

/// Unloads the module from all contexts that are alive. Returns norm_ok or an
/// error code; error texts start with `name`. Not while another thread uses the
/// module.
int32_t unload(const char *name, norm_cuda_module &module);

} // namespace norm::runtime

#endif // NORM_LIB_RUNTIME_CUDAMODULE_H
