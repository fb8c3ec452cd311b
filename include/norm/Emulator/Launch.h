//===- Launch.h - How the emulator runs a kernel ----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_EMULATOR_LAUNCH_H
#define NORM_EMULATOR_LAUNCH_H

#include "norm/Emulator/Report.h"

namespace norm::emulator {

/// The sizes of a launch.
struct LaunchShape {
  /// Blocks; a multiple of `cluster` in each dimension.
  Dim3 grid;
  /// Threads of a block.
  Dim3 block;
  /// Blocks of a cluster.
  Dim3 cluster;
  /// Bytes of dynamic shared memory of a block.
  uint32_t dynamicSharedBytes = 0;
  /// Allow clusters of sizes that not every device has.
  bool anyClusterSize = false;
};

/// In which order threads and blocks run. The same schedule of the same launch
/// gives the same order.
struct Schedule {
  enum class Policy {
    /// The thread that became ready last; blocks by their index.
    LIFO,
    /// Any thread that is ready, each as likely; blocks in a random order.
    Uniform,
    /// The warp of highest priority, with random priorities that are drawn anew
    /// now and then, so that warps get far ahead of others. Finds orders that
    /// Uniform is unlikely to.
    WarpPriority,
  };
  Policy policy = Policy::LIFO;
  uint64_t seed = 0;
};

struct LaunchOptions {
  Schedule schedule;
  /// Look for races on shared memory, on global memory within a block, and
  /// between the clusters of the grid. Bounds and alignment are always checked.
  bool checkRaces = true;
  /// Warp operations other than bar.warp.sync order the memory accesses of
  /// their lanes. The PTX manual promises it for bar.warp.sync alone; code by
  /// upstream's gpu.all_reduce relies on it.
  bool warpOperationsOrderMemory = true;
  /// Change the results of approximate instructions by random relative errors
  /// within the bounds that the PTX manual documents.
  bool perturbApproximations = false;
  /// The launch may start before the launch before it in the same emulator is
  /// complete (programmatic dependent launch): what that one read or wrote, and
  /// what was before it if it was dependent, too, may be touched only after
  /// griddepcontrol.wait.
  bool dependent = false;
  /// Loop iterations of all threads together after which the launch is stopped.
  uint64_t stepLimit = uint64_t(1) << 30;
  /// Different reports that are kept.
  unsigned maxReports = 64;
};

/// The limits that launches and allocations are checked against; those of an
/// sm_90 if not said otherwise.
struct DeviceLimits {
  uint32_t maxThreadsPerBlock = 1024;
  Dim3 maxBlock = {1024, 1024, 64};
  Dim3 maxGrid = {2147483647, 65535, 65535};
  uint32_t maxBlocksPerCluster = 8;
  uint32_t maxBlocksPerAnyCluster = 16;
  /// Bytes of shared memory of a block without and with opt-in.
  uint32_t sharedBytesPerBlock = 48 * 1024;
  uint32_t sharedBytesPerBlockOptin = 227 * 1024;
  /// Bytes of device memory.
  uint64_t memoryBytes = uint64_t(4) << 30;
};

} // namespace norm::emulator

#endif // NORM_EMULATOR_LAUNCH_H
