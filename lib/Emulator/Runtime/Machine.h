//===- Machine.h - Runs the launch of a kernel ------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EMULATOR_RUNTIME_MACHINE_H
#define NORM_LIB_EMULATOR_RUNTIME_MACHINE_H

#include "DeviceMemory.h"
#include "MBarrier.h"
#include "ReportLog.h"
#include "Scheduler.h"
#include "Thread.h"

#include "norm/Emulator/Emulator.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/Twine.h"

#include <deque>

namespace norm::emulator {

/// A launch: its clusters one after the other, the threads of a cluster as
/// fibers. The functions that compiled kernels call are on top of it; each is
/// called on the fiber of the thread `self`.
class Machine {
public:
  Machine(const Kernel &kernel, const RetargetedModule &module,
          const LaunchShape &shape, const LaunchOptions &options,
          DeviceMemory &memory);
  ~Machine();

  /// The launch that runs on this thread of the system.
  static Machine &get() { return *current; }

  /// Runs all clusters. `arguments` points to the parameters of the kernel.
  /// Fails if there is no memory for the stacks of the threads.
  llvm::Expected<Reports> run(void **arguments);

  Thread &getSelf() { return *self; }
  const LaunchShape &getShape() const { return shape; }
  const LaunchOptions &getOptions() const { return options; }
  const KernelInfo &getKernelInfo() const { return info; }
  Scheduler &getScheduler() { return scheduler; }

  // Reports (Machine.cpp).
  void report(ReportKind kind, uint32_t site, const llvm::Twine &text);
  void report(ReportKind kind, uint32_t site, const Thread &thread,
              const llvm::Twine &text);
  /// Keeps the report that `log.count` was just called for.
  void addReport(ReportKind kind, uint32_t site, const Thread &thread,
                 const llvm::Twine &text);
  [[noreturn]] void stop();
  std::string describe(uint32_t site) const;
  std::string describe(const Thread &thread) const;

  // Control flow (Machine.cpp). No caller of these may own heap memory.
  void wait(Thread::State state, uint32_t site);
  void wake(Thread &thread);
  void yield();
  [[noreturn]] void exitThread();
  /// Called at the end of a loop's body.
  void step(uint32_t site) {
    if (--quantum == 0)
      endQuantum(site);
  }

  // Accesses (Access.cpp). They return where to access, null for nowhere.
  void *load(void *pointer, uint32_t site);
  void *change(void *pointer, uint32_t site);
  void store(void *pointer, const void *value, uint32_t site);
  bool readRange(const void *pointer, uint64_t bytes, uint32_t site);
  bool writeRange(void *pointer, const void *value, uint64_t bytes,
                  uint32_t site);
  /// Bytes to load from where nothing may be loaded from.
  void *getScratch();

  // Order of accesses (Sync.cpp).
  /// What `thread` did happens before what follows on the arrivals.
  void release(Thread &thread, Arrivals &arrivals);
  void acquire(Thread &thread, const ClockRef &clock);
  void fenceProxy();
  void awaitDependency();

  // Warps (WarpOperations.cpp).
  uint64_t runWarpOperation(const WarpRequest &request, uint32_t site);
  void fireWarp(Warp &warp);

  // Barriers of a block (BlockBarriers.cpp).
  void arriveAtBarrier(uint32_t id, uint32_t count, bool aligned, bool waits,
                       bool predicate, uint32_t site);
  void checkBarrier(Block &block, uint32_t id);
  void reportDivergence(const Block &block, const NamedBarrier &barrier);

  // The barrier of the cluster (ClusterBarrier.cpp).
  void arriveAtCluster(bool releases, uint32_t site);
  void waitForCluster(uint32_t site);
  void checkClusterBarrier();

  // mbarriers (MBarriers.cpp).
  void initMBarrier(void *pointer, uint32_t count, uint32_t site);
  void invalidateMBarrier(void *pointer, uint32_t site);
  uint64_t arriveAtMBarrier(void *pointer, uint32_t count, int64_t bytes,
                            bool drops, uint32_t site);
  void expectBytes(void *pointer, int64_t bytes, uint32_t site);
  bool testMBarrier(void *pointer, uint32_t phaseOrParity, bool parity,
                    bool blocks, uint32_t site);

