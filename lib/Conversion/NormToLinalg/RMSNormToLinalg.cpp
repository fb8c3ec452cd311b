//===- RMSNormToLinalg.cpp - norm.rmsnorm as linalg ops -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "RowLowering.h"

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace norm;

namespace {

/// The three linalg ops of a norm.rmsnorm, built one after the other.
class RMSNormLowering : RowLowering {
public:
  RMSNormLowering(OpBuilder &builder, RMSNormOp op)
      : RowLowering(builder, op.getLoc(), op.getX(), op.getCanonicalAxis(),
                    op.getAccType()),
        op(op) {}

  SmallVector<Value> lower() {
    Value rrms = reciprocalRMS(sumOfSquares());
    return {scale(rrms), rrms};
  }

private:
  /// sum_j x_j^2 of each row.
  Value sumOfSquares() {
    return sumRow({{op.getX(), Shape::Full}}, [&](ValueRange args) {
      Value x = extend(args[0]);
      return multiply(x, x);
    });
  }

  /// 1 / sqrt(sum / N + epsilon) of each row.
  Value reciprocalRMS(Value sum) {
    Value length = rowLength();
    Value epsilon = constant(op.getEpsilon());
    Value one = constant(APFloat(1.0));
    return makeRows(sum, [&](ValueRange args) {
      Value shifted = add(divide(args[0], length), epsilon);
      return divide(one, math::SqrtOp::create(builder, loc, shifted));
    });
  }

  /// The normalized, scaled and shifted rows.
  Value scale(Value rrms) {
    SmallVector<Input> inputs{{op.getX(), Shape::Full}, {rrms, Shape::Rows}};
    for (Value vector : {op.getGamma(), op.getBeta()})
      if (vector)
        inputs.push_back({vector, Shape::Row});
    return makeFull(inputs,
                    [&](ValueRange args) { return scaleElement(args); });
  }

  /// The body of the scale op on x, rrms, gamma?, beta?.
  Value scaleElement(ValueRange args) {
    bool once = op.getRounding() == Rounding::Once;
    Value value = multiply(extend(args[0]), args[1]);
    if (!op.getTargetRms().isExactlyValue(1.0))
      value = multiply(value, constant(op.getTargetRms()));
    if (!once)
      value = roundToType(value);
    unsigned next = 2;
    Value gamma = op.getGamma() ? args[next++] : Value();
    if (Value weight = weightOf(gamma, op.getWeightOffset())) {
      value = multiply(value, once ? weight : roundToType(weight));
      if (!once)
        value = roundToType(value);
    }
    if (op.getBeta()) {
      Value beta = extend(args[next]);
      value = add(value, once ? beta : roundToType(beta));
    }
    return value;
  }

  RMSNormOp op;
};

} // namespace

void norm::populateRMSNormToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<NormToLinalgPattern<RMSNormOp, RMSNormLowering>>(
      patterns.getContext());
}
