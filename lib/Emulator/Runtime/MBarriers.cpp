//===- MBarriers.cpp - Barriers in shared memory --------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "llvm/Support/FormatVariadic.h"

#include <cstring>

using namespace llvm;
using namespace norm::emulator;

/// The largest count of an mbarrier, and the largest number of its bytes.
constexpr uint32_t largestCount = (1 << 20) - 1;

/// Polls without anything else going on after which nothing is expected to.
constexpr uint32_t pollLimit = 1000;

void Machine::initMBarrier(void *pointer, uint32_t count, uint32_t site) {
  if (count == 0 || count > largestCount)
    report(ReportKind::InvalidOperand, site,
           formatv("expected a count from 1 to {0}, found {1}", largestCount,
                   count));
  // What follows on it must come after this: it is a write.
  uint64_t opaque = count;
  if (!writeRange(pointer, &opaque, sizeof(opaque), site))
    return;
  MBarrier *&slot = mbarriers[pointer];
  if (slot && slot->valid)
    report(ReportKind::InvalidOperand, site,
           "the mbarrier was initialized before and not invalidated");
  if (!slot) {
    mbarrierStorage.emplace_back();
    slot = &mbarrierStorage.back();
    slot->writer = threads.size() + mbarrierStorage.size() - 1;
  }
  uint32_t writer = slot->writer, writerTime = slot->writerTime;
  *slot = MBarrier();
  slot->writer = writer;
  slot->writerTime = writerTime;
  slot->valid = true;
  slot->expected = count;
  slot->pending = count;
}

MBarrier *Machine::findMBarrier(void *pointer, uint32_t site) {
  if (reinterpret_cast<uintptr_t>(pointer) % 8) {
    report(ReportKind::Misaligned, site,
           formatv("mbarrier at {0}, expected a multiple of 8", pointer));
    return nullptr;
  }
  auto it = mbarriers.find(pointer);
  if (it == mbarriers.end() || !it->second->valid) {
    report(ReportKind::InvalidOperand, site,
           formatv("there is no initialized mbarrier at {0}", pointer));
    return nullptr;
  }
  // Operations on the object need no order among each other, but come after it
  // was initialized: each is like an atomic read.
  uint64_t value;
  if (!readRange(pointer, sizeof(value), site))
    return nullptr;
  return it->second;
}

void Machine::invalidateMBarrier(void *pointer, uint32_t site) {
  MBarrier *mbarrier = findMBarrier(pointer, site);
  if (!mbarrier)
    return;
  uint64_t opaque = ~uint64_t(0);
  writeRange(pointer, &opaque, sizeof(opaque), site);
  mbarrier->valid = false;
}

uint64_t Machine::arriveAtMBarrier(void *pointer, uint32_t count, int64_t bytes,
                                   bool drops, uint32_t site) {
  MBarrier *mbarrier = findMBarrier(pointer, site);
  if (!mbarrier)
    return 0;
  uint64_t state = mbarrier->phase;
  mbarrier->transactions += bytes;
  mbarrier->pending -= count;
  if (mbarrier->pending < 0) {
    report(ReportKind::InvalidOperand, site,
           formatv("more arrivals than the {0} that a phase of the mbarrier "
                   "expects",
                   mbarrier->expected));
    mbarrier->pending = 0;
  }
  if (drops)
    mbarrier->expected -= std::min(mbarrier->expected, count);
  if (options.checkRaces)
    release(*self, mbarrier->arrivals);
  advance(*mbarrier, !mbarrier->waiting.empty());
  return state;
}

void Machine::expectBytes(void *pointer, int64_t bytes, uint32_t site) {
  if (MBarrier *mbarrier = findMBarrier(pointer, site)) {
    mbarrier->transactions += bytes;
    advance(*mbarrier, !mbarrier->waiting.empty());
  }
}

void Machine::advance(MBarrier &mbarrier, bool awaited) {
  // Copies land as late as they can: once something waits for them.
  if (awaited) {
    for (const std::vector<Copy> *copies :
         {&mbarrier.copies, &mbarrier.arrivingCopies})
      for (const Copy &copy : *copies)
        land(copy, mbarrier.writer, mbarrier.writerTime);
    for (const Copy &copy : mbarrier.copies)
      mbarrier.transactions -= copy.bytes;
    mbarrier.pending -= mbarrier.arrivingThreads;
    mbarrier.arrivingThreads = 0;
    if (!mbarrier.copies.empty() || !mbarrier.arrivingCopies.empty())
      mbarrier.arrivals.add(ClockRef(new Clock), mbarrier.writer,
                            mbarrier.writerTime++);
    mbarrier.copies.clear();
    mbarrier.arrivingCopies.clear();
  }
  if (mbarrier.pending > 0 || mbarrier.transactions != 0)
    return;
  ++mbarrier.phase;
  ++progress;
  mbarrier.pending = mbarrier.expected;
  // What happened before an earlier phase happened before this one.
  if (ClockRef merged = mbarrier.arrivals.merge()) {
    if (mbarrier.completed) {
      mergeTimes(merged->seen, mbarrier.completed->seen);
      mergeTimes(merged->fenced, mbarrier.completed->fenced);
    }
    mbarrier.completed = merged;
  }
  mbarrier.arrivals.clear();
  for (uint32_t index : mbarrier.waiting) {
    Thread &thread = threads[index];
    // It looks at the phase again, as another may have completed until then.
    if (&thread != self)
      wake(thread);
  }
  mbarrier.waiting.clear();
}

bool Machine::testMBarrier(void *pointer, uint32_t phaseOrParity, bool parity,
                           bool blocks, uint32_t site) {
  MBarrier *mbarrier = findMBarrier(pointer, site);
  // The program cannot be right any more, but may come to its end.
  if (!mbarrier)
    return true;
  auto isComplete = [&] {
    return parity ? (mbarrier->phase & 1) != (phaseOrParity & 1)
                  : mbarrier->phase != phaseOrParity;
  };
  for (;;) {
    // A copy may be under way still when it is asked for first.
    bool late =
        scheduler.isRandom() && !blocks && scheduler.getRandom().below(2) == 0;
    if (!isComplete() && !late)
      advance(*mbarrier, true);
    if (isComplete()) {
      if (options.checkRaces)
        acquire(*self, mbarrier->completed);
      return true;
    }
    if (!blocks)
      break;
    mbarrier->waiting.push_back(self->index);
    wait(Thread::State::MBarrier, site);
  }
  // Nothing else may be going on for a long time, and then it never will.
  ++pollsInQuantum;
  polls = polledAt == progress ? polls + 1 : 0;
  polledAt = progress;
  if (polls > pollLimit * threads.size()) {
    self->site = site;
    report(ReportKind::Deadlock, site,
           formatv("polls an mbarrier that nothing completes: {0} arrivals and "
                   "{1} bytes are missing",
                   mbarrier->pending, mbarrier->transactions));
    stop();
  }
  yield();
  return false;
}
