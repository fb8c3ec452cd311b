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

  // Each thread begins with a part of its own, as equal as can be; one that is
  // done early takes ranges of the others. Bodies differ in work, and machines
  // have other work.
  constexpr int64_t rangesOfThread = 8;
  int64_t rangeGrains =
      std::max<int64_t>(numGrains / (rangesOfThread * numThreads), 1);
  int64_t numRanges = (numGrains - 1) / rangeGrains + 1;
#pragma omp parallel for num_threads(numThreads)                               \
    schedule(nonmonotonic : dynamic)
  for (int64_t i = 0; i < numRanges; ++i) {
    int64_t begin = i * rangeGrains * grain;
    bool isLast = i == numRanges - 1;
    body(ctx, begin, isLast ? n : begin + rangeGrains * grain);
  }
}
