//===- Device.cpp - A GPU that functions run on ---------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runner/Device.h"

#include "norm/Emulator/EmulatedDriver.h"
#include "norm/Target/GPUTarget.h"

using namespace norm;
using namespace norm::cuda;
using namespace norm::runner;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::Twine;

DeviceMemory::DeviceMemory(DeviceMemory &&other)
    : driver(other.driver), pointer(std::exchange(other.pointer, 0)) {}

DeviceMemory &DeviceMemory::operator=(DeviceMemory &&other) {
  std::swap(driver, other.driver);
  std::swap(pointer, other.pointer);
  return *this;
}

DeviceMemory::~DeviceMemory() {
  if (pointer)
    driver->cuMemFree(pointer);
}

Error Device::check(const char *call, CUresult result) const {
  if (result == CUDA_SUCCESS)
    return Error::success();
  const char *error = nullptr, *text = nullptr;
  if (driver->cuGetErrorName(result, &error) || !error)
    error = "an unknown error";
  if (driver->cuGetErrorString(result, &text) || !text)
    text = "no description";
  return createStringError(Twine(call) + " on '" + name + "' failed with " +
                           error + ": " + text);
}

Expected<std::unique_ptr<Device>> Device::open(bool emulated, uint64_t seed) {
  if (emulated) {
    emulator::resetEmulatedDriver();
    emulator::LaunchOptions options;
    options.schedule = {emulator::Schedule::Policy::WarpPriority, seed};
    emulator::setEmulatedLaunchOptions(options);
    setDriver(&emulator::getEmulatedDriver());
  }
  const char *whyNot = "";
  const Driver *driver = cuda::getDriver(&whyNot);
  if (!driver)
    return createStringError(whyNot);
  std::unique_ptr<Device> device(new Device(*driver, emulated));
  if (Error error = device->initialize())
    return error;
  return device;
}

/// The newest chip that is known and that a GPU of compute capability
/// `major`.`minor` runs: machine code runs on GPUs of the same major number,
/// and PTX on all later ones. Empty if there is none.
static std::string findChip(int major, int minor) {
  for (; major >= 8; --major, minor = 9)
    for (int i = minor; i >= 0; --i) {
      std::string chip = "sm_" + std::to_string(10 * major + i);
      auto target = GPUTarget::create(chip);
      if (target)
        return chip;
      llvm::consumeError(target.takeError());
    }
  return "";
}

Error Device::initialize() {
  char text[256] = "";
  CUcontext context;
  if (Error error = check("cuDeviceGet", driver->cuDeviceGet(&device, 0)))
    return error;
  if (Error error = check("cuDeviceGetName",
                          driver->cuDeviceGetName(text, sizeof(text), device)))
    return error;
  name = text;
  auto major = getAttribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  if (!major)
    return major.takeError();
  auto minor = getAttribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  if (!minor)
    return minor.takeError();
  chip = findChip(*major, *minor);
  if (chip.empty())
    return createStringError("expected a GPU of compute capability 8.0 or "
                             "later, found '" +
                             name + "' of " + Twine(*major) + "." +
                             Twine(*minor));
  if (Error error = check("cuDevicePrimaryCtxRetain",
                          driver->cuDevicePrimaryCtxRetain(&context, device)))
    return error;
  isRetained = true;
  if (Error error = check("cuCtxSetCurrent", driver->cuCtxSetCurrent(context)))
    return error;
  // Of the kind that does not wait for the default stream.
  return check("cuStreamCreate", driver->cuStreamCreate(&stream, 1));
}

Device::~Device() {
  if (stream)
    driver->cuStreamDestroy(stream);
  if (isRetained) {
    driver->cuCtxSetCurrent(nullptr);
    driver->cuDevicePrimaryCtxRelease(device);
  }
  if (emulated)
    setDriver(nullptr);
}

Expected<int> Device::getAttribute(CUdevice_attribute attribute) const {
  int value = 0;
  if (Error error =
          check("cuDeviceGetAttribute",
                driver->cuDeviceGetAttribute(&value, attribute, device)))
    return error;
  return value;
}

Expected<size_t> Device::getFreeBytes() const {
  size_t free = 0, total = 0;
  if (Error error = check("cuMemGetInfo", driver->cuMemGetInfo(&free, &total)))
    return error;
  return free;
}

Expected<size_t> Device::getL2Bytes() const {
  return getAttribute(CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE);
}

Expected<DeviceMemory> Device::allocate(size_t bytes) const {
  CUdeviceptr pointer = 0;
  if (bytes == 0)
    return DeviceMemory();
  CUresult result = driver->cuMemAlloc(&pointer, bytes);
  if (result == CUDA_ERROR_OUT_OF_MEMORY)
    return createStringError("no memory for " + Twine(bytes) + " bytes on '" +
                             name + "'");
  if (Error error = check("cuMemAlloc", result))
    return error;
  return DeviceMemory(*driver, pointer);
}

Error Device::copyIn(const DeviceMemory &memory, const void *host,
                     size_t bytes) const {
  if (bytes == 0)
    return Error::success();
  return check("cuMemcpyHtoD", driver->cuMemcpyHtoD(memory.get(), host, bytes));
}

Error Device::copyOut(void *host, const DeviceMemory &memory,
                      size_t bytes) const {
  if (bytes == 0)
    return Error::success();
  return check("cuMemcpyDtoH", driver->cuMemcpyDtoH(host, memory.get(), bytes));
}

Error Device::synchronize() const {
  Error error = check("cuCtxSynchronize", driver->cuCtxSynchronize());
  if (!emulated)
    return error;
  emulator::Reports reports = emulator::takeEmulatedReports();
  if (reports.empty()) {
    // A kernel that the emulator could not run, as without memory for it.
    std::string reason = error ? emulator::getEmulatedErrorText() : "";
    if (reason.empty())
      return error;
    return createStringError(llvm::toString(std::move(error)) + "; " + reason);
  }
  // They say more than the code that the driver would return.
  llvm::consumeError(std::move(error));
  return createStringError("the emulator found:\n" +
                           llvm::StringRef(reports.str()).rtrim('\n'));
}
