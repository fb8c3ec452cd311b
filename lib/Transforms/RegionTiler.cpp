//===- RegionTiler.cpp - The ops of a fusion region in one loop -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RegionTiler.h"

#include "EntryPoints.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace mlir;
using namespace norm;

/// The part of a tensor that a result of a region is.
static RowPart partOf(OpResult result) {
  auto rowOp = dyn_cast<NormRowOpInterface>(result.getOwner());
  return rowOp ? rowOp.getOutputPart(result.getResultNumber()) : RowPart::Full;
}

StrategyAttr norm::getStrategyOf(Operation *root) {
  if (auto normOp = dyn_cast<NormOpInterface>(root))
    return normOp.getStrategyAttr();
  auto function = root->getParentOfType<func::FuncOp>();
  return function ? function->getAttrOfType<StrategyAttr>(kStrategyAttr)
                  : StrategyAttr();
}

RegionTiler::RegionTiler(IRRewriter &rewriter, const FusionRegion &region)
    : rewriter(rewriter), region(region), loc(region.root->getLoc()),
      members(region.ops.begin(), region.ops.end()),
      strategy(getStrategyOf(region.root)) {
  for (Operation *op : region.ops)
    for (OpResult result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) {
            return !members.contains(user);
          }))
        results.push_back(result);
}

LogicalResult RegionTiler::computeShapes() {
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
      sizes = tensor::getMixedSizes(rewriter, loc, operand.get());
      break;
    }
    if (!sizes.empty())
      break;
  }
  if (sizes.empty())
    return region.root->emitOpError(
               "cannot be tiled by rows: expected an operand of rank ")
           << region.rowRank + 1
           << " from outside its fusion region, found none";
  for (Operation *op : region.ops)
    for (OpResult result : op->getResults()) {
      auto type = cast<RankedTensorType>(result.getType());
      ArrayRef<OpFoldResult> part(sizes);
      part = partOf(result) == RowPart::Row ? part.take_back(type.getRank())
                                            : part.take_front(type.getRank());
      SmallVector<OpFoldResult> shape(part);
      for (auto [i, size] : llvm::enumerate(shape))
        if (!type.isDynamicDim(i))
          size = rewriter.getIndexAttr(type.getDimSize(i));
      shapes[result] = shape;
    }
  sizes = shapes[region.root->getResult(0)];
  return success();
}

bool RegionTiler::isEmpty() const {
  return llvm::any_of(
      sizes, [](OpFoldResult size) { return isConstantIntValue(size, 0); });
}

void RegionTiler::createSchedule(Value bytes) {
  if (strategy)
    LoopScheduleOp::create(rewriter, loc, strategy, bytes);
}

Value RegionTiler::streamedBytes() {
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
  OpFoldResult bytes = rewriter.getIndexAttr(perElement);
  AffineExpr a, b;
  bindSymbols(rewriter.getContext(), a, b);
  for (OpFoldResult size : sizes)
    bytes = affine::makeComposedFoldedAffineApply(rewriter, loc, a * b,
                                                  {bytes, size});
  return getValueOrCreateConstantIndexOp(rewriter, loc, bytes);
}

LogicalResult RegionTiler::tileMembers(ArrayRef<OpFoldResult> offsets,
                                       ArrayRef<OpFoldResult> tileSizes) {
  for (Operation *op : region.ops) {
    if (auto normOp = dyn_cast<NormOpInterface>(op))
      normOp.setStrategyAttr({});
    Operation *tileable = op;
    if (isa<RMSNormGradOp>(op) && op->getNumResults() > 1)
      tileable = mlir::clone(rewriter, op, {op->getResultTypes()[0]},
                             op->getOperands());
    FailureOr<TilingResult> tiled = tileMember(tileable, offsets, tileSizes);
    if (tileable != op)
      rewriter.eraseOp(tileable);
    if (failed(tiled))
      return op->emitOpError("cannot be tiled by rows");
    tiledOps[op] = tiled->tiledOps.front();
    for (auto [result, value] : llvm::zip(op->getResults(), tiled->tiledValues))
      tiledValues[result] = value;
  }
  return success();
}

FailureOr<TilingResult>
RegionTiler::tileMember(Operation *op, ArrayRef<OpFoldResult> offsets,
                        ArrayRef<OpFoldResult> tileSizes) {
  SmallVector<OpFoldResult> ownSizes(tileSizes);
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
    return failure();
  for (auto [own, size] : llvm::zip(ownDomain, sizes))
    replaceSizeOfMember(own.size, size);
  useTiledValues(*tiled);
  return tiled;
}

/// A value of the region has no sizes outside the loop. All full-rank values
/// have the same, which is checked when the function is called.
void RegionTiler::replaceSizeOfMember(OpFoldResult own, OpFoldResult size) {
  auto value = dyn_cast<Value>(own);
  auto dim = value ? value.getDefiningOp<tensor::DimOp>() : tensor::DimOp();
  if (dim && members.contains(dim.getSource().getDefiningOp()))
    rewriter.replaceOp(dim,
                       getValueOrCreateConstantIndexOp(rewriter, loc, size));
}

/// A slice of a value of the region is that value's tile. The slice of a
/// destination goes: the destination may be made after the loop.
void RegionTiler::useTiledValues(const TilingResult &tiled) {
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

void RegionTiler::replace(ValueRange values) {
  // What is tiled may ask for a size of the whole, such as the elements of a
  // channel.
  for (auto &[result, shape] : shapes)
    for (Operation *user : llvm::make_early_inc_range(result.getUsers()))
      if (auto dim = dyn_cast<tensor::DimOp>(user))
        if (std::optional<int64_t> index = dim.getConstantIndex()) {
          OpBuilder::InsertionGuard guard(rewriter);
          rewriter.setInsertionPoint(dim);
          rewriter.replaceOp(dim, getValueOrCreateConstantIndexOp(
                                      rewriter, loc, shape[*index]));
        }
  for (auto [result, value] : llvm::zip_equal(results, values))
    rewriter.replaceUsesWithIf(result, value, [&](OpOperand &use) {
      return !members.contains(use.getOwner());
    });
  for (Operation *op : llvm::reverse(region.ops))
    rewriter.eraseOp(op);
}

bool norm::hasRowSums(const FusionRegion &region) {
  return llvm::any_of(region.ops, [](Operation *op) {
    return llvm::any_of(op->getResults(), [](OpResult result) {
      return partOf(result) == RowPart::Row && !result.use_empty();
    });
  });
}
