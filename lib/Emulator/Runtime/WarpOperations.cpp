//===- WarpOperations.cpp - Operations of the lanes of a warp -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace llvm;
using namespace norm::emulator;

/// What a lane gets from a lane that does not take part.
constexpr uint32_t undefined = 0xffffffff;

uint64_t Machine::runWarpOperation(const WarpRequest &request, uint32_t site) {
  Warp &warp = *self->warp;
  uint32_t own = 1u << self->lane;
  self->request = request;
  self->site = site;
  if (!(request.mask & own)) {
    report(ReportKind::InvalidOperand, site,
           formatv("lane {0} executes it, which is not in the mask {1:x8}",
                   self->lane, request.mask));
    self->request.mask |= own;
  }
  warp.waiting |= own;
  fireWarp(warp);
  if (warp.waiting & own)
    wait(Thread::State::WarpOperation, site);
  return self->result;
}

/// The lane that a shuffle reads from, and whether it is in range.
static std::pair<uint32_t, bool> getSource(const WarpRequest &request,
                                           uint32_t lane) {
  uint32_t offset = request.lane & 31, clamp = request.clamp & 31;
  uint32_t segment = request.clamp >> 8 & 31;
  uint32_t last = (lane & segment) | (clamp & ~segment);
  uint32_t first = lane & segment;
  int source = 0;
  bool inRange = false;
  switch (request.operation) {
  case WarpOperation::ShuffleUp:
    source = int(lane) - int(offset);
    inRange = source >= int(last);
    break;
  case WarpOperation::ShuffleDown:
    source = lane + offset;
    inRange = source <= int(last);
    break;
  case WarpOperation::ShuffleButterfly:
    source = lane ^ offset;
    inRange = source <= int(last);
    break;
  default:
    source = first | (offset & ~segment);
    inRange = source <= int(last);
    break;
  }
  return {inRange ? source : lane, inRange};
}

static float reduceFloat(WarpOperation operation, float a, float b) {
  bool isMin = operation == WarpOperation::FloatMin ||
               operation == WarpOperation::FloatMinNaN;
  bool keepsNaN = operation == WarpOperation::FloatMinNaN ||
                  operation == WarpOperation::FloatMaxNaN;
  if (keepsNaN && (std::isnan(a) || std::isnan(b)))
    return NAN;
  return isMin ? std::fmin(a, b) : std::fmax(a, b);
}

/// One step of redux.sync.
static uint32_t reduce(WarpOperation operation, uint32_t a, uint32_t b) {
  switch (operation) {
  case WarpOperation::Add:
    return a + b;
  case WarpOperation::Min:
    return std::min(int32_t(a), int32_t(b));
  case WarpOperation::Max:
    return std::max(int32_t(a), int32_t(b));
  case WarpOperation::UnsignedMin:
    return std::min(a, b);
  case WarpOperation::UnsignedMax:
    return std::max(a, b);
  case WarpOperation::And:
    return a & b;
  case WarpOperation::Or:
    return a | b;
  case WarpOperation::Xor:
    return a ^ b;
  default:
    return bit_cast<uint32_t>(
        reduceFloat(operation, bit_cast<float>(a), bit_cast<float>(b)));
  }
}

namespace {
/// A warp operation that all its lanes have come to.
class Group {
public:
  Group(Warp &warp, uint32_t lanes, WarpOperation operation)
      : warp(warp), lanes(lanes), operation(operation) {}

  /// Sets the result of each lane. Calls report(lane, source) for shuffles from
  /// lanes that do not take part.
  template <typename Report> void execute(Report report) {
    switch (operation) {
    case WarpOperation::Barrier:
      return;
    case WarpOperation::ShuffleIndex:
    case WarpOperation::ShuffleUp:
    case WarpOperation::ShuffleDown:
    case WarpOperation::ShuffleButterfly:
      return shuffle(report);
    case WarpOperation::VoteAll:
      return setAll(getBallot() == lanes);
    case WarpOperation::VoteAny:
      return setAll(getBallot() != 0);
    case WarpOperation::VoteUniform:
      return setAll(getBallot() == lanes || getBallot() == 0);
    case WarpOperation::Ballot:
      return setAll(getBallot());
    case WarpOperation::MatchAny:
    case WarpOperation::MatchAll:
      return match();
    case WarpOperation::Elect:
      return elect();
    default:
      return reduceAll();
    }
  }

