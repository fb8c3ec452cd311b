//===- RMSNormToAffine.cpp - norm.rmsnorm as affine loops -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "RowNests.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace norm;

namespace {

/// The two nests of a norm.rmsnorm: rrms, which goes through memory if nobody
/// asked for it, then y. All of x is read before y is written, so y may be x.
class RMSNormNests : RowNests {
public:
  RMSNormNests(RMSNormOp op, OpBuilder &builder)
      : RowNests(builder, op.getLoc(), op.getX(), op.getCanonicalAxis()),
        op(op) {}

  void build() {
    Value rrms = op.getRrms();
    if (!rrms)
      rrms = allocate(rows, acc);
    Value length = product(columns);
    forEachRow([&](Indices row) {
      Value sum = sumRow(row, [&](Indices indices) {
        Value x = extend(load(op.getX(), indices));
        return multiply(x, x);
      });
      Value shifted = add(divide(sum, length), constant(op.getEpsilon()));
      Value root = math::SqrtOp::create(builder, loc, shifted);
      store(divide(constant(APFloat(1.0)), root), rrms, row);
    });
    forEach(sizes, [&](Indices indices) {
      Value x = extend(load(op.getX(), indices));
      Value scaled = multiply(x, load(rrms, rowOf(indices)));
      store(truncate(buildScaled(scaled, indices)), op.getY(), indices);
    });
    if (!op.getRrms())
      deallocate(rrms);
  }

private:
  /// The element of y, before it is rounded, for x * rrms.
  Value buildScaled(Value value, Indices indices) {
    auto round = [&](Value value) {
      return op.getRounding() == Rounding::Once ? value : roundToType(value);
    };
    if (!op.getTargetRms().isExactlyValue(1.0))
      value = multiply(value, constant(op.getTargetRms()));
    value = round(value);
    Value gamma = loadRowVector(op.getGamma(), indices);
    if (Value weight = weightOf(gamma, op.getWeightOffset()))
      value = round(multiply(value, round(weight)));
    if (Value beta = loadRowVector(op.getBeta(), indices))
      value = add(value, round(extend(beta)));
    return value;
  }

  RMSNormOp op;
};

struct RMSNormToAffine : OpRewritePattern<RMSNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RMSNormOp op,
                                PatternRewriter &rewriter) const override {
    if (std::string reason = whyNotAffine(op); !reason.empty())
      return rewriter.notifyMatchFailure(op, reason);
    RMSNormNests(op, rewriter).build();
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void norm::populateRMSNormToAffinePatterns(RewritePatternSet &patterns) {
  patterns.add<RMSNormToAffine>(patterns.getContext());
}
