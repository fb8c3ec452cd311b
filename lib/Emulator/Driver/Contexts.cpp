//===- Contexts.cpp - Devices and contexts of the emulated driver ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "State.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

using namespace norm::cuda;
using namespace norm::emulator;

static CUresult init(unsigned flags) {
  DriverState &state = DriverState::get();
  std::lock_guard<std::mutex> lock(state.mutex);
  if (flags)
    return CUDA_ERROR_INVALID_VALUE;
  if (state.devices.empty())
    return CUDA_ERROR_NO_DEVICE;
  state.initialized = true;
  return CUDA_SUCCESS;
}

/// That of CUDA 13.0.
static CUresult getVersion(int *version) {
  if (!version)
    return CUDA_ERROR_INVALID_VALUE;
  *version = 13000;
  return CUDA_SUCCESS;
}

static const char *getErrorName(CUresult error) {
#define NAME(CODE)                                                             \
  case CODE:                                                                   \
    return #CODE;
  switch (error) {
    NAME(CUDA_SUCCESS)
    NAME(CUDA_ERROR_INVALID_VALUE)
    NAME(CUDA_ERROR_OUT_OF_MEMORY)
    NAME(CUDA_ERROR_NOT_INITIALIZED)
    NAME(CUDA_ERROR_NO_DEVICE)
    NAME(CUDA_ERROR_INVALID_DEVICE)
    NAME(CUDA_ERROR_INVALID_IMAGE)
    NAME(CUDA_ERROR_INVALID_CONTEXT)
    NAME(CUDA_ERROR_NO_BINARY_FOR_GPU)
    NAME(CUDA_ERROR_ECC_UNCORRECTABLE)
    NAME(CUDA_ERROR_INVALID_PTX)
    NAME(CUDA_ERROR_NVLINK_UNCORRECTABLE)
    NAME(CUDA_ERROR_JIT_COMPILER_NOT_FOUND)
    NAME(CUDA_ERROR_UNSUPPORTED_PTX_VERSION)
    NAME(CUDA_ERROR_JIT_COMPILATION_DISABLED)
    NAME(CUDA_ERROR_INVALID_HANDLE)
    NAME(CUDA_ERROR_ILLEGAL_STATE)
    NAME(CUDA_ERROR_NOT_FOUND)
    NAME(CUDA_ERROR_NOT_READY)
    NAME(CUDA_ERROR_ILLEGAL_ADDRESS)
    NAME(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES)
    NAME(CUDA_ERROR_LAUNCH_TIMEOUT)
    NAME(CUDA_ERROR_CONTEXT_IS_DESTROYED)
    NAME(CUDA_ERROR_ASSERT)
    NAME(CUDA_ERROR_HARDWARE_STACK_ERROR)
    NAME(CUDA_ERROR_ILLEGAL_INSTRUCTION)
    NAME(CUDA_ERROR_MISALIGNED_ADDRESS)
    NAME(CUDA_ERROR_INVALID_ADDRESS_SPACE)
    NAME(CUDA_ERROR_INVALID_PC)
    NAME(CUDA_ERROR_LAUNCH_FAILED)
    NAME(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED)
    NAME(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED)
    NAME(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT)
    NAME(CUDA_ERROR_INVALID_CLUSTER_SIZE)
  }
#undef NAME
  return nullptr;
}

