//===- Modules.cpp - Modules of the emulated driver -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "State.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBufferRef.h"

using namespace llvm;
using namespace norm::cuda;
using namespace norm::emulator;

/// The LLVM IR at `image`; empty if it is something else.
static StringRef getIR(const void *image) {
  auto *bytes = static_cast<const char *>(image);
  // The wrapper of bitcode: magic number, version, offset, size.
  static constexpr char magic[] = {'\xde', '\xc0', '\x17', '\x0b'};
  if (std::equal(magic, magic + 4, bytes)) {
    uint64_t end = uint64_t(support::endian::read32le(bytes + 8)) +
                   support::endian::read32le(bytes + 12);
    return {bytes, (end + 3) / 4 * 4};
  }
  // How text starts; not ELF, fatbin or PTX, whose ends are elsewhere.
  if (!StringRef(";@%dst\n ").contains(*bytes))
    return "";
  return bytes;
}

namespace {
/// Where the driver writes what is wrong with an image.
struct ErrorLog {
  char *buffer = nullptr;
  size_t bytes = 0;

  /// Writes as much of `text` as fits, with a zero byte at the end; returns the
  /// bytes that were written.
  size_t write(StringRef text) const {
    if (!buffer || bytes == 0)
      return 0;
    text = text.take_front(bytes - 1);
    *std::copy(text.begin(), text.end(), buffer) = 0;
    return text.size() + 1;
  }
};
} // namespace

/// Reads `options` of cuModuleLoadDataEx; false if one is not known.
static bool readOptions(unsigned count, const CUjit_option *options,
                        void *const *values, ErrorLog &log) {
  if (count && (!options || !values))
    return false;
  for (unsigned i = 0; i < count; ++i)
    switch (options[i]) {
    case CU_JIT_ERROR_LOG_BUFFER:
      log.buffer = static_cast<char *>(values[i]);
      break;
    case CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES:
      log.bytes = reinterpret_cast<uintptr_t>(values[i]);
      break;
    default:
      return false;
    }
  return true;
}

static CUresult load(CUmodule *module, const void *image, unsigned numOptions,
                     CUjit_option *options, void **values) {
  return withContext([&](DriverState &state, Device &device) {
    ErrorLog log;
    if (!module || !image || !readOptions(numOptions, options, values, log))
      return CUDA_ERROR_INVALID_VALUE;
    auto fail = [&](Error error) {
      CUresult result = state.fail(CUDA_ERROR_INVALID_IMAGE, std::move(error));
      size_t written = log.write(state.errorText);
      for (unsigned i = 0; i < numOptions; ++i)
        if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES)
          values[i] = reinterpret_cast<void *>(written);
      return result;
    };
    StringRef ir = getIR(image);
    if (ir.empty())
      return fail(createStringError("the image is no LLVM IR"));
    // Loading waits, as on a device that makes room for the code.
    if (CUresult error = state.checkMayWait())
      return error;
    auto loaded = device.emulator->load(MemoryBufferRef(ir, "image"));
    if (!loaded)
      return fail(loaded.takeError());
    *module = state.modules.add(
        std::make_unique<DriverModule>(DriverModule{&device, *loaded}));
    return CUDA_SUCCESS;
  });
}

static CUresult unload(CUmodule handle) {
  return withContext([&](DriverState &state, Device &device) {
    DriverModule *module = state.modules.find(handle);
    if (!module || module->device != &device)
      return CUDA_ERROR_INVALID_HANDLE;
    if (CUresult error = state.checkMayWait())
      return error;
    state.runAll();
    device.emulator->unload(module->module);
    state.functions.removeIf([&](const DriverFunction &function) {
      return function.module == handle;
    });
    state.modules.remove(handle);
    return CUDA_SUCCESS;
  });
}

static CUresult getFunction(CUfunction *function, CUmodule handle,
                            const char *name) {
  return withContext([&](DriverState &state, Device &device) {
    DriverModule *module = state.modules.find(handle);
    if (!module || module->device != &device)
      return CUDA_ERROR_INVALID_HANDLE;
    if (!function || !name)
      return CUDA_ERROR_INVALID_VALUE;
    auto kernel = device.emulator->lookup(*module->module, name);
    if (!kernel)
      return state.fail(CUDA_ERROR_NOT_FOUND, kernel.takeError());
    *function = state.functions.add(std::make_unique<DriverFunction>(
        DriverFunction{&device, *kernel, handle}));
    return CUDA_SUCCESS;
  });
}

static CUresult getGlobal(CUdeviceptr *pointer, size_t *bytes, CUmodule handle,
                          const char *name) {
  return withContext([&](DriverState &state, Device &device) {
    DriverModule *module = state.modules.find(handle);
    if (!module || module->device != &device)
      return CUDA_ERROR_INVALID_HANDLE;
    if (!name)
      return CUDA_ERROR_INVALID_VALUE;
    auto variable = device.emulator->lookupGlobal(*module->module, name);
    if (!variable)
      return state.fail(CUDA_ERROR_NOT_FOUND, variable.takeError());
    if (pointer)
      *pointer = reinterpret_cast<uintptr_t>(variable->first);
    if (bytes)
      *bytes = variable->second;
    return CUDA_SUCCESS;
  });
}

