//===- Access.cpp - Checks accesses to memory -----------------------------===//
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

/// Calls function(word pointer, mask of its bytes) for each aligned word of
/// four bytes in [pointer, pointer + bytes) as long as it returns true.
template <typename Function>
static void forEachWord(char *pointer, uint64_t bytes, Function function) {
  uintptr_t begin = reinterpret_cast<uintptr_t>(pointer);
  uintptr_t end = begin + bytes;
  for (uintptr_t word = begin & ~uintptr_t(3); word < end; word += 4) {
    uint32_t mask = 0xf;
    if (word < begin)
      mask &= 0xfu << (begin - word);
    if (word + 4 > end)
      mask &= 0xfu >> (word + 4 - end);
    if (!function(reinterpret_cast<char *>(word), mask))
      return;
  }
}

static bool equalBytes(const char *a, const char *b, uint32_t mask) {
  for (unsigned i = 0; i < 4; ++i)
    if ((mask >> i & 1) && a[i] != b[i])
      return false;
  return true;
}

bool Machine::isLocal(const void *pointer) const {
  uint64_t offset = static_cast<const char *>(pointer) -
                    static_cast<const char *>(self->fiber.stack);
  return offset < self->fiber.stackBytes;
}

void *Machine::getScratch() {
  std::memset(scratch.data(), 0xff, scratch.size());
  return scratch.data();
}

void *Machine::load(void *pointer, uint32_t site) {
  Range range = {static_cast<char *>(pointer), module.sites[site].size};
  return access(range, AccessKind::Read, nullptr, site) ? pointer
                                                        : getScratch();
}

void *Machine::change(void *pointer, uint32_t site) {
  Range range = {static_cast<char *>(pointer), module.sites[site].size};
  return access(range, AccessKind::Change, nullptr, site) ? pointer
                                                          : getScratch();
}

void Machine::store(void *pointer, const void *value, uint32_t site) {
  writeRange(pointer, value, module.sites[site].size, site);
}

bool Machine::readRange(const void *pointer, uint64_t bytes, uint32_t site) {
  return access({static_cast<char *>(const_cast<void *>(pointer)), bytes},
                AccessKind::Read, nullptr, site);
}

bool Machine::writeRange(void *pointer, const void *value, uint64_t bytes,
                         uint32_t site) {
  if (!access({static_cast<char *>(pointer), bytes}, AccessKind::Write, value,
              site))
    return false;
  std::memmove(pointer, value, bytes);
  return true;
}

static const char *getVerb(bool reads) { return reads ? "read" : "write"; }

bool Machine::access(Range range, AccessKind kind, const void *value,
                     uint32_t site) {
  const Site &where = module.sites[site];
  uint64_t address = reinterpret_cast<uintptr_t>(range.pointer);
  if (address & (where.align - 1)) {
    report(ReportKind::Misaligned, site,
           formatv("address {0:x} is not a multiple of {1}", address,
                   where.align));
    return false;
  }
  if (isShared(range.pointer) && where.addressSpace != 1)
    return accessShared(range, kind, value, site);
  if (where.addressSpace != 3 && where.addressSpace != 7) {
    if (memory.find(range.pointer, range.bytes))
      return accessGlobal(range, kind, value, site);
    if (isLocal(range.pointer) && where.addressSpace != 1)
      return true;
  }
  reportOutside(range, getVerb(kind == AccessKind::Read), site);
  return false;
}

ShadowWord &Machine::getSharedShadow(const char *pointer) {
  uint64_t offset = pointer - sharedBase;
  return sharedShadow[offset / sharedStride * sharedTemplate.size() +
                      offset % sharedStride / 4];
}

bool Machine::accessShared(Range range, AccessKind kind, const void *value,
                           uint32_t site) {
  uint64_t offset = range.pointer - sharedBase;
  uint64_t inBlock = offset % sharedStride;
  bool addressable =
      inBlock <= sharedUsed && range.bytes <= sharedUsed - inBlock;
  if (addressable)
    forEachWord(range.pointer, range.bytes, [&](char *word, uint32_t mask) {
      addressable = (getSharedShadow(word).addressable & mask) == mask;
      return addressable;
    });
  if (!addressable) {
    reportOutside(range, getVerb(kind == AccessKind::Read), site);
    return false;
  }
  const Block &block = blocks[offset / sharedStride];
  if (block.live == 0) {
    report(ReportKind::OutOfBounds, site,
           formatv("shared memory of block ({0}, {1}, {2}) of the cluster, "
                   "all threads of which have exited",
                   block.id.x, block.id.y, block.id.z));
    return false;
  }
  bool clean = true;
  auto check = [&](char *word, uint32_t mask) {
    ShadowWord &shadow = getSharedShadow(word);
    uint32_t missing = mask & ~shadow.initialized;
    if (clean && kind != AccessKind::Write && (missing & ~shadow.incoming)) {
      report(ReportKind::UninitializedShared, site,
             formatv("byte {0} of the shared memory of block ({1}, {2}, {3}) "
                     "was not written to",
                     (word - sharedBase) % sharedStride + countr_zero(missing),
                     block.id.x, block.id.y, block.id.z));
      clean = false;
    }
    const char *bytes = static_cast<const char *>(value);
    if (clean)
      clean = checkWord(shadow, mask, word, kind,
                        value ? bytes + (word - range.pointer) : nullptr, site);
    if (kind != AccessKind::Read)
      shadow.initialized |= mask;
    return true;
  };
  forEachWord(range.pointer, range.bytes, check);
  return true;
}

