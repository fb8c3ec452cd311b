//===- RMSNormToAffine.cpp - norm.rmsnorm as affine loops -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NestBuilder.h"
#include "Patterns.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace norm;

namespace {

/// The two nests of a norm.rmsnorm: rrms, which goes through memory if nobody
/// asked for it, then y. All of x is read before y is written, so y may be x.
class RMSNormNests : NestBuilder {
public:
  RMSNormNests(RMSNormOp op, OpBuilder &builder)
      : NestBuilder(builder, op.getLoc(), op.getXType().getElementType()),
        op(op), sizes(getSizes(op.getX())),
        rows(ArrayRef(sizes).take_front(op.getCanonicalAxis())),
        columns(ArrayRef(sizes).drop_front(op.getCanonicalAxis())) {}

  void build() {
    Value rrms = op.getRrms();
    if (!rrms)
      rrms = allocate(rows, acc);
    buildRrms(rrms);
    forEach(sizes, [&](Indices indices) {
      Value x = extend(load(op.getX(), indices));
      Value r = load(rrms, indices.take_front(rows.size()));
      Value y = buildScaled(multiply(x, r), indices.drop_front(rows.size()));
      store(truncate(y), op.getY(), indices);
    });
    if (!op.getRrms())
      deallocate(rrms);
  }

private:
  void buildRrms(Value rrms) {
    Value length = product(columns);
    Value zero = constant(APFloat(0.0));
    forEachWithSum(rows, [&](Indices row) {
      auto addSquare = [&](Indices column, ValueRange sums) {
        SmallVector<Value> indices(row);
        llvm::append_range(indices, column);
        Value x = extend(load(op.getX(), indices));
        return SmallVector<Value>{add(sums.front(), multiply(x, x))};
      };
      Value sum = accumulate(columns, zero, addSquare).front();
      Value shifted = add(divide(sum, length), constant(op.getEpsilon()));
      Value root = math::SqrtOp::create(builder, loc, shifted);
      store(divide(constant(APFloat(1.0)), root), rrms, row);
    });
  }

  /// The element of y, before it is rounded, for x * rrms.
  Value buildScaled(Value value, Indices column) {
    auto round = [&](Value value) {
      return op.getRounding() == Rounding::Once ? value : roundToType(value);
    };
    if (!op.getTargetRms().isExactlyValue(1.0))
      value = multiply(value, constant(op.getTargetRms()));
    value = round(value);
    Value gamma = loadRowVector(op.getGamma(), column, columns);
    if (Value weight = weightOf(gamma, op.getWeightOffset()))
      value = round(multiply(value, round(weight)));
    if (Value beta = loadRowVector(op.getBeta(), column, columns))
      value = add(value, round(extend(beta)));
    return value;
  }

  RMSNormOp op;
  SmallVector<OpFoldResult> sizes;
  ArrayRef<OpFoldResult> rows, columns;
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
