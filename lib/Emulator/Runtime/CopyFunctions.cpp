//===- CopyFunctions.cpp - Intrinsics of asynchronous copies --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"
#include "RuntimeTable.h"

using namespace norm::emulator;

namespace {
template <uint32_t bytes>
void copy(void *destination, void *source, uint32_t site) {
  Machine::get().startCopy(destination, source, bytes, bytes, site);
}
template <uint32_t bytes>
void copyPart(void *destination, void *source, uint32_t sourceBytes,
              uint32_t site) {
  Machine::get().startCopy(destination, source, bytes, sourceBytes, site);
}
template <uint32_t bytes>
void addCopy(RuntimeTable &table, const std::string &name) {
  table.add(name, &copy<bytes>);
  table.add(name + ".s", &copyPart<bytes>);
}

void commit() {
  Machine &machine = Machine::get();
  machine.commitCopies(machine.getSelf().copies);
}
void awaitGroups(uint32_t remaining) { Machine::get().awaitCopies(remaining); }
void awaitAll() {
  commit();
  awaitGroups(0);
}
template <bool counted> void arrive(void *mbarrier, uint32_t site) {
  Machine::get().arriveByCopies(mbarrier, counted, site);
}

void loadToBlock(void *destination, void *mbarrier, void *source,
                 uint32_t bytes, uint64_t, uint32_t, uint32_t site) {
  Machine::get().startBulkLoad(destination, mbarrier, source, bytes, site);
}
void loadToCluster(void *destination, void *mbarrier, void *source,
                   uint32_t bytes, uint32_t ranks, uint64_t, uint32_t multicast,
                   uint32_t, uint32_t site) {
  if (multicast)
    Machine::get().startMulticast(destination, mbarrier, source, bytes, ranks,
                                  site);
  else
    Machine::get().startBulkLoad(destination, mbarrier, source, bytes, site);
}
void copyToCluster(void *destination, void *mbarrier, void *source,
                   uint32_t bytes, uint32_t site) {
  Machine::get().startBulkLoad(destination, mbarrier, source, bytes, site);
}
void storeToGlobal(void *destination, void *source, uint32_t bytes, uint64_t,
                   uint32_t, uint32_t site) {
  Machine::get().startBulkStore(destination, source, bytes, site);
}
void commitBulk() {
  Machine &machine = Machine::get();
  machine.commitCopies(machine.getSelf().bulkCopies);
}
template <bool onlySource> void awaitBulk(uint32_t remaining) {
  Machine::get().awaitBulkStores(remaining, onlySource);
}

void *mapToRank(void *pointer, uint32_t rank, uint32_t site) {
  return Machine::get().mapToRank(pointer, rank, site);
}
uint32_t getRank(void *pointer, uint32_t site) {
  return Machine::get().getRank(pointer, site);
}

void prefetch(void *) {}
void prefetchBulk(void *, uint32_t, uint64_t, uint32_t) {}
} // namespace

void norm::emulator::addCopyFunctions(RuntimeTable &table) {
  addCopy<4>(table, "cp.async.ca.shared.global.4");
  addCopy<8>(table, "cp.async.ca.shared.global.8");
  addCopy<16>(table, "cp.async.ca.shared.global.16");
  addCopy<16>(table, "cp.async.cg.shared.global.16");
  table.add("cp.async.commit.group", &commit);
  table.add("cp.async.wait.group", &awaitGroups);
  table.add("cp.async.wait.all", &awaitAll);
  for (const char *space : {"", ".shared"}) {
    const std::string name = "cp.async.mbarrier.arrive";
    table.add(name + space, &arrive<false>);
    table.add(name + ".noinc" + space, &arrive<true>);
  }
  const std::string bulk = "cp.async.bulk.";
  table.add(bulk + "global.to.shared.cta", &loadToBlock);
  table.add(bulk + "global.to.shared.cluster", &loadToCluster);
  table.add(bulk + "shared.cta.to.cluster", &copyToCluster);
  table.add(bulk + "shared.cta.to.global", &storeToGlobal);
  table.add(bulk + "commit.group", &commitBulk);
  table.add(bulk + "wait.group", &awaitBulk<false>);
  table.add(bulk + "wait.group.read", &awaitBulk<true>);
  table.add(bulk + "prefetch.L2", &prefetchBulk);
  for (const char *name :
       {"prefetch.L1", "prefetch.L2", "prefetch.global.L1",
        "prefetch.global.L2", "prefetch.global.L2.evict.last",
        "prefetch.global.L2.evict.normal", "prefetch.local.L1",
        "prefetch.local.L2", "prefetchu.L1"})
    table.add(name, &prefetch);
  for (const char *space : {"", ".shared.cluster"}) {
    table.add(std::string("mapa") + space, &mapToRank);
    table.add(std::string("getctarank") + space, &getRank);
  }
}
