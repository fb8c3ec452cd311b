//===- RMSNormFolds.cpp - Exact simplifications of norm.rmsnorm -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/IR/NormOps.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace norm;

namespace {

/// `axis(-1)` becomes `axis(rank - 1)`.
struct NormalizeAxis : OpRewritePattern<RMSNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RMSNormOp op,
                                PatternRewriter &rewriter) const override {
    if (static_cast<int64_t>(op.getAxis()) == op.getCanonicalAxis())
      return rewriter.notifyMatchFailure(op,
                                         "axis already counts from the front");
    rewriter.modifyOpInPlace(op, [&] { op.setAxis(op.getCanonicalAxis()); });
    return success();
  }
};

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

/// A result rrms that nobody reads is dropped, so that it costs nothing.
struct DropUnusedRrms : OpRewritePattern<RMSNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RMSNormOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getOutputs().size() < 2 || !op.getOutputs()[1].use_empty())
      return rewriter.notifyMatchFailure(op, "rrms is absent or used");
    auto y = RMSNormOp::create(rewriter, op.getLoc(), op.getResultTypes()[0],
                               op->getOperands(), op.getProperties(),
                               op->getDiscardableAttrDictionary().getValue());
    rewriter.replaceAllUsesWith(op.getOutputs()[0], y.getOutputs()[0]);
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void RMSNormOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<NormalizeAxis, DropUnitGamma, DropUnusedRrms>(context);
}
