//===- KernelCacheTest.h - Modules with a folder for them -------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_UNIT_EXECUTIONENGINE_KERNELCACHETEST_H
#define NORM_TEST_UNIT_EXECUTIONENGINE_KERNELCACHETEST_H

#include "TestLibraries.h"

#include "norm/ExecutionEngine/KernelModule.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <filesystem>
#include <unistd.h>

namespace norm {

/// A test with a folder of its own for compiled kernels, missing at first.
class KernelCache : public testing::Test {
protected:
  KernelCache()
      : folder(testing::TempDir() + "norm-cache-" + std::to_string(getpid()) +
               "-" +
               testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(folder);
    options.cache.directory = folder;
  }
  ~KernelCache() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  static std::string getSource(const std::string &epsilon,
                               const std::string &name = "f") {
    return "func.func @" + name +
           "(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {\n"
           "  %y = norm.rmsnorm %x axis(1) epsilon(" +
           epsilon +
           ")\n"
           "    : (tensor<?x4xf32>) -> tensor<?x4xf32>\n"
           "  return %y : tensor<?x4xf32>\n}\n";
  }

  /// The module of an epsilon of 1e-6.
  KernelModule compile() const {
    Result<KernelModule> module =
        KernelModule::parse(getSource("1.0e-6"), options);
    EXPECT_TRUE(module) << module.error();
    return *module;
  }

  /// What the only function of `module` computes.
  static std::vector<float> run(const KernelModule &module) {
    std::vector<float> x = {1, 2, 3, 4, -0.5, 7, 0, 1e-3f}, y(8);
    Result<KernelFunction> function = module.function("");
    EXPECT_TRUE(function) << function.error();
    Result<void> called = function->call({Argument::tensor(x.data(), {2, 4}),
                                          Argument::tensor(y.data(), {2, 4})});
    EXPECT_TRUE(called) << called.error();
    return y;
  }

  /// What a module that nothing was kept of computes.
  std::vector<float> getExpected(const std::string &epsilon = "1.0e-6") const {
    KernelOptions without = options;
    without.cache = {};
    return run(*KernelModule::parse(getSource(epsilon), without));
  }

  /// The paths of all files in the folder, in order.
  std::vector<std::string> entries() const {
    std::vector<std::string> paths;
    std::error_code ignored;
    for (const auto &file :
         std::filesystem::directory_iterator(folder, ignored))
      paths.push_back(file.path());
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  static void writeFile(const std::string &path, const std::string &bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  const std::string folder;
  KernelOptions options;
};

} // namespace norm

#endif // NORM_TEST_UNIT_EXECUTIONENGINE_KERNELCACHETEST_H
