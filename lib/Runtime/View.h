//===- View.h - Where the elements of an operand lie ------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_RUNTIME_VIEW_H
#define NORM_LIB_RUNTIME_VIEW_H

#include <cstdint>

namespace norm::runtime {

/// The elements of an operand. A scalar result is a view of rank 0.
struct View {
  /// The address of the element at index 0 of every dim.
  uint64_t address;
  /// `rank` many each, >= 0 for sizes; strides count elements.
  const int64_t *sizes;
  const int64_t *strides;
  int64_t rank;
  /// >= 1.
  int64_t elementBytes;
};

/// The addresses [begin, end).
struct ByteRange {
  uint64_t begin;
  uint64_t end;
};

/// Sets `range` to the smallest one that holds all elements of `view`, which
/// has some. Returns false if it leaves the address space, or is not shorter
/// than 2^62 bytes, which leaves room for sums of two such lengths in 64 bits.
inline bool getByteRange(const View &view, ByteRange &range) {
  constexpr int64_t limit = int64_t(1) << 62;
  // From the element at index 0 to the first and the last one in memory.
  int64_t first = 0, last = 0;
  for (int64_t dim = 0; dim < view.rank; ++dim) {
    if (view.sizes[dim] <= 1)
      continue;
    int64_t reach;
    if (__builtin_mul_overflow(view.sizes[dim] - 1, view.strides[dim],
                               &reach) ||
        __builtin_mul_overflow(reach, view.elementBytes, &reach) ||
        reach >= limit || reach <= -limit)
      return false;
    (reach < 0 ? first : last) += reach;
    // Checked in every dim, so that the sums stay below 2^63.
    if (last - first >= limit)
      return false;
  }
  // Signed, which is cheaper: programs have the lower half of the address
  // space.
  int64_t begin, end;
  if (__builtin_add_overflow(int64_t(view.address), first, &begin) ||
      __builtin_add_overflow(int64_t(view.address), last + view.elementBytes,
                             &end) ||
      begin < 0 || end - begin >= limit)
    return false;
  range = {uint64_t(begin), uint64_t(end)};
  return true;
}

} // namespace norm::runtime

#endif // NORM_LIB_RUNTIME_VIEW_H
