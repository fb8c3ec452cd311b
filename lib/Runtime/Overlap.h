//===- Overlap.h - Whether views share memory -------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_RUNTIME_OVERLAP_H
#define NORM_LIB_RUNTIME_OVERLAP_H

#include "BoundedEquation.h"
#include "View.h"

namespace norm::runtime {

/// Whether the views have the same elements at the same indices. The strides of
/// dims of at most one element do not count.
bool isSameView(const View &a, const View &b);

/// Whether two indices of `view` share a byte. The view must not be empty and
/// must have a byte range.
Answer hasSelfOverlap(const View &view);

/// Whether an element of `a` and one of `b` share a byte. `aRange` and `bRange`
/// are the byte ranges of the views, which must not be empty.
Answer hasOverlap(const View &a, const ByteRange &aRange, const View &b,
                  const ByteRange &bRange);

} // namespace norm::runtime

#endif // NORM_LIB_RUNTIME_OVERLAP_H
