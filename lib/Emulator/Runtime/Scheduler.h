//===- Scheduler.h - Which thread runs next ---------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EMULATOR_RUNTIME_SCHEDULER_H
#define NORM_LIB_EMULATOR_RUNTIME_SCHEDULER_H

#include "norm/Emulator/Launch.h"

#include "llvm/ADT/ArrayRef.h"

namespace norm::emulator {

struct Thread;

/// Random numbers that are the same everywhere for the same seed.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed * 0x9e3779b97f4a7c15u + 1) {}

  uint64_t next() {
    // SplitMix64.
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// Less than `bound`, which is not 0.
  uint32_t below(uint32_t bound) {
    return static_cast<uint32_t>((next() >> 32) * bound >> 32);
  }

private:
  uint64_t state;
};

class Scheduler {
public:
  explicit Scheduler(const Schedule &schedule)
      : policy(schedule.policy), random(schedule.seed) {}

  Random &getRandom() { return random; }
  bool isRandom() const { return policy != Schedule::Policy::LIFO; }

  /// Starts with no thread ready, of `warps` warps.
  void reset(uint32_t warps);

  /// `thread` can run.
  void add(Thread &thread);

  /// `thread` can run, once none of the others can.
  void addLater(Thread &thread) { later.push_back(&thread); }

  /// Takes the thread that runs next; null if none can.
  Thread *next();

  /// Number `index` of `count` things in a random order, or in theirs.
  /// `startOrder` draws the order.
  void startOrder(uint64_t count);
  uint64_t inOrder(uint64_t index) const;

private:
  Thread *takeRandom(std::vector<Thread *> &from);
  void drawPriorities();

  Schedule::Policy policy;
  Random random;
  /// For WarpPriority a list for each warp, else one.
  std::vector<std::vector<Thread *>> ready;
  std::vector<Thread *> later;
  /// Warps, the highest priority first.
  std::vector<uint32_t> priorities;
  uint32_t untilDrawn = 0;
  uint64_t orderCount = 1, orderFactor = 1, orderOffset = 0;
};

} // namespace norm::emulator

#endif // NORM_LIB_EMULATOR_RUNTIME_SCHEDULER_H
