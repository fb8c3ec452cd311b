//===- ParallelForSupport.h - Records what a loop runs ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_UNIT_RUNTIME_PARALLELFORSUPPORT_H
#define NORM_TEST_UNIT_RUNTIME_PARALLELFORSUPPORT_H

#include "norm/Runtime/norm_runtime.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace norm::runtime {

/// The iterations [first, second).
using Range = std::pair<int64_t, int64_t>;

/// A loop whose body records its ranges and threads.
class RecordedLoop {
public:
  /// Each range waits until `threadsToAwait` threads have one, a minute at
  /// most.
  RecordedLoop(int64_t n, int64_t grain, size_t threadsToAwait = 1)
      : n(n), grain(grain), threadsToAwait(threadsToAwait) {}

  /// What norm_parallel_for returns.
  int32_t run() { return norm_parallel_for(n, grain, record, this); }

  /// In ascending order.
  std::vector<Range> ranges() const {
    std::vector<Range> sorted = recorded;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }

  const std::set<std::thread::id> &threads() const { return ids; }

private:
  static void record(void *ctx, int64_t begin, int64_t end) {
    auto &loop = *static_cast<RecordedLoop *>(ctx);
    std::unique_lock<std::mutex> lock(loop.mutex);
    loop.recorded.push_back({begin, end});
    loop.ids.insert(std::this_thread::get_id());
    loop.arrived.notify_all();
    loop.arrived.wait_for(lock, std::chrono::minutes(1), [&] {
      return loop.ids.size() >= loop.threadsToAwait;
    });
  }

  int64_t n, grain;
  size_t threadsToAwait;
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<Range> recorded;
  std::set<std::thread::id> ids;
};

/// Expects ranges that cover [0, n) without gap or overlap and start at
/// multiples of `grain`.
inline void expectEachIterationOnce(int64_t n, int64_t grain) {
  SCOPED_TRACE(testing::Message() << "n " << n << " grain " << grain);
  RecordedLoop loop(n, grain);
  EXPECT_EQ(loop.run(), norm_ok);
  int64_t covered = 0;
  for (Range range : loop.ranges()) {
    EXPECT_EQ(range.first, covered);
    EXPECT_EQ(range.first % grain, 0);
    EXPECT_LT(range.first, range.second);
    covered = range.second;
  }
  EXPECT_EQ(covered, n);
}

} // namespace norm::runtime

#endif // NORM_TEST_UNIT_RUNTIME_PARALLELFORSUPPORT_H
