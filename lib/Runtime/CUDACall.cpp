//===- CUDACall.cpp - Calls of functions that launch GPU kernels ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDAErrors.h"
#include "CUDAModule.h"
#include "Operand.h"

#include <algorithm>

using namespace norm::cuda;
using namespace norm::runtime;

// Compiled code makes room for these.
static_assert(sizeof(norm_cuda_call) == 56 &&
                  sizeof(norm_cuda_launch_shape) == 80 &&
                  sizeof(norm_cuda_module) == 40 &&
                  sizeof(norm_cuda_kernel) == 16,
              "the layout is part of the binary interface");

/// Blocks of a cluster that every GPU with clusters can run.
static constexpr int64_t portableClusterBlocks = 8;

static CUstream getStream(const norm_cuda_call &call) {
  return static_cast<CUstream>(call.stream);
}

/// Checks that the stream is one of the current context.
static int32_t checkStream(const norm_cuda_call &call,
                           const CurrentContext &current) {
  const char *name = call.function->name;
  if (!call.stream)
    return norm_ok;
  CUcontext context = nullptr;
  if (CUresult result =
          current.driver->cuStreamGetCtx(getStream(call), &context))
    return reportFailure(name, *current.driver, "cuStreamGetCtx", result,
                         norm_error_cuda_context);
  return context == current.context ? int32_t(norm_ok) : reportStream(name);
}

/// Checks that no capture forbids to load a module.
static int32_t checkCapture(const norm_cuda_call &call, const Driver &driver) {
  const char *name = call.function->name;
  CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_NONE;
  CUresult result = driver.cuStreamIsCapturing(getStream(call), &status);
  // The default stream while another one is captured.
  if (result == CUDA_ERROR_STREAM_CAPTURE_IMPLICIT)
    return reportCapture(name);
  if (result)
    return reportFailure(name, driver, "cuStreamIsCapturing", result,
                         norm_error_cuda_module);
  return status == CU_STREAM_CAPTURE_STATUS_NONE ? int32_t(norm_ok)
                                                 : reportCapture(name);
}

/// Sets `accessible` to whether kernels can access `address`, or returns what
/// the driver failed with.
static CUresult isAccessible(const LoadedModule &loaded, uint64_t address,
                             bool &accessible) {
  CUdeviceptr pointer = 0;
  CUresult result = loaded.driver->cuPointerGetAttribute(
      &pointer, CU_POINTER_ATTRIBUTE_DEVICE_POINTER, address);
  if (result == CUDA_SUCCESS) {
    accessible = pointer == address;
    return CUDA_SUCCESS;
  }
  // Memory that the driver knows nothing of.
  accessible = loaded.limits.hasPageableAccess;
  return result == CUDA_ERROR_INVALID_VALUE ? CUDA_SUCCESS : result;
}

/// Checks that kernels can access the data of the operands.
static int32_t checkOperands(const norm_cuda_call &call,
                             const void *const *operands) {
  const norm_function_info &function = *call.function;
  const auto &loaded = *static_cast<const LoadedModule *>(call.loaded);
  for (int32_t i = 0; i < function.num_operands; ++i) {
    Operand operand;
    setOperand(operand, function, i, operands);
    if (int32_t error = locate(operand))
      return error;
    if (operand.range.begin == operand.range.end)
      continue;
    bool accessible = false;
    if (CUresult result = isAccessible(loaded, operand.range.begin, accessible))
      return reportFailure(function.name, *loaded.driver,
                           "cuPointerGetAttribute", result,
                           norm_error_cuda_pointer);
    if (!accessible)
      return reportPointer(operand, loaded, operand.range.begin);
  }
  return norm_ok;
}

static int32_t checkWorkspace(const norm_cuda_call &call) {
  if (call.workspace_bytes == 0)
    return norm_ok;
  const char *name = call.function->name;
  const auto &loaded = *static_cast<const LoadedModule *>(call.loaded);
  auto address = reinterpret_cast<uintptr_t>(call.workspace);
  bool accessible = false;
  if (address != 0 && address % NORM_CUDA_WORKSPACE_ALIGNMENT == 0)
    if (CUresult result = isAccessible(loaded, address, accessible))
      return reportFailure(name, *loaded.driver, "cuPointerGetAttribute",
                           result, norm_error_cuda_workspace);
  return accessible ? int32_t(norm_ok) : reportWorkspace(name, call.workspace);
}

