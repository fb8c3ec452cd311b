//===- loops.cpp - The operators in loops written by hand -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What a program without a compiler for these operators has: entries `plain_*`,
// loops over rows and elements that the C++ compiler vectorizes, and
// `vector_*`, in vectors of 64 bytes with four accumulators. Both go over a row
// twice, use ordinary stores, and run on the threads of the kernels. No
// argument is checked; tensors have no gaps. loops.py compiles it with -O3
// -march=native, EPSILON (a number) and THREADS (how many there are).

#include "norm/Runtime/norm_runtime.h"

#include <cmath>
#include <cstring>

namespace {
template <int rank> struct Tensor {
  void *allocated;
  char *aligned;
  int64_t offset, sizes[rank], strides[rank];

  template <typename T> T *data() const {
    return reinterpret_cast<T *>(aligned);
  }
};
using Vector = Tensor<1>;
using Matrix = Tensor<2>;
using Images = Tensor<4>;

struct Bf16 {
  uint16_t bits;
};

using Floats = float __attribute__((vector_size(64)));
constexpr int64_t lanes = 16;
using Words = uint32_t __attribute__((vector_size(64)));
using Halves = uint16_t __attribute__((vector_size(32)));
#if defined(__clang__) || __GNUC__ >= 13
#define NORM_HAS_F16 1
using F16s = _Float16 __attribute__((vector_size(32)));
#endif

/// A thread is woken for as many bytes of one operand.
constexpr int64_t grainBytes = 128 << 10;
} // namespace

template <typename To, typename From> static To cast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

static float widen(Bf16 value) {
  return cast<float>(uint32_t(value.bits) << 16);
}
template <typename T> static float widen(T value) { return float(value); }

/// Rounds to nearest even, and keeps NaNs.
static void narrow(float value, Bf16 &result) {
  auto bits = cast<uint32_t>(value);
  bool isNaN = (bits & 0x7fffffff) > 0x7f800000;
  uint32_t rounded = bits + 0x7fff + ((bits >> 16) & 1);
  result.bits = uint16_t((isNaN ? bits | 0x400000 : rounded) >> 16);
}
template <typename T> static void narrow(float value, T &result) {
  result = T(value);
}

static Floats load(const float *from) {
  Floats value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}
static void store(Floats value, float *to) {
  std::memcpy(to, &value, sizeof(value));
}

static Floats load(const Bf16 *from) {
  Halves value;
  std::memcpy(&value, from, sizeof(value));
  return cast<Floats>(__builtin_convertvector(value, Words) << 16);
}
static void store(Floats value, Bf16 *to) {
  auto bits = cast<Words>(value);
  Words rounded = bits + 0x7fff + ((bits >> 16) & 1);
  auto isNaN = cast<Words>((bits & 0x7fffffff) > 0x7f800000);
  Words result = (isNaN & (bits | 0x400000)) | (~isNaN & rounded);
  auto halves = __builtin_convertvector(result >> 16, Halves);
  std::memcpy(to, &halves, sizeof(halves));
}

#ifdef NORM_HAS_F16
static Floats load(const _Float16 *from) {
  F16s value;
  std::memcpy(&value, from, sizeof(value));
  return __builtin_convertvector(value, Floats);
}
static void store(Floats value, _Float16 *to) {
  auto halves = __builtin_convertvector(value, F16s);
  std::memcpy(to, &halves, sizeof(halves));
}
#endif

static float sumLanes(Floats sum) {
  float result = 0;
  for (int64_t lane = 0; lane < lanes; ++lane)
    result += sum[lane];
  return result;
}

/// Runs body(begin, end) over parts of [0, n) on the threads of the kernels.
template <typename Body>
static int32_t parallelFor(int64_t n, int64_t grain, Body body) {
  auto run = [](void *context, int64_t begin, int64_t end) {
    (*static_cast<Body *>(context))(begin, end);
  };
  return norm_parallel_for(n, grain < 1 ? 1 : grain, run, &body);
}

/// The sum of term(j) for j in [0, n).
template <typename Term> static float sumPlain(int64_t n, Term term) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t j = 0; j < n; ++j)
    sum += term(j);
  return sum;
}

/// The same, of vectors(j) for the elements from j on where there are enough.
template <typename Vectors, typename Term>
static float sumVectors(int64_t n, Vectors vectors, Term term) {
  Floats sum0 = {}, sum1 = {}, sum2 = {}, sum3 = {};
  int64_t j = 0;
  for (; j + 4 * lanes <= n; j += 4 * lanes) {
    sum0 += vectors(j);
    sum1 += vectors(j + lanes);
    sum2 += vectors(j + 2 * lanes);
    sum3 += vectors(j + 3 * lanes);
  }
  float sum = sumLanes((sum0 + sum1) + (sum2 + sum3));
  for (; j < n; ++j)
    sum += term(j);
  return sum;
}

