//===- ReciprocalToAffine.cpp - norm.reciprocal[_grad] as affine loops ----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NestBuilder.h"
#include "Patterns.h"

using namespace mlir;
using namespace norm;

/// Replaces the elementwise `op` by one nest, whose elements `makeElement`
/// builds of those of the inputs, in the accumulator's type.
static LogicalResult
rewriteElementwise(NormOpInterface op, PatternRewriter &rewriter,
                   function_ref<Value(NestBuilder &, ValueRange)> makeElement) {
  if (std::string reason = whyNotAffine(op); !reason.empty())
    return rewriter.notifyMatchFailure(op, reason);
  ValueRange inputs = op->getOperands().drop_back();
  Value x = inputs.front();
  NestBuilder nest(rewriter, op.getLoc(), getElementTypeOrSelf(x.getType()));
  nest.forEach(nest.getSizes(x), [&](NestBuilder::Indices indices) {
    SmallVector<Value> elements;
    for (Value input : inputs)
      elements.push_back(nest.extend(nest.load(input, indices)));
    Value element = nest.truncate(makeElement(nest, elements));
    nest.store(element, op.getOutput(0), indices);
  });
  rewriter.eraseOp(op);
  return success();
}

namespace {

/// The quotient of f16 and bf16 is rounded twice, to f32 and then to them. The
/// result is the correctly rounded one, since f32 has more than twice their
/// digits.
struct ReciprocalToAffine : OpRewritePattern<ReciprocalOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReciprocalOp op,
                                PatternRewriter &rewriter) const override {
    return rewriteElementwise(
        op, rewriter, [](NestBuilder &nest, ValueRange x) {
          return nest.divide(nest.constant(APFloat(1.0)), x[0]);
        });
  }
};

struct ReciprocalGradToAffine : OpRewritePattern<ReciprocalGradOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReciprocalGradOp op,
                                PatternRewriter &rewriter) const override {
    return rewriteElementwise(
        op, rewriter, [&](NestBuilder &nest, ValueRange inputs) {
          Value y = inputs[0];
          Value negated =
              arith::NegFOp::create(rewriter, op.getLoc(), inputs[1]);
          return nest.multiply(nest.multiply(negated, y), y);
        });
  }
};

} // namespace

void norm::populateReciprocalToAffinePatterns(RewritePatternSet &patterns) {
  patterns.add<ReciprocalToAffine, ReciprocalGradToAffine>(
      patterns.getContext());
}
