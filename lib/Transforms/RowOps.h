//===- RowOps.h - What the linalg ops of a row loop can be ------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_ROWOPS_H
#define NORM_LIB_TRANSFORMS_ROWOPS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace norm {

/// The lanes of a sum whose accumulator has `bits` bits: element j of a row is
/// added in lane j mod lanes. Part of the meaning of the operators.
inline int64_t sumLanes(int64_t bits) { return bits == 64 ? 32 : 64; }

/// The elements of a row that one block of a sum holds.
inline constexpr int64_t sumBlock = 4096;

/// An elementwise op on one row: one parallel loop.
inline bool isElementwiseRowOp(mlir::linalg::LinalgOp op) {
  return op.getNumLoops() == 1 && op.getNumParallelLoops() == 1;
}
/// An op without loops.
inline bool isScalarOp(mlir::linalg::LinalgOp op) {
  return op.getNumLoops() == 0;
}

/// The elements that a column tile of an elementwise op has.
int64_t columnTile(mlir::linalg::LinalgOp op);

/// A sum over one row: a generic op with one reduction loop, one result, and a
/// body that yields `addf(acc, f(inputs))`. Null if `op` is none; else the
/// value `f(inputs)`.
mlir::Value matchRowSum(mlir::linalg::LinalgOp op);

/// Replaces a row sum by vector code in the order of the contract. The result
/// is the scalar sum, without the value that the op was initialised with.
mlir::Value vectorizeRowSum(mlir::RewriterBase &rewriter,
                            mlir::linalg::GenericOp op);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_ROWOPS_H
