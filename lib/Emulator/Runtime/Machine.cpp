//===- Machine.cpp - Runs the launch of a kernel --------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/FormatVariadic.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

using namespace llvm;
using namespace norm::emulator;

/// What the runtime needs on the stack of a thread.
constexpr uint64_t stackBytes = 64 * 1024;
constexpr int stepsPerQuantum = 1024;

static uint64_t roundUp(uint64_t value, uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

static Dim3 delinearize(uint64_t index, const Dim3 &sizes) {
  return {uint32_t(index % sizes.x), uint32_t(index / sizes.x % sizes.y),
          uint32_t(index / sizes.x / sizes.y)};
}

Machine::Machine(const Kernel &kernel, const RetargetedModule &module,
                 const LaunchShape &shape, const LaunchOptions &options,
                 DeviceMemory &memory)
    : kernel(kernel), info(kernel.getInfo()), module(module), shape(shape),
      options(options), memory(memory), scheduler(options.schedule),
      log(options.maxReports) {
  sharedUsed = module.shared.dynamicBegin + shape.dynamicSharedBytes;
  sharedStride = roundUp(sharedUsed, 4096);
  sharedTemplate.resize(roundUp(sharedUsed, 4) / 4);
  auto allow = [&](uint32_t begin, uint32_t end) {
    for (uint32_t byte = begin; byte < end; ++byte)
      sharedTemplate[byte / 4].addressable |= 1u << byte % 4;
  };
  for (SharedLayout::Range variable : module.shared.variables)
    allow(variable.begin, variable.end);
  allow(module.shared.dynamicBegin, sharedUsed);
  uint32_t largest = 16;
  for (const Site &site : module.sites)
    largest = std::max(largest, site.size);
  scratch.resize(largest);
}

Machine::~Machine() {
  if (sharedBase)
    munmap(sharedBase, sharedBytes);
}

Expected<Reports> Machine::run(void **launchArguments) {
  arguments = launchArguments;
  uint64_t blockThreads = shape.block.count();
  uint64_t clusterBlocks = shape.cluster.count();
  uint64_t blockWarps = roundUp(blockThreads, 32) / 32;
  uint64_t threadBytes = stackBytes + info.frameBytes;
  if (!stacks.allocate(clusterBlocks * blockThreads, threadBytes))
    return createStringError(
        formatv("no memory for the stacks of {0} threads with {1} bytes each",
                clusterBlocks * blockThreads, threadBytes));
  threads = std::vector<Thread>(clusterBlocks * blockThreads);
  warps.resize(clusterBlocks * blockWarps);
  blocks.resize(clusterBlocks);
  if (sharedStride) {
    // In the lowest 4 GiB: the 32 bits of a pointer to shared memory are all of
    // it.
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
#ifdef MAP_32BIT
    flags |= MAP_32BIT;
#endif
    sharedBytes = clusterBlocks * sharedStride;
    void *mapped =
        mmap(nullptr, sharedBytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (mapped == MAP_FAILED)
      return createStringError(
          formatv("no memory for {0} bytes of shared memory", sharedBytes));
    sharedBase = static_cast<char *>(mapped);
  }

  memory.startLaunch(options.dependent);
  Machine *outer = current;
  current = this;
  uint64_t clusters = shape.grid.count() / clusterBlocks;
  scheduler.startOrder(clusters);
  for (uint64_t i = 0; i < clusters && !stopped; ++i) {
    // Numbers of clusters are kept in 32 bits; two that share one are far
    // apart.
    history.startCluster(uint32_t(i % UINT32_MAX));
    if (startCluster(scheduler.inOrder(i)))
      finishCluster();
  }
  current = outer;
  return log.take();
}

bool Machine::startCluster(uint64_t number) {
  Dim3 clusterGrid = {shape.grid.x / shape.cluster.x,
                      shape.grid.y / shape.cluster.y,
                      shape.grid.z / shape.cluster.z};
  Dim3 cluster = delinearize(number, clusterGrid);
  uint32_t blockThreads = shape.block.count();
  uint32_t blockWarps = roundUp(blockThreads, 32) / 32;
  ClockRef start(new Clock);
  start->seen.resize(threads.size());
  sharedShadow.clear();
  if (sharedBase)
    std::memset(sharedBase, 0xff, sharedBytes);
  mbarriers.clear();
  mbarrierStorage.clear();
  clusterArrivals.clear();
  clusterCompleted = nullptr;
  clusterArrived = clusterPhase = 0;
  comesAfterEarlier = false;
  scheduler.reset(warps.size());
  liveThreads = threads.size();

  for (uint32_t rank = 0; rank < blocks.size(); ++rank) {
    sharedShadow.insert(sharedShadow.end(), sharedTemplate.begin(),
                        sharedTemplate.end());
    Block &block = blocks[rank];
    Dim3 inCluster = delinearize(rank, shape.cluster);
    block.id = {cluster.x * shape.cluster.x + inCluster.x,
                cluster.y * shape.cluster.y + inCluster.y,
                cluster.z * shape.cluster.z + inCluster.z};
    block.rank = rank;
    block.threads = &threads[rank * blockThreads];
    block.count = block.live = blockThreads;
    block.shared = sharedBase + rank * sharedStride;
    block.busyBarriers = 0;
    for (NamedBarrier &barrier : block.barriers)
      barrier = {};
    for (uint32_t w = 0; w < blockWarps; ++w) {
      Warp &warp = warps[rank * blockWarps + w];
      warp.index = rank * blockWarps + w;
      warp.threads = block.threads + w * 32;
      warp.count = std::min(32u, blockThreads - w * 32);
      warp.live = warp.count == 32 ? ~0u : (1u << warp.count) - 1;
      warp.waiting = 0;
    }
    for (uint32_t t = 0; t < blockThreads; ++t) {
      Thread &thread = block.threads[t];
      thread.id = delinearize(t, shape.block);
      thread.index = rank * blockThreads + t;
      thread.lane = t % 32;
      thread.warp = &warps[rank * blockWarps + t / 32];
      thread.block = &block;
      thread.state = Thread::State::Ready;
      thread.clock = start;
      thread.time = 1;
      thread.copies.clear();
      thread.bulkCopies.clear();
      thread.clusterArrived = false;
      thread.clusterPhase = 0;
      startFiber(thread.fiber, stacks.get(thread.index), stacks.getStackBytes(),
                 &Machine::runThread);
    }
  }
  for (Thread &thread : reverse(threads))
    scheduler.add(thread);
  return true;
}

void Machine::finishCluster() {
  self = scheduler.next();
  switchFiber(host, self->fiber);
  if (liveThreads != 0 && !stopped) {
    reportDeadlock();
    log.setStopped();
    stopped = true;
  }
}

void Machine::runThread() {
  Machine &machine = get();
  machine.kernel.getEntry()(machine.arguments);
  machine.exitThread();
}

void Machine::switchToNext() {
  Thread &from = *self;
  Thread *next = scheduler.next();
  if (next == &from)
    return;
  self = next;
  switchFiber(from.fiber, next ? next->fiber : host);
}

void Machine::wait(Thread::State state, uint32_t site) {
  self->state = state;
  self->site = site;
  switchToNext();
}

void Machine::wake(Thread &thread) {
  thread.state = Thread::State::Ready;
  scheduler.add(thread);
  ++progress;
}

void Machine::yield() {
  scheduler.addLater(*self);
  switchToNext();
}

void Machine::stop() {
  stopped = true;
  log.setStopped();
  Thread &from = *self;
  self = nullptr;
  switchFiber(from.fiber, host);
  llvm_unreachable("a stopped thread does not go on");
}

void Machine::exitThread() {
  finishCopies(*self);
  Thread &thread = *self;
  thread.state = Thread::State::Done;
  --liveThreads;
  --thread.block->live;
  thread.warp->live &= ~(1u << thread.lane);
  ++progress;
  // Barriers do not wait for threads that have exited.
  if (thread.clusterArrived && thread.clusterPhase == clusterPhase)
    --clusterArrived;
  fireWarp(*thread.warp);
  for (uint32_t rest = thread.block->busyBarriers; rest; rest &= rest - 1)
    checkBarrier(*thread.block, countr_zero(rest));
  checkClusterBarrier();
  switchToNext();
  llvm_unreachable("a thread that exited does not go on");
}

void Machine::endQuantum(uint32_t site) {
  quantum = stepsPerQuantum;
  steps += stepsPerQuantum;
  // A loop that only polls an mbarrier is none.
  if (pollsInQuantum < stepsPerQuantum / 8)
    ++progress;
  pollsInQuantum = 0;
  if (steps > options.stepLimit) {
    report(ReportKind::StepLimit, site,
           "more than " + Twine(options.stepLimit) +
               " loop iterations of all threads; a loop may never end");
    stop();
  }
  // Others may have to run for a loop that polls memory to end.
  yield();
}

std::string Machine::describe(uint32_t site) const {
  const Site &where = module.sites[site];
  return where.operation + " at " + where.location;
}

std::string Machine::describe(const Thread &thread) const {
  const Dim3 &id = thread.id, &block = thread.block->id;
  return formatv("thread ({0}, {1}, {2}) of block ({3}, {4}, {5})", id.x, id.y,
                 id.z, block.x, block.y, block.z);
}

void Machine::report(ReportKind kind, uint32_t site, const Twine &text) {
  report(kind, site, *self, text);
}

void Machine::report(ReportKind kind, uint32_t site, const Thread &thread,
                     const Twine &text) {
  if (log.count(kind, site, /*otherSite=*/0))
    addReport(kind, site, thread, text);
}

void Machine::addReport(ReportKind kind, uint32_t site, const Thread &thread,
                        const Twine &text) {
  const Site &where = module.sites[site];
  log.add({kind, info.name, thread.block->id, thread.id, where.location,
           (where.operation + ": " + text).str()});
}

void Machine::reportDeadlock() {
  struct Group {
    const Thread *first;
    unsigned count;
  };
  std::vector<Group> groups;
  for (const Thread &thread : threads) {
    if (thread.state == Thread::State::Done)
      continue;
    auto group = find_if(groups, [&](const Group &group) {
      return group.first->site == thread.site &&
             group.first->state == thread.state;
    });
    if (group == groups.end())
      groups.push_back({&thread, 1});
    else
      ++group->count;
  }
  llvm::sort(groups, [](const Group &a, const Group &b) {
    return std::pair(b.count, a.first->index) <
           std::pair(a.count, b.first->index);
  });
  std::string text = formatv("none of {0} threads can go on: ", threads.size());
  for (const Group &group : groups)
    text += formatv("{0} at {1}, ", group.count, describe(group.first->site));
  text += formatv("{0} have exited", threads.size() - liveThreads);
  report(ReportKind::Deadlock, groups.front().first->site,
         *groups.front().first, text);
}
