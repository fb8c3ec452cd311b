//===- Overlap.cpp - Whether views share memory ---------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Overlap.h"

#include <numeric>

using namespace norm::runtime;

/// Steps of a search for a common element: about a millisecond.
static constexpr int64_t workLimit = 10000;

static int64_t magnitude(int64_t value) { return value < 0 ? -value : value; }

bool norm::runtime::isSameView(const View &a, const View &b) {
  if (a.address != b.address || a.rank != b.rank ||
      a.elementBytes != b.elementBytes)
    return false;
  for (int64_t dim = 0; dim < a.rank; ++dim)
    if (a.sizes[dim] != b.sizes[dim] ||
        (a.sizes[dim] > 1 && a.strides[dim] != b.strides[dim]))
      return false;
  return true;
}

/// Whether each dim steps over all that the later dims span, as in row-major
/// layout: then no two indices meet.
static bool isNested(const View &view) {
  int64_t span = 0;
  for (int64_t dim = view.rank - 1; dim >= 0; --dim) {
    if (view.sizes[dim] <= 1)
      continue;
    int64_t stride = magnitude(view.strides[dim]);
    if (stride <= span)
      return false;
    span += stride * (view.sizes[dim] - 1);
  }
  return true;
}

/// Whether two indices meet that agree in the dims before `first` and differ by
/// d > 0 in dim `first`, whose stride is not 0:
///   stride[first] * d + sum over later dims of stride * difference = 0,
/// with |difference| <= size - 1. Moving each range to start at 0 gives a
/// BoundedEquation. The signs of strides do not matter, because the ranges of
/// the differences are symmetric.
static Answer meetsFromDim(const View &view, int64_t first) {
  BoundedEquation equation;
  int64_t stride = magnitude(view.strides[first]);
  int64_t value = -stride;
  if (!equation.addTerm(stride, view.sizes[first] - 2))
    return Answer::Unknown;
  for (int64_t dim = first + 1; dim < view.rank; ++dim) {
    if (view.sizes[dim] <= 1)
      continue;
    stride = magnitude(view.strides[dim]);
    if (!equation.addTerm(stride, 2 * (view.sizes[dim] - 1)))
      return Answer::Unknown;
    value += stride * (view.sizes[dim] - 1);
  }
  return equation.hasSolution(value, workLimit);
}

Answer norm::runtime::hasSelfOverlap(const View &view) {
  if (isNested(view))
    return Answer::No;
  for (int64_t dim = 0; dim < view.rank; ++dim)
    if (view.sizes[dim] > 1 && view.strides[dim] == 0)
      return Answer::Yes;
  for (int64_t dim = 0; dim < view.rank; ++dim) {
    if (view.sizes[dim] <= 1)
      continue;
    Answer answer = meetsFromDim(view, dim);
    if (answer != Answer::No)
      return answer;
  }
  return Answer::No;
}

/// Adds a term for each dim; `unit` is the number of bytes that count as 1.
static bool addTerms(BoundedEquation &equation, const View &view,
                     int64_t unit) {
  for (int64_t dim = 0; dim < view.rank; ++dim)
    if (view.sizes[dim] > 1 && view.strides[dim] != 0 &&
        !equation.addTerm(magnitude(view.strides[dim]) *
                              (view.elementBytes / unit),
                          view.sizes[dim] - 1))
      return false;
  return true;
}

Answer norm::runtime::hasOverlap(const View &a, const ByteRange &aRange,
                                 const View &b, const ByteRange &bRange) {
  if (aRange.end <= bRange.begin || bRange.end <= aRange.begin)
    return Answer::No;

  // A byte of `a` is at aRange.begin + sum of |stride| * index + byte, where an
  // index counts from the end of its dim with the lower address; one of `b`,
  // counted downwards, is at bRange.end - 1 - sum of |stride| * index - byte.
  // They are the same if the sums make up the distance between the two ends.
  // Bytes of elements with a common alignment need not be told apart.
  int64_t unit = std::gcd(a.elementBytes, b.elementBytes);
  int64_t distance = int64_t(bRange.end - aRange.begin);
  if (distance % unit != 0)
    unit = 1;
  BoundedEquation equation;
  if (!equation.addTerm(1, a.elementBytes / unit + b.elementBytes / unit - 2) ||
      !addTerms(equation, a, unit) || !addTerms(equation, b, unit))
    return Answer::Unknown;
  return equation.hasSolution(distance / unit - 1, workLimit);
}
