//===- SizeChecks.h - Sizes that must agree when called ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_SIZECHECKS_H
#define NORM_LIB_TRANSFORMS_SIZECHECKS_H

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace norm {

/// Two sizes that must be equal when a function is called.
struct SizeCheck {
  mlir::Value found, expected;
  /// What must be true for the op to run at all.
  llvm::SmallVector<mlir::Value> conditions;
  mlir::Location loc;
  mlir::OperationName op;
  /// The size, such as "dim 0 of the source".
  std::string what;
  /// The diagnostic, with {0} for the size found, {1} for the expected one.
  std::string text;
};

/// Collects what ops rely on when they access tensors. The sizes become
/// tensor.dim of the operands and arithmetic, made by `builder`.
class SizeCheckCollector {
public:
  explicit SizeCheckCollector(mlir::OpBuilder &builder) : builder(builder) {}

  /// Adds the checks of one op, without those of the ops in its regions.
  void add(mlir::Operation *op);

  /// Dim `dim` of `what`, an operand or result of `op`, has `expected`
  /// elements.
  void addDim(mlir::Operation *op, const llvm::Twine &what, int64_t dim,
              mlir::Value found, mlir::Value expected);

  /// A size of a tensor: a constant where the type has it, since a result's may
  /// be known better than what it is computed from.
  mlir::Value dim(mlir::Operation *op, mlir::Value value, int64_t i);

  /// The conditions of what is added now.
  llvm::SmallVector<mlir::Value> conditions;
  llvm::SmallVector<SizeCheck> checks;

private:
  void addNorm(NormOpInterface op);
  void addCast(mlir::tensor::CastOp op);
  void addConcat(mlir::tensor::ConcatOp op);
  void addExpansion(mlir::tensor::ExpandShapeOp op);
  void addLinalg(mlir::linalg::LinalgOp op);
  void addPad(mlir::tensor::PadOp op);
  /// Dynamic sizes of a slice are those of the whole tensor, and of the tensor
  /// that is inserted, if there is one.
  void addSlice(mlir::OffsetSizeAndStrideOpInterface op, mlir::Value whole,
                llvm::StringRef what, mlir::Value inserted);
  void record(mlir::Operation *op, const llvm::Twine &what,
              const llvm::Twine &text, mlir::Value found, mlir::Value expected);

  mlir::Value toValue(mlir::Operation *op, mlir::OpFoldResult size);
  template <typename Op>
  mlir::Value fold(mlir::Operation *op, mlir::Value a, mlir::Value b) {
    return builder.createOrFold<Op>(op->getLoc(), a, b);
  }
  /// The least and the greatest value of `expr` for indices below `sizes`.
  std::pair<mlir::Value, mlir::Value>
  rangeOf(mlir::Operation *op, mlir::AffineExpr expr,
          llvm::ArrayRef<mlir::Value> sizes);

  mlir::OpBuilder &builder;
};

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_SIZECHECKS_H
