//===- DefaultLoop.cpp - The library's own parallel loop ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DefaultLoop.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <dlfcn.h>
#include <pthread.h>

using namespace norm::runtime;

namespace {

/// LLVM's OpenMP, beside this library or where the dynamic linker looks, then
/// that of the LLVM that the library was built with, then GCC's.
constexpr const char *libraryNames[] = {"libomp.so.5", NORM_OPENMP_LIBRARY,
                                        "libgomp.so.1"};

/// What the loop needs of them, by names that both have.
struct OpenMP {
  int (*getMaxThreads)();
  int (*getThreadNum)();
  int (*inParallel)();
  void (*parallel)(void (*function)(void *), void *data, unsigned numThreads,
                   unsigned flags);
};

OpenMP openMP;
bool isFound;
pthread_once_t once = PTHREAD_ONCE_INIT;

/// Fills `openMP` from `library`; false if that lacks a function.
bool lookUpAll(void *library) {
  auto lookUp = [&](auto &function, const char *symbol) {
    void *address = dlsym(library, symbol);
    std::memcpy(&function, &address, sizeof(address));
    return address != nullptr;
  };
  return lookUp(openMP.getMaxThreads, "omp_get_max_threads") &&
         lookUp(openMP.getThreadNum, "omp_get_thread_num") &&
         lookUp(openMP.inParallel, "omp_in_parallel") &&
         lookUp(openMP.parallel, "GOMP_parallel");
}

/// Opened when first needed and not linked, so that the library loads where
/// there is none. It stays open, as its threads do not end.
void openLibrary() {
  for (const char *name : libraryNames)
    if (void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
      isFound = lookUpAll(library);
      if (isFound)
        return;
      dlclose(library);
    }
}

/// Ranges that one thread begins with, on a cache line of their own.
struct alignas(64) Part {
  std::atomic<int64_t> next;
  int64_t end;
};

/// A loop over `n` iterations in ranges of `rangeSize`.
struct Loop {
  /// With more threads, several begin with the same part.
  static constexpr int mostParts = 64;

  norm_body body;
  void *ctx;
  int64_t n, rangeSize;
  int numParts;
  Part parts[mostParts];

  void run(int64_t range) const {
    int64_t begin = range * rangeSize;
    body(ctx, begin, n - begin > rangeSize ? begin + rangeSize : n);
  }
};

/// What each thread does.
void runThread(void *data) {
  Loop &loop = *static_cast<Loop *>(data);
  int first = openMP.getThreadNum();
  for (int i = 0; i < loop.numParts; ++i) {
    Part &part = loop.parts[(first + i) % loop.numParts];
    // Read first: where all is taken, nobody waits for the line.
    while (part.next.load(std::memory_order_relaxed) < part.end) {
      int64_t range = part.next.fetch_add(1, std::memory_order_relaxed);
      if (range < part.end)
        loop.run(range);
    }
  }
}

} // namespace

bool norm::runtime::hasOpenMP() {
  pthread_once(&once, openLibrary);
  return isFound;
}

void norm::runtime::runDefaultLoop(int64_t n, int64_t grain, norm_body body,
                                   void *ctx, int32_t maxThreads) {
  if (!hasOpenMP())
    return body(ctx, 0, n);
  int64_t numGrains = n / grain + (n % grain != 0);
  int64_t limit = maxThreads > 0 ? maxThreads : openMP.getMaxThreads();
  int numThreads = int(std::min(limit, numGrains));
  // A loop inside of a loop finds all threads at work already.
  if (numThreads <= 1 || openMP.inParallel())
    return body(ctx, 0, n);

  // Each thread begins with a part of its own, as equal as can be; one that is
  // done early takes ranges of the others. Bodies differ in work, and machines
  // have other work.
  constexpr int64_t rangesOfThread = 8;
  int64_t rangeGrains =
      std::max<int64_t>(numGrains / (rangesOfThread * numThreads), 1);
  int64_t numRanges = (numGrains - 1) / rangeGrains + 1;
  Loop loop;
  loop.body = body;
  loop.ctx = ctx;
  loop.n = n;
  loop.rangeSize = rangeGrains * grain;
  loop.numParts = std::min(numThreads, Loop::mostParts);
  for (int i = 0; i < loop.numParts; ++i) {
    loop.parts[i].next.store(numRanges * i / loop.numParts,
                             std::memory_order_relaxed);
    loop.parts[i].end = numRanges * (i + 1) / loop.numParts;
  }
  openMP.parallel(runThread, &loop, unsigned(numThreads), /*flags=*/0);
}
