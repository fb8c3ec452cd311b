//===- RowOps.h - What the linalg ops of a row loop can be ------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_ROWOPS_H
#define NORM_LIB_TRANSFORMS_ROWOPS_H

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace norm {

/// The lanes of a sum whose accumulator has `bits` bits: element j of a row is
/// added in lane j mod lanes. Part of the meaning of the operators.
constexpr int64_t sumLanes(int64_t bits) { return bits == 64 ? 32 : 64; }

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

/// How the loop around `op` is compiled; null if nothing says it.
StrategyAttr strategyOf(mlir::Operation *op);

/// How the threads of a GPU share the rows of the loop around an op; null on a
/// CPU.
GPUStrategyAttr gpuStrategyOf(mlir::Operation *op);

/// The columns that a tile of an elementwise op or of a sum over rows has.
int64_t columnTile(mlir::linalg::LinalgOp op);

/// The number of iterations of a loop of `op`, taken from an input if it is
/// dynamic.
mlir::Value loopSize(mlir::OpBuilder &builder, mlir::linalg::LinalgOp op,
                     unsigned loop);

/// Sums over one row, or over a tile of rows: a generic op with reduction loops
/// only, whose results are all sums (see matchSums). With one loop, the results
/// may have the lanes of the contract: element j is added in lane j mod lanes.
bool isRowSum(mlir::linalg::LinalgOp op);

/// Computes row sums by vector code in the order of the contract. Returns the
/// scalar sums, or a vector of lanes for each result of rank 1, without the
/// values that the op was initialised with.
llvm::SmallVector<mlir::Value> vectorizeRowSum(mlir::RewriterBase &rewriter,
                                               mlir::linalg::GenericOp op);

/// Sums over the columns of a matrix: a generic op with a reduction loop over
/// its rows and a parallel loop over its columns, whose results are all sums
/// over the rows.
bool isColumnSum(mlir::linalg::LinalgOp op);

/// Replaces column sums over at most columnTile columns by a loop over the rows
/// that carries one vector for each sum.
void vectorizeColumnSum(mlir::RewriterBase &rewriter,
                        mlir::linalg::GenericOp op);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_ROWOPS_H
