//===- ChannelCase.h - Variants of the ops over channels -------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_INTEGRATION_CHANNELCASE_H
#define NORM_TEST_INTEGRATION_CHANNELCASE_H

#include "RMSNormCase.h"

namespace norm::test {

/// A function of one op over channels:
/// norm.channel_stats (x) -> (mean, inv_std?),
/// norm.channel_backprop_stats (x, mean, inv_std, dy)
///   -> (scale_grad, bias_grad?) or
/// norm.channel_backprop (x, mean, inv_std, scale_grad, bias_grad, dy, gamma?,
///   count?) -> dx.
struct ChannelCase {
  enum class Op { Stats, BackpropStats, Backprop };

  Op op = Op::Stats;
  ElementType type = ElementType::F32;
  int64_t rank = 4;
  bool isNHWC = false;
  /// 1 or 2 of the sums; norm.channel_backprop has 1 in any case.
  int64_t numResults = 2;
  /// Of norm.channel_backprop.
  std::optional<RowVector> gamma = std::nullopt;
  bool withCount = false;
  /// Of norm.channel_stats.
  double epsilon = 1e-5;
  /// Sizes of x in its type; empty: all are dynamic.
  Sizes staticSizes = {};
  /// The parameters of a strategy attribute; empty: none is written.
  std::string strategy = "";

  int64_t getChannelDim() const { return isNHWC ? rank - 1 : 1; }

  /// `sizes`, the second of which is that of the channels, in this layout.
  Sizes inLayout(Sizes sizes) const;

  /// The function as MLIR text.
  std::string getText(const std::string &name) const;

  /// Random arguments of the function for an x of `sizes`: inv_std is positive,
  /// count is above the number of elements of a channel.
  std::vector<Array> makeInputs(const Sizes &sizes, uint64_t seed = 1) const;

  /// The results without values, for an x of `sizes`.
  std::vector<Array> makeResults(const Sizes &sizes) const;

  /// Everything but the sizes.
  std::string describe() const { return getText("f"); }

  /// Calls `visit(i, c)` for each element i of an x of `sizes` and its channel.
  template <typename Visit>
  void forEachElement(const Sizes &sizes, Visit visit) const {
    const int64_t channels = sizes[getChannelDim()];
    int64_t inner = 1;
    for (int64_t dim = getChannelDim() + 1; dim < rank; ++dim)
      inner *= sizes[dim];
    for (int64_t i = 0; i < count(sizes); ++i)
      visit(i, i / inner % channels);
  }

  /// Largest errors of each element of each result before its last rounding.
  /// With u the roundoff of the accumulator's type, to first order in u:
  ///
  /// - A sum of R values in any order has an error of at most R u times the sum
  ///   of their magnitudes. For long sums the operators promise less: 1e-5, and
  ///   1e-12 in f64 (s, of which s u is the smaller one). A serial sum has only
  ///   the first bound.
  /// - mean: deviations from a value are summed, which is itself a mean as good
  ///   as a sum is. With D and A the means of |x - mean| and |x|:
  ///   s u (D + s u A), and 8 u A, the 4 ULP that are the operators' aim, for
  ///   what merges the means of blocks.
  /// - inv_std: what the operators promise, 1e-5 and 1e-12 of it; a serial sum
  ///   of squares of deviations adds R + 8 roundings.
  /// - scale_grad: h dy has three roundings: (s + 3) u times the sum of |h dy|.
  /// - bias_grad: s u times the sum of |dy|.
  /// - dx: with p = h scale_grad, the mean m has errors of u (6 |p| + 3 |b|) /
  /// R
  ///   from h, p, the sum, R and the division; dy - m another rounding of
  ///   each, gamma inv_std and the product two more:
  ///   u |gamma inv_std| (3 |dy| + (9 |p| + 6 |b|) / R).
  std::vector<std::vector<double>> getBounds(const std::vector<Array> &inputs,
                                             bool sumsSerially = false) const;
};

/// Each op in both layouts, for an x of `rank` dims of dynamic sizes.
std::vector<ChannelCase> makeChannelCases(ElementType type, int64_t rank);

/// "2x3" for sizes {2, 3}.
std::string printSizes(const Sizes &sizes);

} // namespace norm::test

#endif // NORM_TEST_INTEGRATION_CHANNELCASE_H
