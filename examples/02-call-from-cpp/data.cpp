//===- data.cpp - Inputs and expected results -----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "data.h"

#include <algorithm>
#include <cmath>

std::vector<float> makeInput() {
  std::vector<float> x(numRows * numColumns);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = float(int(i * 37 % 1009) - 504) / 63;
  return x;
}

std::vector<float> makeGamma() {
  std::vector<float> gamma(numColumns);
  for (size_t i = 0; i < gamma.size(); ++i)
    gamma[i] = 0.5f + float(i * 13 % 64) / 64;
  return gamma;
}

double getLargestError(const std::vector<float> &x,
                       const std::vector<float> &gamma,
                       const std::vector<float> &y) {
  double largest = 0;
  for (int64_t row = 0; row < numRows; ++row) {
    const float *values = x.data() + row * numColumns;
    double sum = 0;
    for (int64_t i = 0; i < numColumns; ++i)
      sum += double(values[i]) * values[i];
    double scale = 1 / std::sqrt(sum / numColumns + 1e-6);
    for (int64_t i = 0; i < numColumns; ++i) {
      double expected = values[i] * scale * gamma[i];
      double error = std::abs(y[row * numColumns + i] - expected);
      if (error != 0)
        largest = std::max(largest, error / std::abs(expected));
    }
  }
  return largest;
}
