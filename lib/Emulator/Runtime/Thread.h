//===- Thread.h - Threads, warps and blocks of a cluster --------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EMULATOR_RUNTIME_THREAD_H
#define NORM_LIB_EMULATOR_RUNTIME_THREAD_H

#include "Clock.h"
#include "Fiber.h"

#include "norm/Emulator/Report.h"

#include "llvm/ADT/SmallVector.h"

#include <deque>

namespace norm::emulator {

struct Block;
struct Thread;
struct Warp;

/// An asynchronous copy that was issued and has not landed.
struct Copy {
  char *destination;
  const char *source;
  uint32_t bytes;
  /// Bytes behind those that are set to 0.
  uint32_t zeros = 0;
  uint32_t site = 0;
  /// Shared memory to global memory; else the destination is shared memory.
  bool toGlobal = false;
  /// Of a copy to global memory: what the source held when it was read.
  bool sourceRead = false;
};

/// Copies of a thread in the groups it waits for, the oldest first.
struct CopyGroups {
  std::vector<Copy> open;
  std::deque<std::vector<Copy>> committed;

  bool empty() const { return open.empty() && committed.empty(); }
  void clear() {
    open.clear();
    committed.clear();
  }
};

/// What a thread that executes a warp operation brings to it.
enum class WarpOperation : uint8_t {
  Barrier,
  ShuffleIndex,
  ShuffleUp,
  ShuffleDown,
  ShuffleButterfly,
  VoteAll,
  VoteAny,
  VoteUniform,
  Ballot,
  MatchAny,
  MatchAll,
  Elect,
  Add,
  Min,
  Max,
  UnsignedMin,
  UnsignedMax,
  And,
  Or,
  Xor,
  FloatMin,
  FloatMax,
  FloatMinNaN,
  FloatMaxNaN,
};

struct WarpRequest {
  WarpOperation operation;
  uint32_t mask;
  uint64_t value;
  /// The lane operand and the clamp operand of a shuffle.
  uint32_t lane, clamp;
};

struct Thread {
  enum class State : uint8_t {
    Ready,
    Barrier,
    WarpOperation,
    ClusterBarrier,
    MBarrier,
    Done,
  };

  Fiber fiber;
  Dim3 id;
  /// Index in the cluster, in the warp.
  uint32_t index = 0, lane = 0;
  Warp *warp = nullptr;
  Block *block = nullptr;
  State state = State::Ready;
  /// Where it waits, and the barrier that it waits at.
  uint32_t site = 0;
  uint32_t barrier = 0;
  /// What it waited for returns this.
  uint64_t result = 0;
  WarpRequest request = {};
  /// What happened before, and how often this thread let others know.
  ClockRef clock;
  uint32_t time = 1;
  /// Copies by cp.async and by cp.async.bulk to global memory.
  CopyGroups copies, bulkCopies;
  bool clusterArrived = false;
  uint32_t clusterPhase = 0;
};

struct Warp {
  /// Index in the cluster.
  uint32_t index = 0;
  /// The first of its threads, which follow each other.
  Thread *threads = nullptr;
  uint32_t count = 0;
  /// Lanes that have not exited, that wait at a warp operation.
  uint32_t live = 0, waiting = 0;
};

/// One of the 16 barriers of a block.
struct NamedBarrier {
  /// The number of threads that it waits for; 0 for all.
  uint32_t expected = 0;
  uint32_t arrived = 0;
  /// Threads that wait, by their index, and where those came that do not.
  llvm::SmallVector<uint32_t, 32> waiting;
  Arrivals arrivals;
  /// Of the predicates of the red forms.
  uint32_t trueCount = 0;
  bool aligned = false;
};

struct Block {
  Dim3 id;
  uint32_t rank = 0;
  Thread *threads = nullptr;
  uint32_t count = 0;
  uint32_t live = 0;
  char *shared = nullptr;
  NamedBarrier barriers[16];
  /// A bit for each of them that threads have arrived at.
  uint32_t busyBarriers = 0;
};

} // namespace norm::emulator

#endif // NORM_LIB_EMULATOR_RUNTIME_THREAD_H
