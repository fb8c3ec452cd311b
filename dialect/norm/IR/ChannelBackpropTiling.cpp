//===- ChannelBackpropTiling.cpp - Tiling of norm.channel_backprop --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TilingSupport.h"

using namespace mlir;
using namespace norm;

SmallVector<utils::IteratorType> ChannelBackpropOp::getLoopIteratorTypes() {
  return getElementwiseIterators(*this);
}

SmallVector<Range> ChannelBackpropOp::getIterationDomain(OpBuilder &builder) {
  return getDomainOf(builder, getLoc(), getX());
}

FailureOr<TilingResult>
ChannelBackpropOp::getTiledImplementation(OpBuilder &builder,
                                          ArrayRef<OpFoldResult> offsets,
                                          ArrayRef<OpFoldResult> sizes) {
  // By itself, the tile knows only its own elements.
  Value count = getOrCreateCount(builder);
  int64_t rank = getXType().getRank(), channel = getChannelDim();
  SmallVector<Operation *> slices;
  SmallVector<Value> operands;
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    auto type = dyn_cast<ShapedType>(operand.get().getType());
    if (!type)
      continue; // count
    bool isVector = type.getRank() != rank;
    slices.push_back(createSlice(builder, getLoc(), operand.get(),
                                 isVector ? offsets.slice(channel, 1) : offsets,
                                 isVector ? sizes.slice(channel, 1) : sizes));
    operands.push_back(slices.back()->getResult(0));
  }
  // count stands behind gamma and before outs.
  unsigned beforeCount = 6 + (getGamma() ? 1 : 0);
  operands.insert(operands.begin() + beforeCount, count);
  SmallVector<Type> types;
  if (hasTensorSemantics())
    types.push_back(operands[0].getType());
  auto tiled = ChannelBackpropOp::create(
      builder, getLoc(), types, operands, getProperties(),
      getOperation()->getDiscardableAttrDictionary().getValue());
  SmallVector<int32_t> segments{1,
                                1,
                                1,
                                1,
                                1,
                                1,
                                getGamma() ? 1 : 0,
                                1,
                                static_cast<int32_t>(getOuts().size())};
  llvm::copy(segments, tiled.getProperties().operandSegmentSizes.begin());
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}

// A tile of the domain is the same tile of dx.
LogicalResult ChannelBackpropOp::getResultTilePosition(
    OpBuilder &, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  resultOffsets.assign(offsets.begin(), offsets.end());
  resultSizes.assign(sizes.begin(), sizes.end());
  return success();
}

LogicalResult ChannelBackpropOp::getIterationDomainTileFromResultTile(
    OpBuilder &, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &domainOffsets,
    SmallVectorImpl<OpFoldResult> &domainSizes) {
  domainOffsets.assign(offsets.begin(), offsets.end());
  domainSizes.assign(sizes.begin(), sizes.end());
  return success();
}

FailureOr<TilingResult>
ChannelBackpropOp::generateResultTileValue(OpBuilder &builder, unsigned,
                                           ArrayRef<OpFoldResult> offsets,
                                           ArrayRef<OpFoldResult> sizes) {
  return getTiledImplementation(builder, offsets, sizes);
}
