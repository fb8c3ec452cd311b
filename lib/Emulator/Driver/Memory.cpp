//===- Memory.cpp - Memory of the emulated driver -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "State.h"

#include <cstring>

using namespace norm::cuda;
using namespace norm::emulator;

static void *toPointer(CUdeviceptr pointer) {
  return reinterpret_cast<void *>(static_cast<uintptr_t>(pointer));
}

/// Whether [pointer, pointer + bytes) is memory of `device`.
static bool isMemory(Device &device, CUdeviceptr pointer, size_t bytes) {
  return bytes <= device.emulator->getExtent(toPointer(pointer));
}

static CUresult allocate(CUdeviceptr *pointer, size_t bytes) {
  return withContext([&](DriverState &state, Device &device) {
    if (!pointer || bytes == 0)
      return CUDA_ERROR_INVALID_VALUE;
    if (CUresult error = state.checkMayWait())
      return error;
    llvm::Expected<void *> memory = device.emulator->allocate(bytes);
    if (!memory)
      return state.fail(CUDA_ERROR_OUT_OF_MEMORY, memory.takeError());
    *pointer = reinterpret_cast<uintptr_t>(*memory);
    return CUDA_SUCCESS;
  });
}

static CUresult release(CUdeviceptr pointer) {
  return withContext([&](DriverState &state, Device &device) {
    if (CUresult error = state.checkMayWait())
      return error;
    // Freeing waits for what may use the memory.
    state.runAll();
    if (llvm::Error error = device.emulator->free(toPointer(pointer)))
      return state.fail(CUDA_ERROR_INVALID_VALUE, std::move(error));
    return CUDA_SUCCESS;
  });
}

static CUresult getInfo(size_t *free, size_t *total) {
  return withContext([&](DriverState &, Device &device) {
    if (!free || !total)
      return CUDA_ERROR_INVALID_VALUE;
    *free = device.emulator->getFreeBytes();
    *total = device.emulator->getLimits().memoryBytes;
    return CUDA_SUCCESS;
  });
}

/// Puts `operation` on `handle` if `valid`; of a stream of another context it
/// is refused.
static CUresult enqueue(DriverState &state, Device &device, CUstream handle,
                        bool valid, Operation operation) {
  Stream *stream = state.findStream(handle);
  if (!stream || stream->device != &device)
    return CUDA_ERROR_INVALID_HANDLE;
  if (!valid)
    return CUDA_ERROR_INVALID_VALUE;
  return state.enqueue(*stream, std::move(operation));
}

static CUresult copyToDeviceAsync(CUdeviceptr destination, const void *source,
                                  size_t bytes, CUstream stream) {
  return withContext([&](DriverState &state, Device &device) {
    bool valid = bytes == 0 || (source && isMemory(device, destination, bytes));
    // A graph reads its source each time it is launched.
    Stream *target = state.findStream(stream);
    if (valid && target && target->capture)
      return enqueue(state, device, stream, valid, [=] {
        std::memcpy(toPointer(destination), source, bytes);
        return CUDA_SUCCESS;
      });
    std::vector<char> copy;
    if (valid && bytes)
      copy.assign(static_cast<const char *>(source),
                  static_cast<const char *>(source) + bytes);
    return enqueue(state, device, stream, valid, [=] {
      if (!copy.empty())
        std::memcpy(toPointer(destination), copy.data(), copy.size());
      return CUDA_SUCCESS;
    });
  });
}

static CUresult copyToHostAsync(void *destination, CUdeviceptr source,
                                size_t bytes, CUstream stream) {
  return withContext([&](DriverState &state, Device &device) {
    bool valid = bytes == 0 || (destination && isMemory(device, source, bytes));
    return enqueue(state, device, stream, valid, [=] {
      if (bytes)
        std::memcpy(destination, toPointer(source), bytes);
      return CUDA_SUCCESS;
    });
  });
}

static CUresult copyOnDevice(CUdeviceptr destination, CUdeviceptr source,
                             size_t bytes, CUstream stream) {
  return withContext([&](DriverState &state, Device &device) {
    bool valid = bytes == 0 || (isMemory(device, source, bytes) &&
                                isMemory(device, destination, bytes));
    return enqueue(state, device, stream, valid, [=] {
      if (bytes)
        std::memmove(toPointer(destination), toPointer(source), bytes);
      return CUDA_SUCCESS;
    });
  });
}

static CUresult setBytes(CUdeviceptr destination, unsigned char value,
                         size_t bytes, CUstream stream) {
  return withContext([&](DriverState &state, Device &device) {
    bool valid = bytes == 0 || isMemory(device, destination, bytes);
    return enqueue(state, device, stream, valid, [=] {
      if (bytes)
        std::memset(toPointer(destination), value, bytes);
      return CUDA_SUCCESS;
    });
  });
}

/// Copies that do not return before they are done.
static CUresult finish(CUresult copied) {
  if (copied != CUDA_SUCCESS)
    return copied;
  return withContext([&](DriverState &state, Device &device) {
    if (CUresult error = state.checkMayWait())
      return error;
    state.runAll();
    return device.error;
  });
}
static CUresult copyToDevice(CUdeviceptr destination, const void *source,
                             size_t bytes) {
  return finish(copyToDeviceAsync(destination, source, bytes, nullptr));
}
static CUresult copyToHost(void *destination, CUdeviceptr source,
                           size_t bytes) {
  return finish(copyToHostAsync(destination, source, bytes, nullptr));
}

static CUresult getPointerAttribute(void *data, CUpointer_attribute attribute,
                                    CUdeviceptr pointer) {
  return withState([&](DriverState &state) {
    if (!data)
      return CUDA_ERROR_INVALID_VALUE;
    for (const std::unique_ptr<Device> &device : state.devices) {
      if (!isMemory(*device, pointer, 1))
        continue;
      switch (attribute) {
      case CU_POINTER_ATTRIBUTE_CONTEXT:
        *static_cast<CUcontext *>(data) =
            reinterpret_cast<CUcontext>(device.get());
        return CUDA_SUCCESS;
      case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
        *static_cast<CUmemorytype *>(data) = CU_MEMORYTYPE_DEVICE;
        return CUDA_SUCCESS;
      case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
        *static_cast<int *>(data) = device->ordinal;
        return CUDA_SUCCESS;
      case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
        // No device has access to the memory of another.
        if (state.getCurrent() != device.get())
          return CUDA_ERROR_INVALID_VALUE;
        *static_cast<CUdeviceptr *>(data) = pointer;
        return CUDA_SUCCESS;
      }
    }
    return CUDA_ERROR_INVALID_VALUE;
  });
}

void norm::emulator::addMemoryFunctions(Driver &driver) {
  driver.cuMemAlloc = allocate;
  driver.cuMemFree = release;
  driver.cuMemGetInfo = getInfo;
  driver.cuMemcpyHtoD = copyToDevice;
  driver.cuMemcpyDtoH = copyToHost;
  driver.cuMemcpyHtoDAsync = copyToDeviceAsync;
  driver.cuMemcpyDtoHAsync = copyToHostAsync;
  driver.cuMemcpyDtoDAsync = copyOnDevice;
  driver.cuMemsetD8Async = setBytes;
  driver.cuPointerGetAttribute = getPointerAttribute;
}
