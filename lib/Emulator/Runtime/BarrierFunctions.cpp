//===- BarrierFunctions.cpp - Intrinsics of barriers and fences -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"
#include "RuntimeTable.h"

using namespace norm::emulator;

namespace {
/// How a barrier of a block is used: all threads or a number, aligned or not.
enum class Reduction { None, Count, And, Or };

uint32_t finishReduction(Reduction reduction) {
  uint64_t result = Machine::get().getSelf().result;
  uint32_t arrived = uint32_t(result), trueCount = result >> 32;
  switch (reduction) {
  case Reduction::And:
    return trueCount == arrived;
  case Reduction::Or:
    return trueCount != 0;
  default:
    return trueCount;
  }
}

template <bool aligned> void sync(uint32_t id, uint32_t site) {
  Machine::get().arriveAtBarrier(id, 0, aligned, true, false, site);
}
template <bool aligned>
void syncCount(uint32_t id, uint32_t count, uint32_t site) {
  Machine::get().arriveAtBarrier(id, count, aligned, true, false, site);
}
template <bool aligned>
void arriveCount(uint32_t id, uint32_t count, uint32_t site) {
  Machine::get().arriveAtBarrier(id, count, aligned, false, false, site);
}
template <bool aligned, Reduction reduction>
uint32_t reduceAll(uint32_t id, uint32_t predicate, uint32_t site) {
  Machine::get().arriveAtBarrier(id, 0, aligned, true, predicate, site);
  return finishReduction(reduction);
}
template <bool aligned, Reduction reduction>
uint32_t reduceCount(uint32_t id, uint32_t count, uint32_t predicate,
                     uint32_t site) {
  Machine::get().arriveAtBarrier(id, count, aligned, true, predicate, site);
  return finishReduction(reduction);
}

template <bool aligned>
void addBlockBarriers(RuntimeTable &table, const std::string &form) {
  table.add("barrier.cta.sync" + form + ".all", &sync<aligned>);
  table.add("barrier.cta.sync" + form + ".count", &syncCount<aligned>);
  table.add("barrier.cta.arrive" + form + ".count", &arriveCount<aligned>);
  const std::string red = "barrier.cta.red.";
  table.add(red + "popc" + form + ".all",
            &reduceAll<aligned, Reduction::Count>);
  table.add(red + "and" + form + ".all", &reduceAll<aligned, Reduction::And>);
  table.add(red + "or" + form + ".all", &reduceAll<aligned, Reduction::Or>);
  table.add(red + "popc" + form + ".count",
            &reduceCount<aligned, Reduction::Count>);
  table.add(red + "and" + form + ".count",
            &reduceCount<aligned, Reduction::And>);
  table.add(red + "or" + form + ".count", &reduceCount<aligned, Reduction::Or>);
}

void arriveCluster(uint32_t site) {
  Machine::get().arriveAtCluster(true, site);
}
void arriveClusterRelaxed(uint32_t site) {
  Machine::get().arriveAtCluster(false, site);
}
void waitCluster(uint32_t site) { Machine::get().waitForCluster(site); }

void init(void *pointer, uint32_t count, uint32_t site) {
  Machine::get().initMBarrier(pointer, count, site);
}
void invalidate(void *pointer, uint32_t site) {
  Machine::get().invalidateMBarrier(pointer, site);
}
template <bool drops> uint64_t arrive(void *pointer, uint32_t site) {
  return Machine::get().arriveAtMBarrier(pointer, 1, 0, drops, site);
}
template <bool drops>
uint64_t arriveMany(void *pointer, uint32_t count, uint32_t site) {
  return Machine::get().arriveAtMBarrier(pointer, count, 0, drops, site);
}
template <bool drops>
uint64_t arriveExpect(void *pointer, uint32_t bytes, uint32_t site) {
  return Machine::get().arriveAtMBarrier(pointer, 1, bytes, drops, site);
}
template <int sign> void expect(void *pointer, uint32_t bytes, uint32_t site) {
  Machine::get().expectBytes(pointer, sign * int64_t(bytes), site);
}
uint32_t test(void *pointer, uint64_t state, uint32_t site) {
  return Machine::get().testMBarrier(pointer, state, false, false, site);
}
uint32_t testParity(void *pointer, uint32_t parity, uint32_t site) {
  return Machine::get().testMBarrier(pointer, parity, true, false, site);
}
uint32_t testTime(void *pointer, uint64_t state, uint32_t, uint32_t site) {
  return test(pointer, state, site);
}
uint32_t testParityTime(void *pointer, uint32_t parity, uint32_t,
                        uint32_t site) {
  return testParity(pointer, parity, site);
}
/// The loop that mbarrier.try_wait.parity of MLIR is.
void waitParity(void *pointer, uint32_t parity, uint32_t, uint32_t site) {
  Machine::get().testMBarrier(pointer, parity, true, true, site);
}

/// Fibers run one after the other, so memory is consistent without fences.
void fence() {}
void fenceProxy() { Machine::get().fenceProxy(); }
void awaitDependency() { Machine::get().awaitDependency(); }
void sleep(uint32_t) { Machine::get().yield(); }
void exitThread() { Machine::get().exitThread(); }
void ignore(uint32_t) {}
} // namespace

