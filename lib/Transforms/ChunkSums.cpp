//===- ChunkSums.cpp - Sums of a row by chunks of it ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChunkSums.h"
#include "RowOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

int64_t ChunkSums::leastColumns() const {
  if (gpu)
    return gpu.getRowChunk() + 1;
  return split ? split.getColumns() : 0;
}

int64_t ChunkSums::leastRows() const {
  if (gpu)
    return gpu.getSplitRows();
  return split ? split.getRows() : 0;
}

RowChunks ChunkSums::cut(Location loc, OpFoldResult length) {
  if (gpu)
    return cutRow(b, loc, gpu, length);
  int64_t most = split.getChunks() * sumBlock;
  if (std::optional<int64_t> known = getConstantIntValue(length)) {
    int64_t blocks = std::max<int64_t>(1, llvm::divideCeil(*known, most));
    int64_t size = llvm::PowerOf2Ceil(blocks) * sumBlock;
    return {b.getIndexAttr(size),
            b.getIndexAttr(llvm::divideCeil(*known, size))};
  }
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(value));
  };
  // The next power of two has 64 - countLeadingZeros(blocks - 1) zeros.
  Value elements =
      arith::IndexCastOp::create(b, loc, b.getI64Type(), cast<Value>(length));
  Value blocks = arith::CeilDivUIOp::create(b, loc, elements, constant(most));
  Value below = arith::SubIOp::create(
      b, loc, arith::MaxUIOp::create(b, loc, blocks, constant(1)), constant(1));
  Value bits = arith::SubIOp::create(
      b, loc, constant(64), math::CountLeadingZerosOp::create(b, loc, below));
  Value size = arith::ShLIOp::create(b, loc, constant(sumBlock), bits);
  return {
      arith::IndexCastOp::create(b, loc, b.getIndexType(), size).getResult(),
      b.getIndexAttr(split.getChunks())};
}

RankedTensorType ChunkSums::typeOf(FloatType element) {
  SmallVector<int64_t> shape;
  if (!gpu)
    shape.push_back(sumLanes(element.getWidth()));
  return RankedTensorType::get(shape, element);
}

SmallVector<OpFoldResult> ChunkSums::dims(FloatType element) {
  return getAsIndexOpFoldResult(b.getContext(), typeOf(element).getShape());
}

void ChunkSums::makePartial(linalg::GenericOp op) {
  if (gpu)
    return;
  // Element j is added in lane j mod lanes.
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (auto [result, init] :
       llvm::zip_equal(op.getResults(), op.getDpsInitsMutable())) {
    auto element = cast<FloatType>(getElementTypeOrSelf(result.getType()));
    AffineExpr lane = b.getAffineDimExpr(0) % sumLanes(element.getWidth());
    maps[init.getOperandNumber()] = AffineMap::get(1, 0, lane);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(op);
    init.set(zeros(op.getLoc(), typeOf(element)));
    result.setType(typeOf(element));
  }
  op.setIndexingMapsAttr(b.getAffineMapArrayAttr(maps));
}

Value ChunkSums::zeros(Location loc, RankedTensorType type) {
  Value zero =
      arith::ConstantOp::create(b, loc, b.getZeroAttr(type.getElementType()));
  Value empty =
      tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
  return linalg::FillOp::create(b, loc, zero, empty).getResult(0);
}

Value ChunkSums::add(Location loc, Value sums, int64_t count) {
  auto type = cast<RankedTensorType>(sums.getType());
  auto element = cast<FloatType>(type.getElementType());
  SmallVector<Value> inputs{sums};
  if (!gpu) {
    inputs.clear();
    int64_t lanes = sumLanes(element.getWidth());
    for (int64_t chunk = 0; chunk < count; ++chunk)
      inputs.push_back(tensor::ExtractSliceOp::create(
          b, loc, RankedTensorType::get({lanes}, element), sums,
          getAsIndexOpFoldResult(b.getContext(), {chunk, 0}),
          getAsIndexOpFoldResult(b.getContext(), {1, lanes}),
          getAsIndexOpFoldResult(b.getContext(), {1, 1})));
  }
  SmallVector<AffineMap> maps(inputs.size(), b.getMultiDimIdentityMap(1));
  maps.push_back(AffineMap::get(1, 0, b.getContext()));
  // The blocks of a sum are merged as a tree whose left half is the largest
  // power of two of them below their number.
  std::function<Value(ValueRange)> tree = [&](ValueRange parts) -> Value {
    if (parts.size() == 1)
      return parts[0];
    size_t half = llvm::PowerOf2Ceil(parts.size()) / 2;
    Value left = tree(parts.take_front(half));
    Value right = tree(parts.drop_front(half));
    return arith::AddFOp::create(b, loc, left, right);
  };
  RankedTensorType scalar = RankedTensorType::get({}, element);
  return linalg::GenericOp::create(
             b, loc, scalar, inputs, zeros(loc, scalar), maps,
             ArrayRef{utils::IteratorType::reduction},
             [&](OpBuilder &, Location, ValueRange args) {
               Value sum = tree(args.drop_back());
               linalg::YieldOp::create(
                   b, loc,
                   arith::AddFOp::create(b, loc, args.back(), sum).getResult());
             })
      .getResult(0);
}
