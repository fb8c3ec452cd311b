//===- RMSNormTiling.cpp - Tiling of norm.rmsnorm by rows -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TilingSupport.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace norm;

/// True if the tile covers dim `dim` of x, as far as can be proven.
static bool coversDim(RMSNormOp op, int64_t dim, OpFoldResult offset,
                      OpFoldResult size) {
  if (!isConstantIntValue(offset, 0))
    return false;
  ShapedType x = op.getXType();
  if (!x.isDynamicDim(dim) && isConstantIntValue(size, x.getDimSize(dim)))
    return true;
  using Bounds = ValueBoundsConstraintSet;
  FailureOr<bool> equal = Bounds::areEqual(Bounds::Variable(size),
                                           Bounds::Variable(op.getX(), dim));
  return succeeded(equal) && *equal;
}

SmallVector<utils::IteratorType> RMSNormOp::getLoopIteratorTypes() {
  SmallVector<utils::IteratorType> types(getXType().getRank(),
                                         utils::IteratorType::parallel);
  std::fill(types.begin() + getCanonicalAxis(), types.end(),
            utils::IteratorType::reduction);
  return types;
}

SmallVector<Range> RMSNormOp::getIterationDomain(OpBuilder &builder) {
  return getDomainOf(builder, getLoc(), getX());
}

FailureOr<TilingResult>
RMSNormOp::getTiledImplementation(OpBuilder &builder,
                                  ArrayRef<OpFoldResult> offsets,
                                  ArrayRef<OpFoldResult> sizes) {
  // A part of a row is not a row: the sum needs all of it.
  int64_t rank = getXType().getRank();
  for (int64_t dim = getCanonicalAxis(); dim < rank; ++dim)
    if (!coversDim(*this, dim, offsets[dim], sizes[dim]))
      return emitOpError("cannot be tiled inside a row: expected tiles that "
                         "cover dims ")
             << getCanonicalAxis() << " to " << rank - 1
             << ", found one that may cover a part of dim " << dim;

  SmallVector<Operation *> slices;
  auto slice = [&](Value value, int64_t rank) {
    slices.push_back(createSlice(builder, getLoc(), value,
                                 offsets.take_front(rank),
                                 sizes.take_front(rank)));
    return slices.back()->getResult(0);
  };
  SmallVector<Value> operands{slice(getX(), getXType().getRank())};
  llvm::append_range(operands, getODSOperands(1)); // gamma
  llvm::append_range(operands, getODSOperands(2)); // beta
  for (Value out : getOuts())
    operands.push_back(slice(out, cast<ShapedType>(out.getType()).getRank()));

  auto xType = cast<ShapedType>(operands[0].getType());
  SmallVector<Type> types;
  for (Value output : getOutputs()) {
    auto type = cast<RankedTensorType>(output.getType());
    types.push_back(RankedTensorType::get(
        xType.getShape().take_front(type.getRank()), type.getElementType()));
  }
  auto tiled = RMSNormOp::create(
      builder, getLoc(), types, operands, getProperties(),
      getOperation()->getDiscardableAttrDictionary().getValue());
  // The results of the tile are values of the tile's op in tensor form only.
  return TilingResult{{tiled}, SmallVector<Value>(tiled.getOutputs()), slices};
}

LogicalResult RMSNormOp::getResultTilePosition(
    OpBuilder &builder, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  int64_t rank = resultNumber == 0 ? getXType().getRank() : getCanonicalAxis();
  resultOffsets.assign(offsets.begin(), offsets.begin() + rank);
  resultSizes.assign(sizes.begin(), sizes.begin() + rank);
  return success();
}

LogicalResult RMSNormOp::getIterationDomainTileFromResultTile(
    OpBuilder &builder, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &domainOffsets,
    SmallVectorImpl<OpFoldResult> &domainSizes) {
  // The dims of a row come whole from the domain, whatever part is asked for.
  int64_t axis = getCanonicalAxis();
  domainOffsets.assign(offsets.begin(), offsets.begin() + axis);
  domainSizes.assign(sizes.begin(), sizes.begin() + axis);
  SmallVector<Range> domain = getIterationDomain(builder);
  for (Range range : ArrayRef(domain).drop_front(axis)) {
    domainOffsets.push_back(range.offset);
    domainSizes.push_back(range.size);
  }
  return success();
}

FailureOr<TilingResult>
RMSNormOp::generateResultTileValue(OpBuilder &builder, unsigned resultNumber,
                                   ArrayRef<OpFoldResult> offsets,
                                   ArrayRef<OpFoldResult> sizes) {
  // A tile at an offset inside a row would compute the row once for each tile.
  int64_t axis = getCanonicalAxis();
  for (OpFoldResult offset : offsets.drop_front(axis))
    if (!isConstantIntValue(offset, 0))
      return emitOpError("cannot be fused into a loop over parts of its rows: "
                         "expected result tiles that start at offset 0 from "
                         "dim ")
             << axis;
  SmallVector<OpFoldResult> tileOffsets, tileSizes;
  if (failed(getIterationDomainTileFromResultTile(
          builder, resultNumber, offsets, sizes, tileOffsets, tileSizes)))
    return failure();
  FailureOr<TilingResult> tiled =
      getTiledImplementation(builder, tileOffsets, tileSizes);
  if (failed(tiled))
    return failure();

  Value tile = tiled->tiledValues[resultNumber];
  bool whole = true;
  for (int64_t dim = axis, e = offsets.size(); dim < e; ++dim)
    whole &= coversDim(*this, dim, offsets[dim], sizes[dim]);
  if (!whole) {
    SmallVector<OpFoldResult> zeros(offsets.size(), builder.getIndexAttr(0));
    tile = createSlice(builder, getLoc(), tile, zeros, sizes)->getResult(0);
  }
  return TilingResult{tiled->tiledOps, {tile}, tiled->generatedSlices};
}
