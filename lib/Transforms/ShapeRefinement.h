//===- ShapeRefinement.h - Refine the types of tensors ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_SHAPEREFINEMENT_H
#define NORM_LIB_TRANSFORMS_SHAPEREFINEMENT_H

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace norm {

/// Makes `operand` a value of `type` by a tensor.cast if it is not.
void castOperand(mlir::OpOperand &operand, mlir::Type type);

/// Refines dynamic sizes to static ones in the body of a function, from
/// operands to results and back, through norm ops, elementwise ops and
/// tensor.cast. Other ops see the types that they had, through casts.
class ShapeRefinement {
public:
  /// Unless `mayChangeSignature`, the arguments keep their types.
  ShapeRefinement(mlir::func::FuncOp func, bool mayChangeSignature)
      : func(func), mayChangeSignature(mayChangeSignature) {}

  /// Makes the sizes of the ranked tensor `value` static where `shape`, of the
  /// same rank, is. Fails with an error on `op`, with `what` as the name of
  /// `value`, where both are static and differ.
  llvm::LogicalResult refine(mlir::Value value, llvm::ArrayRef<int64_t> shape,
                             mlir::Operation *op, llvm::StringRef what);

  /// Refines until no type changes; true if one did. Fails, with an error on
  /// the op, where sizes contradict each other.
  llvm::FailureOr<bool> run();

private:
  /// Refines the operands and results of one op.
  llvm::LogicalResult visit(mlir::Operation *op);
  llvm::LogicalResult visitNormOp(NormOpInterface op);
  llvm::LogicalResult visitCast(mlir::tensor::CastOp op);
  /// True if the type of `value` may change in place.
  bool mayChangeType(mlir::Value value);
  /// Gives all tensors among `values` the sizes that one of them knows.
  llvm::LogicalResult unify(mlir::Operation *op,
                            llvm::ArrayRef<mlir::Value> values);
  /// Carries the size of one side of a constraint to the other.
  llvm::LogicalResult propagate(mlir::Operation *op,
                                const SizeConstraint &constraint);

  mlir::func::FuncOp func;
  bool mayChangeSignature;
  bool changed = false;
};

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_SHAPEREFINEMENT_H
