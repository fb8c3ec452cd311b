//===- GPUStrategy.h - How each norm op runs on a GPU ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_GPUSTRATEGY_H
#define NORM_LIB_TRANSFORMS_GPUSTRATEGY_H

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include <limits>

namespace norm {

/// The bytes of the widest access of a thread, which are also its alignment.
inline constexpr int64_t rowAlignment = 16;

/// The threads of a warp.
inline constexpr int64_t warp = 32;

/// On an access of a vector in a kernel: the rows of what it accesses start at
/// multiples of `rowAlignment`.
inline constexpr llvm::StringRef kAlignedAttr = "norm.aligned";

/// On a row loop: the last of its dims has this many iterations, which are the
/// blocks of a cluster.
inline constexpr llvm::StringRef kClusterAttr = "norm.cluster";

/// The blocks that a cluster has at most on every GPU with clusters.
inline constexpr int64_t maxClusterBlocks = 8;

/// How the threads of an NVIDIA GPU, which may have clusters of blocks, share
/// the rows of `op`, by its types alone.
GPUStrategyAttr selectGPUStrategy(NormOpInterface op, bool hasClusters);

/// How the threads share the elements of ops in `function` that are fused with
/// no norm op.
GPUStrategyAttr getElementwiseGPUStrategy(mlir::func::FuncOp function);

/// How the threads add up to `rows` rows of `columns` partial sums in `acc`,
/// beside an op of `strategy`; the number of columns may be dynamic.
StrategyAttr getSumGPUStrategy(StrategyAttr strategy, mlir::FloatType acc,
                               int64_t rows, int64_t columns);

/// How the threads merge the `blocks` sums of a channel, a number that may be
/// dynamic, beside an op of `strategy`: a warp has a channel.
StrategyAttr getMergeGPUStrategy(StrategyAttr strategy, int64_t blocks);

/// A thread for each iteration of a loop on scalars.
GPUStrategyAttr getElementGPUStrategy(mlir::MLIRContext *context);

/// How the threads share the sums of the chunks of a row: the lanes of each
/// warp have one each.
GPUStrategyAttr getChunkGPUStrategy(mlir::MLIRContext *context);

/// How the threads have the sums of the columns of a tile with several rows:
/// one each.
GPUStrategyAttr getColumnGPUStrategy(GPUStrategyAttr gpu);

/// As `split_rows`: each chunk has a block for any number of rows.
inline constexpr int64_t allRows = std::numeric_limits<int64_t>::max();

/// A row has at most this many chunks.
inline constexpr int64_t maxRowChunks = 1024;

/// How a row is cut into the chunks of its sum.
struct RowChunks {
  /// The elements of each but the last, a multiple of `row_chunk`, and the
  /// number of them; indices.
  mlir::OpFoldResult size, count;
};

/// The chunks of a row of `length` elements by `gpu`, which has a `row_chunk`.
/// Emits what computes them, if the length is dynamic.
RowChunks cutRow(mlir::OpBuilder &builder, mlir::Location loc,
                 GPUStrategyAttr gpu, mlir::OpFoldResult length);

/// A loop without a body over `bounds` that makes `outs`, at the insertion
/// point; `strategy` is that of its schedule, or null. A loop that becomes a
/// kernel, or may be split, is mapped to blocks: so upstream does not take it
/// away if it has one iteration, and values in it do not reach the next one.
/// Loops of more dims than upstream has names for are not mapped.
mlir::scf::ForallOp createRowLoop(mlir::OpBuilder &builder, mlir::Location loc,
                                  llvm::ArrayRef<mlir::OpFoldResult> bounds,
                                  mlir::ValueRange outs, StrategyAttr strategy);

/// `strategy` with `gpu` instead of its own.
StrategyAttr withGPUStrategy(StrategyAttr strategy, GPUStrategyAttr gpu);

/// `strategy` for a loop in which a row is summed at once, by one thread or
/// block.
StrategyAttr withoutSplit(StrategyAttr strategy);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_GPUSTRATEGY_H
