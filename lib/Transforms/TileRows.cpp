//===- TileRows.cpp - One loop over rows for each fusion region -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FusionRegion.h"
#include "RowOps.h"

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/TilingInterface.h"

namespace norm {
#define GEN_PASS_DEF_TILEROWS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {

/// Tiles all ops of a region into one loop. Upstream's tile-and-fuse starts at
/// one consumer and clones a producer for each use; a region has several ends
/// (y and rrms, a residual sum and y) and each op must run once.
class RegionTiler {
public:
  RegionTiler(IRRewriter &rewriter, const FusionRegion &region)
      : rewriter(rewriter), region(region), loc(region.root->getLoc()),
        members(region.ops.begin(), region.ops.end()) {}

  LogicalResult tile() {
    rewriter.setInsertionPoint(region.root);
    for (Operation *op : region.ops)
      for (OpResult result : op->getResults())
        if (llvm::any_of(result.getUsers(), [&](Operation *user) {
              return !members.contains(user);
            }))
          results.push_back(result);
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
    ArrayRef<OpFoldResult> domain = shapes[region.root->getResult(0)];
    SmallVector<OpFoldResult> bounds(domain.take_front(region.rowRank));
    if (bounds.empty())
      bounds.push_back(numChunks(domain[0]));
    auto loop = scf::ForallOp::create(rewriter, loc, bounds, outs,
                                      /*mapping=*/std::nullopt);
    if (failed(fillBody(loop, domain, bytes)))
      return failure();
    replace(loop.getResults());
    return success();
  }

private:
  /// Replaces the region by the values of its results.
  void replace(ValueRange values) {
    for (auto [result, value] : llvm::zip_equal(results, values))
      rewriter.replaceUsesWithIf(result, value, [&](OpOperand &use) {
        return !members.contains(use.getOwner());
      });
    for (Operation *op : llvm::reverse(region.ops))
      rewriter.eraseOp(op);
  }

  /// The sizes of every result of the region. They are made before the loop,
  /// so they are taken from what comes in: the shape of the root's input is
  /// that of all full-rank values.
  LogicalResult computeShapes() {
    SmallVector<OpFoldResult> full;
    for (Operation *op : region.ops) {
      for (OpOperand &operand : op->getOpOperands()) {
        auto type = dyn_cast<RankedTensorType>(operand.get().getType());
        if (!type || type.getRank() != region.rowRank + 1 ||
            members.contains(operand.get().getDefiningOp()))
          continue;
        auto dest = dyn_cast<DestinationStyleOpInterface>(op);
        if (dest && dest.isDpsInit(&operand) && op != region.root &&
            !op->isBeforeInBlock(region.root))
          continue; // A destination may be made after the root.
        full = tensor::getMixedSizes(rewriter, loc, operand.get());
        break;
      }
      if (!full.empty())
        break;
    }
    if (full.empty())
      return region.root->emitOpError(
                 "cannot be tiled by rows: expected an operand of rank ")
             << region.rowRank + 1
             << " from outside its fusion region, found none";
    for (Operation *op : region.ops)
      for (OpResult result : op->getResults()) {
        auto type = cast<RankedTensorType>(result.getType());
        SmallVector<OpFoldResult> sizes(
            ArrayRef(full).take_front(type.getRank()));
        for (auto [i, size] : llvm::enumerate(sizes))
          if (!type.isDynamicDim(i))
            size = rewriter.getIndexAttr(type.getDimSize(i));
        shapes[result] = sizes;
      }
    return success();
  }

  /// True if no result has an element, by its type.
  bool isEmpty() {
    return llvm::all_of(results, [&](OpResult result) {
      return llvm::any_of(shapes[result], [](OpFoldResult size) {
        return isConstantIntValue(size, 0);
      });
    });
  }

