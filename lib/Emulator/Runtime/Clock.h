//===- Clock.h - What happened before what ----------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EMULATOR_RUNTIME_CLOCK_H
#define NORM_LIB_EMULATOR_RUNTIME_CLOCK_H

#include "llvm/ADT/IntrusiveRefCntPtr.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace norm::emulator {

/// Per thread of a cluster, the time up to which what it did happened before.
/// A time counts how often the thread let others know. Threads that meet at a
/// barrier share one clock, which is not changed then.
struct Clock : llvm::RefCountedBase<Clock> {
  /// By the index of the thread; 0 for those beyond the end.
  std::vector<uint32_t> seen;
  /// The same for what a proxy fence made known to asynchronous copies.
  std::vector<uint32_t> fenced;
  /// A griddepcontrol.wait happened before.
  bool dependencyAwaited = false;

  static uint32_t get(const std::vector<uint32_t> &times, uint32_t thread) {
    return thread < times.size() ? times[thread] : 0;
  }
};
using ClockRef = llvm::IntrusiveRefCntPtr<Clock>;

/// Sets each of `times` to the larger of it and that of `other`.
void mergeTimes(std::vector<uint32_t> &times,
                const std::vector<uint32_t> &other);

/// Collects what those who arrive at a barrier know.
class Arrivals {
public:
  /// Adds what `clock` knows and what thread number `thread` did until `time`.
  void add(const ClockRef &clock, uint32_t thread, uint32_t time);

  /// What happened before all of them arrived; null if nobody did.
  ClockRef merge() const;

  void clear();

private:
  llvm::SmallVector<ClockRef, 2> clocks;
  llvm::SmallVector<std::pair<uint32_t, uint32_t>, 32> times;
};

} // namespace norm::emulator

#endif // NORM_LIB_EMULATOR_RUNTIME_CLOCK_H
