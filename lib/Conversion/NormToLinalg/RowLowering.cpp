//===- RowLowering.cpp - Linalg ops on rows -------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowLowering.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

RowLowering::RowLowering(OpBuilder &builder, Location loc, Value x,
                         int64_t axis, FloatType acc)
    : GenericBuilder(builder, loc, acc,
                     cast<RankedTensorType>(x.getType()).getElementType()),
      rank(cast<RankedTensorType>(x.getType()).getRank()), axis(axis),
      sizes(tensor::getMixedSizes(builder, loc, x)) {}

Value RowLowering::makeFull(ArrayRef<Input> inputs, ElementBody body) {
  return makeElementwise(valuesOf(inputs), mapsOf(inputs), sizes, type,
                         [&](ValueRange args) { return truncate(body(args)); });
}

Value RowLowering::makeRows(ValueRange inputs, ElementBody body) {
  SmallVector<AffineMap> maps(inputs.size(),
                              builder.getMultiDimIdentityMap(axis));
  return makeElementwise(inputs, maps, sizesOf(Shape::Rows), acc, body);
}

Value RowLowering::sumRow(ArrayRef<Input> inputs, ElementBody summand) {
  return makeSums(inputs, makeZeros(sizesOf(Shape::Rows)), Shape::Rows,
                  [&](ValueRange args) -> SmallVector<Value> {
                    return {summand(args)};
                  })[0];
}

SmallVector<Value> RowLowering::sumRows(ArrayRef<Input> inputs,
                                        ValueRange inits, Body summands) {
  return makeSums(inputs, inits, Shape::Row, summands);
}

Value RowLowering::rowLength() { return product(sizesOf(Shape::Row)); }

Value RowLowering::toRowShape(Value vector) {
  auto vectorType = cast<RankedTensorType>(vector.getType());
  int64_t rowRank = rank - axis;
  if (vectorType.getRank() == rowRank)
    return vector;
  SmallVector<int64_t> shape;
  std::tie(shape, std::ignore) =
      decomposeMixedValues(SmallVector<OpFoldResult>(sizesOf(Shape::Row)));
  ReassociationIndices all = llvm::to_vector(llvm::seq<int64_t>(0, rowRank));
  return tensor::ExpandShapeOp::create(
      builder, loc, RankedTensorType::get(shape, vectorType.getElementType()),
      vector, ArrayRef<ReassociationIndices>{all}, sizesOf(Shape::Row));
}

AffineMap RowLowering::mapOf(Shape shape) {
  SmallVector<AffineExpr> dims;
  int64_t first = shape == Shape::Row ? axis : 0;
  int64_t last = shape == Shape::Rows ? axis : rank;
  for (int64_t dim = first; dim < last; ++dim)
    dims.push_back(builder.getAffineDimExpr(dim));
  return AffineMap::get(rank, 0, dims, builder.getContext());
}

ArrayRef<OpFoldResult> RowLowering::sizesOf(Shape shape) {
  ArrayRef<OpFoldResult> all(sizes);
  if (shape == Shape::Full)
    return all;
  return shape == Shape::Rows ? all.take_front(axis) : all.drop_front(axis);
}

SmallVector<AffineMap> RowLowering::mapsOf(ArrayRef<Input> inputs) {
  return llvm::map_to_vector(
      inputs, [&](const Input &input) { return mapOf(input.shape); });
}

SmallVector<Value> RowLowering::valuesOf(ArrayRef<Input> inputs) {
  return llvm::map_to_vector(inputs, [&](const Input &input) {
    return input.shape == Shape::Row ? toRowShape(input.value) : input.value;
  });
}

SmallVector<Value> RowLowering::makeSums(ArrayRef<Input> inputs,
                                         ValueRange inits, Shape shape,
                                         Body summands) {
  SmallVector<AffineMap> maps = mapsOf(inputs);
  maps.append(inits.size(), mapOf(shape));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  auto first = iterators.begin(), row = first + axis, last = iterators.end();
  std::fill(shape == Shape::Rows ? row : first,
            shape == Shape::Rows ? last : row, utils::IteratorType::reduction);
  return makeGeneric(valuesOf(inputs), inits, maps, iterators,
                     [&](ValueRange args) {
                       return addSummands(args, inits.size(), summands);
                     });
}
