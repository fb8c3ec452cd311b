//===- RowSum.h - The documented order of a row's sum ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_INTEGRATION_ROWSUM_H
#define NORM_TEST_INTEGRATION_ROWSUM_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace norm::test {

/// The sum of the products of two rows of an accumulator's type in the order
/// that norm.rmsnorm documents, written without any compiler: lane sums by
/// fused multiply-add in blocks of 4096, the blocks as a tree, the lanes in
/// halves.
template <typename Acc> class RowSum {
public:
  /// Rows of the same, positive, number of elements.
  RowSum(const std::vector<Acc> &a, const std::vector<Acc> &b) : a(a), b(b) {}

  Acc get() const {
    int64_t width = a.size();
    Lanes sums = sumBlocks(0, (width + blockSize - 1) / blockSize);
    for (int64_t half = numLanes / 2; half >= 1; half /= 2)
      for (int64_t i = 0; i < half; ++i)
        sums[i] = sums[i] + sums[i + half];
    return sums[0];
  }

private:
  static constexpr int64_t numLanes = sizeof(Acc) == 8 ? 32 : 64;
  static constexpr int64_t blockSize = 4096;
  using Lanes = std::vector<Acc>;

  /// The blocks [first, last) as a tree whose left half is the largest power
  /// of two below their number.
  Lanes sumBlocks(int64_t first, int64_t last) const {
    int64_t width = a.size();
    if (last - first == 1)
      return sumBlock(first * blockSize, std::min(width, last * blockSize));
    int64_t half = 1;
    while (2 * half < last - first)
      half *= 2;
    Lanes left = sumBlocks(first, first + half);
    Lanes right = sumBlocks(first + half, last);
    for (int64_t i = 0; i < numLanes; ++i)
      left[i] = left[i] + right[i];
    return left;
  }

  Lanes sumBlock(int64_t begin, int64_t end) const {
    Lanes sums(numLanes, Acc(0));
    for (int64_t j = begin; j < end; ++j)
      sums[j % numLanes] = std::fma(a[j], b[j], sums[j % numLanes]);
    return sums;
  }

  const std::vector<Acc> &a, &b;
};

} // namespace norm::test

#endif // NORM_TEST_INTEGRATION_ROWSUM_H
