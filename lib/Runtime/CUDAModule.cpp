//===- CUDAModule.cpp - The kernels of a module in a context --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDAModule.h"

#include "CUDAErrors.h"
#include "CheckErrors.h"

#include <climits>
#include <cstdlib>
#include <new>
#include <pthread.h>

using namespace norm::cuda;
using namespace norm::runtime;

/// Held while a module is loaded or unloaded. No destructor unlocks it, which
/// would need the C++ library.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static LoadedModule *getFirst(const norm_cuda_module &module) {
  return static_cast<LoadedModule *>(
      __atomic_load_n(&module.state, __ATOMIC_ACQUIRE));
}

int32_t norm::runtime::getCurrentContext(const char *name,
                                         CurrentContext &current) {
  const char *whyNot = "";
  current.driver = getDriver(&whyNot);
  if (!current.driver)
    return reportNoDriver(name, whyNot);
  const Driver &driver = *current.driver;
  current.context = nullptr;
  if (CUresult result = driver.cuCtxGetCurrent(&current.context))
    return reportFailure(name, driver, "cuCtxGetCurrent", result,
                         norm_error_cuda_context);
  if (!current.context)
    return reportNoContext(name);
  if (CUresult result = driver.cuCtxGetId(current.context, &current.id))
    return reportFailure(name, driver, "cuCtxGetId", result,
                         norm_error_cuda_context);
  return norm_ok;
}

const LoadedModule *norm::runtime::findLoaded(const norm_cuda_module &module,
                                              const CurrentContext &current) {
  LoadedModule *loaded = getFirst(module);
  // Acquires what was written before the id.
  while (loaded &&
         (loaded->driver != current.driver ||
          loaded->contextId.load(std::memory_order_acquire) != current.id))
    loaded = loaded->next;
  return loaded;
}

/// Of CUDA, the first whose graphs capture dependent launches.
static constexpr int dependentLaunchVersion = 12030;

static CUresult getLimits(const Driver &driver, CUdevice device,
                          LaunchLimits &limits) {
  int clusters = 0, pageable = 0, version = 0;
  struct {
    CUdevice_attribute attribute;
    int32_t *value;
  } wanted[] = {
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, &limits.grid[0]},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y, &limits.grid[1]},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z, &limits.grid[2]},
      {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X, &limits.block[0]},
      {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y, &limits.block[1]},
      {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z, &limits.block[2]},
      {CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, &limits.blockThreads},
      {CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN,
       &limits.sharedBytes},
      {CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH, &clusters},
      {CU_DEVICE_ATTRIBUTE_PAGEABLE_MEMORY_ACCESS, &pageable}};
  for (auto &[attribute, value] : wanted)
    if (CUresult result = driver.cuDeviceGetAttribute(value, attribute, device))
      return result;
  if (CUresult result = driver.cuDriverGetVersion(&version))
    return result;
  limits.hasClusters = clusters;
  limits.hasDependentLaunches = version >= dependentLaunchVersion;
  limits.hasPageableAccess = pageable;
  return CUDA_SUCCESS;
}

/// Gets kernel number `kernel` ready for any launch that its module says.
static int32_t prepareKernel(const char *name, LoadedModule &loaded,
                             int32_t kernel) {
  const Driver &driver = *loaded.driver;
  const norm_cuda_kernel &wanted = loaded.module->kernels[kernel];
  LoadedKernel &prepared = loaded.getKernels()[kernel];
  if (CUresult result = driver.cuModuleGetFunction(&prepared.function,
                                                   loaded.handle, wanted.name))
    return reportKernelFailure(name, loaded, kernel, "cuModuleGetFunction",
                               result);
  int fixedBytes = 0, allowedBytes = 0;
  struct {
    CUfunction_attribute attribute;
    int *value;
  } attributes[] = {
      {CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, &prepared.maxThreads},
      {CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, &fixedBytes},
      {CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, &allowedBytes}};
  for (auto &[attribute, value] : attributes)
    if (CUresult result =
            driver.cuFuncGetAttribute(value, attribute, prepared.function))
      return reportKernelFailure(name, loaded, kernel, "cuFuncGetAttribute",
                                 result);
  if (wanted.dynamic_shared_bytes > loaded.limits.sharedBytes - fixedBytes)
    return reportSharedMemory(name, loaded, kernel, fixedBytes);
  // 48 KiB with what the kernel has of its own, if nothing is said.
  if (wanted.dynamic_shared_bytes > allowedBytes)
    if (CUresult result = driver.cuFuncSetAttribute(
            prepared.function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
            int(wanted.dynamic_shared_bytes)))
      return reportKernelFailure(name, loaded, kernel, "cuFuncSetAttribute",
                                 result);
  return norm_ok;
}

