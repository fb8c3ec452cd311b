//===- Reciprocal.cpp - norm.reciprocal and norm.reciprocal_grad ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace norm;

//===----------------------------------------------------------------------===//
// norm.reciprocal
//===----------------------------------------------------------------------===//

void ReciprocalOp::build(OpBuilder &builder, OperationState &state, Value x,
                         Precision precision) {
  build(builder, state, x.getType(), x, ValueRange(),
        PrecisionAttr::get(builder.getContext(), precision), StrategyAttr());
}

LogicalResult ReciprocalOp::verifyInputs(EmitErrorFn emitError) {
  return verifyBytes(cast<ShapedType>(getX().getType()), "x", "Reciprocal-C3",
                     emitError);
}

SmallVector<OutputDescription> ReciprocalOp::describeOutputs() {
  return {describeLike("y", "Reciprocal-C2", getX())};
}

LogicalResult ReciprocalOp::verify() {
  return verifyNormOp(*this, "Reciprocal-C1");
}

void ReciprocalOp::collectSizeConstraints(
    SmallVectorImpl<SizeConstraint> &constraints) {
  addOutputConstraints(*this, constraints);
}

namespace {

/// The exact reciprocal of a constant is a constant. An approximate one is left
/// to the target, whose bits it has.
struct FoldConstant : OpRewritePattern<ReciprocalOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReciprocalOp op,
                                PatternRewriter &rewriter) const override {
    auto constant = op.getX().getDefiningOp<arith::ConstantOp>();
    auto values =
        constant ? dyn_cast<DenseFPElementsAttr>(constant.getValue()) : nullptr;
    if (!values)
      return rewriter.notifyMatchFailure(op, "x is no constant");
    if (op.getPrecision() != Precision::Exact)
      return rewriter.notifyMatchFailure(op, "the target decides the bits");
    auto invert = [](const llvm::APFloat &value) {
      llvm::APFloat result = llvm::APFloat::getOne(value.getSemantics());
      result.divide(value, llvm::APFloat::rmNearestTiesToEven);
      return result.bitcastToAPInt();
    };
    DenseElementsAttr inverted =
        values.mapValues(values.getElementType(), invert);
    Value result = arith::ConstantOp::create(rewriter, op.getLoc(), inverted);
    Type type = op.getOutputs()[0].getType();
    if (result.getType() != type)
      result = tensor::CastOp::create(rewriter, op.getLoc(), type, result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

} // namespace

void ReciprocalOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                               MLIRContext *context) {
  patterns.add<FoldConstant>(context);
}

bool ReciprocalOp::keepsResults() { return true; }

LogicalResult ReciprocalOp::differentiate(OpBuilder &builder,
                                          Cotangents &cotangents) {
  cotangents.add(builder, getX(),
                 ReciprocalGradOp::create(builder, getLoc(), getY(),
                                          cotangents.get(getY()))
                     .getDx());
  return success();
}

//===----------------------------------------------------------------------===//
// norm.reciprocal_grad
//===----------------------------------------------------------------------===//

void ReciprocalGradOp::build(OpBuilder &builder, OperationState &state, Value y,
                             Value dy) {
  build(builder, state, y.getType(), y, dy, ValueRange(), StrategyAttr());
}

LogicalResult ReciprocalGradOp::verifyInputs(EmitErrorFn emitError) {
  auto y = cast<ShapedType>(getY().getType());
  if (failed(verifyOperandType(getDy(), "dy", y.getShape(), y.getElementType(),
                               "ReciprocalGrad-C1", emitError)))
    return failure();
  return verifyBytes(y, "y", "ReciprocalGrad-C4", emitError);
}

SmallVector<OutputDescription> ReciprocalGradOp::describeOutputs() {
  return {describeLike("dx", "ReciprocalGrad-C3", getY())};
}

LogicalResult ReciprocalGradOp::verify() {
  return verifyNormOp(*this, "ReciprocalGrad-C2");
}

void ReciprocalGradOp::collectSizeConstraints(
    SmallVectorImpl<SizeConstraint> &constraints) {
  addSameShapeConstraints(constraints, "dy", getDy(), getY());
  addOutputConstraints(*this, constraints);
}

/// dx is linear in dy; its derivative by y is -2 * dy * y.
LogicalResult ReciprocalGradOp::differentiate(OpBuilder &builder,
                                              Cotangents &cotangents) {
  Location loc = getLoc();
  Value cotangent = cotangents.get(getDx());
  cotangents.add(
      builder, getDy(),
      ReciprocalGradOp::create(builder, loc, getY(), cotangent).getDx());
  if (!cotangents.isWanted(getY()))
    return success();
  Value product = arith::MulFOp::create(builder, loc, cotangent, getDy());
  product = arith::MulFOp::create(builder, loc, product, getY());
  product = arith::AddFOp::create(builder, loc, product, product);
  cotangents.add(builder, getY(), arith::NegFOp::create(builder, loc, product));
  return success();
}
