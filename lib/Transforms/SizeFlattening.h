//===- SizeFlattening.h - Sizes in loops and branches -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_SIZEFLATTENING_H
#define NORM_LIB_TRANSFORMS_SIZEFLATTENING_H

#include "SizeChecks.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace norm {

/// Makes one block of a function of which only sizes matter, and collects the
/// checks of its ops. What a loop or branch does with tensors comes to stand in
/// front of it, as if it ran once: each iteration has the sizes of the first
/// one, which is a check as well. Values that differ become arguments.
class SizeFlattening {
public:
  SizeFlattening(mlir::func::FuncOp function, SizeCheckCollector &checks)
      : body(function.getBody().front()), firstUnknown(body.getNumArguments()),
        checks(checks) {}

  void run();

  /// The op because of which `value` does not follow from sizes and scalars
  /// among the arguments, if there is one.
  std::optional<mlir::OperationName> findObstacle(mlir::Value value) const;

  /// Erases the arguments that stand for values of loops, which have no uses.
  void eraseUnknown();

private:
  void visit(mlir::Operation *op);
  void visitIf(mlir::scf::IfOp op);
  void visitLoop(mlir::LoopLikeOpInterface op);
  void visitWhile(mlir::scf::WhileOp op);

  /// Moves the ops of `region` in front of `op`, with other values for its
  /// arguments. Returns what its last block yields.
  mlir::ValueRange
  moveOut(mlir::Region &region, mlir::Operation *op,
          llvm::function_ref<mlir::Value(mlir::BlockArgument)> replacement);
  /// Values that a loop carries keep their sizes.
  void addCarried(mlir::Operation *op, mlir::ValueRange inits,
                  mlir::ValueRange yielded);
  /// `value` if it is a tensor, of which the size counts, else unknown.
  mlir::Value sizeOf(mlir::Value value, mlir::Type type, mlir::Operation *op);
  mlir::Value unknown(mlir::Type type, mlir::Operation *op);

  mlir::Block &body;
  unsigned firstUnknown;
  SizeCheckCollector &checks;
  /// The ops whose values the arguments from `firstUnknown` on stand for.
  llvm::SmallVector<mlir::OperationName> unknownOps;
};

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_SIZEFLATTENING_H
