//===- SpecialRegisters.cpp - Indices, sizes and masks --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"
#include "RuntimeTable.h"

using namespace norm::emulator;

namespace {
enum class Triple {
  Thread,
  BlockSize,
  Block,
  GridSize,
  Cluster,
  ClusterCount,
  BlockInCluster,
  ClusterSize,
};

Dim3 divide(const Dim3 &a, const Dim3 &b) {
  return {a.x / b.x, a.y / b.y, a.z / b.z};
}

template <Triple triple> Dim3 getTriple() {
  Machine &machine = Machine::get();
  const Thread &self = machine.getSelf();
  const LaunchShape &shape = machine.getShape();
  const Dim3 &block = self.block->id, &cluster = shape.cluster;
  switch (triple) {
  case Triple::Thread:
    return self.id;
  case Triple::BlockSize:
    return shape.block;
  case Triple::Block:
    return block;
  case Triple::GridSize:
    return shape.grid;
  case Triple::Cluster:
    return divide(block, cluster);
  case Triple::ClusterCount:
    return divide(shape.grid, cluster);
  case Triple::BlockInCluster:
    return {block.x % cluster.x, block.y % cluster.y, block.z % cluster.z};
  case Triple::ClusterSize:
    return cluster;
  }
}

template <Triple triple>
void addTriple(RuntimeTable &table, const std::string &name) {
  std::string prefix = "read.ptx.sreg." + name;
  uint32_t (*x)() = [] { return getTriple<triple>().x; };
  uint32_t (*y)() = [] { return getTriple<triple>().y; };
  uint32_t (*z)() = [] { return getTriple<triple>().z; };
  table.addPure(prefix + ".x", x);
  table.addPure(prefix + ".y", y);
  table.addPure(prefix + ".z", z);
}

Thread &getSelf() { return Machine::get().getSelf(); }
uint32_t getLane() { return getSelf().lane; }
uint32_t getWarp() { return getSelf().warp - getSelf().block->threads->warp; }
uint32_t getWarpCount() {
  return (Machine::get().getShape().block.count() + 31) / 32;
}
uint32_t getRank() { return getSelf().block->rank; }
uint32_t getClusterBlocks() {
  return Machine::get().getShape().cluster.count();
}
uint32_t getDynamicBytes() {
  return Machine::get().getShape().dynamicSharedBytes;
}
uint32_t getSharedBytes() {
  return Machine::get().getKernelInfo().sharedBytes + getDynamicBytes();
}
/// The lanes that have not exited; which of them are at the same instruction is
/// no property of the program.
uint32_t getActiveMask() { return getSelf().warp->live; }
/// A time that passes: what the thread of the system has counted.
uint64_t getClock() {
  static thread_local uint64_t ticks = 0;
  return ++ticks;
}
uint32_t getShortClock() { return uint32_t(getClock()); }
uint32_t isExplicitCluster() { return getClusterBlocks() > 1; }

template <uint32_t (*mask)(uint32_t lane)> uint32_t getLaneMask() {
  return mask(getLane());
}
uint32_t equalMask(uint32_t lane) { return 1u << lane; }
uint32_t lessMask(uint32_t lane) { return (1u << lane) - 1; }
uint32_t lessEqualMask(uint32_t lane) { return lessMask(lane) | 1u << lane; }
uint32_t greaterMask(uint32_t lane) { return ~lessEqualMask(lane); }
uint32_t greaterEqualMask(uint32_t lane) { return ~lessMask(lane); }

uint32_t isShared(void *pointer) { return Machine::get().isShared(pointer); }
uint32_t isGlobal(void *pointer) { return Machine::get().isGlobal(pointer); }
uint32_t isLocal(void *pointer) { return Machine::get().isLocal(pointer); }
} // namespace

void norm::emulator::addSpecialRegisters(RuntimeTable &table) {
  addTriple<Triple::Thread>(table, "tid");
  addTriple<Triple::BlockSize>(table, "ntid");
  addTriple<Triple::Block>(table, "ctaid");
  addTriple<Triple::GridSize>(table, "nctaid");
  addTriple<Triple::Cluster>(table, "clusterid");
  addTriple<Triple::ClusterCount>(table, "nclusterid");
  addTriple<Triple::BlockInCluster>(table, "cluster.ctaid");
  addTriple<Triple::ClusterSize>(table, "cluster.nctaid");
  const std::string prefix = "read.ptx.sreg.";
  table.addPure(prefix + "laneid", &getLane);
  table.addPure(prefix + "warpid", &getWarp);
  table.addPure(prefix + "nwarpid", &getWarpCount);
  table.addPure(prefix + "cluster.ctarank", &getRank);
  table.addPure(prefix + "cluster.nctarank", &getClusterBlocks);
  table.addPure(prefix + "dynamic_smem_size", &getDynamicBytes);
  table.addPure(prefix + "total_smem_size", &getSharedBytes);
  table.addPure(prefix + "aggr_smem_size", &getSharedBytes);
  table.addPure(prefix + "lanemask.eq", &getLaneMask<equalMask>);
  table.addPure(prefix + "lanemask.lt", &getLaneMask<lessMask>);
  table.addPure(prefix + "lanemask.le", &getLaneMask<lessEqualMask>);
  table.addPure(prefix + "lanemask.gt", &getLaneMask<greaterMask>);
  table.addPure(prefix + "lanemask.ge", &getLaneMask<greaterEqualMask>);
  uint32_t (*warpSize)() = [] { return 32u; };
  table.addPure(prefix + "warpsize", warpSize);
  table.addPure("is_explicit_cluster", &isExplicitCluster);
  table.add("activemask", &getActiveMask);
  table.add(prefix + "clock", &getShortClock);
  table.add(prefix + "clock64", &getClock);
  table.add(prefix + "globaltimer", &getClock);
  table.add(prefix + "globaltimer.lo", &getShortClock);
  table.addPure("isspacep.shared", &isShared);
  table.addPure("isspacep.shared.cluster", &isShared);
  table.addPure("isspacep.global", &isGlobal);
  table.addPure("isspacep.local", &isLocal);
}
