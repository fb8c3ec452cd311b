//===- RowLowering.h - Linalg ops on rows -----------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_CONVERSION_NORMTOLINALG_ROWLOWERING_H
#define NORM_CONVERSION_NORMTOLINALG_ROWLOWERING_H

#include "GenericBuilder.h"

namespace norm {

/// Builds the linalg ops of an op on the rows `[rows.., row..]` of `x`, of
/// which the dims from `axis` on make one row.
class RowLowering : public GenericBuilder {
public:
  RowLowering(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x,
              int64_t axis, mlir::FloatType acc);

protected:
  /// How an operand is indexed.
  enum class Shape {
    /// As x.
    Full,
    /// One value for each row.
    Rows,
    /// One value for each element of a row.
    Row
  };
  struct Input {
    mlir::Value value;
    Shape shape;
  };
  /// The elements of a tensor shaped and typed as x.
  mlir::Value makeFull(llvm::ArrayRef<Input> inputs, ElementBody body);
  /// One element of acc for each row, from inputs of shape Rows.
  mlir::Value makeRows(mlir::ValueRange inputs, ElementBody body);
  /// The sum over the elements of each row, in acc.
  mlir::Value sumRow(llvm::ArrayRef<Input> inputs, ElementBody summand);
  /// Sums over all rows, of shape Row, in acc, added to `inits`. `summands`
  /// makes one element for each sum.
  llvm::SmallVector<mlir::Value> sumRows(llvm::ArrayRef<Input> inputs,
                                         mlir::ValueRange inits, Body summands);

  /// The number of elements of a row, in acc.
  mlir::Value rowLength();
  /// A vector with an element for each one of a row, in the shape of the row.
  mlir::Value toRowShape(mlir::Value vector);

  /// The sizes of a value of a shape.
  llvm::ArrayRef<mlir::OpFoldResult> sizesOf(Shape shape);

  int64_t rank, axis;
  /// Of x.
  llvm::SmallVector<mlir::OpFoldResult> sizes;

private:
  mlir::AffineMap mapOf(Shape shape);
  llvm::SmallVector<mlir::AffineMap> mapsOf(llvm::ArrayRef<Input> inputs);
  /// The tensors of the inputs, those of a row in its shape.
  llvm::SmallVector<mlir::Value> valuesOf(llvm::ArrayRef<Input> inputs);
  /// Sums over the dims that do not index a result of `shape`.
  llvm::SmallVector<mlir::Value> makeSums(llvm::ArrayRef<Input> inputs,
                                          mlir::ValueRange inits, Shape shape,
                                          Body summands);
};

} // namespace norm

#endif // NORM_CONVERSION_NORMTOLINALG_ROWLOWERING_H
