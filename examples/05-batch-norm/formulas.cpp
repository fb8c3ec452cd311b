//===- formulas.cpp - Batch normalization in double -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "formulas.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

Expected computeExpected(const Images &x, const std::vector<float> &gamma,
                         const std::vector<float> &beta, const Images &dy) {
  int64_t channels = x.sizes[1], pixels = x.sizes[2] * x.sizes[3];
  int64_t count = x.sizes[0] * pixels;
  Expected expected;
  expected.y.resize(x.values.size());
  expected.dx.resize(x.values.size());
  for (int64_t c = 0; c < channels; ++c) {
    // Calls `function` with the index of each element of the channel.
    auto forEach = [&](auto function) {
      for (int64_t image = 0; image < x.sizes[0]; ++image)
        for (int64_t pixel = 0; pixel < pixels; ++pixel)
          function((image * channels + c) * pixels + pixel);
    };
    double sum = 0, squares = 0, dgamma = 0, dbeta = 0;
    forEach([&](int64_t i) { sum += x.values[i]; });
    double mean = sum / count;
    forEach([&](int64_t i) { squares += std::pow(x.values[i] - mean, 2); });
    double invStd = 1 / std::sqrt(squares / count + epsilon);
    forEach([&](int64_t i) {
      double h = (x.values[i] - mean) * invStd;
      expected.y[i] = gamma[c] * h + beta[c];
      dgamma += h * dy.values[i];
      dbeta += dy.values[i];
    });
    forEach([&](int64_t i) {
      double h = (x.values[i] - mean) * invStd;
      expected.dx[i] = gamma[c] * invStd *
                       (dy.values[i] - dbeta / count - h * dgamma / count);
    });
    expected.mean.push_back(mean);
    expected.invStd.push_back(invStd);
    expected.dgamma.push_back(dgamma);
    expected.dbeta.push_back(dbeta);
  }
  return expected;
}

bool isAccurate(const char *name, const std::vector<float> &found,
                const std::vector<double> &expected) {
  double error = 0, scale = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    // Negated, so that a NaN counts.
    if (!(std::abs(found[i] - expected[i]) <= error))
      error = std::abs(found[i] - expected[i]);
    scale = std::max(scale, std::abs(expected[i]));
  }
  std::printf("  %-7s largest relative error %.1e\n", name, error / scale);
  return error <= 1e-5 * scale;
}
