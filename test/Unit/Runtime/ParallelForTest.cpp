//===- ParallelForTest.cpp - Tests of the parallel loop -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DefaultLoop.h"
#include "ParallelForSupport.h"

#include "gtest/gtest.h"

#include <cstdint>
#include <dlfcn.h>
#include <exception>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace norm::runtime;

namespace {

/// Lets OpenMP start threads within parallel regions, as a program may do.
void allowNestedRegions() {
  for (const char *name : {"libomp.so.5", "libgomp.so.1"})
    if (void *library = dlopen(name, RTLD_NOW | RTLD_NOLOAD)) {
      auto set = reinterpret_cast<void (*)(int)>(
          dlsym(library, "omp_set_max_active_levels"));
      ASSERT_NE(set, nullptr);
      set(4);
    }
}

class ParallelFor : public testing::Test {
protected:
  void TearDown() override {
    norm_set_parallel_for(nullptr, nullptr);
    norm_set_num_threads(0);
  }
};

TEST_F(ParallelFor, RunsEachIterationOnceInMultiplesOfGrain) {
  for (int32_t threads : {0, 1, 2, 5, 64}) {
    norm_set_num_threads(threads);
    for (int64_t n : {0, 1, 2, 7, 8, 9, 63, 64, 65, 1000, 4099})
      for (int64_t grain : {1, 2, 7, 8, 64, 1000, 5000})
        expectEachIterationOnce(n, grain);
  }
}

TEST_F(ParallelFor, LargeBoundsDoNotOverflow) {
  norm_set_num_threads(3);
  for (int64_t n : {INT64_MAX, INT64_MAX - 1, INT64_MAX / 2})
    for (int64_t grain : {int64_t(1), int64_t(3), INT64_MAX / 2})
      EXPECT_EQ(RecordedLoop(n, grain).run(), norm_ok);
}

TEST_F(ParallelFor, UsesAsManyThreadsAsSet) {
  if (!hasOpenMP())
    GTEST_SKIP() << "there is no library of OpenMP";
  norm_set_num_threads(5);
  RecordedLoop loop(100, 1, /*threadsToAwait=*/5);
  loop.run();
  EXPECT_EQ(loop.threads().size(), 5u);
}

TEST_F(ParallelFor, SmallWorkStaysOnTheCaller) {
  norm_set_num_threads(4);
  RecordedLoop small(8, 8);
  small.run();
  EXPECT_EQ(small.ranges(), (std::vector<Range>{{0, 8}}));
  EXPECT_EQ(small.threads(), std::set{std::this_thread::get_id()});

  norm_set_num_threads(1);
  RecordedLoop serial(1000, 8);
  serial.run();
  EXPECT_EQ(serial.ranges(), (std::vector<Range>{{0, 1000}}));
  EXPECT_EQ(serial.threads(), std::set{std::this_thread::get_id()});
}

TEST_F(ParallelFor, NothingToDoCallsNothing) {
  for (int64_t n : {int64_t(0), int64_t(-1), INT64_MIN}) {
    RecordedLoop loop(n, 4);
    EXPECT_EQ(loop.run(), norm_ok);
    EXPECT_TRUE(loop.ranges().empty());
  }
}

TEST_F(ParallelFor, InsideOfALoopIsSerial) {
  if (!hasOpenMP())
    GTEST_SKIP() << "there is no library of OpenMP";
  allowNestedRegions();
  norm_set_num_threads(2);
  auto inner = [](void *, int64_t, int64_t) {
    RecordedLoop loop(100, 1);
    EXPECT_EQ(loop.run(), norm_ok);
    EXPECT_EQ(loop.ranges(), (std::vector<Range>{{0, 100}}));
    EXPECT_EQ(loop.threads(), std::set{std::this_thread::get_id()});
  };
  EXPECT_EQ(norm_parallel_for(4, 1, inner, nullptr), norm_ok);
}

TEST_F(ParallelFor, SeveralThreadsAtOnce) {
  norm_set_num_threads(2);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 6; ++caller)
    callers.emplace_back([caller] {
      for (int round = 0; round < 50; ++round)
        expectEachIterationOnce(100 + caller, 1 + round % 9);
    });
  for (std::thread &caller : callers)
    caller.join();
}

TEST_F(ParallelFor, ProgramsLoopGetsItsDataAndOnlyLargeWork) {
  struct Calls {
    int64_t n = 0, grain = 0;
    int count = 0;
  } calls;
  norm_set_parallel_for(
      [](void *user, int64_t n, int64_t grain, norm_body body, void *ctx) {
        auto &calls = *static_cast<Calls *>(user);
        calls = {n, grain, calls.count + 1};
        body(ctx, 0, n);
        return int32_t(0);
      },
      &calls);
  expectEachIterationOnce(8, 8);
  EXPECT_EQ(calls.count, 0);
  expectEachIterationOnce(9, 8);
  EXPECT_EQ(calls.count, 1);
  EXPECT_EQ(calls.n, 9);
  EXPECT_EQ(calls.grain, 8);

  norm_set_parallel_for(nullptr, nullptr);
  expectEachIterationOnce(9, 8);
  EXPECT_EQ(calls.count, 1);
}

TEST_F(ParallelFor, FailureOfTheProgramsLoopIsAnError) {
  norm_set_parallel_for(
      [](void *, int64_t, int64_t, norm_body, void *) { return int32_t(-7); },
      nullptr);
  EXPECT_EQ(RecordedLoop(100, 1).run(), norm_error_parallel);
  EXPECT_STREQ(norm_last_error(),
               "the program's parallel loop of 100 iterations failed: expected "
               "it to return 0, found -7");
}

/// Ranges of `grain` in turn on `numThreads` new threads. What a body throws is
/// caught on its thread and makes the loop fail.
int32_t runOnThreads(void *numThreads, int64_t n, int64_t grain, norm_body body,
                     void *ctx) {
  int64_t count = *static_cast<const int64_t *>(numThreads);
  std::vector<std::exception_ptr> failures{size_t(count)};
  std::vector<std::thread> threads;
  threads.reserve(count);
  for (int64_t index = 0; index < count; ++index)
    threads.emplace_back([&, index] {
      try {
        for (int64_t begin = index * grain; begin < n; begin += count * grain)
          body(ctx, begin, std::min(begin + grain, n));
      } catch (...) {
        failures[size_t(index)] = std::current_exception();
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  for (const std::exception_ptr &failure : failures)
    if (failure)
      return 1;
  return 0;
}

TEST_F(ParallelFor, PoolOnStandardThreads) {
  int64_t numThreads = 3;
  norm_set_parallel_for(runOnThreads, &numThreads);
  for (int64_t n : {1, 10, 1001})
    for (int64_t grain : {1, 7, 64})
      expectEachIterationOnce(n, grain);
}

TEST_F(ParallelFor, BodyThatThrowsInAPool) {
  int64_t numThreads = 3;
  norm_set_parallel_for(runOnThreads, &numThreads);
  auto body = [](void *, int64_t begin, int64_t end) {
    if (begin <= 50 && 50 < end)
      throw std::runtime_error("iteration 50");
  };
  EXPECT_EQ(norm_parallel_for(100, 1, body, nullptr), norm_error_parallel);
  EXPECT_NE(std::string(norm_last_error()).find("found 1"), std::string::npos);
  // The next loop is not affected.
  expectEachIterationOnce(100, 1);
}

} // namespace