  /// Bytes of the full-rank tensors that the loop reads and writes.
  Value streamedBytes() {
    llvm::SetVector<Value> tensors;
    for (Operation *op : region.ops) {
      auto dest = dyn_cast<DestinationStyleOpInterface>(op);
      for (OpOperand &operand : op->getOpOperands())
        if (!members.contains(operand.get().getDefiningOp()) &&
            !(dest && dest.isDpsInit(&operand)))
          tensors.insert(operand.get());
    }
    tensors.insert(results.begin(), results.end());
    int64_t perElement = 0;
    for (Value value : tensors)
      if (auto type = dyn_cast<RankedTensorType>(value.getType()))
        if (type.getRank() == region.rowRank + 1)
          perElement += llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    SmallVector<OpFoldResult> sizes(shapes[region.root->getResult(0)]);
    OpFoldResult bytes = rewriter.getIndexAttr(perElement);
    AffineExpr a, b;
    bindSymbols(rewriter.getContext(), a, b);
    for (OpFoldResult size : sizes)
      bytes = affine::makeComposedFoldedAffineApply(rewriter, loc, a * b,
                                                    {bytes, size});
    return getValueOrCreateConstantIndexOp(rewriter, loc, bytes);
  }

  // Elements without rows are cut into chunks, so that threads can share them.
  // A chunk takes two streams of f32 through the first cache.

  OpFoldResult numChunks(OpFoldResult size) {
    return affine::makeComposedFoldedAffineApply(
        rewriter, loc, rewriter.getAffineSymbolExpr(0).ceilDiv(chunkElements),
        size);
  }

  /// The offset and the size of one chunk.
  std::pair<SmallVector<OpFoldResult>, SmallVector<OpFoldResult>>
  chunk(Value number, OpFoldResult size) {
    AffineExpr i, n;
    bindSymbols(rewriter.getContext(), i, n);
    OpFoldResult offset = affine::makeComposedFoldedAffineApply(
        rewriter, loc, i * chunkElements, {OpFoldResult(number)});
    std::optional<int64_t> known = getConstantIntValue(size);
    OpFoldResult length = rewriter.getIndexAttr(chunkElements);
    if (!known || *known % chunkElements != 0)
      length = affine::makeComposedFoldedAffineMin(
          rewriter, loc,
          AffineMap::get(0, 2,
                         {rewriter.getAffineConstantExpr(chunkElements),
                          n - i * chunkElements},
                         rewriter.getContext()),
          {OpFoldResult(number), size});
    return {{offset}, {length}};
  }

  LogicalResult fillBody(scf::ForallOp loop, ArrayRef<OpFoldResult> domain,
                         Value bytes) {
    rewriter.setInsertionPointToStart(loop.getBody());
    StrategyAttr strategy;
    if (auto normOp = dyn_cast<NormOpInterface>(region.root))
      strategy = normOp.getStrategyAttr();
    if (strategy)
      LoopScheduleOp::create(rewriter, loc, strategy, bytes);

    SmallVector<OpFoldResult> offsets, sizes;
    if (region.rowRank == 0)
      std::tie(offsets, sizes) = chunk(loop.getInductionVar(0), domain[0]);
    else
      for (auto [i, size] : llvm::enumerate(domain)) {
        bool isRow = static_cast<int64_t>(i) < region.rowRank;
        offsets.push_back(isRow ? OpFoldResult(loop.getInductionVar(i))
                                : rewriter.getIndexAttr(0));
        sizes.push_back(isRow ? OpFoldResult(rewriter.getIndexAttr(1)) : size);
      }
    for (Operation *op : region.ops) {
      if (auto normOp = dyn_cast<NormOpInterface>(op))
        normOp.setStrategyAttr({});
      SmallVector<OpFoldResult> ownSizes(sizes);
      SmallVector<Range> ownDomain;
      auto tilingOp = cast<TilingInterface>(op);
      if (llvm::is_contained(tilingOp.getLoopIteratorTypes(),
                             utils::IteratorType::reduction)) {
        // It wants proof that a row is whole.
        ownDomain = tilingOp.getIterationDomain(rewriter);
        ownSizes.back() = ownDomain.back().size;
      }
      FailureOr<TilingResult> tiled =
          tilingOp.getTiledImplementation(rewriter, offsets, ownSizes);
      if (failed(tiled))
        return op->emitOpError("cannot be tiled by rows");
      for (auto [own, size] : llvm::zip(ownDomain, domain))
        replaceSizeOfMember(own.size, size);
      useTiledValues(*tiled, loop);
      for (auto [result, value] :
           llvm::zip(op->getResults(), tiled->tiledValues))
        tiledValues[result] = value;
    }
    rewriter.setInsertionPointToStart(loop.getTerminator().getBody());
    SmallVector<OpFoldResult> strides(domain.size(), rewriter.getIndexAttr(1));
    for (auto [result, dest] : llvm::zip(results, loop.getRegionIterArgs())) {
      int64_t rank = cast<RankedTensorType>(result.getType()).getRank();
      tensor::ParallelInsertSliceOp::create(
          rewriter, loc, tiledValues[result], dest,
          ArrayRef(offsets).take_front(rank), ArrayRef(sizes).take_front(rank),
          ArrayRef(strides).take_front(rank));
    }
    return success();
  }

