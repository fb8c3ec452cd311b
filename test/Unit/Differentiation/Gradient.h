//===- Gradient.h - Differentiating MLIR text in tests ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_UNIT_DIFFERENTIATION_GRADIENT_H
#define NORM_TEST_UNIT_DIFFERENTIATION_GRADIENT_H

#include <cstdint>
#include <string>
#include <vector>

namespace norm::test {

/// An f64 tensor in row-major order, or a scalar as one of rank 0.
struct Array {
  std::vector<int64_t> shape;
  std::vector<double> values;
};

/// What evaluating a function gave, or the text of an error.
struct Evaluation {
  std::vector<Array> results;
  std::string error;
};

/// Runs norm-differentiate with `options` on `text`, whose functions are over
/// f64, and evaluates the function `name` of the outcome in float64.
Evaluation evaluateDifferentiated(const std::string &text,
                                  const std::string &options,
                                  const std::string &name,
                                  const std::vector<Array> &arguments);

/// Compares the results of `f_vjp` for the function `f` of `text`, all of whose
/// arguments and results are over f64, with central differences: for each
/// element a of each argument, d/da of the sum of all results times
/// `cotangents`. The error of a difference is bounded by the change when the
/// step is halved, and by rounding. Also compares `f_vjp` on the residuals of
/// `f_fwd` with it, bit for bit. Empty, or what was expected and found.
std::string compareWithDifferences(const std::string &text,
                                   const std::vector<Array> &arguments,
                                   const std::vector<Array> &cotangents);

/// An array of numbers in [low, high) that follow from `seed`, different ones
/// for different seeds.
Array makeArray(std::vector<int64_t> shape, uint64_t seed, double low = -1.5,
                double high = 1.5);

} // namespace norm::test

#endif // NORM_TEST_UNIT_DIFFERENTIATION_GRADIENT_H
