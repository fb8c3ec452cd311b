//===- RMSNormGradCase.h - Variants of rmsnorm_grad ------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_INTEGRATION_RMSNORMGRADCASE_H
#define NORM_TEST_INTEGRATION_RMSNORMGRADCASE_H

#include "RMSNormCase.h"

namespace norm::test {

/// A function of one norm.rmsnorm_grad:
/// (dy, x, rrms, gamma?) -> (dx, dgamma?, dbeta?).
struct RMSNormGradCase {
  ElementType type = ElementType::F32;
  int64_t rank = 2;
  int64_t axis = -1;
  std::optional<RowVector> gamma = std::nullopt;
  /// 1 to 3.
  int64_t numResults = 3;
  /// In the accumulator's type instead of x's.
  bool dgammaInAccumulator = true, dbetaInAccumulator = true;
  double targetRms = 1;
  double weightOffset = 0;
  /// Sizes of x in its type; empty: all are dynamic.
  Sizes staticSizes = {};
  /// The parameters of a strategy attribute; empty: none is written.
  std::string strategy = "";

  int64_t getCanonicalAxis() const { return axis < 0 ? axis + rank : axis; }

  /// The function as MLIR text.
  std::string getText(const std::string &name) const;

  /// Random dy, x and gamma for an x of `sizes`, with the rrms of x.
  std::vector<Array> makeInputs(const Sizes &sizes, uint64_t seed = 1) const;

  /// The results without values, for an x of `sizes`.
  std::vector<Array> makeResults(const Sizes &sizes) const;

  /// Everything but the sizes.
  std::string describe() const { return getText("f"); }

  /// Largest errors of each element of each result before its last rounding.
  /// With u the roundoff of the accumulator's type, h, g, m as in the op's
  /// description and A the mean of |g h| over the row, to first order in u:
  ///
  /// - dx: h, the weight and g are rounded, so g h is wrong by 3u. Its sum has
  ///   d roundings on the way of each product: min(n, 4096) / lanes in a block,
  ///   then the trees of blocks and lanes. With the division m is wrong by
  ///   (d + 4) u A, the product h m by |h| (d + 4) u A + 2u |h m|, and the
  ///   difference by one rounding more of g and h m. It is multiplied by r t,
  ///   with two roundings: u |r t| (5 |g| + 5 |h m| + (d + 4) |h| A).
  /// - dgamma: h and h t are rounded. Rows are added in at most 64 blocks of a
  ///   multiple of 8 rows, and those one by one: (2 + rows of a block + blocks)
  ///   u times the sum of |dy h t|.
  /// - dbeta: the same without the first two, for the sum of |dy|.
  ///
  /// With `sumsSerially` each sum has as many roundings as summands.
  std::vector<std::vector<double>> getBounds(const std::vector<Array> &inputs,
                                             bool sumsSerially = false) const;
};

} // namespace norm::test

#endif // NORM_TEST_INTEGRATION_RMSNORMGRADCASE_H
