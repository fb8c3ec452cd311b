//===- BlockBarriers.cpp - The barriers of a block ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace norm::emulator;

/// The threads that `barrier` counts as arrived. An incomplete warp counts as
/// a full one where the expected number, which is one of full warps, is given.
static uint32_t countArrived(const Block &block, const NamedBarrier &barrier) {
  uint32_t lastWarp = block.count % 32;
  if (barrier.expected == 0 || lastWarp == 0)
    return barrier.arrived;
  for (uint32_t index : barrier.waiting)
    if (index - block.threads->index >= block.count - lastWarp)
      return barrier.arrived + 32 - lastWarp;
  return barrier.arrived;
}

void Machine::arriveAtBarrier(uint32_t id, uint32_t count, bool aligned,
                              bool waits, bool predicate, uint32_t site) {
  Block &block = *self->block;
  self->result = 0;
  if (id >= 16) {
    report(ReportKind::InvalidOperand, site,
           formatv("expected a barrier from 0 to 15, found {0}", id));
    return;
  }
  uint32_t most = (block.count + 31) / 32 * 32;
  if (count % 32 || count > most) {
    report(ReportKind::InvalidOperand, site,
           formatv("expected a number of threads that is a multiple of 32 and "
                   "at most {0}, found {1}",
                   most, count));
    return;
  }
  NamedBarrier &barrier = block.barriers[id];
  if (barrier.arrived && barrier.expected != count)
    report(ReportKind::DivergentBarrier, site,
           formatv("barrier {0} expects {1} threads here, but {2} where others "
                   "arrived (0 stands for all)",
                   id, count, barrier.expected));
  barrier.expected = count;
  barrier.aligned |= aligned;
  barrier.trueCount += predicate;
  ++barrier.arrived;
  if (options.checkRaces)
    release(*self, barrier.arrivals);
  block.busyBarriers |= 1u << id;
  if (!waits) {
    checkBarrier(block, id);
    return;
  }
  barrier.waiting.push_back(self->index);
  self->barrier = id;
  self->site = site;
  self->state = Thread::State::Barrier;
  checkBarrier(block, id);
  if (self->state == Thread::State::Barrier)
    switchToNext();
}

void Machine::reportDivergence(const Block &block,
                               const NamedBarrier &barrier) {
  // The aligned form asks for all threads of a warp at the same instruction.
  uint32_t seen = 0;
  for (uint32_t index : barrier.waiting) {
    const Thread &first = threads[index];
    const Warp &warp = *first.warp;
    uint32_t bit = 1u << (first.warp - block.threads->warp);
    if (!barrier.aligned || (seen & bit))
      continue;
    seen |= bit;
    for (uint32_t lane = 0; lane < warp.count; ++lane) {
      const Thread &other = warp.threads[lane];
      bool exited = other.state == Thread::State::Done;
      if (!exited && other.site == first.site)
        continue;
      report(ReportKind::DivergentBarrier, first.site, first,
             formatv("expected all threads of a warp at this instruction, but "
                     "{0} {1}",
                     describe(other),
                     exited ? std::string("has exited")
                            : "is at " + describe(other.site)));
      return;
    }
  }
  if (barrier.waiting.empty() || barrier.expected || block.live == block.count)
    return;
  const Thread &first = threads[barrier.waiting.front()];
  report(ReportKind::DivergentBarrier, first.site, first,
         formatv("expected all {0} threads of the block, but {1} have exited",
                 block.count, block.count - block.live));
}

void Machine::checkBarrier(Block &block, uint32_t id) {
  NamedBarrier &barrier = block.barriers[id];
  uint32_t needed = barrier.expected ? barrier.expected : block.live;
  if (barrier.arrived == 0 || countArrived(block, barrier) < needed)
    return;
  reportDivergence(block, barrier);
  ClockRef merged = barrier.arrivals.merge();
  barrier.arrivals.clear();
  for (uint32_t index : barrier.waiting) {
    Thread &thread = threads[index];
    thread.result = uint64_t(barrier.trueCount) << 32 | barrier.arrived;
    if (merged)
      thread.clock = merged;
    if (&thread == self)
      thread.state = Thread::State::Ready;
    else
      wake(thread);
  }
  barrier.waiting.clear();
  barrier.arrived = barrier.expected = barrier.trueCount = 0;
  barrier.aligned = false;
  block.busyBarriers &= ~(1u << id);
}