template <bool isPlain, typename T>
static int32_t rmsnorm(const Matrix *xs, const Vector *gammas,
                       const Matrix *ys) {
  int64_t n = xs->sizes[1];
  const T *gamma = gammas->data<T>();
  return parallelFor(
      xs->sizes[0], grainBytes / (n * int64_t(sizeof(T))),
      [=](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const T *x = xs->data<T>() + i * n;
          T *__restrict y = ys->data<T>() + i * n;
          auto square = [=](int64_t j) { return widen(x[j]) * widen(x[j]); };
          float sum = 0;
          if constexpr (isPlain)
            sum = sumPlain(n, square);
          else
            sum = sumVectors(
                n, [=](int64_t j) { return load(x + j) * load(x + j); },
                square);
          float rrms = 1 / std::sqrt(sum / float(n) + float(EPSILON));
          int64_t j = 0;
          if constexpr (!isPlain)
            for (; j + lanes <= n; j += lanes)
              store(load(x + j) * rrms * load(gamma + j), y + j);
#pragma omp simd
          for (int64_t k = j; k < n; ++k)
            narrow(widen(x[k]) * rrms * widen(gamma[k]), y[k]);
        }
      });
}

template <bool isPlain, typename T>
static int32_t rmsnormGrad(const Matrix *dys, const Matrix *xs,
                           const Vector *rrmses, const Vector *gammas,
                           const Matrix *dxs, const Vector *dgammas) {
  int64_t m = xs->sizes[0], n = xs->sizes[1], perBlock = m / THREADS + 1;
  const T *gamma = gammas->data<T>();
  auto *partial = static_cast<float *>(
      norm_scratch_acquire(size_t(THREADS * n) * sizeof(float), 64));
  if (!partial)
    return norm_error_out_of_memory;
  auto body = [=](int64_t block, int64_t) {
    float *__restrict sums = partial + block * n;
    std::memset(sums, 0, size_t(n) * sizeof(float));
    int64_t end = block * perBlock + perBlock;
    for (int64_t i = block * perBlock; i < (end < m ? end : m); ++i) {
      const T *dy = dys->data<T>() + i * n, *x = xs->data<T>() + i * n;
      T *__restrict dx = dxs->data<T>() + i * n;
      float r = rrmses->data<float>()[i];
      auto product = [=](int64_t j) {
        return widen(dy[j]) * widen(gamma[j]) * widen(x[j]);
      };
      float sum = 0;
      if constexpr (isPlain)
        sum = sumPlain(n, product);
      else
        sum = sumVectors(
            n,
            [=](int64_t j) {
              return load(dy + j) * load(gamma + j) * load(x + j);
            },
            product);
      float scale = r * r * r * sum / float(n);
      int64_t j = 0;
      if constexpr (!isPlain)
        for (; j + lanes <= n; j += lanes) {
          Floats dyj = load(dy + j), xj = load(x + j);
          store(dyj * load(gamma + j) * r - xj * scale, dx + j);
          store(load(sums + j) + dyj * (xj * r), sums + j);
        }
#pragma omp simd
      for (int64_t k = j; k < n; ++k) {
        float dyk = widen(dy[k]), xk = widen(x[k]);
        narrow(dyk * widen(gamma[k]) * r - xk * scale, dx[k]);
        sums[k] += dyk * (xk * r);
      }
    }
  };
  // Small work is left to the caller; a range may have several blocks.
  bool isSmall = m * n * int64_t(sizeof(T)) <= grainBytes;
  int32_t status = parallelFor(THREADS, isSmall ? THREADS : 1,
                               [=](int64_t begin, int64_t end) {
                                 for (int64_t i = begin; i < end; ++i)
                                   body(i, i + 1);
                               });
  T *__restrict dgamma = dgammas->data<T>();
#pragma omp simd
  for (int64_t j = 0; j < n; ++j) {
    float sum = 0;
    for (int64_t block = 0; block < THREADS; ++block)
      sum += partial[block * n + j];
    narrow(sum, dgamma[j]);
  }
  norm_scratch_release(partial);
  return status;
}

/// y = 1 / x.
template <typename T>
static int32_t reciprocal(const Vector *xs, const Vector *ys) {
  const T *x = xs->data<T>();
  T *__restrict y = ys->data<T>();
  return parallelFor(xs->sizes[0], grainBytes / int64_t(sizeof(T)),
                     [=](int64_t begin, int64_t end) {
#pragma omp simd
                       for (int64_t i = begin; i < end; ++i)
                         narrow(1 / widen(x[i]), y[i]);
                     });
}

/// Runs body(channel) for each channel of NCHW images.
template <typename Body>
static int32_t forChannels(const Images *x, Body body) {
  int64_t ofChannel = x->sizes[0] * x->sizes[2] * x->sizes[3];
  return parallelFor(x->sizes[1], grainBytes / (ofChannel * 4),
                     [=](int64_t begin, int64_t end) {
                       for (int64_t c = begin; c < end; ++c)
                         body(c);
                     });
}

/// The sum of term(i) over the elements of channel c.
template <typename Term>
static float sumChannel(const Images *x, int64_t c, Term term) {
  int64_t pixels = x->sizes[2] * x->sizes[3];
  float sum = 0;
  for (int64_t n = 0; n < x->sizes[0]; ++n) {
    int64_t first = (n * x->sizes[1] + c) * pixels;
    sum += sumPlain(pixels, [=](int64_t i) { return term(first + i); });
  }
  return sum;
}

