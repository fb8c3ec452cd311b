//===- Shadow.cpp - Who accessed a word of memory -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shadow.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace norm::emulator;

void AccessHistory::startCluster(uint32_t cluster) {
  further.clear();
  owner = cluster + 1;
}

void AccessHistory::claim(ShadowWord &word) {
  if (word.owner == owner)
    return;
  word.earlierWritten |= word.written;
  word.earlierRead |= word.beenRead;
  word.earlierChanged |= word.changed;
  word.written = word.beenRead = word.changed = 0;
  word.write.mask = word.read.mask = 0;
  word.more = 0;
  word.owner = owner;
}

AccessHistory::Further &AccessHistory::getFurther(ShadowWord &word) {
  if (!word.more) {
    further.emplace_back();
    word.more = further.size();
  }
  return further[word.more - 1];
}

/// Makes `other` an access that stands for `access`, too, if it can be: if it
/// is none, or by the same thread at the same time.
static bool mergeInto(Access &other, const Access &access) {
  if (other.mask &&
      (other.thread != access.thread || other.time != access.time ||
       other.atomic != access.atomic))
    return false;
  uint32_t mask = other.mask | access.mask;
  other = access;
  other.mask = mask;
  return true;
}

void AccessHistory::Further::addRead(const Access &access) {
  constexpr size_t many = 8;
  if (readsByThread.empty() && reads.size() == many) {
    readsByThread.resize(1);
    for (const Access &read : reads)
      addRead(read);
    reads.clear();
  }
  if (!readsByThread.empty()) {
    if (readsByThread.size() <= access.thread)
      readsByThread.resize(access.thread + 1);
    // The later read of a thread stands for the earlier one: what is ordered
    // after the one is after the other.
    Access &own = readsByThread[access.thread];
    uint32_t mask = own.mask | access.mask;
    bool atomic = access.atomic && (own.atomic || !own.mask);
    own = access;
    own.mask = mask;
    own.atomic = atomic;
    return;
  }
  for (Access &read : reads)
    if (mergeInto(read, access))
      return;
  reads.push_back(access);
}

void AccessHistory::insert(ShadowWord &word, Access access, bool writes) {
  if (!writes)
    word.beenRead |= access.mask;
  else if (access.atomic)
    word.changed |= access.mask;
  else
    word.written |= access.mask;
  if (mergeInto(writes ? word.write : word.read, access))
    return;
  Further &list = getFurther(word);
  if (!writes)
    return list.addRead(access);
  for (Access &other : list.writes)
    if (mergeInto(other, access))
      return;
  list.writes.push_back(access);
}

std::optional<Conflict> AccessHistory::add(ShadowWord &word, Access access,
                                           bool writes, const Clock &clock) {
  claim(word);
  std::optional<Conflict> conflict;
  uint32_t earlierWrites =
      word.earlierWritten | (access.atomic ? 0 : word.earlierChanged);
  if (writes && (access.mask & word.earlierRead))
    conflict = {std::nullopt, false};
  else if (access.mask & earlierWrites)
    conflict = {std::nullopt, true};

  auto visit = [&](Access &before, bool beforeWrites) {
    if (!(before.mask & access.mask))
      return;
    bool ordered = before.thread == access.thread ||
                   Clock::get(clock.seen, before.thread) >= before.time;
    // A read matters more: a write may turn out to change nothing.
    if ((writes || beforeWrites) && !ordered &&
        !(before.atomic && access.atomic) && (!conflict || !beforeWrites))
      conflict = {before, beforeWrites};
    // Who is in order with this access is so with the one before it, too.
    if (writes || (ordered && !beforeWrites))
      before.mask &= ~access.mask;
  };
  visit(word.write, true);
  visit(word.read, false);
  if (word.more) {
    Further &list = further[word.more - 1];
    for (Access &before : list.writes)
      visit(before, true);
    // Reads among each other are no conflict.
    if (writes) {
      for (Access &before : list.reads)
        visit(before, false);
      for (Access &before : list.readsByThread)
        visit(before, false);
    }
  }
  insert(word, access, writes);
  return conflict;
}

void AccessHistory::replace(ShadowWord &word, Access access) {
  claim(word);
  auto clear = [&](Access &before) { before.mask &= ~access.mask; };
  clear(word.write);
  clear(word.read);
  if (word.more) {
    for_each(further[word.more - 1].writes, clear);
    for_each(further[word.more - 1].reads, clear);
    for_each(further[word.more - 1].readsByThread, clear);
  }
  insert(word, access, /*writes=*/true);
}
