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
    : AccArithmetic(builder, loc, acc,
                    cast<RankedTensorType>(x.getType()).getElementType()),
      rank(cast<RankedTensorType>(x.getType()).getRank()), axis(axis),
      sizes(tensor::getMixedSizes(builder, loc, x)) {}

Value RowLowering::makeFull(ArrayRef<Input> inputs, Body body) {
  Value init = tensor::EmptyOp::create(builder, loc, sizes, type);
  return makeGeneric(inputs, init, Shape::Full,
                     [&](ValueRange args) -> SmallVector<Value> {
                       return {truncate(body(args.drop_back()))};
                     })
      .getResult(0);
}

Value RowLowering::makeRows(ValueRange inputs, Body body) {
  Value init = tensor::EmptyOp::create(builder, loc, sizesOf(Shape::Rows), acc);
  AffineMap identity = builder.getMultiDimIdentityMap(axis);
  return linalg::GenericOp::create(
             builder, loc, init.getType(), inputs, init,
             SmallVector<AffineMap>(inputs.size() + 1, identity),
             SmallVector<utils::IteratorType>(axis,
                                              utils::IteratorType::parallel),
             [&](OpBuilder &b, Location, ValueRange args) {
               linalg::YieldOp::create(b, loc, body(args.drop_back()));
             })
      .getResult(0);
}

Value RowLowering::sumRow(ArrayRef<Input> inputs, Body summand) {
  return makeGeneric(inputs, makeZeros(Shape::Rows), Shape::Rows,
                     [&](ValueRange args) -> SmallVector<Value> {
                       return {add(args.back(), summand(args.drop_back()))};
                     })
      .getResult(0);
}

SmallVector<Value> RowLowering::sumRows(
    ArrayRef<Input> inputs, ValueRange inits,
    llvm::function_ref<SmallVector<Value>(ValueRange)> summands) {
  size_t numSums = inits.size();
  auto sums = makeGeneric(inputs, inits, Shape::Row, [&](ValueRange args) {
    SmallVector<Value> values = summands(args.drop_back(numSums));
    for (auto [value, sum] : llvm::zip_equal(values, args.take_back(numSums)))
      value = add(sum, value);
    return values;
  });
  return llvm::to_vector_of<Value>(sums.getResults());
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

Value RowLowering::makeZeros(Shape shape) {
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getFloatAttr(acc, 0.0));
  Value empty = tensor::EmptyOp::create(builder, loc, sizesOf(shape), acc);
  return linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
}

linalg::GenericOp RowLowering::makeGeneric(
    ArrayRef<Input> inputs, ValueRange inits, Shape result,
    llvm::function_ref<SmallVector<Value>(ValueRange)> body) {
  SmallVector<Value> values;
  SmallVector<AffineMap> maps;
  for (const Input &input : inputs) {
    values.push_back(input.shape == Shape::Row ? toRowShape(input.value)
                                               : input.value);
    maps.push_back(mapOf(input.shape));
  }
  maps.append(inits.size(), mapOf(result));
  // The dims that do not index the result are summed over.
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  if (result == Shape::Rows)
    std::fill(iterators.begin() + axis, iterators.end(),
              utils::IteratorType::reduction);
  if (result == Shape::Row)
    std::fill(iterators.begin(), iterators.begin() + axis,
              utils::IteratorType::reduction);
  return linalg::GenericOp::create(
      builder, loc, inits.getTypes(), values, inits, maps, iterators,
      [&](OpBuilder &b, Location, ValueRange args) {
        linalg::YieldOp::create(b, loc, body(args));
      });
}

void norm::replaceWithCasts(RewriterBase &rewriter, Operation *op,
                            ValueRange values) {
  SmallVector<Value> results;
  for (auto [value, result] : llvm::zip(values, op->getResults()))
    results.push_back(value.getType() == result.getType()
                          ? value
                          : tensor::CastOp::create(rewriter, op->getLoc(),
                                                   result.getType(), value));
  rewriter.replaceOp(op, results);
}
