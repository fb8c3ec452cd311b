//===- TBBTest.cpp - A program's parallel loop on oneTBB ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ParallelForSupport.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cstdint>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

using namespace norm::runtime;

namespace {

/// Each task takes a number of whole grains.
int32_t runOnTBB(void *arena, int64_t n, int64_t grain, norm_body body,
                 void *ctx) {
  int64_t numGrains = n / grain + (n % grain != 0);
  static_cast<tbb::task_arena *>(arena)->execute([=] {
    tbb::parallel_for(tbb::blocked_range<int64_t>(0, numGrains),
                      [=](const tbb::blocked_range<int64_t> &grains) {
                        body(ctx, grains.begin() * grain,
                             std::min(grains.end() * grain, n));
                      });
  });
  return 0;
}

TEST(TBB, RunsEachIterationOnceInMultiplesOfGrain) {
  // Three threads, however many cores the machine has.
  tbb::global_control threads(tbb::global_control::max_allowed_parallelism, 3);
  tbb::task_arena arena(3);
  norm_set_parallel_for(runOnTBB, &arena);
  for (int64_t n : {1, 10, 1001})
    for (int64_t grain : {1, 7, 64})
      expectEachIterationOnce(n, grain);
  norm_set_parallel_for(nullptr, nullptr);
}

} // namespace
