//===- Clock.cpp - What happened before what ------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Clock.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace llvm;
using namespace norm::emulator;

void norm::emulator::mergeTimes(std::vector<uint32_t> &times,
                                const std::vector<uint32_t> &other) {
  if (times.size() < other.size())
    times.resize(other.size());
  for (size_t i = 0; i < other.size(); ++i)
    times[i] = std::max(times[i], other[i]);
}

void Arrivals::add(const ClockRef &clock, uint32_t thread, uint32_t time) {
  // Most have the clock of the last barrier in common.
  if (!is_contained(ArrayRef(clocks).take_back(4), clock))
    clocks.push_back(clock);
  times.push_back({thread, time});
}

ClockRef Arrivals::merge() const {
  if (clocks.empty())
    return nullptr;
  ClockRef merged(new Clock(*clocks.front()));
  for (const ClockRef &clock : drop_begin(clocks)) {
    mergeTimes(merged->seen, clock->seen);
    mergeTimes(merged->fenced, clock->fenced);
    merged->dependencyAwaited |= clock->dependencyAwaited;
  }
  for (auto [thread, time] : times) {
    if (merged->seen.size() <= thread)
      merged->seen.resize(thread + 1);
    merged->seen[thread] = std::max(merged->seen[thread], time);
  }
  return merged;
}

void Arrivals::clear() {
  clocks.clear();
  times.clear();
}
