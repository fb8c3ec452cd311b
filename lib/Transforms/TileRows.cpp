//===- TileRows.cpp - One loop over rows for each fusion region -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GPUStrategy.h"
#include "RegionTiler.h"
#include "RowOps.h"

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/TilingInterface.h"

namespace norm {
#define GEN_PASS_DEF_TILEROWS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {

/// One loop over the rows of a region.
class RowLoopTiler : RegionTiler {
public:
  using RegionTiler::RegionTiler;

  LogicalResult tile() {
    rewriter.setInsertionPoint(region.root);
    if (failed(computeShapes()))
      return failure();
    SmallVector<Value> outs;
    for (OpResult result : results)
      outs.push_back(tensor::EmptyOp::create(
          rewriter, loc, shapes[result],
          cast<RankedTensorType>(result.getType()).getElementType()));
    // Upstream has no slices of dims of size 0, and nothing is computed.
    if (isEmpty()) {
      replace(outs);
      return success();
    }
    Value bytes = streamedBytes();
    SmallVector<OpFoldResult> bounds(domain().take_front(region.rowRank));
    if (bounds.empty())
      bounds.push_back(numChunks(domain()[0]));
    scf::ForallOp loop = createRowLoop(rewriter, loc, bounds, outs, strategy);
    rewriter.setInsertionPointToStart(loop.getBody());
    createSchedule(bytes);
    if (failed(fillBody(loop)))
      return failure();
    replace(loop.getResults());
    return success();
  }

private:
  // Elements without rows are cut into chunks, so that threads can share them.
  // On a CPU a chunk takes two streams of f32 through the first cache.

  OpFoldResult numChunks(OpFoldResult size) {
    return affine::makeComposedFoldedAffineApply(
        rewriter, loc, rewriter.getAffineSymbolExpr(0).ceilDiv(chunkElements()),
        size);
  }

  /// The offset and the size of one chunk.
  std::pair<SmallVector<OpFoldResult>, SmallVector<OpFoldResult>>
  chunk(Value number, OpFoldResult size) {
    AffineExpr i, n;
    bindSymbols(rewriter.getContext(), i, n);
    OpFoldResult offset = affine::makeComposedFoldedAffineApply(
        rewriter, loc, i * chunkElements(), {OpFoldResult(number)});
    std::optional<int64_t> known = getConstantIntValue(size);
    OpFoldResult length = rewriter.getIndexAttr(chunkElements());
    if (!known || *known % chunkElements() != 0)
      length = affine::makeComposedFoldedAffineMin(
          rewriter, loc,
          AffineMap::get(0, 2,
                         {rewriter.getAffineConstantExpr(chunkElements()),
                          n - i * chunkElements()},
                         rewriter.getContext()),
          {OpFoldResult(number), size});
    return {{offset}, {length}};
  }

  LogicalResult fillBody(scf::ForallOp loop) {
    SmallVector<OpFoldResult> offsets, sizes;
    if (region.rowRank == 0)
      std::tie(offsets, sizes) = chunk(loop.getInductionVar(0), domain()[0]);
    else
      for (auto [i, size] : llvm::enumerate(domain())) {
        bool isRow = static_cast<int64_t>(i) < region.rowRank;
        offsets.push_back(isRow ? OpFoldResult(loop.getInductionVar(i))
                                : rewriter.getIndexAttr(0));
        sizes.push_back(isRow ? OpFoldResult(rewriter.getIndexAttr(1)) : size);
      }
    if (failed(tileMembers(offsets, sizes)))
      return failure();
    rewriter.setInsertionPointToStart(loop.getTerminator().getBody());
    SmallVector<OpFoldResult> strides(sizes.size(), rewriter.getIndexAttr(1));
    for (auto [result, dest] : llvm::zip(results, loop.getRegionIterArgs())) {
      int64_t rank = cast<RankedTensorType>(result.getType()).getRank();
      tensor::ParallelInsertSliceOp::create(
          rewriter, loc, tiledValues[result], dest,
          ArrayRef(offsets).take_front(rank), ArrayRef(sizes).take_front(rank),
          ArrayRef(strides).take_front(rank));
    }
    return success();
  }

  int64_t chunkElements() {
    return strategy && strategy.getGpu() ? strategy.getGpu().getRowTile()
                                         : 4096;
  }
};

struct TileRowsPass : norm::impl::TileRowsBase<TileRowsPass> {
  using TileRowsBase::TileRowsBase;

  void runOnOperation() override {
    getOperation()->walk([&](func::FuncOp function) {
      IRRewriter rewriter(&getContext());
      SmallVector<FusionRegion> regions = formFusionRegions(function, remarks);
      llvm::SmallDenseSet<Operation *> members;
      for (const FusionRegion &region : regions)
        members.insert(region.ops.begin(), region.ops.end());
      SmallVector<linalg::LinalgOp> others;
      function.walk([&](linalg::LinalgOp op) {
        if (!members.contains(op) && op.getNumLoops() > 0 && !isRowSum(op) &&
            !isColumnSum(op) &&
            !(isa<linalg::FillOp>(op) && op.getNumLoops() == 1) &&
            op.hasPureTensorSemantics())
          others.push_back(op);
      });
      for (const FusionRegion &region : regions)
        if (!isScalar(region) && failed(tileRegion(rewriter, region)))
          return signalPassFailure();
      for (linalg::LinalgOp op : others)
        if (failed(tileByElements(rewriter, op)))
          return signalPassFailure();
    });
  }

  static bool isScalar(const FusionRegion &region) {
    return cast<RankedTensorType>(region.root->getResult(0).getType())
               .getRank() == 0;
  }

  LogicalResult tileRegion(IRRewriter &rewriter, const FusionRegion &region) {
    if (hasRowSums(region))
      return tileByRowBlocks(rewriter, region);
    if (hasNarrowRows(region))
      return tileNarrowRows(rewriter, region);
    return RowLoopTiler(rewriter, region).tile();
  }

  /// An op that is no part of a norm kernel is lowered, but not made fast.
  LogicalResult tileByElements(IRRewriter &rewriter, linalg::LinalgOp op) {
    SmallVector<OpFoldResult> ones(op.getNumLoops(), rewriter.getIndexAttr(1));
    rewriter.setInsertionPoint(op);
    FailureOr<scf::SCFTilingResult> tiled =
        scf::tileUsingSCF(rewriter, cast<TilingInterface>(op.getOperation()),
                          scf::SCFTilingOptions().setTileSizes(ones));
    if (failed(tiled))
      return op->emitOpError("cannot be tiled");
    rewriter.replaceOp(op, tiled->replacements);
    return success();
  }
};

} // namespace
