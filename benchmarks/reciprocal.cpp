//===- reciprocal.cpp - Division against estimates of the reciprocal ------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// What norm.reciprocal with precision(approx) can gain on one thread:
// elements per nanosecond of division and of the CPU's estimate with Newton
// steps and the same special values, by where the data lies. For x86-64, f32.
// README.md says how to run it.

#include <immintrin.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#define NORM_AVX512 __attribute__((target("avx512f"), noinline))
#define NORM_AVX2 __attribute__((target("avx2,fma"), noinline))

// Each writes the reciprocals of `size` elements, a multiple of 64, of `x` to
// `y`, both aligned to 64 bytes; copies write `x` itself.

NORM_AVX512 static void copy512(float *y, const float *x, int64_t size) {
#pragma clang loop unroll_count(4)
  for (int64_t i = 0; i < size; i += 16)
    _mm512_store_ps(y + i, _mm512_load_ps(x + i));
}

NORM_AVX512 static void divide512(float *y, const float *x, int64_t size) {
#pragma clang loop unroll_count(4)
  for (int64_t i = 0; i < size; i += 16)
    _mm512_store_ps(y + i,
                    _mm512_div_ps(_mm512_set1_ps(1), _mm512_load_ps(x + i)));
}

/// One Newton step on an estimate of 14 bits. Where the estimate is 0 or
/// infinite already, as for subnormal x below 2^-128, the residual is no number
/// below 1, and the estimate is the result.
NORM_AVX512 static void estimate512(float *y, const float *x, int64_t size) {
  const __m512 one = _mm512_set1_ps(1);
#pragma clang loop unroll_count(4)
  for (int64_t i = 0; i < size; i += 16) {
    __m512 value = _mm512_load_ps(x + i);
    __m512 r = _mm512_rcp14_ps(value);
    __m512 residual = _mm512_fnmadd_ps(value, r, one);
    __mmask16 isUsable =
        _mm512_cmp_ps_mask(_mm512_abs_ps(residual), one, _CMP_LT_OQ);
    _mm512_store_ps(y + i, _mm512_mask3_fmadd_ps(r, residual, r, isUsable));
  }
}

NORM_AVX2 static void copy256(float *y, const float *x, int64_t size) {
#pragma clang loop unroll_count(4)
  for (int64_t i = 0; i < size; i += 8)
    _mm256_store_ps(y + i, _mm256_load_ps(x + i));
}

NORM_AVX2 static void divide256(float *y, const float *x, int64_t size) {
#pragma clang loop unroll_count(4)
  for (int64_t i = 0; i < size; i += 8)
    _mm256_store_ps(y + i,
                    _mm256_div_ps(_mm256_set1_ps(1), _mm256_load_ps(x + i)));
}

/// Two Newton steps on an estimate of 12 bits, which takes subnormal numbers
/// for zeros: vectors with a value outside of [2^-126, 2^126] are divided.
NORM_AVX2 static void estimate256(float *y, const float *x, int64_t size) {
  const __m256 one = _mm256_set1_ps(1);
  const __m256i magnitude = _mm256_set1_epi32(0x7fffffff);
  const __m256i least = _mm256_set1_epi32(0x00800000);
  const __m256i most = _mm256_set1_epi32(0x7e800000);
#pragma clang loop unroll_count(4)
  for (int64_t i = 0; i < size; i += 8) {
    __m256 value = _mm256_load_ps(x + i);
    __m256 r = _mm256_rcp_ps(value);
    r = _mm256_fmadd_ps(r, _mm256_fnmadd_ps(value, r, one), r);
    r = _mm256_fmadd_ps(r, _mm256_fnmadd_ps(value, r, one), r);
    __m256i bits = _mm256_and_si256(_mm256_castps_si256(value), magnitude);
    __m256i isSpecial = _mm256_or_si256(_mm256_cmpgt_epi32(least, bits),
                                        _mm256_cmpgt_epi32(bits, most));
    if (__builtin_expect(!_mm256_testz_si256(isSpecial, isSpecial), 0))
      r = _mm256_div_ps(one, value);
    _mm256_store_ps(y + i, r);
  }
}

