//===- ParallelFor.cpp - The parallel loop of compiled functions ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runtime/norm_runtime.h"

#include "DefaultLoop.h"
#include "ErrorText.h"

#include <algorithm>
#include <atomic>

using namespace norm::runtime;

namespace {
std::atomic<norm_parallel_for_fn> programLoop{nullptr};
std::atomic<void *> programData{nullptr};
std::atomic<int32_t> threadLimit{0};
} // namespace

int32_t norm_parallel_for(int64_t n, int64_t grain, norm_body body, void *ctx) {
  if (n <= 0)
    return norm_ok;
  grain = std::max<int64_t>(grain, 1);
  if (n <= grain) {
    body(ctx, 0, n);
    return norm_ok;
  }
  if (norm_parallel_for_fn loop = programLoop.load(std::memory_order_acquire)) {
    void *user = programData.load(std::memory_order_relaxed);
    int32_t result = loop(user, n, grain, body, ctx);
    if (result == 0)
      return norm_ok;
    ErrorWriter() << "the program's parallel loop of " << n
                  << " iterations failed: expected it to return 0, found "
                  << int64_t(result);
    return norm_error_parallel;
  }
  int32_t limit = threadLimit.load(std::memory_order_relaxed);
  if (limit == 1)
    body(ctx, 0, n);
  else
    runDefaultLoop(n, grain, body, ctx, limit);
  return norm_ok;
}

void norm_set_parallel_for(norm_parallel_for_fn fn, void *user) {
  programData.store(user, std::memory_order_relaxed);
  programLoop.store(fn, std::memory_order_release);
}

void norm_set_num_threads(int32_t num_threads) {
  threadLimit.store(std::max(num_threads, 0), std::memory_order_relaxed);
}
