//===- ChannelStatsDifferentiation.cpp - Derivative of channel_stats ------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

/// `count` as a float in each element of a tensor like `like`.
static Value createCounts(OpBuilder &builder, Location loc, Value count,
                          Value like) {
  Type type = getElementTypeOrSelf(like.getType());
  count = arith::IndexCastOp::create(builder, loc, builder.getI64Type(), count);
  count = arith::SIToFPOp::create(builder, loc, type, count);
  Value empty = tensor::EmptyOp::create(
      builder, loc, tensor::getMixedSizes(builder, loc, like), type);
  return linalg::FillOp::create(builder, loc, count, empty).getResult(0);
}

bool ChannelStatsOp::keepsResults() { return true; }

/// With the cotangents m of mean and s of inv_std,
/// dx = (m - s * inv_std^3 * (x - mean)) / R. What is the same for a channel is
/// computed once.
LogicalResult ChannelStatsOp::differentiate(OpBuilder &builder,
                                            Cotangents &cotangents) {
  Location loc = getLoc();
  int64_t rank = getXType().getRank();
  auto inChannel =
      AffineMap::get(rank, 0, builder.getAffineDimExpr(getChannelDim()));
  AffineMap identity = builder.getMultiDimIdentityMap(rank);
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  auto addInput = [&](Value value, AffineMap map) {
    inputs.push_back(value);
    maps.push_back(map);
    return inputs.size() - 1;
  };

  Value counts = createCounts(
      builder, loc,
      createElementsPerChannel(builder, loc, getX(), getChannelDim()),
      getMean());
  std::optional<size_t> shift, factor, mean, x;
  if (Value cotangent = cotangents.get(getMean()))
    shift = addInput(arith::DivFOp::create(builder, loc, cotangent, counts),
                     inChannel);
  if (Value cotangent = getInvStd() ? cotangents.get(getInvStd()) : Value()) {
    Value scaled = cotangent;
    for (int power = 0; power < 3; ++power)
      scaled = arith::MulFOp::create(builder, loc, scaled, getInvStd());
    factor = addInput(arith::DivFOp::create(builder, loc, scaled, counts),
                      inChannel);
    mean = addInput(getMean(), inChannel);
    x = addInput(getX(), identity);
  }

  auto buildBody = [&](OpBuilder &builder, Location loc, ValueRange args) {
    Value result;
    if (shift)
      result = args[*shift];
    if (factor) {
      Value value = args[*x];
      if (value.getType() != getAccType())
        value = arith::ExtFOp::create(builder, loc, getAccType(), value);
      value = arith::SubFOp::create(builder, loc, value, args[*mean]);
      value = arith::MulFOp::create(builder, loc, value, args[*factor]);
      result = result ? arith::SubFOp::create(builder, loc, result, value)
                      : arith::NegFOp::create(builder, loc, value).getResult();
    }
    Type type = getXType().getElementType();
    if (type != getAccType())
      result = arith::TruncFOp::create(builder, loc, type, result);
    linalg::YieldOp::create(builder, loc, result);
  };
  Value empty = tensor::EmptyOp::create(
      builder, loc, tensor::getMixedSizes(builder, loc, getX()),
      getXType().getElementType());
  maps.push_back(identity);
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, empty.getType(), inputs, empty, maps, iterators, buildBody);
  cotangents.add(builder, getX(), generic.getResult(0));
  return success();
}
