//===- TargetModel.h - What strategies know about a CPU ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_ANALYSIS_TARGETMODEL_H
#define NORM_ANALYSIS_TARGETMODEL_H

#include <cstdint>

namespace norm {

/// The facts about a CPU from which code is chosen: a plain value that a test
/// can write by hand. `getTargetModel` (norm/Target/TargetSpec.h) makes it for
/// a named target. The defaults describe a baseline x86-64 CPU.
struct TargetModel {
  /// Width in bits of the widest vector register that code should use: 512
  /// with AVX-512F, 256 with AVX2, else 128 (SSE2, NEON, unknown).
  int64_t vectorBits = 128;

  /// Number of architectural vector registers: 32 with AVX-512F and on
  /// AArch64, else 16. Bounds the accumulators that stay in registers.
  int64_t vectorRegisters = 16;

  /// Bytes of a cache line. A non-temporal store pays only if it fills a whole
  /// line.
  int64_t cacheLineBytes = 64;

  /// Bytes of the second-level cache of one core.
  int64_t secondLevelCacheBytes = int64_t(1) << 20;

  /// Bytes of the last-level cache that one kernel can count on, at most
  /// `maxLastLevelCacheBytes`.
  int64_t lastLevelCacheBytes = maxLastLevelCacheBytes;

  /// A fused multiply-add is one instruction (FMA, AVX-512F, NEON).
  bool hasFMA = false;

  /// Vectors of f16 convert to and from f32 in one instruction (F16C,
  /// AVX-512F, NEON).
  bool hasF16C = false;

  /// f32 converts to bf16 in one instruction (AVX512-BF16), which flushes
  /// subnormal numbers.
  bool hasAVX512BF16 = false;

  /// Vectors of f32 have an estimate of the reciprocal of 14 bits that keeps
  /// subnormal numbers (AVX-512F). With a Newton step it is faster than the
  /// division while the data is in a core's caches; the estimate of 12 bits of
  /// older x86-64 CPUs, which needs two steps and a test for subnormal numbers,
  /// gains little there and loses from memory (docs/Performance.md).
  bool hasRCP14 = false;

  /// Widening a vector of 16-bit elements moves them between its 128-bit parts,
  /// which only one unit of a core does (AVX2, AVX-512F).
  bool wideningMovesElements = false;

  /// Masked loads and stores of 32- and 64-bit elements are one instruction
  /// (AVX2, AVX-512F); without it a masked access becomes scalar code.
  bool hasMasked32 = false;

  /// Masked loads and stores of 16-bit elements are one instruction
  /// (AVX512BW).
  bool hasMasked16 = false;

  /// The number of elements of `elementBits` bits in one vector register.
  int64_t vectorElements(int64_t elementBits) const {
    return vectorBits / elementBits;
  }

  /// The most bytes that `lastLevelCacheBytes` may claim, and its value where
  /// the cache is unknown. A virtual machine reports the whole last-level cache
  /// of its host (hundreds of MiB), of which it holds a small part that others
  /// share; and a store that goes past the cache costs little there.
  static constexpr int64_t maxLastLevelCacheBytes = int64_t(32) << 20;
};

/// Sets the cache fields of `model` to those of the machine that runs this, as
/// the operating system reports them; a field that it does not report keeps its
/// value.
void setHostCaches(TargetModel &model);

} // namespace norm

#endif // NORM_ANALYSIS_TARGETMODEL_H
