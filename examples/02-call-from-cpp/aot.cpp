//===- aot.cpp - Calls a compiled kernel ----------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Calls a kernel that was compiled with the program. Links no compiler.

#include "data.h"

#include <kernels.h>

#include <cstdio>

int main() {
  std::vector<float> x = makeInput(), gamma = makeGamma();

  norm::View<const float, 2> in(x.data(), {numRows, numColumns});
  norm::View<const float, 1> factors(gamma.data(), {numColumns});
  std::array<int64_t, 2> sizes;
  if (norm_kernels::shape_rmsnorm(in, factors, sizes) != norm_ok) {
    std::fprintf(stderr, "aot: error: %s\n", norm_last_error());
    return 1;
  }
  std::vector<float> y(sizes[0] * sizes[1]);
  norm::View<float, 2> out(y.data(), sizes);
  if (norm_kernels::rmsnorm(in, factors, out) != norm_ok) {
    std::fprintf(stderr, "aot: error: %s\n", norm_last_error());
    return 1;
  }

  double error = getLargestError(x, gamma, y);
  std::printf("aot: %d x %d, largest relative error %.1e\n", int(sizes[0]),
              int(sizes[1]), error);
  if (error > 1e-6)
    return 1;

  // What does not fit is refused, and nothing is written.
  norm::View<float, 2> small(y.data(), {numRows - 1, numColumns});
  if (norm_kernels::rmsnorm(in, factors, small) == norm_ok)
    return 1;
  std::printf("aot: refused: %s\n", norm_last_error());
  return 0;
}
