//===- Harness.h - Kernels on the emulator in tests -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_UNIT_EMULATOR_HARNESS_H
#define NORM_TEST_UNIT_EMULATOR_HARNESS_H

#include "norm/Emulator/Emulator.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "gtest/gtest.h"

#include <cstdint>
#include <vector>

namespace norm::emulator::test {

/// The schedules that tests run kernels under.
std::vector<Schedule> getSchedules();

/// Launch options with `schedule`.
LaunchOptions withSchedule(const Schedule &schedule);

/// The LLVM IR of the gpu.module in the MLIR text `source`, lowered by
/// upstream's passes; null after a failure of the test.
std::unique_ptr<llvm::Module> translate(llvm::StringRef source,
                                        llvm::LLVMContext &context);

/// The text of the file `name` in the folder Inputs.
std::string readInput(llvm::StringRef name);

/// LLVM IR as text, parsed; null after a failure of the test.
std::unique_ptr<llvm::Module> parse(llvm::StringRef text,
                                    llvm::LLVMContext &context);

/// An emulator with one module.
class Harness {
public:
  explicit Harness(DeviceLimits limits = {}) : emulator(limits) {}

  /// Loads LLVM IR as text; false after a failure of the test.
  bool load(llvm::StringRef ir);
  bool load(std::unique_ptr<llvm::Module> loaded);

  /// Device memory with the contents of `values`.
  template <typename T> T *upload(const std::vector<T> &values) {
    llvm::Expected<void *> memory =
        emulator.allocate(values.size() * sizeof(T));
    if (!memory) {
      ADD_FAILURE() << llvm::toString(memory.takeError());
      return nullptr;
    }
    EXPECT_FALSE(emulator.copyToDevice(*memory, values.data(),
                                       values.size() * sizeof(T)));
    return static_cast<T *>(*memory);
  }
  template <typename T> T *allocate(size_t count) {
    return upload(std::vector<T>(count));
  }

  template <typename T> std::vector<T> download(const T *memory, size_t count) {
    std::vector<T> values(count);
    EXPECT_FALSE(emulator.copyToHost(values.data(), memory, count * sizeof(T)));
    return values;
  }

  /// Launches the kernel `name` with `arguments` in the order of its
  /// parameters.
  template <typename... A>
  Reports launch(llvm::StringRef name, const LaunchShape &shape,
                 const LaunchOptions &options, const A &...arguments) {
    return launchWith(name, shape, options, {&arguments...});
  }

  Emulator emulator;
  const LoadedModule *module = nullptr;

private:
  Reports launchWith(llvm::StringRef name, const LaunchShape &shape,
                     const LaunchOptions &options,
                     std::vector<const void *> arguments);
};

/// A launch of one dimension.
LaunchShape makeShape(uint32_t blocks, uint32_t threads,
                      uint32_t clusterBlocks = 1,
                      uint32_t dynamicSharedBytes = 0);

} // namespace norm::emulator::test

#endif // NORM_TEST_UNIT_EMULATOR_HARNESS_H
