//===- OneRuntimeTest.cpp - Tests that a process has one runtime ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Part of two programs: one links the static compiler libraries of the build
// tree, one the shared library that is installed.

#include "norm/ExecutionEngine/KernelModule.h"
#include "norm/Runtime/norm_runtime.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <atomic>
#include <vector>

using namespace norm;
using testing::HasSubstr;

namespace {

constexpr const char *source = NORM_TEST_SOURCE;

/// @scale of kernels.mlir, compiled here and loaded from the two kinds of
/// libraries, and whether the program's own parallel loop is installed.
class OneRuntime : public testing::TestWithParam<const char *> {
protected:
  void TearDown() override {
    norm_set_parallel_for(nullptr, nullptr);
    norm_set_num_threads(0);
  }

  static Result<KernelModule> makeModule() {
    std::string library = GetParam();
    if (library.empty())
      return KernelModule::parseFile(source);
    return KernelModule::load(
        NORM_TEST_LIBRARIES + library,
        "func.func private @scale(tensor<?x3xf32>, f32) -> tensor<?x3xf32>");
  }
};

int32_t countCalls(void *count, int64_t n, int64_t, norm_body body, void *ctx) {
  ++*static_cast<std::atomic<int> *>(count);
  body(ctx, 0, n);
  return 0;
}

TEST_P(OneRuntime, HookOfTheProgramIsUsed) {
  Result<KernelModule> module = makeModule();
  ASSERT_TRUE(module) << module.error();
  Result<KernelFunction> scale = module->function("scale");
  ASSERT_TRUE(scale) << scale.error();
  // Enough rows to be given to several threads.
  constexpr int64_t numRows = 1 << 18;
  std::vector<float> x(numRows * 3, 1.0f), y(numRows * 3);
  std::vector<Argument> arguments{Argument::tensor(x.data(), {numRows, 3}),
                                  2.0f,
                                  Argument::tensor(y.data(), {numRows, 3})};
  std::atomic<int> calls{0};
  norm_set_parallel_for(countCalls, &calls);
  Result<void> called = scale->call(arguments);
  EXPECT_TRUE(called) << called.error();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(y.front(), 2.0f);
  EXPECT_EQ(y.back(), 2.0f);

  norm_set_parallel_for(nullptr, nullptr);
  called = scale->call(arguments);
  EXPECT_TRUE(called) << called.error();
  EXPECT_EQ(calls, 1);
}

TEST_P(OneRuntime, ErrorOfTheHookIsThatOfTheCall) {
  Result<KernelModule> module = makeModule();
  ASSERT_TRUE(module) << module.error();
  constexpr int64_t numRows = 1 << 18;
  std::vector<float> x(numRows * 3), y(numRows * 3);
  norm_set_parallel_for(
      [](void *, int64_t, int64_t, norm_body, void *) { return int32_t(41); },
      nullptr);
  Result<void> called = module->function("scale")->call(
      {Argument::tensor(x.data(), {numRows, 3}), 2.0f,
       Argument::tensor(y.data(), {numRows, 3})});
  EXPECT_THAT(called.error(), HasSubstr("found 41"));
}

TEST_P(OneRuntime, ErrorTextIsThatOfTheProgram) {
  Result<KernelModule> module = makeModule();
  ASSERT_TRUE(module) << module.error();
  norm_report_error(1, "an older text", nullptr, 0);
  float x[6] = {}, y[9];
  Result<void> called = module->function("scale")->call(
      {Argument::tensor(x, {2, 3}), 2.0f, Argument::tensor(y, {3, 3})});
  ASSERT_FALSE(called);
  std::string text = "scale: expected dim 0 of result 0 to have 2 elements, "
                     "found 3";
  EXPECT_EQ(norm_last_error(), text);
  EXPECT_EQ(called.error(), "function 'scale': " + text.substr(7));
}

std::string nameOf(const testing::TestParamInfo<const char *> &info) {
  std::string library = info.param;
  if (library.empty())
    return "Compiled";
  return library == "/libwhole.so" ? "LoadedWithItsOwnRuntime" : "Loaded";
}

INSTANTIATE_TEST_SUITE_P(, OneRuntime,
                         testing::Values("", "/libkernels.so", "/libwhole.so"),
                         nameOf);

} // namespace