  /// A value of the region has no sizes outside the loop. All full-rank values
  /// have the same, which is checked when the function is called.
  void replaceSizeOfMember(OpFoldResult own, OpFoldResult size) {
    auto value = dyn_cast<Value>(own);
    auto dim = value ? value.getDefiningOp<tensor::DimOp>() : tensor::DimOp();
    if (dim && members.contains(dim.getSource().getDefiningOp()))
      rewriter.replaceOp(dim,
                         getValueOrCreateConstantIndexOp(rewriter, loc, size));
  }

  /// A slice of a value of the region is that value's tile. The slice of a
  /// destination goes: the destination may be made after the loop.
  void useTiledValues(const TilingResult &tiled, scf::ForallOp loop) {
    OpBuilder::InsertionGuard guard(rewriter);
    for (Operation *generated : tiled.generatedSlices) {
      auto slice = dyn_cast<tensor::ExtractSliceOp>(generated);
      if (!slice)
        continue;
      if (Value value = tiledValues.lookup(slice.getSource()))
        rewriter.replaceOp(slice, value);
    }
    for (Operation *op : tiled.tiledOps) {
      auto dest = dyn_cast<DestinationStyleOpInterface>(op);
      if (!dest)
        continue;
      // No op of a region reads its destination.
      rewriter.setInsertionPoint(op);
      for (OpOperand &init : dest.getDpsInitsMutable()) {
        auto slice = init.get().getDefiningOp<tensor::ExtractSliceOp>();
        auto type = cast<RankedTensorType>(init.get().getType());
        Value empty = tensor::EmptyOp::create(
            rewriter, loc,
            slice ? slice.getMixedSizes()
                  : tensor::getMixedSizes(rewriter, loc, init.get()),
            type.getElementType());
        rewriter.modifyOpInPlace(op, [&] { init.set(empty); });
        if (slice && slice->use_empty())
          rewriter.eraseOp(slice);
      }
    }
  }

  static constexpr int64_t chunkElements = 4096;

  IRRewriter &rewriter;
  const FusionRegion &region;
  Location loc;
  llvm::SmallDenseSet<Operation *> members;
  SmallVector<OpResult> results;
  DenseMap<Value, SmallVector<OpFoldResult>> shapes;
  DenseMap<Value, Value> tiledValues;
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
        if (!isScalar(region) && failed(RegionTiler(rewriter, region).tile()))
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

  /// A fill of one row initializes a sum in its place.
  static bool isRowFill(linalg::LinalgOp op) {
    return isa<linalg::FillOp>(op) && op.getNumLoops() == 1;
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
