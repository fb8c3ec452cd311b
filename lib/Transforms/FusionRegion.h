//===- FusionRegion.h - A norm op and the elementwise ops around it -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_FUSIONREGION_H
#define NORM_LIB_TRANSFORMS_FUSIONREGION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Operation.h"

namespace norm {

/// Ops that run in one loop over rows.
struct FusionRegion {
  /// The op that the region was grown from.
  mlir::Operation *root;
  /// All ops, in the order of their block. Operands from outside dominate the
  /// root; results used outside are used after it.
  llvm::SmallVector<mlir::Operation *> ops;
  /// The number of leading dims that are rows.
  int64_t rowRank;
};

/// The regions of a function: one for each norm op that fits into none before,
/// then one for each such elementwise linalg op. Moves ops that need nothing of
/// a region in front of it. With `remarks`, each linalg and norm op of a
/// function with norm ops that is fused with none gets a remark with the
/// reason.
llvm::SmallVector<FusionRegion> formFusionRegions(mlir::func::FuncOp function,
                                                  bool remarks);

/// Why `op` is not an elementwise op over `[rows.., N]`; empty if it is one.
llvm::StringRef whyNotElementwise(mlir::Operation *op);

/// How a member of a region reads an operand: from its loops to the dims of the
/// operand. Null if it does not, or if the operand is a number of elements.
mlir::AffineMap getReadMap(mlir::OpOperand &operand);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_FUSIONREGION_H
