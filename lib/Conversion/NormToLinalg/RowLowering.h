//===- RowLowering.h - Linalg ops on rows -----------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_CONVERSION_NORMTOLINALG_ROWLOWERING_H
#define NORM_CONVERSION_NORMTOLINALG_ROWLOWERING_H

#include "AccArithmetic.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"

namespace norm {

/// Builds the linalg ops of an op on the rows `[rows.., row..]` of `x`, of
/// which the dims from `axis` on make one row.
class RowLowering : public AccArithmetic {
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
  /// Computes one element from those of the inputs.
  using Body = llvm::function_ref<mlir::Value(mlir::ValueRange)>;

  /// The elements of a tensor shaped and typed as x.
  mlir::Value makeFull(llvm::ArrayRef<Input> inputs, Body body);
  /// One element of acc for each row, from inputs of shape Rows.
  mlir::Value makeRows(mlir::ValueRange inputs, Body body);
  /// The sum over the elements of each row, in acc.
  mlir::Value sumRow(llvm::ArrayRef<Input> inputs, Body summand);
  /// Sums over all rows, of shape Row, in acc, added to `inits`. `summands`
  /// makes one element for each sum.
  llvm::SmallVector<mlir::Value>
  sumRows(llvm::ArrayRef<Input> inputs, mlir::ValueRange inits,
          llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::ValueRange)>
              summands);
  /// Zeros of acc.
  mlir::Value makeZeros(Shape shape);

  /// The number of elements of a row, in acc.
  mlir::Value rowLength();
  /// A vector with an element for each one of a row, in the shape of the row.
  mlir::Value toRowShape(mlir::Value vector);

  int64_t rank, axis;
  /// Of x.
  llvm::SmallVector<mlir::OpFoldResult> sizes;

private:
  mlir::AffineMap mapOf(Shape shape);
  llvm::ArrayRef<mlir::OpFoldResult> sizesOf(Shape shape);
  mlir::linalg::GenericOp makeGeneric(
      llvm::ArrayRef<Input> inputs, mlir::ValueRange inits, Shape result,
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::ValueRange)>
          body);
};

/// Replaces `op` by `values`, cast to the declared types, which may know more
/// or fewer sizes than those of the operands.
void replaceWithCasts(mlir::RewriterBase &rewriter, mlir::Operation *op,
                      mlir::ValueRange values);

} // namespace norm

#endif // NORM_CONVERSION_NORMTOLINALG_ROWLOWERING_H