static int32_t channelStats(const Images *xs, const Vector *means,
                            const Vector *invStds) {
  auto count = float(xs->sizes[0] * xs->sizes[2] * xs->sizes[3]);
  const float *x = xs->data<float>();
  return forChannels(xs, [=](int64_t c) {
    float mean = sumChannel(xs, c, [=](int64_t i) { return x[i]; }) / count;
    float squares = sumChannel(
        xs, c, [=](int64_t i) { return (x[i] - mean) * (x[i] - mean); });
    means->data<float>()[c] = mean;
    invStds->data<float>()[c] = 1 / std::sqrt(squares / count + float(EPSILON));
  });
}

static int32_t channelBackpropStats(const Images *xs, const Vector *means,
                                    const Vector *invStds, const Images *dys,
                                    const Vector *scales,
                                    const Vector *biases) {
  const float *x = xs->data<float>(), *dy = dys->data<float>();
  int64_t pixels = xs->sizes[2] * xs->sizes[3];
  return forChannels(xs, [=](int64_t c) {
    float mean = means->data<float>()[c], scale = 0, bias = 0;
    for (int64_t n = 0; n < xs->sizes[0]; ++n) {
      int64_t first = (n * xs->sizes[1] + c) * pixels;
#pragma omp simd reduction(+ : scale, bias)
      for (int64_t i = first; i < first + pixels; ++i) {
        scale += (x[i] - mean) * dy[i];
        bias += dy[i];
      }
    }
    scales->data<float>()[c] = scale * invStds->data<float>()[c];
    biases->data<float>()[c] = bias;
  });
}

static int32_t channelBackprop(const Images *xs, const Vector *means,
                               const Vector *invStds, const Vector *scales,
                               const Vector *biases, const Images *dys,
                               const Images *dxs) {
  auto count = float(xs->sizes[0] * xs->sizes[2] * xs->sizes[3]);
  const float *x = xs->data<float>(), *dy = dys->data<float>();
  float *__restrict dx = dxs->data<float>();
  int64_t channels = xs->sizes[1], pixels = xs->sizes[2] * xs->sizes[3];
  return parallelFor(xs->sizes[0] * channels, grainBytes / (pixels * 4),
                     [=](int64_t begin, int64_t end) {
                       for (int64_t image = begin; image < end; ++image) {
                         int64_t c = image % channels, first = image * pixels;
                         float mean = means->data<float>()[c];
                         float invStd = invStds->data<float>()[c];
                         float slope =
                             invStd * scales->data<float>()[c] / count;
                         float shift = biases->data<float>()[c] / count;
#pragma omp simd
                         for (int64_t i = first; i < first + pixels; ++i)
                           dx[i] =
                               invStd * (dy[i] - shift - (x[i] - mean) * slope);
                       }
                     });
}

// The entries of operators over rows for one type.
#define NORM_ROWS(KIND, TYPE, T)                                               \
  int32_t KIND##_rmsnorm_##TYPE(const Matrix *x, const Vector *gamma,          \
                                const Matrix *y) {                             \
    return rmsnorm<is_##KIND, T>(x, gamma, y);                                 \
  }                                                                            \
  int32_t KIND##_rmsnorm_grad_##TYPE(const Matrix *dy, const Matrix *x,        \
                                     const Vector *rrms, const Vector *gamma,  \
                                     const Matrix *dx, const Vector *dgamma) { \
    return rmsnormGrad<is_##KIND, T>(dy, x, rrms, gamma, dx, dgamma);          \
  }
#define NORM_TYPE(TYPE, T)                                                     \
  NORM_ROWS(plain, TYPE, T)                                                    \
  NORM_ROWS(vector, TYPE, T)                                                   \
  int32_t plain_reciprocal_##TYPE(const Vector *x, const Vector *y) {          \
    return reciprocal<T>(x, y);                                                \
  }

static constexpr bool is_plain = true, is_vector = false;

extern "C" {
NORM_TYPE(f32, float)
NORM_TYPE(bf16, Bf16)
#ifdef NORM_HAS_F16
NORM_TYPE(f16, _Float16)
#endif

int32_t plain_channel_stats_f32(const Images *x, const Vector *mean,
                                const Vector *invStd) {
  return channelStats(x, mean, invStd);
}
int32_t plain_channel_backprop_stats_f32(const Images *x, const Vector *mean,
                                         const Vector *invStd, const Images *dy,
                                         const Vector *scale,
                                         const Vector *bias) {
  return channelBackpropStats(x, mean, invStd, dy, scale, bias);
}
int32_t plain_channel_backprop_f32(const Images *x, const Vector *mean,
                                   const Vector *invStd, const Vector *scale,
                                   const Vector *bias, const Images *dy,
                                   const Images *dx) {
  return channelBackprop(x, mean, invStd, scale, bias, dy, dx);
}
}
