//===- AsyncCopies.cpp - Copies that land later ---------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// An asynchronous copy lands as late as it may: when it is waited for. Until
// then its destination holds 0xff and may not be touched.

#include "Machine.h"

#include "llvm/Support/FormatVariadic.h"

#include <cstring>

using namespace llvm;
using namespace norm::emulator;

bool Machine::checkCopy(void *destination, const void *source, uint32_t bytes,
                        uint32_t sourceBytes, uint32_t site) {
  for (const void *pointer : {static_cast<const void *>(destination), source}) {
    uint64_t address = reinterpret_cast<uintptr_t>(pointer);
    if (address % bytes && (pointer == destination || sourceBytes)) {
      report(ReportKind::Misaligned, site,
             formatv("{0} at {1:x}, expected a multiple of {2}",
                     pointer == destination ? "destination" : "source", address,
                     bytes));
      return false;
    }
  }
  if (sourceBytes > bytes) {
    report(ReportKind::InvalidOperand, site,
           formatv("expected at most {0} bytes of the source, found {1}", bytes,
                   sourceBytes));
    return false;
  }
  return sourceBytes == 0 || readRange(source, sourceBytes, site);
}

void Machine::reportNotShared(const void *pointer, uint32_t site) {
  report(ReportKind::OutOfBounds, site,
         formatv("expected an address in shared memory, found {0}", pointer));
}

void Machine::markIncoming(const Copy &copy) {
  forEachSharedWord(copy.destination, copy.bytes + copy.zeros,
                    [&](ShadowWord &word, uint32_t mask) {
                      word.incoming |= mask;
                      word.initialized |= mask;
                    });
}

void Machine::land(const Copy &copy, uint32_t writer, uint32_t time) {
  std::memcpy(copy.destination, copy.source, copy.bytes);
  std::memset(copy.destination + copy.bytes, 0, copy.zeros);
  forEachSharedWord(copy.destination, copy.bytes + copy.zeros,
                    [&](ShadowWord &word, uint32_t mask) {
                      word.incoming &= ~mask;
                      if (!options.checkRaces)
                        return;
                      Access access = makeAccess(mask, copy.site, false);
                      access.thread = writer;
                      access.time = time;
                      history.replace(word, access);
                    });
}

void Machine::startCopy(void *destination, const void *source, uint32_t bytes,
                        uint32_t sourceBytes, uint32_t site) {
  if (!checkCopy(destination, source, bytes, sourceBytes, site))
    return;
  if (!isShared(destination))
    return reportNotShared(destination, site);
  // The write of 0xff stands for the one that may happen from here on.
  std::string poison(bytes, '\xff');
  if (!writeRange(destination, poison.data(), bytes, site))
    return;
  Copy copy = {static_cast<char *>(destination),
               static_cast<const char *>(source), sourceBytes,
               bytes - sourceBytes, site};
  markIncoming(copy);
  self->copies.open.push_back(copy);
}

void Machine::commitCopies(CopyGroups &groups) {
  groups.committed.push_back(std::move(groups.open));
  groups.open.clear();
}

void Machine::awaitCopies(uint32_t remaining) {
  auto &committed = self->copies.committed;
  while (committed.size() > remaining) {
    for (const Copy &copy : committed.front())
      land(copy, self->index, self->time);
    committed.pop_front();
  }
}

void Machine::arriveByCopies(void *pointer, bool counted, uint32_t site) {
  MBarrier *mbarrier = findMBarrier(pointer, site);
  if (!mbarrier)
    return;
  commitCopies(self->copies);
  for (std::vector<Copy> &group : self->copies.committed)
    mbarrier->arrivingCopies.insert(mbarrier->arrivingCopies.end(),
                                    group.begin(), group.end());
  self->copies.clear();
  // Without .noinc the arrival is one more than the phase expects.
  if (!counted)
    ++mbarrier->pending;
  ++mbarrier->arrivingThreads;
  if (options.checkRaces)
    release(*self, mbarrier->arrivals);
  advance(*mbarrier, !mbarrier->waiting.empty());
}

void Machine::finishCopies(Thread &thread) {
  if (thread.copies.empty() && thread.bulkCopies.empty())
    return;
  for (CopyGroups *groups : {&thread.copies, &thread.bulkCopies})
    commitCopies(*groups);
  // Copies to shared memory that nobody waited for are of no use to anybody.
  awaitCopies(0);
  bool unread = false;
  for (std::vector<Copy> &group : thread.bulkCopies.committed)
    for (Copy &copy : group) {
      if (!copy.sourceRead && !unread)
        report(ReportKind::Unawaited, copy.site, thread,
               "the thread exits while the copy may still read shared memory "
               "(cp.async.bulk.wait_group.read)");
      unread |= !copy.sourceRead;
      readStoreSource(copy);
      setGlobalIncoming(copy, false);
    }
  thread.bulkCopies.clear();
}
