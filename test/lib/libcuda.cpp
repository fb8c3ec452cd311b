//===- libcuda.cpp - The emulator as libcuda.so.1 -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// In place of NVIDIA's library in tests: programs that were compiled and linked
// as users do run their kernels on the emulator. It loads LLVM IR, not PTX. A
// program whose kernels did something wrong ends with code 1 and the reports on
// its error stream.

#include "norm/Emulator/EmulatedDriver.h"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace norm::cuda;
using namespace norm::emulator;

static void reportAtExit() {
  Reports reports = takeEmulatedReports();
  if (reports.empty())
    return;
  std::fflush(nullptr);
  std::fprintf(stderr, "%s\n", reports.str().c_str());
  _exit(1);
}

/// The emulated driver, whose reports are printed when the program ends.
static const Driver &getReportingDriver() {
  static const Driver &driver = [&]() -> const Driver & {
    const Driver &emulated = getEmulatedDriver();
    // After the emulator's state was made, so that it is destroyed later.
    std::atexit(reportAtExit);
    return emulated;
  }();
  return driver;
}

// Declared under a name of ours, as the driver's are its header's, too.
#define EXPORT(NAME, SYMBOL, PARAMETERS, ARGUMENTS)                            \
  extern "C" CUresult exported_##NAME PARAMETERS __asm__(SYMBOL);              \
  extern "C" CUresult exported_##NAME PARAMETERS {                             \
    return getReportingDriver().NAME ARGUMENTS;                                \
  }
NORM_CUDA_FUNCTIONS(EXPORT)
