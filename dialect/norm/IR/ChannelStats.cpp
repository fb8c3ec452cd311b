//===- ChannelStats.cpp - norm.channel_stats ------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Canonicalization.h"
#include "ChannelSupport.h"

using namespace mlir;
using namespace norm;

void ChannelStatsOp::build(OpBuilder &builder, OperationState &state, Value x,
                           double epsilon, ChannelLayout layout,
                           bool withInvStd) {
  SmallVector<Type> results(withInvStd ? 2 : 1,
                            getChannelVectorType(x, layout));
  build(builder, state, results, x, ValueRange(),
        builder.getF64FloatAttr(epsilon),
        ChannelLayoutAttr::get(builder.getContext(), layout), StrategyAttr());
}

LogicalResult ChannelStatsOp::verifyInputs(EmitErrorFn emitError) {
  if (failed(verifyChannels(getXType(), "ChannelStats-C1", "ChannelStats-C6",
                            emitError)))
    return failure();
  return verifyEpsilon(getEpsilon(), getAccType(), "ChannelStats-C2",
                       emitError);
}

SmallVector<OutputDescription> ChannelStatsOp::describeOutputs() {
  int64_t dim = getChannelDim();
  return {describeChannelVector("mean", "ChannelStats-C4", getX(), dim),
          describeChannelVector("inv_std", "ChannelStats-C5", getX(), dim)};
}

LogicalResult ChannelStatsOp::verify() {
  return verifyNormOp(*this, "ChannelStats-C3");
}

void ChannelStatsOp::collectSizeConstraints(
    SmallVectorImpl<SizeConstraint> &constraints) {
  addOutputConstraints(*this, constraints);
}

namespace {

/// Statistics of no elements are known.
struct FoldStatsWithoutElements : OpRewritePattern<ChannelStatsOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ChannelStatsOp op,
                                PatternRewriter &rewriter) const override {
    const APFloat zero(0.0);
    return foldWithoutElements(
        op, op.getX(), {zero, APFloat::getNaN(zero.getSemantics())}, rewriter);
  }
};

} // namespace

void ChannelStatsOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                 MLIRContext *context) {
  patterns.add<DropUnusedResults<ChannelStatsOp>, FoldStatsWithoutElements>(
      context);
}
