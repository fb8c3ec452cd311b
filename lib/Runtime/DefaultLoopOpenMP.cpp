//===- DefaultLoopOpenMP.cpp - The default loop on OpenMP -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DefaultLoop.h"

#include <algorithm>
#include <omp.h>

void norm::runtime::runDefaultLoop(int64_t n, int64_t grain, norm_body body,
                                   void *ctx, int32_t maxThreads) {
  int64_t numGrains = n / grain + (n % grain != 0);
  int64_t limit = maxThreads > 0 ? maxThreads : omp_get_max_threads();
  int numThreads = int(std::min(limit, numGrains));
  // A loop inside of a loop finds all threads at work already.
  if (numThreads <= 1 || omp_in_parallel()) {
    body(ctx, 0, n);
    return;
  }

#pragma omp parallel num_threads(numThreads)
  {
    // One contiguous range for each thread, as equal as grains allow. OpenMP
    // may give fewer threads than were asked for.
    int64_t count = omp_get_num_threads(), index = omp_get_thread_num();
    int64_t share = numGrains / count, rest = numGrains % count;
    int64_t first = index * share + std::min(index, rest);
    int64_t last = first + share + (index < rest);
    if (first != last)
      body(ctx, first * grain, last == numGrains ? n : last * grain);
  }
}
