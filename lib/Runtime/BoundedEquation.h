//===- BoundedEquation.h - Equations in bounded integers --------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_RUNTIME_BOUNDEDEQUATION_H
#define NORM_LIB_RUNTIME_BOUNDEDEQUATION_H

#include <cstdint>

namespace norm::runtime {

/// The answer to a question that can be too hard to decide.
enum class Answer { No, Yes, Unknown };

/// The equation c0 * x0 + c1 * x1 + .. = value in integers 0 <= xi <= bi.
/// Deciding whether it can be solved is NP-complete in general; for the strides
/// of tensors it takes few steps.
class BoundedEquation {
public:
  /// Adds a term with `coefficient` > 0 and `bound` >= 0. The sum of all
  /// coefficient * bound must be below 2^63. Returns false if there is no room
  /// for the term.
  bool addTerm(int64_t coefficient, int64_t bound);

  /// Whether the equation has a solution; Unknown after `workLimit` steps. May
  /// be called once, since it rewrites the terms.
  Answer hasSolution(int64_t value, int64_t workLimit);

private:
  struct Term {
    int64_t coefficient;
    int64_t bound;
    /// The greatest common divisor of the coefficients from this term on.
    int64_t gcd;
    /// The largest value of the terms from this one on.
    int64_t reach;
  };
  static constexpr int maxTerms = 64;

  void mergeTerms();
  Answer search(int index, int64_t value);

  Term terms[maxTerms];
  int numTerms = 0;
  int64_t work = 0;
};

} // namespace norm::runtime

#endif // NORM_LIB_RUNTIME_BOUNDEDEQUATION_H
