//===- formulas.h - Batch normalization in double ---------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// What the kernels compute, written from the formulas of batch normalization.

#ifndef BATCH_NORM_FORMULAS_H
#define BATCH_NORM_FORMULAS_H

#include "data.h"

/// Added to the variance, as in batch_norm.mlir.
constexpr double epsilon = 1e-5;

/// Results in double: elements in the order of x, and values of channels.
struct Expected {
  std::vector<double> y, dx;
  std::vector<double> mean, invStd, dgamma, dbeta;
};

/// Forward and backward of the batch `x`. `gamma` and `beta` have one value for
/// each channel, `dy` the sizes of `x`.
Expected computeExpected(const Images &x, const std::vector<float> &gamma,
                         const std::vector<float> &beta, const Images &dy);

/// Prints the largest difference of `found` from `expected`, relative to the
/// largest magnitude of `expected`, under `name`. Returns whether it is within
/// the accuracy of the operators for f32, 1e-5.
bool isAccurate(const char *name, const std::vector<float> &found,
                const std::vector<double> &expected);

#endif // BATCH_NORM_FORMULAS_H
