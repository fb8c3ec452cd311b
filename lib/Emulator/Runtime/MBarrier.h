//===- MBarrier.h - Barriers in shared memory -------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EMULATOR_RUNTIME_MBARRIER_H
#define NORM_LIB_EMULATOR_RUNTIME_MBARRIER_H

#include "Thread.h"

namespace norm::emulator {

/// An mbarrier object. It is kept beside shared memory, found by its address.
struct MBarrier {
  /// Initialized and not invalidated.
  bool valid = false;
  /// Arrivals that a phase needs, that the current one still needs.
  uint32_t expected = 0;
  int64_t pending = 0;
  /// Bytes that the current phase still waits for.
  int64_t transactions = 0;
  /// The number of phases that are complete.
  uint32_t phase = 0;
  Arrivals arrivals;
  /// What happened before the last phase was complete.
  ClockRef completed;
  /// Threads that wait, by their index.
  llvm::SmallVector<uint32_t, 32> waiting;
  /// Copies that complete bytes of it, and those that arrive when they land.
  std::vector<Copy> copies;
  std::vector<Copy> arrivingCopies;
  uint32_t arrivingThreads = 0;
  /// Its copies write as the thread of this index, and their time.
  uint32_t writer = 0;
  uint32_t writerTime = 1;
};

} // namespace norm::emulator

#endif // NORM_LIB_EMULATOR_RUNTIME_MBARRIER_H
