//===- DifferentiableOpInterface.cpp - Rules of derivatives ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/IR/DifferentiableOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

#include "norm/IR/DifferentiableOpInterface.cpp.inc"

bool norm::isDifferentiable(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    type = tensor.getElementType();
  return isa<FloatType>(type);
}

void Cotangents::add(OpBuilder &builder, Value value, Value cotangent) {
  if (!isWanted(value))
    return;
  Location loc = cotangent.getLoc();
  if (cotangent.getType() != value.getType())
    cotangent =
        tensor::CastOp::create(builder, loc, value.getType(), cotangent);
  Value &sum = values[value];
  sum = sum ? arith::AddFOp::create(builder, loc, sum, cotangent) : cotangent;
}

Value norm::createFilledLike(OpBuilder &builder, Location loc, Value like,
                             double value) {
  FloatAttr attribute =
      builder.getFloatAttr(getElementTypeOrSelf(like.getType()), value);
  auto type = dyn_cast<RankedTensorType>(like.getType());
  if (!type)
    return arith::ConstantOp::create(builder, loc, attribute);
  if (type.hasStaticShape())
    return arith::ConstantOp::create(builder, loc,
                                     DenseElementsAttr::get(type, attribute));
  Value scalar = arith::ConstantOp::create(builder, loc, attribute);
  Value empty = tensor::EmptyOp::create(
      builder, loc, tensor::getMixedSizes(builder, loc, like),
      type.getElementType(), type.getEncoding());
  return linalg::FillOp::create(builder, loc, scalar, empty).getResult(0);
}
