//===- Bench.h - Timing against the speed of a copy -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_RUNNER_BENCH_H
#define NORM_RUNNER_BENCH_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace norm::runner {

/// The bytes that a kernel cannot do without: inputs read once, results written
/// once.
struct Traffic {
  int64_t readBytes = 0;
  int64_t writeBytes = 0;

  int64_t getTotal() const { return readBytes + writeBytes; }
};

/// When a measurement ends: after `seconds` in all, but not before
/// `minSamples` samples of everything that is measured.
struct BenchBudget {
  double seconds = 1.0;
  int64_t minSamples = 5;
};

/// The time of a kernel and of the limit, each the minimum over the samples.
struct BenchResult {
  double seconds = 0;
  /// The best way to move as many bytes: one of the copies of CopyLimit.h whose
  /// reads and writes add up to the traffic, or one pass of reading if nothing
  /// is written.
  double limitSeconds = 0;
  /// What gave limitSeconds: "copy", "non-temporal copy", "non-temporal copy by
  /// pages" or "read"; of a GPU "copy on the device".
  const char *limitName = "";
  int64_t usefulBytes = 0;
  int64_t numSamples = 0;

  /// 1e9 bytes per second.
  double getGigabytesPerSecond() const { return usefulBytes / seconds * 1e-9; }
  /// 1 for a kernel as fast as the limit.
  double getLimitShare() const { return limitSeconds / seconds; }
};

/// Times `kernel` on the calling thread, in turns with the limit, so that both
/// see the same state of a shared machine. Each sample is as many calls as make
/// 100 us, after one call that is not timed and brings the caches into the
/// state that repeated calls find. The limit works on buffers of its own,
/// allocated and touched before. Returns the first error of `kernel`, or that
/// there was no memory.
llvm::Expected<BenchResult> bench(llvm::function_ref<llvm::Error()> kernel,
                                  Traffic traffic, BenchBudget budget = {});

} // namespace norm::runner

#endif // NORM_RUNNER_BENCH_H
