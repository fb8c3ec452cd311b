//===- harness.cpp - Timed loops without an interpreter -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Compiled by harness.py with lib/Runner/CopyLimit.cpp into a library that is
// linked to the runtime of the kernels, so that kernels and copies run on the
// same threads.

#include "norm/Runner/CopyLimit.h"
#include "norm/Runtime/norm_runtime.h"

#include <atomic>
#include <chrono>
#include <utility>

using namespace norm::runner;

/// Seconds on a clock that never goes back.
static double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

namespace {
using Call = int32_t (*)(void *entry, void *const *arguments);
} // namespace

/// Calls `entry` with as many pointers as there are indices.
template <size_t... indices>
static int32_t call(void *entry, void *const *arguments) {
  using Entry = int32_t (*)(decltype((void)indices, (void *)nullptr)...);
  return reinterpret_cast<Entry>(entry)(arguments[indices]...);
}

template <size_t... indices>
static constexpr Call getCall(std::index_sequence<indices...>) {
  return call<indices...>;
}

/// Seconds of `calls` times `move(set, begin, size)` for parts of [0, bytes) on
/// the threads that kernels use; call i is for set (first + i) % numSets. -1 if
/// the parallel loop failed.
template <typename Move>
static double timeMoves(Move move, int32_t numSets, int64_t bytes,
                        int64_t first, int64_t calls) {
  struct Context {
    Move &move;
    int64_t set;
  };
  auto body = [](void *context, int64_t begin, int64_t end) {
    auto *part = static_cast<Context *>(context);
    part->move(part->set, begin, end - begin);
  };
  double begin = now();
  for (int64_t i = 0; i < calls; ++i) {
    Context context{move, (first + i) % numSets};
    if (norm_parallel_for(bytes, copyGrainBytes, body, &context) != norm_ok)
      return -1;
  }
  return now() - begin;
}

extern "C" {
/// Makes `calls` (>= 1) calls of the compiled function `entry`; call i gets the
/// `numArguments` (1 to 8) pointers to descriptors that begin at
/// `arguments[((first + i) % numSets) * numArguments]`. Returns the seconds of
/// all calls together, or -1 if one failed, with the text in norm_last_error(),
/// or -2 if `numArguments` is out of range.
double bench_entry(void *entry, void *const *arguments, int32_t numArguments,
                   int32_t numSets, int64_t first, int64_t calls) {
  constexpr Call byCount[] = {getCall(std::make_index_sequence<1>()),
                              getCall(std::make_index_sequence<2>()),
                              getCall(std::make_index_sequence<3>()),
                              getCall(std::make_index_sequence<4>()),
                              getCall(std::make_index_sequence<5>()),
                              getCall(std::make_index_sequence<6>()),
                              getCall(std::make_index_sequence<7>()),
                              getCall(std::make_index_sequence<8>())};
  if (numArguments < 1 || numArguments > 8)
    return -2;
  Call function = byCount[numArguments - 1];
  int64_t set = first % numSets;
  double begin = now();
  for (int64_t i = 0; i < calls; ++i) {
    if (function(entry, arguments + set * numArguments) != norm_ok)
      return -1;
    set = set + 1 == numSets ? 0 : set + 1;
  }
  return now() - begin;
}

/// The same for `calls` copies of `bytes` bytes from `from[set]` to `to[set]`
/// (aligned to 64 bytes, not overlapping) on the threads that kernels use.
/// `way` is 0 for ordinary stores, 1 for non-temporal ones, 2 for non-temporal
/// ones over several pages at once. Returns -1 if the parallel loop failed.
double bench_copy(int32_t way, char *const *to, const char *const *from,
                  int32_t numSets, int64_t bytes, int64_t first,
                  int64_t calls) {
  auto copy = way == 0   ? copyOrdinary
              : way == 1 ? copyNonTemporal
                         : copyNonTemporalPages;
  return timeMoves(
      [&](int64_t set, int64_t begin, int64_t size) {
        copy(to[set] + begin, from[set] + begin, size);
      },
      numSets, bytes, first, calls);
}

/// The same for `calls` passes of reading `bytes` bytes at `from[set]`.
double bench_read(const char *const *from, int32_t numSets, int64_t bytes,
                  int64_t first, int64_t calls) {
  // Stored, so that no pass of reading can be left out.
  std::atomic<uint64_t> sum = 0;
  return timeMoves(
      [&](int64_t set, int64_t begin, int64_t size) {
        sum += readAll(from[set] + begin, size);
      },
      numSets, bytes, first, calls);
}
}
