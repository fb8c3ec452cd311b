//===- RegionTiler.h - The ops of a fusion region in one loop -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_REGIONTILER_H
#define NORM_LIB_TRANSFORMS_REGIONTILER_H

#include "FusionRegion.h"

#include "norm/IR/NormOps.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/TilingInterface.h"

namespace norm {

/// Tiles all ops of a region into one loop. Upstream's tile-and-fuse starts at
/// one consumer and clones a producer for each use; a region has several ends
/// (y and rrms, a residual sum and y) and each op must run once.
class RegionTiler {
public:
  RegionTiler(mlir::IRRewriter &rewriter, const FusionRegion &region);

protected:
  /// Finds the sizes of every result of the region. They are made before the
  /// loop, so they are taken from what comes in: the shape of the root's input
  /// is that of all full-rank values. Emits an error if nothing comes in.
  llvm::LogicalResult computeShapes();
  /// The sizes of a full-rank value.
  llvm::ArrayRef<mlir::OpFoldResult> domain() const { return sizes; }
  /// True if no value of the region has an element, by its type.
  bool isEmpty() const;

  /// The schedule of a loop for the region, at the rewriter's place; `bytes`
  /// are those of streamedBytes().
  void createSchedule(mlir::Value bytes);
  /// Bytes of the full-rank tensors that the loop reads and writes.
  mlir::Value streamedBytes();

  /// Makes the tile of every op at the rewriter's place. Sums over rows are
  /// left to the caller: the tile of such an op has its other results alone.
  llvm::LogicalResult tileMembers(llvm::ArrayRef<mlir::OpFoldResult> offsets,
                                  llvm::ArrayRef<mlir::OpFoldResult> tileSizes);

  /// Replaces the region by the values of `results`.
  void replace(mlir::ValueRange values);

  mlir::IRRewriter &rewriter;
  const FusionRegion &region;
  mlir::Location loc;
  llvm::SmallDenseSet<mlir::Operation *> members;
  /// What is used outside of the region, in the order of its ops.
  llvm::SmallVector<mlir::OpResult> results;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::OpFoldResult>> shapes;
  llvm::DenseMap<mlir::Value, mlir::Value> tiledValues;
  llvm::DenseMap<mlir::Operation *, mlir::Operation *> tiledOps;
  /// Null where none was selected.
  StrategyAttr strategy;

private:
  llvm::FailureOr<mlir::TilingResult>
  tileMember(mlir::Operation *op, llvm::ArrayRef<mlir::OpFoldResult> offsets,
             llvm::ArrayRef<mlir::OpFoldResult> tileSizes);
  void replaceSizeOfMember(mlir::OpFoldResult own, mlir::OpFoldResult size);
  void useTiledValues(const mlir::TilingResult &tiled);

  llvm::SmallVector<mlir::OpFoldResult> sizes;
};

/// The strategy of a region grown from `root`: a norm op's own, else its
/// function's. Null if none was selected.
StrategyAttr getStrategyOf(mlir::Operation *root);

/// True for a region of elementwise ops whose rows are too short to run one by
/// one, by their type or perhaps in some calls, and which has parameters:
/// vectors over one of the last two dims that are broadcast.
bool hasNarrowRows(const FusionRegion &region);

/// Tiles such a region into loops over longer rows, as the pass norm-tile-rows
/// describes.
llvm::LogicalResult tileNarrowRows(mlir::IRRewriter &rewriter,
                                   const FusionRegion &region);

/// True if an op of the region sums over its rows.
bool hasRowSums(const FusionRegion &region);

/// Tiles a region with sums over its rows into blocks of rows, as the pass
/// norm-tile-rows describes. Its rows have one dim.
llvm::LogicalResult tileByRowBlocks(mlir::IRRewriter &rewriter,
                                    const FusionRegion &region);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_REGIONTILER_H
