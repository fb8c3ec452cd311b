//===- BenchTest.cpp - Copies, and timing in turns with them --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runner/Bench.h"

#include "norm/Runner/CopyLimit.h"
#include "norm/Runner/HostTensor.h"
#include "norm/Runtime/norm_runtime.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <chrono>
#include <cstring>
#include <thread>

using namespace norm::runner;

namespace {

/// Copies `bytes` by `copy` and checks them, and the bytes after them.
void checkCopy(void (*copy)(char *, const char *, size_t), size_t bytes) {
  AlignedBytes from = allocateBytes(bytes + 64), to = allocateBytes(bytes + 64);
  for (size_t i = 0; i < bytes + 64; ++i)
    from.get()[i] = static_cast<char>(getRandomBits(0, i) | 1);
  copy(to.get(), from.get(), bytes);
  EXPECT_EQ(std::memcmp(to.get(), from.get(), bytes), 0) << bytes;
  for (size_t i = bytes; i < bytes + 64; ++i)
    EXPECT_EQ(to.get()[i], 0) << bytes << " at " << i;
}

TEST(CopyLimit, CopiesEveryByteAndNoMore) {
  for (size_t bytes : {0, 1, 63, 64, 65, 255, 256, 257, 511, 512, 4095, 4096,
                       16383, 16384, 16449, 100003}) {
    checkCopy(copyOrdinary, bytes);
    checkCopy(copyNonTemporal, bytes);
    checkCopy(copyNonTemporalPages, bytes);
  }
}

TEST(CopyLimit, ReadsEveryLine) {
  constexpr size_t lines = 13;
  AlignedBytes memory = allocateBytes(lines * 64);
  uint64_t expected = 0;
  for (size_t i = 0; i < lines * 8; ++i) {
    uint64_t value = getRandomBits(1, i);
    std::memcpy(memory.get() + i * 8, &value, 8);
    expected += value;
  }
  EXPECT_EQ(readAll(memory.get(), lines * 64), expected);
}

BenchBudget shortBudget() {
  BenchBudget budget;
  budget.seconds = 0;
  budget.minSamples = 3;
  return budget;
}

TEST(Bench, TimesTheKernel) {
  auto kernel = [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return llvm::Error::success();
  };
  BenchResult result =
      llvm::cantFail(bench(kernel, {4096, 4096}, shortBudget()));
  // Sleeping takes at least its time, and no machine copies 4 KB in it.
  EXPECT_GE(result.seconds, 2e-3);
  EXPECT_GT(result.limitSeconds, 0);
  EXPECT_LT(result.getLimitShare(), 0.5);
  EXPECT_EQ(result.usefulBytes, 8192);
  EXPECT_EQ(result.numSamples, 3);
  EXPECT_LE(result.getGigabytesPerSecond(), 8192 / 2e-3 * 1e-9);
}

TEST(Bench, CopiesAreMeasuredAgainstACopy) {
  size_t bytes = 1 << 20;
  AlignedBytes from = allocateBytes(bytes), to = allocateBytes(bytes);
  auto kernel = [&] {
    copyOrdinary(to.get(), from.get(), bytes);
    return llvm::Error::success();
  };
  BenchResult result = llvm::cantFail(
      bench(kernel, {int64_t(bytes), int64_t(bytes)}, shortBudget()));
  EXPECT_NE(std::strstr(result.limitName, "copy"), nullptr);
  EXPECT_EQ(result.usefulBytes, int64_t(2 * bytes));
  EXPECT_GT(result.limitSeconds, 0);
}

TEST(Bench, ReductionsAreMeasuredAgainstReading) {
  auto kernel = [] { return llvm::Error::success(); };
  BenchResult result =
      llvm::cantFail(bench(kernel, {1 << 20, 0}, shortBudget()));
  EXPECT_STREQ(result.limitName, "read");
}

TEST(Bench, NoBytes) {
  auto kernel = [] { return llvm::Error::success(); };
  BenchResult result = llvm::cantFail(bench(kernel, {0, 0}, shortBudget()));
  EXPECT_EQ(result.usefulBytes, 0);
}

TEST(Bench, ReturnsTheErrorOfTheKernel) {
  int calls = 0;
  auto kernel = [&]() -> llvm::Error {
    if (++calls == 2)
      return llvm::createStringError("sizes differ");
    return llvm::Error::success();
  };
  llvm::Expected<BenchResult> result = bench(kernel, {64, 64}, shortBudget());
  ASSERT_FALSE(result);
  EXPECT_EQ(llvm::toString(result.takeError()), "sizes differ");
  EXPECT_EQ(calls, 2);
}

TEST(Bench, ReturnsTheErrorOfTheProgramsLoop) {
  norm_set_parallel_for(
      [](void *, int64_t, int64_t, norm_body, void *) { return int32_t(3); },
      nullptr);
  auto kernel = [] { return llvm::Error::success(); };
  llvm::Expected<BenchResult> result =
      bench(kernel, {1 << 20, 1 << 20}, shortBudget());
  norm_set_parallel_for(nullptr, nullptr);
  ASSERT_FALSE(result);
  EXPECT_THAT(llvm::toString(result.takeError()),
              testing::HasSubstr("the program's parallel loop"));
}

} // namespace