/// norm_cuda_begin for a call whose fields are set but for `loaded`.
static int32_t begin(norm_cuda_call &call, norm_cuda_module &module,
                     const void *const *operands) {
  const char *name = call.function->name;
  CurrentContext current;
  if (int32_t error = getCurrentContext(name, current))
    return error;
  if (int32_t error = checkStream(call, current))
    return error;
  const LoadedModule *loaded = findLoaded(module, current);
  if (!loaded) {
    if (int32_t error = checkCapture(call, *current.driver))
      return error;
    if (int32_t error = load(name, module, current, loaded))
      return error;
  }
  call.loaded = loaded;
  if (int32_t error = checkOperands(call, operands))
    return error;
  return checkWorkspace(call);
}

int32_t norm_cuda_load(norm_cuda_module *module) {
  const char *name = "norm_cuda_load";
  CurrentContext current;
  if (int32_t error = getCurrentContext(name, current))
    return error;
  const LoadedModule *loaded;
  return load(name, *module, current, loaded);
}

int32_t norm_cuda_unload(norm_cuda_module *module) {
  return unload("norm_cuda_unload", *module);
}

int32_t norm_cuda_begin(norm_cuda_call *call, norm_cuda_module *module,
                        const norm_function_info *function,
                        const void *const *operands, void *workspace,
                        size_t workspace_bytes, void *stream) {
  *call = {function,       nullptr,           stream,
           workspace,      workspace_bytes,   0,
           norm_ok,
           /*is_query=*/0, /*has_launched=*/0};
  call->status = begin(*call, *module, operands);
  return call->status;
}

void norm_cuda_query(norm_cuda_call *call, const norm_function_info *function) {
  *call = {function, nullptr, nullptr,        nullptr,           0,
           0,        norm_ok, /*is_query=*/1, /*has_launched=*/0};
}

void *norm_cuda_workspace(norm_cuda_call *call, size_t bytes) {
  call->needed_bytes = std::max(call->needed_bytes, bytes);
  if (call->status || call->is_query)
    return nullptr;
  // Null is an error; of no bytes none is accessed.
  if (bytes == 0)
    return call;
  if (bytes <= call->workspace_bytes)
    return call->workspace;
  call->status = reportWorkspaceSize(*call);
  return nullptr;
}

/// Checks `shape` against the limits of the device and the kernel, so that an
/// error says which one it exceeds. The driver says no more than "invalid".
static int32_t checkShape(const norm_cuda_call &call, int32_t kernel,
                          const norm_cuda_launch_shape &shape) {
  const auto &loaded = *static_cast<const LoadedModule *>(call.loaded);
  const LaunchLimits &limits = loaded.limits;
  static const char *const blocks[] = {"blocks in x", "blocks in y",
                                       "blocks in z"};
  static const char *const threads[] = {"threads of a block in x",
                                        "threads of a block in y",
                                        "threads of a block in z"};
  static const char *const clusters[] = {"blocks of a cluster in x",
                                         "blocks of a cluster in y",
                                         "blocks of a cluster in z"};
  int64_t blockThreads = 1, clusterBlocks = 1;
  for (int dim = 0; dim < 3; ++dim) {
    struct {
      const char *what;
      int64_t most, found;
    } checks[] = {{blocks[dim], limits.grid[dim], shape.grid[dim]},
                  {threads[dim], limits.block[dim], shape.block[dim]},
                  {clusters[dim], shape.grid[dim], shape.cluster[dim]}};
    for (auto &[what, most, found] : checks)
      if (found < 1 || found > most)
        return reportLimit(call, kernel, what, 1, most, found);
    blockThreads *= shape.block[dim];
    clusterBlocks *= shape.cluster[dim];
  }
  int64_t maxThreads =
      std::min(limits.blockThreads, loaded.getKernels()[kernel].maxThreads);
  if (blockThreads > maxThreads)
    return reportLimit(call, kernel, "threads of a block", 1, maxThreads,
                       blockThreads);
  if (clusterBlocks > 1 && !limits.hasClusters)
    return reportNoClusters(call, kernel);
  int64_t maxShared = loaded.module->kernels[kernel].dynamic_shared_bytes;
  if (shape.dynamic_shared_bytes < 0 || shape.dynamic_shared_bytes > maxShared)
    return reportLimit(call, kernel, "bytes of dynamic shared memory", 0,
                       maxShared, shape.dynamic_shared_bytes);
  return norm_ok;
}