  template <typename Function> void forEachLane(Function function) {
    for (uint32_t rest = lanes; rest; rest &= rest - 1)
      function(warp.threads[countr_zero(rest)]);
  }

private:
  void setAll(uint64_t result) {
    forEachLane([&](Thread &thread) { thread.result = result; });
  }

  uint32_t getBallot() {
    uint32_t ballot = 0;
    forEachLane([&](Thread &thread) {
      ballot |= uint32_t(thread.request.value != 0) << thread.lane;
    });
    return ballot;
  }

  template <typename Report> void shuffle(Report report) {
    forEachLane([&](Thread &thread) {
      auto [source, inRange] = getSource(thread.request, thread.lane);
      bool takesPart = lanes >> source & 1;
      if (!takesPart)
        report(thread, source);
      uint32_t value =
          takesPart ? warp.threads[source].request.value : undefined;
      thread.result = value | uint64_t(inRange) << 32;
    });
  }

  void match() {
    forEachLane([&](Thread &thread) {
      uint32_t equal = 0;
      forEachLane([&](Thread &other) {
        if (other.request.value == thread.request.value)
          equal |= 1u << other.lane;
      });
      if (operation == WarpOperation::MatchAny)
        thread.result = equal;
      else
        thread.result = equal == lanes ? lanes | uint64_t(1) << 32 : 0;
    });
  }

  void elect() {
    uint32_t leader = countr_zero(lanes);
    forEachLane([&](Thread &thread) {
      thread.result = leader | uint64_t(thread.lane == leader) << 32;
    });
  }

  void reduceAll() {
    uint32_t result = warp.threads[countr_zero(lanes)].request.value;
    for (uint32_t rest = lanes & (lanes - 1); rest; rest &= rest - 1)
      result = reduce(operation, result,
                      warp.threads[countr_zero(rest)].request.value);
    setAll(result);
  }

  Warp &warp;
  uint32_t lanes;
  WarpOperation operation;
};
} // namespace

void Machine::fireWarp(Warp &warp) {
  uint32_t rest = warp.waiting;
  while (rest) {
    const Thread &first = warp.threads[countr_zero(rest)];
    const WarpRequest request = first.request;
    rest &= rest - 1;
    // Lanes that have exited are not waited for.
    uint32_t lanes = request.mask & warp.live;
    if ((lanes & warp.waiting) != lanes)
      continue;
    Group group(warp, lanes, request.operation);
    bool agrees = true;
    group.forEachLane([&](Thread &thread) {
      agrees &= thread.request.mask == request.mask &&
                thread.request.operation == request.operation;
    });
    if (!agrees)
      continue;
    group.execute([&](Thread &thread, uint32_t source) {
      report(ReportKind::InvalidOperand, thread.site, thread,
             formatv("lane {0} reads from lane {1}, which does not take part "
                     "(mask {2:x8})",
                     thread.lane, source, request.mask));
    });
    if (options.checkRaces && (options.warpOperationsOrderMemory ||
                               request.operation == WarpOperation::Barrier)) {
      Arrivals arrivals;
      group.forEachLane([&](Thread &thread) { release(thread, arrivals); });
      ClockRef merged = arrivals.merge();
      group.forEachLane([&](Thread &thread) { thread.clock = merged; });
    }
    warp.waiting &= ~lanes;
    group.forEachLane([&](Thread &thread) {
      if (&thread != self)
        wake(thread);
    });
    rest &= ~lanes;
  }
}
