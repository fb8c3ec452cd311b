//===- BulkCopies.cpp - Copies of the bulk engine -------------------------===//
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

/// Sizes and addresses of bulk copies are multiples of this.
constexpr uint32_t bulkBytes = 16;

void *Machine::mapToRank(void *pointer, uint32_t rank, uint32_t site) {
  if (!isShared(pointer)) {
    reportNotShared(pointer, site);
    return nullptr;
  }
  if (rank >= blocks.size()) {
    report(ReportKind::InvalidOperand, site,
           formatv("expected the rank of a block of the cluster, which has "
                   "{0}, found {1}",
                   blocks.size(), rank));
    return nullptr;
  }
  uint64_t offset = (static_cast<char *>(pointer) - sharedBase) % sharedStride;
  return blocks[rank].shared + offset;
}

uint32_t Machine::getRank(const void *pointer, uint32_t site) {
  if (!isShared(pointer)) {
    reportNotShared(pointer, site);
    return 0;
  }
  return (static_cast<const char *>(pointer) - sharedBase) / sharedStride;
}

/// The text of what is wrong with a bulk copy, or empty.
static std::string checkBulk(const void *destination, const void *source,
                             uint32_t bytes) {
  if (bytes % bulkBytes)
    return formatv("{0} bytes, expected a multiple of {1}", bytes, bulkBytes);
  for (const void *pointer : {destination, source})
    if (reinterpret_cast<uintptr_t>(pointer) % bulkBytes)
      return formatv("{0} at {1}, expected a multiple of {2}",
                     pointer == destination ? "destination" : "source", pointer,
                     bulkBytes);
  return "";
}

void Machine::startBulkLoad(void *destination, void *pointer,
                            const void *source, uint32_t bytes, uint32_t site) {
  if (std::string text = checkBulk(destination, source, bytes); !text.empty())
    return report(ReportKind::Misaligned, site, text);
  MBarrier *mbarrier = findMBarrier(pointer, site);
  if (!mbarrier || bytes == 0 || !readRange(source, bytes, site))
    return;
  if (!isShared(destination))
    return reportNotShared(destination, site);
  if (isShared(source))
    checkFenced(static_cast<const char *>(source), bytes, site);
  std::string poison(bytes, '\xff');
  if (!writeRange(destination, poison.data(), bytes, site))
    return;
  Copy copy = {static_cast<char *>(destination),
               static_cast<const char *>(source), bytes, 0, site};
  markIncoming(copy);
  mbarrier->copies.push_back(copy);
  advance(*mbarrier, !mbarrier->waiting.empty());
}

void Machine::startMulticast(void *destination, void *mbarrier,
                             const void *source, uint32_t bytes, uint32_t ranks,
                             uint32_t site) {
  // Each block gets the bytes at its own copy of the addresses.
  for (uint32_t rank = 0; rank < 16; ++rank)
    if (ranks >> rank & 1) {
      void *own = mapToRank(destination, rank, site);
      void *ownBarrier = mapToRank(mbarrier, rank, site);
      if (own && ownBarrier)
        startBulkLoad(own, ownBarrier, source, bytes, site);
    }
}

void Machine::checkFenced(const char *source, uint32_t bytes, uint32_t site) {
  if (!options.checkRaces)
    return;
  bool fenced = true;
  forEachSharedWord(source, bytes, [&](ShadowWord &word, uint32_t mask) {
    history.forEachWrite(word, mask, [&](const Access &write) {
      // What an asynchronous copy wrote is no matter of the proxy fence.
      fenced &= write.thread >= threads.size() ||
                Clock::get(self->clock->fenced, write.thread) >= write.time;
    });
  });
  if (!fenced)
    report(ReportKind::Unawaited, site,
           "reads shared memory that a thread wrote without a proxy fence "
           "(fence.proxy.async) since");
}

void Machine::startBulkStore(void *destination, const void *source,
                             uint32_t bytes, uint32_t site) {
  if (std::string text = checkBulk(destination, source, bytes); !text.empty())
    return report(ReportKind::Misaligned, site, text);
  if (bytes == 0 || !readRange(source, bytes, site))
    return;
  if (!isShared(source))
    return reportNotShared(source, site);
  checkFenced(static_cast<const char *>(source), bytes, site);
  std::string poison(bytes, '\xff');
  if (!writeRange(destination, poison.data(), bytes, site))
    return;
  Copy copy = {static_cast<char *>(destination),
               static_cast<const char *>(source), bytes, 0, site};
  copy.toGlobal = true;
  forEachSharedWord(copy.source, bytes, [](ShadowWord &word, uint32_t mask) {
    word.outgoing |= mask;
  });
  setGlobalIncoming(copy, true);
  self->bulkCopies.open.push_back(copy);
}

void Machine::setGlobalIncoming(const Copy &copy, bool incoming) {
  Allocation *allocation = memory.find(copy.destination, copy.bytes);
  if (!allocation || !options.checkRaces)
    return;
  // Bulk copies are aligned to words.
  uint64_t begin = copy.destination - allocation->base;
  for (uint64_t offset = begin; offset < begin + copy.bytes; offset += 4)
    if (ShadowWord *word = allocation->getShadow(offset))
      word->incoming = incoming ? 0xf : 0;
}

void Machine::readStoreSource(Copy &copy) {
  if (copy.sourceRead)
    return;
  copy.sourceRead = true;
  std::memcpy(copy.destination, copy.source, copy.bytes);
  forEachSharedWord(
      copy.source, copy.bytes,
      [](ShadowWord &word, uint32_t mask) { word.outgoing &= ~mask; });
}

void Machine::awaitBulkStores(uint32_t remaining, bool onlySource) {
  auto &committed = self->bulkCopies.committed;
  size_t count =
      committed.size() - std::min<size_t>(committed.size(), remaining);
  for (size_t i = 0; i < count; ++i)
    for (Copy &copy : committed[i])
      readStoreSource(copy);
  for (; !onlySource && count > 0; --count) {
    for (Copy &copy : committed.front())
      setGlobalIncoming(copy, false);
    committed.pop_front();
  }
}
