//===- RowNests.h - Affine loops of an op on rows ---------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_CONVERSION_NORMTOAFFINE_ROWNESTS_H
#define NORM_CONVERSION_NORMTOAFFINE_ROWNESTS_H

#include "NestBuilder.h"

namespace norm {

/// Builds the loops of an op on the rows of the memref `x`, of which the dims
/// from `axis` on make one row.
class RowNests : public NestBuilder {
public:
  RowNests(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x,
           int64_t axis);

protected:
  /// A loop over the rows, for a body that stores one value for each.
  void forEachRow(BodyFn body) { forEachWithSum(rows, body); }

  /// The sum of what `summand` builds for the indices of each element of x in
  /// the row `row`.
  mlir::Value sumRow(Indices row,
                     llvm::function_ref<mlir::Value(Indices)> summand);

  /// Loads the element of a memref with the dims of a row, or with one dim of
  /// as many elements, that belongs to the element of x at `indices`. A null
  /// memref gives null.
  mlir::Value loadRowVector(mlir::Value memref, Indices indices);
  /// Stores to such a memref, for the indices `column` within a row.
  void storeRowVector(mlir::Value value, mlir::Value memref, Indices column);

  /// The indices of the row that the element of x at `indices` is in.
  Indices rowOf(Indices indices) { return indices.take_front(rows.size()); }

  /// Of x, of its dims before a row, and of those of a row.
  llvm::SmallVector<mlir::OpFoldResult> sizes;
  llvm::ArrayRef<mlir::OpFoldResult> rows, columns;

private:
  /// Where a one-dimensional memref has the element at `column` of a row.
  mlir::AffineMap flatten(llvm::SmallVectorImpl<mlir::Value> &column);
};

} // namespace norm

#endif // NORM_CONVERSION_NORMTOAFFINE_ROWNESTS_H
