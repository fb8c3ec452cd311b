//===- Bench.cpp - Timing against the speed of a copy ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runner/Bench.h"

#include "norm/Runner/CopyLimit.h"
#include "norm/Runner/HostTensor.h"
#include "norm/Runtime/norm_runtime.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>

using namespace norm::runner;
using llvm::Error;
using llvm::Expected;

/// Seconds on a clock that never goes back.
static double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

namespace {
/// Something that is timed, with the best time of one call so far.
class Timed {
public:
  Timed(const char *name, llvm::function_ref<Error()> function)
      : name(name), function(function) {}

  /// One sample: an untimed call and then timed ones.
  Error sample() {
    if (Error error = function())
      return error;
    double begin = now();
    for (int64_t i = 0; i < callsPerSample; ++i)
      if (Error error = function())
        return error;
    double perCall = (now() - begin) / callsPerSample;
    best = std::min(best, perCall);
    constexpr double sampleSeconds = 100e-6;
    constexpr double mostCalls = 100000;
    callsPerSample = static_cast<int64_t>(
        std::clamp(sampleSeconds / std::max(best, 1e-12), 1.0, mostCalls));
    return Error::success();
  }

  const char *name;
  double best = std::numeric_limits<double>::infinity();

private:
  llvm::function_ref<Error()> function;
  int64_t callsPerSample = 1;
};
} // namespace

/// Runs `part` over parts of [0, bytes) on the threads that a kernel uses; the
/// parts begin at multiples of copyGrainBytes.
static Error
onAllThreads(size_t bytes,
             llvm::function_ref<void(size_t begin, size_t size)> part) {
  auto body = [](void *context, int64_t begin, int64_t end) {
    (*static_cast<decltype(part) *>(context))(begin, end - begin);
  };
  if (norm_parallel_for(bytes, copyGrainBytes, body, &part) == norm_ok)
    return Error::success();
  return llvm::createStringError(norm_last_error());
}

Expected<BenchResult> norm::runner::bench(llvm::function_ref<Error()> kernel,
                                          Traffic traffic, BenchBudget budget) {
  bool isRead = traffic.writeBytes == 0;
  // A copy reads and writes: half of the traffic each.
  size_t bytes = isRead ? traffic.readBytes : traffic.getTotal() / 2;
  AlignedBytes from = allocateBytes(bytes);
  AlignedBytes to = allocateBytes(isRead ? 0 : bytes);
  if (!from || !to)
    return llvm::createStringError("no memory for two buffers of " +
                                   llvm::Twine(bytes) +
                                   " bytes to measure the copy limit");

  auto ordinary = [&] {
    return onAllThreads(bytes, [&](size_t begin, size_t size) {
      copyOrdinary(to.get() + begin, from.get() + begin, size);
    });
  };
  auto nonTemporal = [&] {
    return onAllThreads(bytes, [&](size_t begin, size_t size) {
      copyNonTemporal(to.get() + begin, from.get() + begin, size);
    });
  };
  auto pages = [&] {
    return onAllThreads(bytes, [&](size_t begin, size_t size) {
      copyNonTemporalPages(to.get() + begin, from.get() + begin, size);
    });
  };
  // Stored, so that no pass of reading can be left out.
  std::atomic<uint64_t> sum = 0;
  auto read = [&] {
    return onAllThreads(bytes, [&](size_t begin, size_t size) {
      sum += readAll(from.get() + begin, size);
    });
  };
  Timed timed("kernel", kernel);
  std::vector<Timed> limits;
  if (isRead) {
    limits.emplace_back("read", read);
  } else {
    limits.emplace_back("copy", ordinary);
    limits.emplace_back("non-temporal copy", nonTemporal);
    limits.emplace_back("non-temporal copy by pages", pages);
  }

  BenchResult result;
  double end = now() + budget.seconds;
  while (result.numSamples < budget.minSamples || now() < end) {
    if (Error error = timed.sample())
      return error;
    for (Timed &limit : limits)
      if (Error error = limit.sample())
        return error;
    ++result.numSamples;
  }
  const Timed &limit = *std::min_element(
      limits.begin(), limits.end(),
      [](const Timed &a, const Timed &b) { return a.best < b.best; });
  result.seconds = timed.best;
  result.limitSeconds = limit.best;
  result.limitName = limit.name;
  result.usefulBytes = traffic.getTotal();
  return result;
}