/// The dynamic shared memory that a launch of `function` may have.
static int64_t getDynamicLimit(const DriverFunction &function) {
  if (function.maxDynamicShared >= 0)
    return function.maxDynamicShared;
  return int64_t(function.device->emulator->getLimits().sharedBytesPerBlock) -
         function.kernel->getInfo().sharedBytes;
}

static CUresult getAttribute(int *value, CUfunction_attribute attribute,
                             CUfunction handle) {
  return withState([&](DriverState &state) {
    DriverFunction *function = state.functions.find(handle);
    if (!function)
      return CUDA_ERROR_INVALID_HANDLE;
    if (!value)
      return CUDA_ERROR_INVALID_VALUE;
    const KernelInfo &info = function->kernel->getInfo();
    switch (attribute) {
    case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
      *value = info.maxThreads
                   ? info.maxThreads
                   : function->device->emulator->getLimits().maxThreadsPerBlock;
      return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
      *value = info.sharedBytes;
      return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
      *value = info.localBytes;
      return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
      *value = getDynamicLimit(*function);
      return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED:
      *value = function->anyClusterSize;
      return CUDA_SUCCESS;
    }
    return CUDA_ERROR_INVALID_VALUE;
  });
}

static CUresult setAttribute(CUfunction handle, CUfunction_attribute attribute,
                             int value) {
  return withContext([&](DriverState &state, Device &) {
    DriverFunction *function = state.functions.find(handle);
    if (!function)
      return CUDA_ERROR_INVALID_HANDLE;
    const DeviceLimits &limits = function->device->emulator->getLimits();
    uint32_t fixed = function->kernel->getInfo().sharedBytes;
    switch (attribute) {
    case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
      if (value < 0 ||
          uint64_t(value) + fixed > limits.sharedBytesPerBlockOptin)
        return CUDA_ERROR_INVALID_VALUE;
      function->maxDynamicShared = value;
      return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED:
      function->anyClusterSize = value;
      return CUDA_SUCCESS;
    default:
      return CUDA_ERROR_INVALID_VALUE;
    }
  });
}

/// Blocks that fit on a multiprocessor at once by threads and shared memory;
/// registers are not known.
static int getActiveBlocks(const DriverFunction &function, uint64_t threads,
                           uint64_t dynamicBytes) {
  const DeviceLimits &limits = function.device->emulator->getLimits();
  if (threads == 0 || threads > limits.maxThreadsPerBlock)
    return 0;
  uint64_t byThreads = 2048 / ((threads + 31) / 32 * 32);
  // The driver keeps 1 KiB for itself with each block.
  uint64_t shared =
      function.kernel->getInfo().sharedBytes + dynamicBytes + 1024;
  uint64_t byShared = (limits.sharedBytesPerBlockOptin + 1024) / shared;
  return std::min<uint64_t>({byThreads, byShared, 32});
}

static CUresult getBlocks(int *blocks, CUfunction handle, int blockSize,
                          size_t dynamicBytes) {
  return withContext([&](DriverState &state, Device &) {
    DriverFunction *function = state.functions.find(handle);
    if (!function)
      return CUDA_ERROR_INVALID_HANDLE;
    if (!blocks || blockSize <= 0)
      return CUDA_ERROR_INVALID_VALUE;
    *blocks = getActiveBlocks(*function, blockSize, dynamicBytes);
    return CUDA_SUCCESS;
  });
}

static CUresult getClusters(int *clusters, CUfunction handle,
                            const CUlaunchConfig *config) {
  return withContext([&](DriverState &state, Device &) {
    DriverFunction *function = state.functions.find(handle);
    if (!function)
      return CUDA_ERROR_INVALID_HANDLE;
    if (!clusters || !config || (config->numAttrs && !config->attrs))
      return CUDA_ERROR_INVALID_VALUE;
    const DeviceLimits &limits = function->device->emulator->getLimits();
    uint64_t blocks = 1;
    for (unsigned i = 0; i < config->numAttrs; ++i)
      if (config->attrs[i].id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION) {
        const auto &cluster = config->attrs[i].value.clusterDim;
        blocks = uint64_t(cluster.x) * cluster.y * cluster.z;
      }
    if (blocks == 0 ||
        blocks > (function->anyClusterSize ? limits.maxBlocksPerAnyCluster
                                           : limits.maxBlocksPerCluster))
      return CUDA_ERROR_INVALID_CLUSTER_SIZE;
    uint64_t threads =
        uint64_t(config->blockDimX) * config->blockDimY * config->blockDimZ;
    int active = getActiveBlocks(*function, threads, config->sharedMemBytes);
    // A cluster is within a group of 16 multiprocessors.
    *clusters = 132 / 16 * (16 * active / blocks);
    return CUDA_SUCCESS;
  });
}

void norm::emulator::addModuleFunctions(Driver &driver) {
  driver.cuModuleLoadDataEx = load;
  driver.cuModuleUnload = unload;
  driver.cuModuleGetFunction = getFunction;
  driver.cuModuleGetGlobal = getGlobal;
  driver.cuFuncGetAttribute = getAttribute;
  driver.cuFuncSetAttribute = setAttribute;
  driver.cuOccupancyMaxActiveBlocksPerMultiprocessor = getBlocks;
  driver.cuOccupancyMaxActiveClusters = getClusters;
}
