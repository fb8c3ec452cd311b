//===- DefaultLoopSerial.cpp - The default loop without OpenMP ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DefaultLoop.h"

void norm::runtime::runDefaultLoop(int64_t n, int64_t grain, norm_body body,
                                   void *ctx, int32_t maxThreads) {
  body(ctx, 0, n);
}