/// Launches before the kernel in front has ended, if `dependent`.
static int32_t launch(const norm_cuda_call &call, int32_t kernel,
                      const norm_cuda_launch_shape &shape, void **parameters,
                      bool dependent) {
  if (int32_t error = checkShape(call, kernel, shape))
    return error;
  const auto &loaded = *static_cast<const LoadedModule *>(call.loaded);
  const Driver &driver = *loaded.driver;
  CUfunction function = loaded.getKernels()[kernel].function;
  unsigned grid[3], block[3], cluster[3];
  std::copy_n(shape.grid, 3, grid);
  std::copy_n(shape.block, 3, block);
  std::copy_n(shape.cluster, 3, cluster);
  auto sharedBytes = unsigned(shape.dynamic_shared_bytes);
  int64_t clusterBlocks = int64_t(cluster[0]) * cluster[1] * cluster[2];
  if (clusterBlocks > portableClusterBlocks)
    if (CUresult result = driver.cuFuncSetAttribute(
            function, CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED, 1))
      return reportLaunch(call, kernel, shape, "cuFuncSetAttribute", result);
  CUlaunchAttribute attributes[2] = {};
  unsigned numAttributes = 0;
  if (clusterBlocks > 1) {
    CUlaunchAttribute &attribute = attributes[numAttributes++];
    attribute.id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
    attribute.value.clusterDim = {cluster[0], cluster[1], cluster[2]};
  }
  if (dependent) {
    CUlaunchAttribute &attribute = attributes[numAttributes++];
    attribute.id = CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION;
    attribute.value.programmaticStreamSerializationAllowed = 1;
  }
  if (numAttributes == 0) {
    if (CUresult result = driver.cuLaunchKernel(
            function, grid[0], grid[1], grid[2], block[0], block[1], block[2],
            sharedBytes, getStream(call), parameters, nullptr))
      return reportLaunch(call, kernel, shape, "cuLaunchKernel", result);
    return norm_ok;
  }
  CUlaunchConfig config = {
      grid[0],  grid[1],     grid[2],         block[0],   block[1],
      block[2], sharedBytes, getStream(call), attributes, numAttributes};
  if (CUresult result =
          driver.cuLaunchKernelEx(&config, function, parameters, nullptr))
    return reportLaunch(call, kernel, shape, "cuLaunchKernelEx", result);
  return norm_ok;
}

static void launchOf(norm_cuda_call &call, int32_t kernel,
                     const norm_cuda_launch_shape &shape, void **parameters,
                     bool dependent) {
  if (call.status || call.is_query)
    return;
  // The driver refuses an empty grid, which is what empty tensors give.
  if (std::count(shape.grid, shape.grid + 3, 0) > 0)
    return;
  call.status = launch(call, kernel, shape, parameters, dependent);
  call.has_launched = 1;
}

void norm_cuda_launch(norm_cuda_call *call, int32_t kernel,
                      const norm_cuda_launch_shape *shape, void **parameters) {
  launchOf(*call, kernel, *shape, parameters, /*dependent=*/false);
}

void norm_cuda_launch_dependent(norm_cuda_call *call, int32_t kernel,
                                const norm_cuda_launch_shape *shape,
                                void **parameters) {
  // What is in front of the call in the stream need not wait for what is in
  // front of that, so the first kernel waits for all.
  bool dependent =
      call->has_launched && static_cast<const LoadedModule *>(call->loaded)
                                ->limits.hasDependentLaunches;
  launchOf(*call, kernel, *shape, parameters, dependent);
}

int32_t norm_cuda_status(const norm_cuda_call *call) { return call->status; }

size_t norm_cuda_needed_bytes(const norm_cuda_call *call) {
  return call->needed_bytes;
}
