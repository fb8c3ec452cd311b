//===- RMSNormFolds.cpp - Exact simplifications of norm.rmsnorm -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Canonicalization.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace norm;

namespace {

/// A gamma of ones is the identity in both roundings: `1 * t = t`, and `t` is
/// already rounded. With a weight offset the weight is not one.
struct DropUnitGamma : OpRewritePattern<RMSNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RMSNormOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getGamma() || !matchPattern(op.getGamma(), m_OneFloat()))
      return rewriter.notifyMatchFailure(op, "gamma is not a constant of ones");
    if (!op.getWeightOffset().isZero())
      return rewriter.notifyMatchFailure(op, "the weight offset is not zero");
    rewriter.modifyOpInPlace(op, [&] { op.getGammaMutable().clear(); });
    return success();
  }
};

} // namespace

void RMSNormOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<NormalizeAxis<RMSNormOp>, DropUnitGamma,
               DropUnusedResults<RMSNormOp>>(context);
}
