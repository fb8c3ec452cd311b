//===- CopyLimit.cpp - How fast this machine moves bytes ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runner/CopyLimit.h"

#include <atomic>
#include <cstring>

namespace {
/// One cache line. Splits into as many registers as the target needs.
using Line = uint64_t __attribute__((vector_size(64)));
constexpr size_t lineBytes = sizeof(Line);

/// Lines that are loaded before the first of them is stored: enough loads in
/// flight, few enough registers for the sixteen of AVX2.
constexpr size_t linesPerStep = 4;

/// How far ahead of the loads the source is prefetched.
constexpr size_t prefetchBytes = 2048;

template <bool nonTemporal>
__attribute__((always_inline)) inline void
copyLines(char *__restrict to, const char *__restrict from, size_t bytes) {
  auto *target = reinterpret_cast<Line *>(to);
  auto *source = reinterpret_cast<const Line *>(from);
  size_t lines = bytes / lineBytes, i = 0;
  for (; i + linesPerStep <= lines; i += linesPerStep) {
    Line line0 = source[i], line1 = source[i + 1];
    Line line2 = source[i + 2], line3 = source[i + 3];
    if constexpr (nonTemporal) {
      // Beyond the end of the source as well: a prefetch never faults.
      for (size_t line = 0; line < linesPerStep; ++line)
        __builtin_prefetch(from + i * lineBytes + prefetchBytes +
                           line * lineBytes);
      __builtin_nontemporal_store(line0, &target[i]);
      __builtin_nontemporal_store(line1, &target[i + 1]);
      __builtin_nontemporal_store(line2, &target[i + 2]);
      __builtin_nontemporal_store(line3, &target[i + 3]);
    } else {
      target[i] = line0;
      target[i + 1] = line1;
      target[i + 2] = line2;
      target[i + 3] = line3;
    }
  }
  std::memcpy(to + i * lineBytes, from + i * lineBytes, bytes - i * lineBytes);
}

__attribute__((always_inline)) inline void
copyPages(char *__restrict to, const char *__restrict from, size_t bytes) {
  constexpr size_t pageBytes = 4096, groupBytes = 4 * pageBytes;
  size_t done = 0;
  for (; done + groupBytes <= bytes; done += groupBytes)
    for (size_t i = done; i < done + pageBytes; i += lineBytes)
      for (size_t page = 0; page < groupBytes; page += pageBytes)
        __builtin_nontemporal_store(
            *reinterpret_cast<const Line *>(from + i + page),
            reinterpret_cast<Line *>(to + i + page));
  copyLines<true>(to + done, from + done, bytes - done);
}

__attribute__((always_inline)) inline uint64_t readLines(const char *from,
                                                         size_t bytes) {
  auto *source = reinterpret_cast<const Line *>(from);
  size_t lines = bytes / lineBytes, i = 0;
  Line sum0 = {}, sum1 = {}, sum2 = {}, sum3 = {};
  for (; i + linesPerStep <= lines; i += linesPerStep) {
    sum0 += source[i];
    sum1 += source[i + 1];
    sum2 += source[i + 2];
    sum3 += source[i + 3];
  }
  for (; i < lines; ++i)
    sum0 += source[i];
  Line sum = (sum0 + sum1) + (sum2 + sum3);
  uint64_t result = 0;
  for (size_t lane = 0; lane < lineBytes / sizeof(uint64_t); ++lane)
    result += sum[lane];
  return result;
}
} // namespace

// Four functions for one target: NAME ends in the suffix of the target.
#define NORM_COPY_FUNCTIONS(SUFFIX, ATTRIBUTE)                                 \
  ATTRIBUTE static void copyOrdinary##SUFFIX(char *to, const char *from,       \
                                             size_t bytes) {                   \
    copyLines<false>(to, from, bytes);                                         \
  }                                                                            \
  ATTRIBUTE static void copyNonTemporal##SUFFIX(char *to, const char *from,    \
                                                size_t bytes) {                \
    copyLines<true>(to, from, bytes);                                          \
  }                                                                            \
  ATTRIBUTE static void copyPages##SUFFIX(char *to, const char *from,          \
                                          size_t bytes) {                      \
    copyPages(to, from, bytes);                                                \
  }                                                                            \
  ATTRIBUTE static uint64_t readAll##SUFFIX(const char *from, size_t bytes) {  \
    return readLines(from, bytes);                                             \
  }

NORM_COPY_FUNCTIONS(Default, )

#if defined(__x86_64__)
NORM_COPY_FUNCTIONS(Avx2, __attribute__((target("avx2"))))
NORM_COPY_FUNCTIONS(Avx512, __attribute__((target("avx512f"))))
#define NORM_DISPATCH(NAME, ...)                                               \
  (__builtin_cpu_supports("avx512f") ? NAME##Avx512(__VA_ARGS__)               \
   : __builtin_cpu_supports("avx2")  ? NAME##Avx2(__VA_ARGS__)                 \
                                     : NAME##Default(__VA_ARGS__))
#else
#define NORM_DISPATCH(NAME, ...) NAME##Default(__VA_ARGS__)
#endif

void norm::runner::copyOrdinary(char *to, const char *from, size_t bytes) {
  NORM_DISPATCH(copyOrdinary, to, from, bytes);
}

/// Makes non-temporal stores visible to other threads.
static void fence() {
#if defined(__x86_64__)
  // Fences of the memory model order ordinary stores alone.
  __builtin_ia32_sfence();
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

void norm::runner::copyNonTemporal(char *to, const char *from, size_t bytes) {
  NORM_DISPATCH(copyNonTemporal, to, from, bytes);
  fence();
}

void norm::runner::copyNonTemporalPages(char *to, const char *from,
                                        size_t bytes) {
  NORM_DISPATCH(copyPages, to, from, bytes);
  fence();
}

uint64_t norm::runner::readAll(const char *from, size_t bytes) {
  return NORM_DISPATCH(readAll, from, bytes);
}