/// Loads the image of `loaded`, which is empty if nothing is ever launched: of
/// results without elements, say.
static int32_t loadImage(const char *name, LoadedModule &loaded) {
  if (loaded.module->num_kernels == 0)
    return norm_ok;
  // What the driver writes of PTX that it cannot compile.
  char log[1024] = "";
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER,
                            CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log))};
  CUresult result = loaded.driver->cuModuleLoadDataEx(
      &loaded.handle, loaded.module->image, 2, options, values);
  log[sizeof(log) - 1] = 0;
  return result ? reportImage(name, loaded, result, log) : int32_t(norm_ok);
}

/// Fills in `loaded`, whose module, driver and context are set.
static int32_t loadInto(const char *name, LoadedModule &loaded) {
  const Driver &driver = *loaded.driver;
  if (CUresult result = driver.cuCtxGetDevice(&loaded.device))
    return reportFailure(name, driver, "cuCtxGetDevice", result,
                         norm_error_cuda_context);
  if (CUresult result = getLimits(driver, loaded.device, loaded.limits))
    return reportFailure(name, driver, "cuDeviceGetAttribute", result,
                         norm_error_cuda_module);
  if (int32_t error = loadImage(name, loaded))
    return error;
  for (int32_t i = 0; i < loaded.module->num_kernels; ++i)
    if (int32_t error = prepareKernel(name, loaded, i)) {
      // The text is that of the first error, whatever this returns.
      driver.cuModuleUnload(loaded.handle);
      return error;
    }
  return norm_ok;
}

/// A place in the list of `module` for the current context: one that is unused,
/// that of a context which was destroyed and had the same address, or a new
/// one; null if there is no memory.
static LoadedModule *getPlace(norm_cuda_module &module,
                              const CurrentContext &current) {
  LoadedModule *first = getFirst(module);
  for (LoadedModule *place = first; place; place = place->next)
    if (place->driver == current.driver &&
        (place->context == current.context || place->contextId == 0))
      return place;
  void *memory = std::malloc(sizeof(LoadedModule) +
                             module.num_kernels * sizeof(LoadedKernel));
  if (!memory)
    return nullptr;
  auto *place = new (memory) LoadedModule();
  place->next = first;
  place->module = &module;
  place->driver = current.driver;
  __atomic_store_n(&module.state, place, __ATOMIC_RELEASE);
  return place;
}

/// load() for who holds the mutex.
static int32_t loadLocked(const char *name, norm_cuda_module &module,
                          const CurrentContext &current,
                          const LoadedModule *&loaded) {
  // Another thread may have been faster.
  loaded = findLoaded(module, current);
  if (loaded)
    return norm_ok;
  LoadedModule *place = getPlace(module, current);
  if (!place)
    return reportNoMemory(name);
  // Readers pass by until it is filled in.
  place->contextId = 0;
  place->context = current.context;
  if (int32_t error = loadInto(name, *place))
    return error;
  place->contextId.store(current.id, std::memory_order_release);
  loaded = place;
  return norm_ok;
}

int32_t norm::runtime::load(const char *name, norm_cuda_module &module,
                            const CurrentContext &current,
                            const LoadedModule *&loaded) {
  if (!fitsVersion(module.runtime_version))
    return reportVersion(name, module.runtime_version);
  loaded = findLoaded(module, current);
  if (loaded)
    return norm_ok;
  pthread_mutex_lock(&mutex);
  int32_t error = loadLocked(name, module, current, loaded);
  pthread_mutex_unlock(&mutex);
  return error;
}

/// Unloads a module from its context. One that was destroyed has done so
/// itself, and one that an operation has left unusable does so when it is
/// destroyed.
static int32_t unloadFrom(const char *name, LoadedModule &loaded) {
  const Driver &driver = *loaded.driver;
  unsigned long long id = 0;
  if (loaded.contextId == 0 || driver.cuCtxGetId(loaded.context, &id) ||
      id != loaded.contextId)
    return norm_ok;
  if (CUresult result = driver.cuCtxPushCurrent(loaded.context))
    return reportFailure(name, driver, "cuCtxPushCurrent", result,
                         norm_error_cuda_context);
  // What was launched runs the code.
  const char *call = "cuCtxSynchronize";
  CUresult result = driver.cuCtxSynchronize();
  if (result == CUDA_SUCCESS && loaded.module->num_kernels > 0) {
    call = "cuModuleUnload";
    result = driver.cuModuleUnload(loaded.handle);
  }
  CUcontext context = nullptr;
  driver.cuCtxPopCurrent(&context);
  if (result == CUDA_SUCCESS || isSticky(result))
    return norm_ok;
  return reportFailure(name, driver, call, result, norm_error_cuda_module);
}

int32_t norm::runtime::unload(const char *name, norm_cuda_module &module) {
  pthread_mutex_lock(&mutex);
  int32_t error = norm_ok;
  LoadedModule *kept = nullptr, *next = nullptr;
  for (LoadedModule *place = getFirst(module); place; place = next) {
    next = place->next;
    if (int32_t failed = unloadFrom(name, *place)) {
      error = failed;
      place->next = kept;
      kept = place;
    } else {
      std::free(place);
    }
  }
  __atomic_store_n(&module.state, kept, __ATOMIC_RELEASE);
  pthread_mutex_unlock(&mutex);
  return error;
}