  // Asynchronous copies (AsyncCopies.cpp, BulkCopies.cpp).
  void startCopy(void *destination, const void *source, uint32_t bytes,
                 uint32_t sourceBytes, uint32_t site);
  void commitCopies(CopyGroups &groups);
  void awaitCopies(uint32_t remaining);
  void arriveByCopies(void *mbarrier, bool counted, uint32_t site);
  void startBulkLoad(void *destination, void *mbarrier, const void *source,
                     uint32_t bytes, uint32_t site);
  void startMulticast(void *destination, void *mbarrier, const void *source,
                      uint32_t bytes, uint32_t ranks, uint32_t site);
  void startBulkStore(void *destination, const void *source, uint32_t bytes,
                      uint32_t site);
  void awaitBulkStores(uint32_t remaining, bool onlySource);
  void *mapToRank(void *pointer, uint32_t rank, uint32_t site);
  uint32_t getRank(const void *pointer, uint32_t site);
  bool isShared(const void *pointer) const {
    return static_cast<const char *>(pointer) >= sharedBase &&
           static_cast<const char *>(pointer) < sharedBase + sharedBytes;
  }
  bool isLocal(const void *pointer) const;
  bool isGlobal(const void *pointer) { return memory.find(pointer, 1); }

private:
  enum class AccessKind { Read, Write, Change };
  struct Range {
    char *pointer;
    uint64_t bytes;
  };

  // Machine.cpp
  static void runThread();
  bool startCluster(uint64_t number);
  void finishCluster();
  void switchToNext();
  void endQuantum(uint32_t site);
  void reportDeadlock();

  // Access.cpp
  bool access(Range range, AccessKind kind, const void *value, uint32_t site);
  bool accessShared(Range range, AccessKind kind, const void *value,
                    uint32_t site);
  bool accessGlobal(Range range, AccessKind kind, const void *value,
                    uint32_t site);
  bool checkWord(ShadowWord &word, uint32_t mask, const char *memory,
                 AccessKind kind, const char *value, uint32_t site);
  void checkDependency(Allocation &allocation, uint64_t offset, uint32_t mask,
                       bool writes, uint32_t site);
  void reportOutside(Range range, const char *verb, uint32_t site);
  void reportConflict(const Conflict &conflict, const char *memory,
                      AccessKind kind, uint32_t site);
  Access makeAccess(uint32_t mask, uint32_t site, bool atomic);
  ShadowWord &getSharedShadow(const char *pointer);
  /// Calls function(shadow word, mask) for each word of shared memory in
  /// [pointer, pointer + bytes).
  template <typename Function>
  void forEachSharedWord(const char *pointer, uint64_t bytes,
                         Function function) {
    const char *end = pointer + bytes;
    while (pointer < end) {
      uint32_t first = reinterpret_cast<uintptr_t>(pointer) % 4;
      uint32_t count = std::min<uint64_t>(4 - first, end - pointer);
      function(getSharedShadow(pointer), ((1u << count) - 1) << first);
      pointer += count;
    }
  }

  // MBarriers.cpp
  MBarrier *findMBarrier(void *pointer, uint32_t site);
  void advance(MBarrier &mbarrier, bool awaited);

  // AsyncCopies.cpp, BulkCopies.cpp
  bool checkCopy(void *destination, const void *source, uint32_t bytes,
                 uint32_t sourceBytes, uint32_t site);
  void reportNotShared(const void *pointer, uint32_t site);
  void markIncoming(const Copy &copy);
  void land(const Copy &copy, uint32_t writer, uint32_t time);
  void checkFenced(const char *source, uint32_t bytes, uint32_t site);
  void setGlobalIncoming(const Copy &copy, bool incoming);
  void readStoreSource(Copy &copy);
  void finishCopies(Thread &thread);

  static inline thread_local Machine *current = nullptr;

  const Kernel &kernel;
  const KernelInfo &info;
  const RetargetedModule &module;
  LaunchShape shape;
  LaunchOptions options;
  DeviceMemory &memory;
  Scheduler scheduler;
  ReportLog log;
  void **arguments = nullptr;

  Fiber host;
  FiberStacks stacks;
  Thread *self = nullptr;
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  std::vector<Block> blocks;
  uint32_t liveThreads = 0;
  bool stopped = false;
  uint64_t steps = 0;
  int quantum = 1;
  /// Counts what lets threads go on; polls since the last such.
  uint64_t progress = 0, polledAt = 0;
  uint32_t polls = 0, pollsInQuantum = 0;

  /// The shared memory of the blocks of a cluster, `sharedStride` apart.
  char *sharedBase = nullptr;
  uint64_t sharedBytes = 0, sharedStride = 0;
  uint32_t sharedUsed = 0;
  std::vector<ShadowWord> sharedShadow, sharedTemplate;
  AccessHistory history;
  /// The cluster executed an atomic on what one before did one on.
  bool comesAfterEarlier = false;

  Arrivals clusterArrivals;
  ClockRef clusterCompleted;
  uint32_t clusterArrived = 0, clusterPhase = 0;

  llvm::DenseMap<void *, MBarrier *> mbarriers;
  std::deque<MBarrier> mbarrierStorage;
  std::vector<char> scratch;
};

} // namespace norm::emulator

#endif // NORM_LIB_EMULATOR_RUNTIME_MACHINE_H
