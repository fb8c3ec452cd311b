//===- IndexSpace.h - Walking multi-dimensional indices ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_REFERENCE_INDEXSPACE_H
#define NORM_LIB_REFERENCE_INDEXSPACE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

namespace norm::reference {

/// Calls `visit` for each index of a tensor of sizes `shape`, in row-major
/// order, until it returns an error. Returns that error.
template <typename Visit>
llvm::Error forEachIndex(llvm::ArrayRef<int64_t> shape, Visit visit) {
  if (llvm::is_contained(shape, 0))
    return llvm::Error::success();
  llvm::SmallVector<int64_t> index(shape.size(), 0);
  while (true) {
    if (llvm::Error error = visit(llvm::ArrayRef<int64_t>(index)))
      return error;
    int64_t dim = shape.size() - 1;
    while (dim >= 0 && ++index[dim] == shape[dim])
      index[dim--] = 0;
    if (dim < 0)
      return llvm::Error::success();
  }
}

/// The same for a visit that returns nothing.
template <typename Visit>
void visitEachIndex(llvm::ArrayRef<int64_t> shape, Visit visit) {
  llvm::cantFail(forEachIndex(shape, [&](llvm::ArrayRef<int64_t> index) {
    visit(index);
    return llvm::Error::success();
  }));
}

/// The position of `index` in row-major order.
inline int64_t linearize(llvm::ArrayRef<int64_t> shape,
                         llvm::ArrayRef<int64_t> index) {
  int64_t position = 0;
  for (auto [size, i] : llvm::zip(shape, index))
    position = position * size + i;
  return position;
}

} // namespace norm::reference

#endif // NORM_LIB_REFERENCE_INDEXSPACE_H
