//===- DefaultLoop.h - The library's own parallel loop ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_RUNTIME_DEFAULTLOOP_H
#define NORM_LIB_RUNTIME_DEFAULTLOOP_H

#include "norm/Runtime/norm_runtime.h"

namespace norm::runtime {

/// What norm_parallel_for does without a program's own function, for n > grain
/// >= 1 on at most `maxThreads` > 1 threads, or as many as there are if it is
/// 0. On the calling thread if there is no library of OpenMP.
void runDefaultLoop(int64_t n, int64_t grain, norm_body body, void *ctx,
                    int32_t maxThreads);

/// Whether a library of OpenMP was found; opens it if nothing has yet.
bool hasOpenMP();

} // namespace norm::runtime

#endif // NORM_LIB_RUNTIME_DEFAULTLOOP_H
