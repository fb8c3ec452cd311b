//===- ChannelSupport.cpp - What the ops over channels share --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

int64_t norm::getChannelDim(ChannelLayout layout, int64_t rank) {
  return layout == ChannelLayout::NHWC ? rank - 1 : 1;
}

Value norm::createElementsPerChannel(OpBuilder &builder, Location loc, Value x,
                                     int64_t channelDim) {
  SmallVector<OpFoldResult> sizes =
      isa<TensorType>(x.getType()) ? tensor::getMixedSizes(builder, loc, x)
                                   : memref::getMixedSizes(builder, loc, x);
  sizes.erase(sizes.begin() + channelDim);
  Value product = getValueOrCreateConstantIndexOp(builder, loc, sizes.front());
  for (OpFoldResult size : ArrayRef(sizes).drop_front())
    product = builder.createOrFold<arith::MulIOp>(
        loc, product, getValueOrCreateConstantIndexOp(builder, loc, size));
  return product;
}

LogicalResult norm::verifyChannels(ShapedType x, StringRef rankLabel,
                                   StringRef bytesLabel,
                                   EmitErrorFn emitError) {
  if (x.getRank() < 2)
    return emitError() << rankLabel << ": expected x to have rank >= 2, found "
                       << x;
  return verifyBytes(x, "x", bytesLabel, emitError);
}

LogicalResult norm::verifyChannelVector(Value vector, StringRef name,
                                        ShapedType x, int64_t channelDim,
                                        Type elementType, StringRef label,
                                        EmitErrorFn emitError) {
  return verifyOperandType(vector, name, x.getShape().slice(channelDim, 1),
                           elementType, label, emitError);
}

OutputDescription norm::describeChannelVector(llvm::StringLiteral name,
                                              llvm::StringLiteral label,
                                              Value x, int64_t channelDim) {
  Type type = cast<ShapedType>(x.getType()).getElementType();
  return {name, label, getAccumulatorType(type), x, {channelDim}};
}

RankedTensorType norm::getChannelVectorType(Value x, ChannelLayout layout) {
  auto type = cast<RankedTensorType>(x.getType());
  int64_t dim = getChannelDim(layout, type.getRank());
  int64_t size =
      type.getRank() < 2 ? ShapedType::kDynamic : type.getDimSize(dim);
  return RankedTensorType::get({size},
                               getAccumulatorType(type.getElementType()));
}

void norm::addChannelVectorConstraint(
    SmallVectorImpl<SizeConstraint> &constraints, StringRef name, Value vector,
    Value x, int64_t channelDim) {
  if (vector)
    addSizeConstraint(constraints, name, vector, 0, x, {channelDim});
}
