//===- Compare.h - How far a result is from the reference -------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_RUNNER_COMPARE_H
#define NORM_RUNNER_COMPARE_H

#include "norm/Runner/HostTensor.h"

namespace norm::runner {

/// An element passes if |found - exact| <= absolute + relative * scale. The
/// scale is that of reference::Tensor: |exact| or, for sums of a norm op, which
/// may cancel, the sum of the magnitudes of what was added.
struct Tolerance {
  double relative = 0;
  double absolute = 0;
};

/// The accuracy that the operators promise for results of `type`: f32 1e-5 and
/// 1e-6, f64 1e-12 and 5e-324 (the smallest number), f16 1e-3 and 1e-5, bf16
/// 1.6e-2 and 1e-5 (relative and absolute); 0 and 0 for integers. Where sums
/// are computed one element after the other, `numSerialSummands` of them widen
/// the relative one by as many roundings of the accumulator's type;
/// `priorRounding`, that of reference::Tensor, is added to it.
Tolerance getTolerance(ElementType type, int64_t numSerialSummands = 0,
                       double priorRounding = 0);

/// The result of a comparison. Errors are those of the found value against the
/// exact one; an element that has to be inf or NaN and is not (or the other
/// way round, or has the wrong sign of inf) is a mismatch and no error.
struct Comparison {
  int64_t numElements = 0;
  /// Largest and mean error in units of reference::getUlp at the scale, which
  /// is the exact value where nothing cancels; 0.5 is the most that correct
  /// rounding makes. The mean is over the elements that are no mismatch.
  double maxUlp = 0;
  double meanUlp = 0;
  /// Largest error / scale over the elements whose scale is not 0.
  double maxRelative = 0;
  /// Largest error.
  double maxAbsolute = 0;
  /// Elements equal to the correctly rounded value; NaN equals NaN and 0
  /// equals -0.
  int64_t numCorrectlyRounded = 0;
  /// Elements outside the tolerance, mismatches among them.
  int64_t numFailures = 0;
  int64_t numMismatches = 0;
  /// Row-major index of the worst element: the first mismatch if there is one,
  /// else of those outside the tolerance, or of all if there is none, the one
  /// with the largest error in ULP; -1 if every error is 0.
  int64_t worstIndex = -1;
  double worstFound = 0;
  double worstExact = 0;

  bool passed() const { return numFailures == 0; }
  /// numCorrectlyRounded / numElements; 1 without elements.
  double getCorrectlyRoundedShare() const;
  /// One line without line break: the errors, the share, and for a failure the
  /// worst element of a tensor of `shape`.
  std::string format(llvm::ArrayRef<int64_t> shape) const;
};

/// Compares `found` with `expected` of the same type and shape: errors are
/// against its values before rounding, correct rounding against its values.
/// Integers are expected to be equal; their errors are counted in ones.
Comparison compare(const HostTensor &found, const reference::Tensor &expected,
                   Tolerance tolerance);

} // namespace norm::runner

#endif // NORM_RUNNER_COMPARE_H
