//===- Device.h - A GPU that functions run on -------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_RUNNER_DEVICE_H
#define NORM_RUNNER_DEVICE_H

#include "norm/Runtime/CUDADriver.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace norm::runner {

/// Memory of a Device, which must outlive it. Move-only.
class DeviceMemory {
public:
  DeviceMemory() = default;
  DeviceMemory(DeviceMemory &&other);
  DeviceMemory &operator=(DeviceMemory &&other);
  ~DeviceMemory();

  /// Null for 0 bytes; else aligned to 256 bytes.
  cuda::CUdeviceptr get() const { return pointer; }
  void *data() const { return reinterpret_cast<void *>(pointer); }

private:
  friend class Device;
  DeviceMemory(const cuda::Driver &driver, cuda::CUdeviceptr pointer)
      : driver(&driver), pointer(pointer) {}

  const cuda::Driver *driver = nullptr;
  cuda::CUdeviceptr pointer = 0;
};

/// GPU 0 of the driver of the runtime library, or an emulated one in its place.
/// Its primary context is that of the calling thread as long as this lives; one
/// at a time may exist. Errors name the function of the driver that failed.
class Device {
public:
  /// Fails without a driver or a device, and if the device is too old. `seed`
  /// decides the order in which the threads of an emulated one run.
  static llvm::Expected<std::unique_ptr<Device>> open(bool emulated,
                                                      uint64_t seed = 0);
  ~Device();
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  /// "NVIDIA H200".
  const std::string &getName() const { return name; }
  /// The chip to compile for, a name that GPUTarget knows.
  const std::string &getChip() const { return chip; }
  bool isEmulated() const { return emulated; }
  const cuda::Driver &getDriver() const { return *driver; }
  /// A stream of its own.
  cuda::CUstream getStream() const { return stream; }

  llvm::Expected<size_t> getFreeBytes() const;
  llvm::Expected<size_t> getL2Bytes() const;

  llvm::Expected<DeviceMemory> allocate(size_t bytes) const;
  /// Copy between the start of `memory` and the host; they wait for all that
  /// was launched before.
  llvm::Error copyIn(const DeviceMemory &memory, const void *host,
                     size_t bytes) const;
  llvm::Error copyOut(void *host, const DeviceMemory &memory,
                      size_t bytes) const;

  /// Waits for everything. The error is what a kernel left; of an emulated
  /// device, everything that kernels did wrong.
  llvm::Error synchronize() const;

  /// Success, or that `call` failed with `result`.
  llvm::Error check(const char *call, cuda::CUresult result) const;

private:
  Device(const cuda::Driver &driver, bool emulated)
      : driver(&driver), emulated(emulated) {}
  llvm::Error initialize();
  llvm::Expected<int> getAttribute(cuda::CUdevice_attribute attribute) const;

  const cuda::Driver *driver;
  bool emulated;
  bool isRetained = false;
  cuda::CUdevice device = 0;
  cuda::CUstream stream = nullptr;
  std::string name, chip;
};

} // namespace norm::runner

#endif // NORM_RUNNER_DEVICE_H