bool Machine::accessGlobal(Range range, AccessKind kind, const void *value,
                           uint32_t site) {
  Allocation &allocation = *memory.find(range.pointer, range.bytes);
  if (allocation.constant && kind != AccessKind::Read) {
    report(ReportKind::OutOfBounds, site,
           "write to the constant '" + allocation.name + "'");
    return false;
  }
  if (!options.checkRaces)
    return true;
  forEachWord(range.pointer, range.bytes, [&](char *word, uint32_t mask) {
    int64_t offset = word - allocation.base;
    ShadowWord *shadow = allocation.getShadow(offset < 0 ? 0 : offset);
    if (!shadow)
      return false;
    checkDependency(allocation, shadow - allocation.shadow, mask,
                    kind != AccessKind::Read, site);
    if (kind == AccessKind::Change && (shadow->earlierChanged & mask))
      comesAfterEarlier = true;
    const char *bytes = static_cast<const char *>(value);
    return checkWord(*shadow, mask, word, kind,
                     value ? bytes + (word - range.pointer) : nullptr, site);
  });
  return true;
}

void Machine::checkDependency(Allocation &allocation, uint64_t index,
                              uint32_t mask, bool writes, uint32_t site) {
  if (!options.dependent || !allocation.previous ||
      self->clock->dependencyAwaited)
    return;
  const ShadowWord &word = allocation.previous[index];
  uint32_t busy =
      word.written | word.changed | word.earlierWritten | word.earlierChanged;
  if (writes)
    busy |= word.beenRead | word.earlierRead;
  if (busy & mask)
    report(ReportKind::Unawaited, site,
           formatv("{0} what the launch before {1}, without waiting for it "
                   "(griddepcontrol.wait)",
                   writes ? "writes to" : "reads",
                   writes ? "read or wrote" : "wrote"));
}

Access Machine::makeAccess(uint32_t mask, uint32_t site, bool atomic) {
  Access access;
  access.time = self->time;
  access.thread = self->index;
  access.site = site;
  access.mask = mask;
  access.atomic = atomic;
  return access;
}

bool Machine::checkWord(ShadowWord &word, uint32_t mask, const char *memory,
                        AccessKind kind, const char *value, uint32_t site) {
  if (word.incoming & mask) {
    report(ReportKind::Unawaited, site,
           formatv("{0} what an asynchronous copy writes, before the copy was "
                   "waited for",
                   kind == AccessKind::Read ? "reads" : "writes to"));
    return false;
  }
  if (kind != AccessKind::Read && (word.outgoing & mask)) {
    report(ReportKind::Unawaited, site,
           "writes to what an asynchronous copy reads, before the copy was "
           "waited for");
    return false;
  }
  if (!options.checkRaces)
    return true;
  Access access = makeAccess(mask, site, module.sites[site].atomic);
  auto conflict =
      history.add(word, access, kind != AccessKind::Read, *self->clock);
  if (!conflict || (!conflict->before && comesAfterEarlier))
    return true;
  // Writes that change nothing do no harm; code that stores a result from
  // several threads relies on it.
  if (conflict->beforeWrites && value && equalBytes(memory, value, mask))
    return true;
  reportConflict(*conflict, memory, kind, site);
  return false;
}

void Machine::reportConflict(const Conflict &conflict, const char *memory,
                             AccessKind kind, uint32_t site) {
  // A kernel without an order between its accesses has millions of these.
  uint32_t otherSite = conflict.before ? conflict.before->site : 0;
  if (!log.count(ReportKind::Race, site, otherSite))
    return;
  std::string where =
      isShared(memory)
          ? formatv("byte {0} of shared memory",
                    (memory - sharedBase) % sharedStride)
                .str()
          : formatv("global memory at {0}", static_cast<const void *>(memory))
                .str();
  std::string verb = getVerb(kind == AccessKind::Read);
  std::string other = getVerb(!conflict.beforeWrites);
  if (!conflict.before) {
    addReport(ReportKind::Race, site, *self,
              formatv("{0} of {1}, with a {2} of it by another {3} of the grid",
                      verb, where, other,
                      blocks.size() > 1 ? "cluster" : "block"));
    return;
  }
  const Access &before = *conflict.before;
  // mbarriers write as threads beyond the last.
  std::string who = before.thread < threads.size()
                        ? describe(threads[before.thread])
                        : "an asynchronous copy";
  addReport(ReportKind::Race, site, *self,
            formatv("{0} of {1} and {2} by {3}, {4}, which nothing orders",
                    verb, where, other, who, describe(before.site)));
}

void Machine::reportOutside(Range range, const char *verb, uint32_t site) {
  std::string what = formatv("{0} of {1} bytes at {2}: ", verb, range.bytes,
                             static_cast<void *>(range.pointer));
  unsigned space = module.sites[site].addressSpace;
  const Allocation *below = memory.findBelow(range.pointer);
  uint64_t behind = below ? range.pointer - below->base : 0;
  if (!range.pointer)
    what += "null pointer";
  else if (isShared(range.pointer) && space == 1)
    what += "expected an address in global memory, found shared memory";
  else if (isShared(range.pointer))
    what += formatv("offset {0} of shared memory is in no variable (the block "
                    "has {1} bytes)",
                    (range.pointer - sharedBase) % sharedStride, sharedUsed);
  else if (space == 3 || space == 7)
    what += "expected an address in shared memory";
  else if (below && behind < below->bytes + (1 << 20))
    what += formatv("{0} bytes from the start of {1} of {2} bytes", behind,
                    below->name.empty() ? "an allocation"
                                        : "the variable '" + below->name + "'",
                    below->bytes);
  else
    what += "the address is in no allocation of the device; it may be a "
            "pointer of the host";
  report(ReportKind::OutOfBounds, site, what);
}
