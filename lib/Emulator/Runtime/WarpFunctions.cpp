//===- WarpFunctions.cpp - Intrinsics of warps ----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"
#include "RuntimeTable.h"

#include "llvm/ADT/bit.h"

using namespace norm::emulator;

template <WarpOperation operation>
static uint64_t shuffle(uint32_t mask, uint32_t value, uint32_t lane,
                        uint32_t clamp, uint32_t site) {
  return Machine::get().runWarpOperation({operation, mask, value, lane, clamp},
                                         site);
}

template <WarpOperation operation>
static uint32_t vote(uint32_t mask, uint32_t predicate, uint32_t site) {
  return Machine::get().runWarpOperation({operation, mask, predicate, 0, 0},
                                         site);
}

template <WarpOperation operation>
static uint64_t match(uint32_t mask, uint32_t value, uint32_t site) {
  return Machine::get().runWarpOperation({operation, mask, value, 0, 0}, site);
}

template <WarpOperation operation>
static uint64_t matchLong(uint32_t mask, uint64_t value, uint32_t site) {
  return Machine::get().runWarpOperation({operation, mask, value, 0, 0}, site);
}

template <WarpOperation operation, bool absolute = false>
static uint32_t reduce(uint32_t value, uint32_t mask, uint32_t site) {
  if (absolute)
    value &= 0x7fffffff;
  return Machine::get().runWarpOperation({operation, mask, value, 0, 0}, site);
}

static void syncWarp(uint32_t mask, uint32_t site) {
  Machine::get().runWarpOperation({WarpOperation::Barrier, mask, 0, 0, 0},
                                  site);
}

static uint64_t elect(uint32_t mask, uint32_t site) {
  return Machine::get().runWarpOperation({WarpOperation::Elect, mask, 0, 0, 0},
                                         site);
}

template <WarpOperation operation>
static void addShuffle(RuntimeTable &table, const std::string &mode) {
  for (const char *type : {"i32", "f32", "i32p", "f32p"})
    table.add("shfl.sync." + mode + "." + type, &shuffle<operation>);
}

void norm::emulator::addWarpFunctions(RuntimeTable &table) {
  using Op = WarpOperation;
  addShuffle<Op::ShuffleIndex>(table, "idx");
  addShuffle<Op::ShuffleUp>(table, "up");
  addShuffle<Op::ShuffleDown>(table, "down");
  addShuffle<Op::ShuffleButterfly>(table, "bfly");
  table.add("vote.all.sync", &vote<Op::VoteAll>);
  table.add("vote.any.sync", &vote<Op::VoteAny>);
  table.add("vote.uni.sync", &vote<Op::VoteUniform>);
  table.add("vote.ballot.sync", &vote<Op::Ballot>);
  table.add("match.any.sync.i32", &match<Op::MatchAny>);
  table.add("match.any.sync.i64", &matchLong<Op::MatchAny>);
  table.add("match.all.sync.i32p", &match<Op::MatchAll>);
  table.add("match.all.sync.i64p", &matchLong<Op::MatchAll>);
  table.add("elect.sync", &elect);
  table.add("bar.warp.sync", &syncWarp);
  table.add("redux.sync.add", &reduce<Op::Add>);
  table.add("redux.sync.min", &reduce<Op::Min>);
  table.add("redux.sync.max", &reduce<Op::Max>);
  table.add("redux.sync.umin", &reduce<Op::UnsignedMin>);
  table.add("redux.sync.umax", &reduce<Op::UnsignedMax>);
  table.add("redux.sync.and", &reduce<Op::And>);
  table.add("redux.sync.or", &reduce<Op::Or>);
  table.add("redux.sync.xor", &reduce<Op::Xor>);
  table.add("redux.sync.fmin", &reduce<Op::FloatMin>);
  table.add("redux.sync.fmax", &reduce<Op::FloatMax>);
  table.add("redux.sync.fmin.NaN", &reduce<Op::FloatMinNaN>);
  table.add("redux.sync.fmax.NaN", &reduce<Op::FloatMaxNaN>);
  table.add("redux.sync.fmin.abs", &reduce<Op::FloatMin, true>);
  table.add("redux.sync.fmax.abs", &reduce<Op::FloatMax, true>);
  table.add("redux.sync.fmin.abs.NaN", &reduce<Op::FloatMinNaN, true>);
  table.add("redux.sync.fmax.abs.NaN", &reduce<Op::FloatMaxNaN, true>);
}
