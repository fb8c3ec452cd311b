//===- RMSNormCase.h - Variants of rmsnorm and their inputs ----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_INTEGRATION_RMSNORMCASE_H
#define NORM_TEST_INTEGRATION_RMSNORMCASE_H

#include "OpText.h"

#include <optional>

namespace norm::test {

/// How gamma or beta is given.
struct RowVector {
  /// In the accumulator's type instead of x's.
  bool inAccumulator = false;
  /// 1-D instead of shaped as the row.
  bool isFlat = false;

  /// Its element type beside an x of `type`.
  ElementType getType(ElementType type) const;
  /// Its sizes beside an x of `sizes` whose rows are the dims from `axis`
  /// (canonical) on. -1 is a dynamic size.
  Sizes getSizes(const Sizes &sizes, int64_t axis) const;
};

/// A function of one norm.rmsnorm: (x, gamma?, beta?) -> (y, rrms?).
struct RMSNormCase {
  ElementType type = ElementType::F32;
  int64_t rank = 2;
  int64_t axis = -1;
  std::optional<RowVector> gamma = std::nullopt;
  std::optional<RowVector> beta = std::nullopt;
  bool withRrms = true;
  bool roundsBeforeGamma = false;
  double epsilon = 1e-5;
  double targetRms = 1;
  double weightOffset = 0;
  /// Sizes of x in its type; empty: all are dynamic.
  Sizes staticSizes = {};
  /// The parameters of a strategy attribute; empty: none is written.
  std::string strategy = "";

  int64_t getCanonicalAxis() const { return axis < 0 ? axis + rank : axis; }

  /// The function as MLIR text.
  std::string getText(const std::string &name) const;

  /// Random arguments of the function for an x of `sizes`.
  std::vector<Array> makeInputs(const Sizes &sizes, uint64_t seed = 1) const;

  /// The results without values, for an x of `sizes`.
  std::vector<Array> makeResults(const Sizes &sizes) const;

  /// One line about everything but the sizes.
  std::string describe() const;
};

/// The four types of x.
inline constexpr ElementType floatTypes[] = {
    ElementType::F16, ElementType::BF16, ElementType::F32, ElementType::F64};

/// A tensor of values uniform in [-1, 1), rounded to `type`, that depend on
/// `seed` alone.
Array makeRandom(ElementType type, const Sizes &sizes, uint64_t seed);

/// Compares results with the evaluator's and counts how often they are
/// correctly rounded.
class Accuracy {
public:
  /// Checks the results of `kernel`'s function for `inputs` against those of
  /// the evaluator. The bounds, in ULP of the exact result or, since beta may
  /// cancel what it is added to, of |result| + |beta|:
  ///
  /// - f32 and f64: 4. The sum of n squares has at most d = min(n, 4096) /
  ///   lanes + log2(lanes) + log2(blocks) roundings on the way of each, all in
  ///   one direction at worst: d/2 ULP of rrms, where the root halves them,
  ///   and about 5 roundings follow (division by n, epsilon, root, division;
  ///   then product with rrms, target_rms, the sum with weight_offset, product
  ///   and sum). Roundings of both signs add up like a random walk, so that of
  ///   the 35 ULP possible at n = 4096 fewer than 2 are seen; operators promise
  ///   4 at any width.
  /// - f16 and bf16: 1, since the value before rounding is right to 2^-20 and
  ///   rounding moves it by 1/2; 4 where each step rounds: an error of one ULP
  ///   of x*rrms becomes up to 2 of the product, and the product and the sum
  ///   add theirs.
  /// - With `sumsSerially` half of n more of the accumulator's type: the sum of
  ///   n squares has n - 1 roundings, all in one direction at worst, and the
  ///   root halves the error.
  ///
  /// Returns "" or the worst element.
  std::string check(const RMSNormCase &form, const std::vector<Array> &inputs,
                    const std::vector<Array> &found,
                    const std::vector<Array> &expected,
                    bool sumsSerially = false);

  /// The same for a case of another op, which knows the bounds of its errors.
  template <typename Case>
  std::string check(const Case &form, const std::vector<Array> &inputs,
                    const std::vector<Array> &found,
                    const std::vector<Array> &expected,
                    bool sumsSerially = false) {
    std::string text =
        check(found, expected, form.getBounds(inputs, sumsSerially), form.type);
    return text.empty() ? text : text + "\n" + form.describe();
  }

  /// Compares all results, of which `bounds` are as below. Those of another
  /// type than `counted` are not counted.
  std::string check(const std::vector<Array> &found,
                    const std::vector<Array> &expected,
                    const std::vector<std::vector<double>> &bounds,
                    ElementType counted);

  /// Compares one result whose element i is at most `bounds[i]` from the exact
  /// one before it is rounded to its type. Returns "" or the worst element.
  std::string check(const Array &found, const Array &expected,
                    const std::vector<double> &bounds);

  /// Compares one result. `maxUlps` as above; `addend`: beta or null.
  std::string check(const Array &found, const Array &expected, double maxUlps,
                    const Array *addend = nullptr);

  /// The share of elements that equal the correctly rounded value.
  double getCorrectShare() const {
    return numElements == 0 ? 1.0 : double(numCorrect) / double(numElements);
  }
  int64_t getNumElements() const { return numElements; }
  double getMaxUlps() const { return maxUlpsSeen; }

private:
  int64_t numElements = 0, numCorrect = 0;
  double maxUlpsSeen = 0;
};

} // namespace norm::test

#endif // NORM_TEST_INTEGRATION_RMSNORMCASE_H
