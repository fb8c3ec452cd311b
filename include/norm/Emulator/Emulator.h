//===- Emulator.h - Runs NVVM kernels on the CPU ----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_EMULATOR_EMULATOR_H
#define NORM_EMULATOR_EMULATOR_H

#include "norm/Emulator/Launch.h"
#include "norm/Emulator/Retarget.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace llvm {
class LLVMContext;
class MemoryBufferRef;
} // namespace llvm

namespace norm::emulator {

class DeviceMemory;
class LoadedModule;

/// Why a launch is refused, as the CUDA driver tells it apart.
enum class LaunchFault {
  InvalidValue,
  /// More threads or shared memory than the device has for a block.
  OutOfResources,
  InvalidClusterSize,
};

/// The error of a launch that is refused before any thread runs.
class LaunchError : public llvm::ErrorInfo<LaunchError> {
public:
  static char ID;

  LaunchError(LaunchFault fault, std::string text)
      : fault(fault), text(std::move(text)) {}

  LaunchFault getFault() const { return fault; }
  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override;

private:
  LaunchFault fault;
  std::string text;
};

/// A kernel of a loaded module.
class Kernel {
public:
  using Entry = void (*)(void **arguments);

  Kernel(const LoadedModule &module, const KernelInfo &info, Entry entry)
      : module(&module), info(&info), entry(entry) {}

  const KernelInfo &getInfo() const { return *info; }
  const LoadedModule &getModule() const { return *module; }
  Entry getEntry() const { return entry; }

private:
  const LoadedModule *module;
  const KernelInfo *info;
  Entry entry;
};

/// A device that runs the LLVM IR of NVVM kernels on one thread of the CPU and
/// checks what they do. Device memory is memory of this process, so device
/// addresses are pointers, but kernels may only access what was allocated here.
/// One emulator is used by one thread at a time; different ones are
/// independent.
class Emulator {
public:
  explicit Emulator(DeviceLimits limits = {});
  ~Emulator();

  const DeviceLimits &getLimits() const { return limits; }

  /// Allocates `bytes` of device memory, aligned to 256 bytes and filled with
  /// 0xff. 0 bytes give null. Fails if the device has not as much left.
  llvm::Expected<void *> allocate(uint64_t bytes);

  /// Frees what `allocate` returned; null is ignored. Fails for other pointers.
  llvm::Error free(void *pointer);

  /// The bytes from `pointer` to the end of the allocation that it points
  /// into; 0 if it points into none.
  uint64_t getExtent(const void *pointer) const;

  /// Copies `bytes` between `device`, which must be allocated as far as that,
  /// and memory of the host.
  llvm::Error copyToDevice(void *device, const void *host, uint64_t bytes);
  llvm::Error copyToHost(void *host, const void *device, uint64_t bytes);

  /// Bytes of device memory that are not allocated.
  uint64_t getFreeBytes() const;

  /// Compiles the LLVM IR of a gpu.module for the host. The emulator owns the
  /// result until it is unloaded.
  llvm::Expected<const LoadedModule *>
  load(std::unique_ptr<llvm::Module> module);

  /// The same for LLVM IR as text or bitcode.
  llvm::Expected<const LoadedModule *> load(llvm::MemoryBufferRef ir);

  /// Frees a module with its kernels and global variables.
  void unload(const LoadedModule *module);

  /// The kernel `name`. The error lists those that there are.
  llvm::Expected<const Kernel *> lookup(const LoadedModule &module,
                                        llvm::StringRef name) const;

  /// The address and the size of a global variable of the module.
  llvm::Expected<std::pair<void *, uint64_t>>
  lookupGlobal(const LoadedModule &module, llvm::StringRef name) const;

  /// Whether `kernel` can be launched so; the error is a LaunchError.
  llvm::Error checkLaunch(const Kernel &kernel, const LaunchShape &shape) const;

  /// Runs `kernel` to its end. arguments[i] points to parameter i, as for
  /// cuLaunchKernel. Fails as checkLaunch does; what the kernel does wrong is
  /// in the reports, and the results after a report mean nothing.
  llvm::Expected<Reports> launch(const Kernel &kernel, const LaunchShape &shape,
                                 llvm::ArrayRef<const void *> arguments,
                                 const LaunchOptions &options = {});

private:
  DeviceLimits limits;
  std::unique_ptr<DeviceMemory> memory;
  std::vector<std::unique_ptr<LoadedModule>> modules;
};

} // namespace norm::emulator

#endif // NORM_EMULATOR_EMULATOR_H
