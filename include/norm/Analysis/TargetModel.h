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

  /// Bytes of the last-level cache that one kernel can count on, at most
  /// `maxLastLevelCacheBytes`.
  int64_t lastLevelCacheBytes = maxLastLevelCacheBytes;

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

  /// The most bytes that `lastLevelCacheBytes` may claim, and its value where
  /// the cache is unknown. A virtual machine reports the whole last-level cache
  /// of its host (hundreds of MiB), of which it holds a small part that others
  /// share; and a store that goes past the cache costs little there.
  static constexpr int64_t maxLastLevelCacheBytes = int64_t(32) << 20;
};

/// Sets `lastLevelCacheBytes` of `model` to that of the machine that runs this,
/// or leaves it if the operating system does not report it.
void setHostCaches(TargetModel &model);

} // namespace norm

#endif // NORM_ANALYSIS_TARGETMODEL_H
