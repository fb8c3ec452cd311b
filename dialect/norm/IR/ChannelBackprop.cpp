//===- ChannelBackprop.cpp - Gradients over channels ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Canonicalization.h"
#include "ChannelSupport.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace norm;

namespace {

/// The sums of no elements are 0, and dx has none.
template <typename OpTy> struct FoldWithoutElements : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    const APFloat zero(0.0);
    return foldWithoutElements(op, op.getX(), {zero, zero}, rewriter);
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// norm.channel_backprop_stats
//===----------------------------------------------------------------------===//

void ChannelBackpropStatsOp::build(OpBuilder &builder, OperationState &state,
                                   Value x, Value mean, Value invStd, Value dy,
                                   ChannelLayout layout, bool withBiasGrad) {
  SmallVector<Type> results(withBiasGrad ? 2 : 1,
                            getChannelVectorType(x, layout));
  build(builder, state, results, x, mean, invStd, dy, ValueRange(),
        ChannelLayoutAttr::get(builder.getContext(), layout), StrategyAttr());
}

LogicalResult ChannelBackpropStatsOp::verifyInputs(EmitErrorFn emitError) {
  ShapedType x = getXType();
  if (failed(verifyChannels(x, "ChannelBackpropStats-C1",
                            "ChannelBackpropStats-C8", emitError)))
    return failure();
  auto verifyVector = [&](Value vector, StringRef name, StringRef label) {
    return verifyChannelVector(vector, name, x, getChannelDim(), getAccType(),
                               label, emitError);
  };
  if (failed(verifyVector(getMean(), "mean", "ChannelBackpropStats-C2")) ||
      failed(verifyVector(getInvStd(), "inv_std", "ChannelBackpropStats-C3")))
    return failure();
  return verifyOperandType(getDy(), "dy", x.getShape(), x.getElementType(),
                           "ChannelBackpropStats-C4", emitError);
}

SmallVector<OutputDescription> ChannelBackpropStatsOp::describeOutputs() {
  int64_t dim = getChannelDim();
  return {describeChannelVector("scale_grad", "ChannelBackpropStats-C6", getX(),
                                dim),
          describeChannelVector("bias_grad", "ChannelBackpropStats-C7", getX(),
                                dim)};
}

LogicalResult ChannelBackpropStatsOp::verify() {
  return verifyNormOp(*this, "ChannelBackpropStats-C5");
}

void ChannelBackpropStatsOp::collectSizeConstraints(
    SmallVectorImpl<SizeConstraint> &constraints) {
  int64_t dim = getChannelDim();
  addChannelVectorConstraint(constraints, "mean", getMean(), getX(), dim);
  addChannelVectorConstraint(constraints, "inv_std", getInvStd(), getX(), dim);
  addSameShapeConstraints(constraints, "dy", getDy(), getX());
  addOutputConstraints(*this, constraints);
}

void ChannelBackpropStatsOp::getCanonicalizationPatterns(
    RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DropUnusedResults<ChannelBackpropStatsOp>,
               FoldWithoutElements<ChannelBackpropStatsOp>>(context);
}

//===----------------------------------------------------------------------===//
// norm.channel_backprop
//===----------------------------------------------------------------------===//

void ChannelBackpropOp::build(OpBuilder &builder, OperationState &state,
                              Value x, Value mean, Value invStd,
                              Value scaleGrad, Value biasGrad, Value dy,
                              Value gamma, Value count, ChannelLayout layout) {
  build(builder, state, x.getType(), x, mean, invStd, scaleGrad, biasGrad, dy,
        gamma, count, ValueRange(),
        ChannelLayoutAttr::get(builder.getContext(), layout), StrategyAttr());
}

Value ChannelBackpropOp::getOrCreateCount(OpBuilder &builder) {
  if (getCount())
    return getCount();
  return createElementsPerChannel(builder, getLoc(), getX(), getChannelDim());
}

LogicalResult ChannelBackpropOp::verifyInputs(EmitErrorFn emitError) {
  ShapedType x = getXType();
  if (failed(verifyChannels(x, "ChannelBackprop-C1", "ChannelBackprop-C11",
                            emitError)))
    return failure();
  auto verifyVector = [&](Value vector, StringRef name, StringRef label) {
    return verifyChannelVector(vector, name, x, getChannelDim(), getAccType(),
                               label, emitError);
  };
  if (failed(verifyVector(getMean(), "mean", "ChannelBackprop-C2")) ||
      failed(verifyVector(getInvStd(), "inv_std", "ChannelBackprop-C3")) ||
      failed(
          verifyVector(getScaleGrad(), "scale_grad", "ChannelBackprop-C4")) ||
      failed(verifyVector(getBiasGrad(), "bias_grad", "ChannelBackprop-C5")) ||
      failed(verifyOperandType(getDy(), "dy", x.getShape(), x.getElementType(),
                               "ChannelBackprop-C6", emitError)))
    return failure();
  if (!getGamma())
    return success();
  if (failed(verifyMixedElementType(getGamma(), "gamma", x.getElementType(),
                                    "ChannelBackprop-C7", emitError)))
    return failure();
  return verifyChannelVector(getGamma(), "gamma", x, getChannelDim(),
                             getElementTypeOrSelf(getGamma()),
                             "ChannelBackprop-C8", emitError);
}

SmallVector<OutputDescription> ChannelBackpropOp::describeOutputs() {
  return {describeLike("dx", "ChannelBackprop-C10", getX())};
}

LogicalResult ChannelBackpropOp::verify() {
  return verifyNormOp(*this, "ChannelBackprop-C9");
}

void ChannelBackpropOp::collectSizeConstraints(
    SmallVectorImpl<SizeConstraint> &constraints) {
  auto addVector = [&](StringRef name, Value vector) {
    addChannelVectorConstraint(constraints, name, vector, getX(),
                               getChannelDim());
  };
  addVector("mean", getMean());
  addVector("inv_std", getInvStd());
  addVector("scale_grad", getScaleGrad());
  addVector("bias_grad", getBiasGrad());
  addSameShapeConstraints(constraints, "dy", getDy(), getX());
  addVector("gamma", getGamma());
  addOutputConstraints(*this, constraints);
}

namespace {

/// A constant count that the static sizes give too is dropped.
struct DropKnownCount : OpRewritePattern<ChannelBackpropOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ChannelBackpropOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<int64_t> count =
        op.getCount() ? getConstantIntValue(op.getCount()) : std::nullopt;
    if (!count)
      return rewriter.notifyMatchFailure(op, "no constant count");
    auto sizes = llvm::to_vector(op.getXType().getShape());
    sizes.erase(sizes.begin() + op.getChannelDim());
    FailureOr<int64_t> product = productOfSizes(sizes);
    if (failed(product) || *product != *count)
      return rewriter.notifyMatchFailure(op, "the sizes give another count");
    rewriter.modifyOpInPlace(op, [&] { op.getCountMutable().clear(); });
    return success();
  }
};

} // namespace

/// A factor of one is exact in any case.
static StringRef whyNeedsGamma(ChannelBackpropOp) { return ""; }

void ChannelBackpropOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                    MLIRContext *context) {
  patterns.add<DropKnownCount, DropUnitGamma<ChannelBackpropOp, whyNeedsGamma>,
               FoldWithoutElements<ChannelBackpropOp>>(context);
}
