//===- KernelModuleThreadsTest.cpp - Tests of compiling in threads --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/ExecutionEngine/KernelModule.h"

#include "gtest/gtest.h"

#include <atomic>
#include <thread>

using namespace norm;

namespace {

/// Runs `body(number of the thread)` in `count` threads at once.
template <typename Body> void runThreads(int count, Body body) {
  std::atomic<int> waiting{count};
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      // All start together.
      --waiting;
      while (waiting)
        std::this_thread::yield();
      body(i);
    });
  for (std::thread &thread : threads)
    thread.join();
}

/// A module of its own for each number, which is its factor.
std::string getSource(int number) {
  return "func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {"
         "%c = arith.constant dense<" +
         std::to_string(number) +
         ".0> : tensor<1xf32>"
         "%0 = tensor.collapse_shape %c [] : tensor<1xf32> into tensor<f32>"
         "%s = tensor.extract %0[] : tensor<f32>"
         "%c0 = arith.constant 0 : index "
         "%n = tensor.dim %x, %c0 : tensor<?xf32>"
         "%b = tensor.splat %s[%n] : tensor<?xf32>"
         "%y = arith.mulf %x, %b : tensor<?xf32>"
         "return %y : tensor<?xf32> }";
}

TEST(KernelModuleThreads, CompileAndCallAtOnce) {
  std::vector<std::string> errors(8);
  runThreads(8, [&](int thread) {
    for (int repeat = 0; repeat < 2 && errors[thread].empty(); ++repeat) {
      Result<KernelModule> module = KernelModule::parse(getSource(thread));
      if (!module) {
        errors[thread] = module.error();
        return;
      }
      Result<KernelFunction> function = module->function("f");
      float x[5] = {1, 2, 3, 4, 5}, y[5];
      Result<void> called =
          function->call({Argument::tensor(x, {5}), Argument::tensor(y, {5})});
      errors[thread] = called.error();
      for (int i = 0; i < 5; ++i)
        if (y[i] != x[i] * float(thread))
          errors[thread] = "a wrong value";
    }
  });
  for (const std::string &error : errors)
    EXPECT_EQ(error, "");
}

TEST(KernelModuleThreads, CompileErrorsStayApart) {
  std::vector<std::string> wrong(8);
  runThreads(8, [&](int thread) {
    // The line of the error is the thread's.
    std::string text = std::string(thread, '\n') + "unknown.op";
    std::string prefix =
        "<source>:" + std::to_string(thread + 1) + ":1: error: ";
    for (int repeat = 0; repeat < 20; ++repeat) {
      std::string error = KernelModule::parse(text).error();
      if (error.compare(0, prefix.size(), prefix) != 0)
        wrong[thread] = error.empty() ? "no error" : error;
    }
    // And of one that is found after parsing.
    if (thread % 2 && KernelModule::parse("func.func @f(%x: i8) { return }"))
      wrong[thread] = "no error";
  });
  for (const std::string &error : wrong)
    EXPECT_EQ(error, "");
}

TEST(KernelModuleThreads, OneFunctionIsCalledByMany) {
  Result<KernelModule> module = KernelModule::parse(getSource(3));
  ASSERT_TRUE(module) << module.error();
  Result<KernelFunction> function = module->function("f");
  ASSERT_TRUE(function) << function.error();
  std::vector<int> wrong(8, 0);
  runThreads(8, [&](int thread) {
    std::vector<float> x(1000, float(thread)), y(1000);
    for (int repeat = 0; repeat < 100; ++repeat) {
      std::fill(y.begin(), y.end(), -1.0f);
      Result<void> called =
          function->call({Argument::tensor(x.data(), {1000}),
                          Argument::tensor(y.data(), {1000})});
      wrong[thread] += !called;
      for (float value : y)
        wrong[thread] += value != 3.0f * float(thread);
      // Errors of some threads are not those of others.
      if (thread % 2)
        wrong[thread] += bool(
            function->call({Argument::tensor(x.data(), {1000}),
                            Argument::tensor(y.data(), {int64_t(thread)})}));
    }
  });
  EXPECT_EQ(wrong, std::vector<int>(8, 0));
}

} // namespace