static void addMBarriers(RuntimeTable &table) {
  const std::string prefix = "mbarrier.";
  table.add(prefix + "init", &init);
  table.add(prefix + "inval", &invalidate);
  table.add(prefix + "arrive", &arrive<false>);
  table.add(prefix + "arrive.count", &arriveMany<false>);
  table.add(prefix + "arrive.noComplete", &arriveMany<false>);
  table.add(prefix + "arrive.drop", &arrive<true>);
  table.add(prefix + "arrive.drop.count", &arriveMany<true>);
  table.add(prefix + "arrive.drop.noComplete", &arriveMany<true>);
  table.add(prefix + "arrive.expect.tx", &arriveExpect<false>);
  table.add(prefix + "arrive.drop.expect.tx", &arriveExpect<true>);
  table.add(prefix + "expect.tx", &expect<1>);
  table.add(prefix + "complete.tx", &expect<-1>);
  for (const char *operation : {"test.wait", "try.wait"}) {
    table.add(prefix + operation, &test);
    table.add(prefix + operation + ".parity", &testParity);
    table.add(prefix + operation + ".tl", &testTime);
    table.add(prefix + operation + ".parity.tl", &testParityTime);
  }
  table.add(prefix + "wait.parity", &waitParity);
}

void norm::emulator::addBarrierFunctions(RuntimeTable &table) {
  addBlockBarriers<false>(table, "");
  addBlockBarriers<true>(table, ".aligned");
  for (const char *form : {"", ".aligned"}) {
    const std::string cluster = "barrier.cluster.";
    table.add(cluster + "arrive" + form, &arriveCluster);
    table.add(cluster + "arrive.relaxed" + form, &arriveClusterRelaxed);
    table.add(cluster + "wait" + form, &waitCluster);
  }
  addMBarriers(table);
  for (const char *name :
       {"membar.cta", "membar.gl", "membar.sys", "fence.sc.cluster",
        "fence.mbarrier_init.release.cluster",
        "fence.acquire.sync_restrict.space.cluster.scope.cluster",
        "fence.release.sync_restrict.space.cta.scope.cluster",
        "griddepcontrol.launch.dependents"})
    table.add(name, &fence);
  for (const char *space :
       {"async", "async.global", "async.shared_cta", "async.shared_cluster",
        "async_generic.acquire.sync_restrict.space.cluster.scope.cluster",
        "async_generic.release.sync_restrict.space.cta.scope.cluster"})
    table.add(std::string("fence.proxy.") + space, &fenceProxy);
  table.add("griddepcontrol.wait", &awaitDependency);
  table.add("nanosleep", &sleep);
  table.add("exit", &exitThread);
  table.add("setmaxnreg.inc.sync.aligned.u32", &ignore);
  table.add("setmaxnreg.dec.sync.aligned.u32", &ignore);
}