static CUresult describeError(CUresult error, const char **text) {
  if (!text)
    return CUDA_ERROR_INVALID_VALUE;
  *text = getErrorName(error);
  return *text ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

static CUresult getCount(int *count) {
  return withState([&](DriverState &state) {
    if (!count)
      return CUDA_ERROR_INVALID_VALUE;
    *count = state.devices.size();
    return CUDA_SUCCESS;
  });
}

static Device *findOrdinal(DriverState &state, int ordinal) {
  bool known = ordinal >= 0 && size_t(ordinal) < state.devices.size();
  return known ? state.devices[ordinal].get() : nullptr;
}

static CUresult getDevice(CUdevice *device, int ordinal) {
  return withState([&](DriverState &state) {
    if (!device)
      return CUDA_ERROR_INVALID_VALUE;
    if (!findOrdinal(state, ordinal))
      return CUDA_ERROR_INVALID_DEVICE;
    *device = ordinal;
    return CUDA_SUCCESS;
  });
}

static CUresult getDeviceName(char *name, int length, CUdevice device) {
  return withState([&](DriverState &state) {
    if (!name || length <= 0)
      return CUDA_ERROR_INVALID_VALUE;
    if (!findOrdinal(state, device))
      return CUDA_ERROR_INVALID_DEVICE;
    std::strncpy(name, "emulated sm_90", length);
    name[length - 1] = 0;
    return CUDA_SUCCESS;
  });
}

/// What the limits do not say is that of an H100; -1 if it is not known.
static int getAttributeOf(const DeviceLimits &limits,
                          CUdevice_attribute attribute) {
  switch (attribute) {
  case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
    return limits.maxThreadsPerBlock;
  case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X:
    return limits.maxBlock.x;
  case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y:
    return limits.maxBlock.y;
  case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z:
    return limits.maxBlock.z;
  case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X:
    return limits.maxGrid.x;
  case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y:
    return limits.maxGrid.y;
  case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z:
    return limits.maxGrid.z;
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK:
    return limits.sharedBytesPerBlock;
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN:
    return limits.sharedBytesPerBlockOptin;
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR:
    return limits.sharedBytesPerBlockOptin + 1024;
  case CU_DEVICE_ATTRIBUTE_WARP_SIZE:
    return 32;
  case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
    return 132;
  case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE:
    return 50 << 20;
  case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR:
    return 2048;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
    return 9;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
    return 0;
  case CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH:
    return limits.maxBlocksPerCluster > 1;
  case CU_DEVICE_ATTRIBUTE_PAGEABLE_MEMORY_ACCESS:
    return 0;
  }
  return -1;
}

static CUresult getAttribute(int *value, CUdevice_attribute attribute,
                             CUdevice ordinal) {
  return withState([&](DriverState &state) {
    Device *device = findOrdinal(state, ordinal);
    if (!device)
      return CUDA_ERROR_INVALID_DEVICE;
    int found = getAttributeOf(device->emulator->getLimits(), attribute);
    if (!value || found < 0)
      return CUDA_ERROR_INVALID_VALUE;
    *value = found;
    return CUDA_SUCCESS;
  });
}

static CUresult retain(CUcontext *context, CUdevice ordinal) {
  return withState([&](DriverState &state) {
    Device *device = findOrdinal(state, ordinal);
    if (!device)
      return CUDA_ERROR_INVALID_DEVICE;
    if (!context)
      return CUDA_ERROR_INVALID_VALUE;
    if (device->retained++ == 0)
      device->contextId = ++state.numContexts;
    *context = reinterpret_cast<CUcontext>(device);
    return CUDA_SUCCESS;
  });
}

/// Drops all that belongs to the context of `device`.
static void destroyContext(DriverState &state, Device &device) {
  state.runAll();
  auto isOfDevice = [&](const auto &object) {
    return object.device == &device;
  };
  llvm::erase_if(state.captured,
                 [&](Stream *stream) { return isOfDevice(*stream); });
  state.defaultStreams.erase(&device);
  state.streams.removeIf(isOfDevice);
  state.executables.removeIf(isOfDevice);
  state.graphs.removeIf(isOfDevice);
  state.functions.removeIf(isOfDevice);
  state.modules.removeIf(isOfDevice);
  device.emulator.emplace(DeviceLimits(device.emulator->getLimits()));
  device.error = CUDA_SUCCESS;
}

static CUresult release(CUdevice ordinal) {
  return withState([&](DriverState &state) {
    Device *device = findOrdinal(state, ordinal);
    if (!device)
      return CUDA_ERROR_INVALID_DEVICE;
    if (device->retained == 0)
      return CUDA_ERROR_INVALID_CONTEXT;
    if (--device->retained == 0)
      destroyContext(state, *device);
    return CUDA_SUCCESS;
  });
}

/// The device of `context`, if it is a context that is retained.
static Device *findContext(DriverState &state, CUcontext context) {
  Device *device = state.findDevice(context);
  return device && device->retained ? device : nullptr;
}

static CUresult getCurrent(CUcontext *context) {
  return withState([&](DriverState &state) {
    if (!context)
      return CUDA_ERROR_INVALID_VALUE;
    *context = reinterpret_cast<CUcontext>(state.getCurrent());
    return CUDA_SUCCESS;
  });
}

static CUresult setCurrent(CUcontext context) {
  return withState([&](DriverState &state) {
    Device *device = findContext(state, context);
    if (context && !device)
      return CUDA_ERROR_INVALID_CONTEXT;
    std::vector<Device *> &contexts = state.getContexts();
    if (!contexts.empty())
      contexts.pop_back();
    if (device)
      contexts.push_back(device);
    return CUDA_SUCCESS;
  });
}

static CUresult push(CUcontext context) {
  return withState([&](DriverState &state) {
    Device *device = findContext(state, context);
    if (!device)
      return CUDA_ERROR_INVALID_CONTEXT;
    state.getContexts().push_back(device);
    return CUDA_SUCCESS;
  });
}

static CUresult pop(CUcontext *context) {
  return withState([&](DriverState &state) {
    Device *device = state.getCurrent();
    if (!device)
      return CUDA_ERROR_INVALID_CONTEXT;
    state.getContexts().pop_back();
    if (context)
      *context = reinterpret_cast<CUcontext>(device);
    return CUDA_SUCCESS;
  });
}

static CUresult getCurrentDevice(CUdevice *device) {
  return withState([&](DriverState &state) {
    if (!device)
      return CUDA_ERROR_INVALID_VALUE;
    if (!state.getCurrent())
      return CUDA_ERROR_INVALID_CONTEXT;
    *device = state.getCurrent()->ordinal;
    return CUDA_SUCCESS;
  });
}

static CUresult getContextId(CUcontext context, unsigned long long *id) {
  return withState([&](DriverState &state) {
    if (!id)
      return CUDA_ERROR_INVALID_VALUE;
    Device *device = context ? state.findDevice(context) : state.getCurrent();
    if (!device || !device->retained)
      return CUDA_ERROR_INVALID_CONTEXT;
    *id = device->contextId;
    return CUDA_SUCCESS;
  });
}

static CUresult synchronize() {
  return withContext([&](DriverState &state, Device &device) {
    if (CUresult error = state.checkMayWait())
      return error;
    state.runAll();
    return device.error;
  });
}

void norm::emulator::addContextFunctions(Driver &driver) {
  driver.cuInit = init;
  driver.cuDriverGetVersion = getVersion;
  driver.cuGetErrorName = describeError;
  driver.cuGetErrorString = describeError;
  driver.cuDeviceGetCount = getCount;
  driver.cuDeviceGet = getDevice;
  driver.cuDeviceGetName = getDeviceName;
  driver.cuDeviceGetAttribute = getAttribute;
  driver.cuDevicePrimaryCtxRetain = retain;
  driver.cuDevicePrimaryCtxRelease = release;
  driver.cuCtxGetCurrent = getCurrent;
  driver.cuCtxSetCurrent = setCurrent;
  driver.cuCtxPushCurrent = push;
  driver.cuCtxPopCurrent = pop;
  driver.cuCtxGetDevice = getCurrentDevice;
  driver.cuCtxGetId = getContextId;
  driver.cuCtxSynchronize = synchronize;
}
