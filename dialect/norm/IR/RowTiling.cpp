//===- RowTiling.cpp - Tiling of ops on rows ------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TilingSupport.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace norm;

static int64_t rankOf(NormRowOpInterface op) {
  return cast<ShapedType>(op.getX().getType()).getRank();
}

/// True if the tile covers dim `dim` of x, as far as can be proven.
static bool coversDim(NormRowOpInterface op, int64_t dim, OpFoldResult offset,
                      OpFoldResult size) {
  if (!isConstantIntValue(offset, 0))
    return false;
  auto x = cast<ShapedType>(op.getX().getType());
  if (!x.isDynamicDim(dim) && isConstantIntValue(size, x.getDimSize(dim)))
    return true;
  using Bounds = ValueBoundsConstraintSet;
  FailureOr<bool> equal = Bounds::areEqual(Bounds::Variable(size),
                                           Bounds::Variable(op.getX(), dim));
  return succeeded(equal) && *equal;
}

/// True if an output has no dim of the rows.
static bool sumsOverRows(NormRowOpInterface op) {
  for (unsigned i = 0, e = op.getOutputValues().size(); i < e; ++i)
    if (op.getOutputPart(i) == RowPart::Row)
      return true;
  return false;
}

SmallVector<OpFoldResult> norm::takeRowPart(NormRowOpInterface op, RowPart part,
                                            ArrayRef<OpFoldResult> ofX) {
  int64_t axis = op.getCanonicalAxis();
  if (part == RowPart::Rows)
    ofX = ofX.take_front(axis);
  if (part == RowPart::Row)
    ofX = ofX.drop_front(axis);
  return SmallVector<OpFoldResult>(ofX);
}

SmallVector<utils::IteratorType> norm::getRowIterators(NormRowOpInterface op) {
  int64_t axis = op.getCanonicalAxis();
  SmallVector<utils::IteratorType> types(
      axis, sumsOverRows(op) ? utils::IteratorType::reduction
                             : utils::IteratorType::parallel);
  types.append(rankOf(op) - axis, utils::IteratorType::reduction);
  return types;
}

FailureOr<TilingResult> norm::tileRowOp(NormRowOpInterface op,
                                        OpBuilder &builder,
                                        ArrayRef<OpFoldResult> offsets,
                                        ArrayRef<OpFoldResult> sizes) {
  if (sumsOverRows(op))
    return op.emitOpError("cannot be tiled by rows: expected no output that "
                          "sums over the rows");
  // A part of a row is not a row: the sum needs all of it.
  int64_t rank = rankOf(op), axis = op.getCanonicalAxis();
  for (int64_t dim = axis; dim < rank; ++dim)
    if (!coversDim(op, dim, offsets[dim], sizes[dim]))
      return op.emitOpError("cannot be tiled inside a row: expected tiles that "
                            "cover dims ")
             << axis << " to " << rank - 1
             << ", found one that may cover a part of dim " << dim;

  SmallVector<Operation *> slices;
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands()) {
    RowPart part = op.getOperandPart(operand.getOperandNumber());
    if (part == RowPart::Row) {
      operands.push_back(operand.get());
      continue;
    }
    slices.push_back(createSlice(builder, op.getLoc(), operand.get(),
                                 takeRowPart(op, part, offsets),
                                 takeRowPart(op, part, sizes)));
    operands.push_back(slices.back()->getResult(0));
  }
  auto xType = cast<ShapedType>(operands[0].getType());
  SmallVector<Type> types;
  for (auto [i, result] : llvm::enumerate(op->getResults())) {
    ArrayRef<int64_t> shape = xType.getShape();
    if (op.getOutputPart(i) == RowPart::Rows)
      shape = shape.take_front(axis);
    types.push_back(RankedTensorType::get(
        shape, cast<RankedTensorType>(result.getType()).getElementType()));
  }
  Operation *tiled = mlir::clone(builder, op, types, operands);
  // The tile of a memref is no value.
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}

void norm::coverRows(NormRowOpInterface op, OpBuilder &builder,
                     ArrayRef<OpFoldResult> offsets,
                     ArrayRef<OpFoldResult> sizes,
                     SmallVectorImpl<OpFoldResult> &domainOffsets,
                     SmallVectorImpl<OpFoldResult> &domainSizes) {
  // The dims of a row come whole from the domain, whatever part is asked for.
  int64_t axis = op.getCanonicalAxis();
  domainOffsets.assign(offsets.begin(), offsets.begin() + axis);
  domainSizes.assign(sizes.begin(), sizes.begin() + axis);
  SmallVector<Range> domain = getDomainOf(builder, op.getLoc(), op.getX());
  for (Range range : ArrayRef(domain).drop_front(axis)) {
    domainOffsets.push_back(range.offset);
    domainSizes.push_back(range.size);
  }
}

FailureOr<TilingResult> norm::makeRowResultTile(NormRowOpInterface op,
                                                OpBuilder &builder,
                                                unsigned resultNumber,
                                                ArrayRef<OpFoldResult> offsets,
                                                ArrayRef<OpFoldResult> sizes) {
  // A tile at an offset inside a row would compute the row once for each tile.
  int64_t axis = op.getCanonicalAxis();
  for (OpFoldResult offset : offsets.drop_front(axis))
    if (!isConstantIntValue(offset, 0))
      return op.emitOpError("cannot be fused into a loop over parts of its "
                            "rows: expected result tiles that start at offset "
                            "0 from dim ")
             << axis;
  SmallVector<OpFoldResult> tileOffsets, tileSizes;
  coverRows(op, builder, offsets, sizes, tileOffsets, tileSizes);
  FailureOr<TilingResult> tiled =
      tileRowOp(op, builder, tileOffsets, tileSizes);
  if (failed(tiled))
    return failure();

  Value tile = tiled->tiledValues[resultNumber];
  bool whole = true;
  for (int64_t dim = axis, e = offsets.size(); dim < e; ++dim)
    whole &= coversDim(op, dim, offsets[dim], sizes[dim]);
  if (!whole) {
    SmallVector<OpFoldResult> zeros(offsets.size(), builder.getIndexAttr(0));
    tile = createSlice(builder, op.getLoc(), tile, zeros, sizes)->getResult(0);
  }
  return TilingResult{tiled->tiledOps, {tile}, tiled->generatedSlices};
}
