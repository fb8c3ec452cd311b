//===- EmulatedDriver.h - The emulator as a CUDA driver ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_EMULATOR_EMULATEDDRIVER_H
#define NORM_EMULATOR_EMULATEDDRIVER_H

#include "norm/Emulator/Launch.h"
#include "norm/Runtime/CUDADriver.h"

#include <string>

namespace llvm {
class Module;
} // namespace llvm

namespace norm::emulator {

/// The functions of the CUDA driver for emulated devices, which there is one
/// of. Any thread may call them. They return the codes of the driver; the text
/// of the last error that has one is in getEmulatedErrorText().
///
/// What is put on a stream runs when something waits for it, in the order in
/// which it was put on any stream: code that reads results too early finds
/// stale ones. Arguments and the sources of copies from the host are read at
/// the call, as the driver does for memory that is not pinned.
///
/// A kernel that accesses what it must not leaves its context with an error, as
/// on a device; the reports have the details.
const cuda::Driver &getEmulatedDriver();

/// Starts anew with `devices` devices, each with `limits`: all handles and
/// device pointers become invalid. No other thread may use the driver then.
void resetEmulatedDriver(int devices = 1, const DeviceLimits &limits = {});

/// How kernels run from now on.
void setEmulatedLaunchOptions(const LaunchOptions &options);

/// What all launches since the last call found; those that have not run yet
/// run now.
Reports takeEmulatedReports();

/// Why the last call that failed for a reason of the emulator did so; empty if
/// none did.
std::string getEmulatedErrorText();

/// What cuModuleLoadDataEx of the emulated driver takes for `module`, the LLVM
/// IR of a gpu.module: bitcode behind LLVM's wrapper header, which tells its
/// size. LLVM IR as text with a 0 at the end is taken as well.
std::string makeModuleImage(const llvm::Module &module);

} // namespace norm::emulator

#endif // NORM_EMULATOR_EMULATEDDRIVER_H
