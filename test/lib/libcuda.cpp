//===- libcuda.cpp - The emulator as libcuda.so.1 -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// In place of NVIDIA's library in tests: programs that were compiled and linked
// as users do run their kernels on the emulator. It loads LLVM IR; for PTX and
// machine code it takes that in the file which NORM_TEST_KERNELS names, what
// norm-compile --emit=llvm writes of the same source. A program whose kernels
// did something wrong ends with code 1 and the reports on its error stream.

#include "norm/Emulator/EmulatedDriver.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
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

/// The number of `word` between `start` and the next `close`; -1 if there is no
/// `start`.
static int count(const std::string &text, const std::string &start,
                 const std::string &word, char close) {
  size_t position = text.find(start);
  if (position == std::string::npos)
    return -1;
  size_t end = text.find(close, position);
  int number = 0;
  for (position += start.size(); (position = text.find(word, position)) < end;
       position += word.size())
    ++number;
  return number;
}

/// The first kernel of `ptx` that is not one of `ir` with as many parameters;
/// empty if there is none.
static std::string findOther(const std::string &ptx, const std::string &ir) {
  const std::string entry = ".entry ";
  for (size_t position = 0;
       (position = ptx.find(entry, position)) != std::string::npos;) {
    position += entry.size();
    std::string name = ptx.substr(position, ptx.find('(', position) - position);
    if (count(ptx, entry + name + "(", ".param", ')') !=
        count(ir, "define ptx_kernel void @" + name + "(", "%", '\n'))
      return name;
  }
  return "";
}

/// cuModuleLoadDataEx that takes PTX and machine code, too.
static CUresult load(CUmodule *module, const void *image, unsigned numOptions,
                     CUjit_option *options, void **values) {
  const Driver &emulated = getEmulatedDriver();
  const char *path = std::getenv("NORM_TEST_KERNELS");
  if (!path || !image)
    return emulated.cuModuleLoadDataEx(module, image, numOptions, options,
                                       values);
  std::ostringstream file;
  file << std::ifstream(path).rdbuf();
  std::string ir = file.str();
  auto *text = static_cast<const char *>(image);
  if (std::string name = *text == '/' ? findOther(text, ir) : "";
      !name.empty()) {
    std::fprintf(stderr, "the kernel %s of the PTX is not that of %s\n",
                 name.c_str(), path);
    return CUDA_ERROR_INVALID_PTX;
  }
  return emulated.cuModuleLoadDataEx(module, ir.c_str(), numOptions, options,
                                     values);
}

/// The emulated driver, whose reports are printed when the program ends.
static const Driver &getReportingDriver() {
  static const Driver driver = [] {
    Driver emulated = getEmulatedDriver();
    emulated.cuModuleLoadDataEx = load;
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
