//===- call.cpp - Calls compiled functions through views ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "kernels.h"

#include <cmath>
#include <cstdio>
#include <cstring>

static int failures = 0;

static void expect(bool condition, const char *what) {
  if (condition)
    return;
  std::printf("not true: %s\n", what);
  ++failures;
}
#define EXPECT(CONDITION) expect(CONDITION, #CONDITION)

int main() {
  // The columns of `data` are the rows of x: strides 1 and 2. The roots of
  // their mean squares are 5 / sqrt(2) and 13 / sqrt(2).
  const float data[4] = {3, 5, 4, -12};
  const double roots[2] = {5 / std::sqrt(2.), 13 / std::sqrt(2.)};
  float results[4] = {};
  const norm::View<const float, 2> x(data, {2, 2}, {1, 2});
  const norm::View<float, 2> y(results, {2, 2});
  EXPECT(x(0, 0) == 3 && x(0, 1) == 4);
  EXPECT(kernels::rms(x, y) == norm_ok);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j)
      EXPECT(std::fabs(y(i, j) - x(i, j) / roots[i]) < 1e-6);

  std::array<int64_t, 2> sizes = {};
  EXPECT(kernels::shape_rms(x, sizes) == norm_ok);
  EXPECT(sizes[0] == 2 && sizes[1] == 2);

  const norm::View<float, 2> wide(results, {1, 3});
  EXPECT(kernels::rms(wide, y) == norm_error_size_mismatch);
  EXPECT(std::strstr(norm_last_error(), "3") != nullptr);

  double sum = 0;
  EXPECT(kernels::add(1.5, 2, &sum) == norm_ok);
  EXPECT(sum == 3.5);
  std::printf("%d failures\n", failures);
  return failures != 0;
}