namespace {
struct Loop {
  const char *name;
  void (*run)(float *y, const float *x, int64_t size);
};

struct Free {
  void operator()(float *memory) const { std::free(memory); }
};
using Floats = std::unique_ptr<float, Free>;
} // namespace

static Floats allocate(int64_t size) {
  return Floats(static_cast<float *>(std::aligned_alloc(64, size * 4)));
}

/// Prints the largest error of `loop` in ULP over normal results for every
/// 997th f32, and how many special ones differ from those of division.
/// Subnormal results may be less accurate, and are not counted.
static void checkAccuracy(const Loop &loop) {
  constexpr int64_t size = 64, step = 997;
  Floats x = allocate(size), y = allocate(size);
  double worst = 0;
  int64_t numWrong = 0;
  for (uint64_t first = 0; first < (uint64_t(1) << 32); first += step * size) {
    for (int64_t i = 0; i < size; ++i) {
      auto bits = static_cast<uint32_t>(first + step * i);
      std::memcpy(x.get() + i, &bits, sizeof(bits));
    }
    loop.run(y.get(), x.get(), size);
    for (int64_t i = 0; i < size; ++i) {
      float value = x.get()[i], found = y.get()[i], expected = 1 / value;
      if (std::isnormal(expected)) {
        double exact = 1 / static_cast<double>(value);
        double ulp = std::ldexp(1.0, std::ilogb(exact) - 23);
        worst = std::max(worst, std::fabs(found - exact) / ulp);
      } else if (std::fpclassify(expected) != FP_SUBNORMAL) {
        bool isSame = std::isnan(expected)
                          ? std::isnan(found)
                          : std::memcmp(&found, &expected, sizeof(found)) == 0;
        numWrong += !isSame;
      }
    }
  }
  std::printf("%-22s largest error %.3f ULP, %lld wrong special values\n",
              loop.name, worst, static_cast<long long>(numWrong));
}

/// Prints elements per nanosecond of each loop at `size` elements.
static void measure(const std::vector<Loop> &loops, int64_t size) {
  auto now = [] {
    return std::chrono::duration<double, std::nano>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  Floats x = allocate(size), y = allocate(size);
  for (int64_t i = 0; i < size; ++i)
    x.get()[i] = 0.5f + 1.5f * float(i % 1024) / 1024;
  std::fill(y.get(), y.get() + size, 0.0f);
  std::vector<double> best(loops.size(), HUGE_VAL);
  int64_t calls = std::max<int64_t>(1, 200000 / size);
  for (int sample = 0; sample < 200; ++sample)
    for (size_t i = 0; i < loops.size(); ++i) {
      double begin = now();
      for (int64_t call = 0; call < calls; ++call)
        loops[i].run(y.get(), x.get(), size);
      best[i] = std::min(best[i], (now() - begin) / double(calls));
    }
  std::printf("%10lld", static_cast<long long>(size));
  for (double time : best)
    std::printf(" %22.2f", double(size) / time);
  std::printf("\n");
}

int main() {
  std::vector<Loop> loops;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    loops = {{"copy, 256 bits", copy256},
             {"division, 256 bits", divide256},
             {"estimate, 256 bits", estimate256}};
  if (__builtin_cpu_supports("avx512f"))
    loops.insert(loops.end(), {{"copy, 512 bits", copy512},
                               {"division, 512 bits", divide512},
                               {"estimate, 512 bits", estimate512}});
  for (const Loop &loop : loops)
    if (std::strncmp(loop.name, "estimate", 8) == 0)
      checkAccuracy(loop);
  std::printf("%10s", "elements");
  for (const Loop &loop : loops)
    std::printf(" %22s", loop.name);
  std::printf("   (elements per ns)\n");
  for (int64_t size : {1024, 4096, 65536, 262144, 16777216})
    measure(loops, size);
  return 0;
}
