//===- ChunkSums.h - Sums of a row by chunks of it --------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_CHUNKSUMS_H
#define NORM_LIB_TRANSFORMS_CHUNKSUMS_H

#include "GPUStrategy.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace norm {

/// How the sums of a row are made from those of its chunks, with the bits of
/// those of the whole row: on a GPU a chunk has one sum, on a CPU one for each
/// lane of the contract.
class ChunkSums {
public:
  ChunkSums(mlir::OpBuilder &builder, StrategyAttr strategy)
      : b(builder), gpu(strategy.getGpu()), split(strategy.getSplit()) {}

  /// The least elements of a row that is cut, the rows from which on none is,
  /// and 0 for both if none ever is.
  int64_t leastColumns() const;
  int64_t leastRows() const;

  /// The chunks of a row of `length` elements; some of the last may be empty.
  RowChunks cut(mlir::Location loc, mlir::OpFoldResult length);

  /// The dims that the sum of a chunk has, and its type for a sum of `element`.
  llvm::SmallVector<mlir::OpFoldResult> dims(mlir::FloatType element);
  mlir::RankedTensorType typeOf(mlir::FloatType element);

  /// Makes the sums of a row, an op on a chunk of it, those of the chunk.
  void makePartial(mlir::linalg::GenericOp op);

  /// The sum of a row, `tensor<f32>`, from the sums `[chunks, dims..]` of its
  /// chunks.
  mlir::Value add(mlir::Location loc, mlir::Value sums, int64_t count);

private:
  mlir::Value zeros(mlir::Location loc, mlir::RankedTensorType type);

  mlir::OpBuilder &b;
  GPUStrategyAttr gpu;
  RowSplitAttr split;
};

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_CHUNKSUMS_H
