//===- MathModels.cpp - Rules of math ops ---------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseRule.h"
#include "Models.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace norm;

namespace {

/// The derivative of a function of one variable: what dy is multiplied by, from
/// its operand x and its result y.
using Derivative = Value (*)(ElementwiseRule &rule, Value x, Value y);

template <typename OpTy, Derivative derivative>
void differentiateUnary(OpTy op, ElementwiseRule &rule) {
  Value x = op.getOperand();
  rule.add(x, rule.mul(rule.dy, derivative(rule, x, op.getResult())));
}

template <typename OpTy, Derivative derivative>
void attachUnary(MLIRContext *context) {
  attachElementwise<OpTy, differentiateUnary<OpTy, derivative>>(context);
}

/// A step function: its derivative is zero wherever it has one.
template <typename OpTy> void differentiateStep(OpTy, ElementwiseRule &) {}

template <typename... OpTys> void attachSteps(MLIRContext *context) {
  (attachElementwise<OpTys, differentiateStep<OpTys>>(context), ...);
}

} // namespace

/// The sign of x, 0 at 0.
static Value getAbsDerivative(ElementwiseRule &rule, Value x, Value) {
  Value zero = rule.filled(0.0);
  Value isZero = rule.compare(arith::CmpFPredicate::OEQ, x, zero);
  Value isNegative = rule.compare(arith::CmpFPredicate::OLT, x, zero);
  Value sign = rule.select(isNegative, rule.filled(-1.0), rule.filled(1.0));
  return rule.select(isZero, zero, sign);
}

static Value getCosDerivative(ElementwiseRule &rule, Value x, Value) {
  return rule.neg(rule.make<math::SinOp>(x));
}

/// 2 / sqrt(pi) * exp(-x^2).
static Value getErfDerivative(ElementwiseRule &rule, Value x, Value) {
  Value bell = rule.make<math::ExpOp>(rule.neg(rule.mul(x, x)));
  return rule.mul(rule.filled(2 * llvm::numbers::inv_sqrtpi), bell);
}

static Value getExpDerivative(ElementwiseRule &, Value, Value y) { return y; }

static Value getExp2Derivative(ElementwiseRule &rule, Value, Value y) {
  return rule.mul(rule.filled(llvm::numbers::ln2), y);
}

static Value getExpM1Derivative(ElementwiseRule &rule, Value, Value y) {
  return rule.addf(y, rule.filled(1.0));
}

static Value getLogDerivative(ElementwiseRule &rule, Value x, Value) {
  return rule.div(rule.filled(1.0), x);
}

static Value getLog1pDerivative(ElementwiseRule &rule, Value x, Value) {
  Value one = rule.filled(1.0);
  return rule.div(one, rule.addf(one, x));
}

static Value getLog2Derivative(ElementwiseRule &rule, Value x, Value) {
  return rule.div(rule.filled(llvm::numbers::log2e), x);
}

/// -y / (2 * x) has no intermediate value that leaves the range before it.
static Value getRsqrtDerivative(ElementwiseRule &rule, Value x, Value y) {
  return rule.div(rule.mul(rule.filled(-0.5), y), x);
}

static Value getSinDerivative(ElementwiseRule &rule, Value x, Value) {
  return rule.make<math::CosOp>(x);
}

static Value getSqrtDerivative(ElementwiseRule &rule, Value, Value y) {
  return rule.div(rule.filled(0.5), y);
}

/// 1 - y^2 as a product that keeps its accuracy where y is close to 1.
static Value getTanhDerivative(ElementwiseRule &rule, Value, Value y) {
  Value one = rule.filled(1.0);
  return rule.mul(rule.sub(one, y), rule.addf(one, y));
}

/// y = x^p: dx = dy * p * x^(p-1), dp = dy * y * log(x). Where p = 0 the first
/// is 0, and where x = 0 the second is 0 for p > 0, without a NaN from 0 * inf.
static void differentiatePow(math::PowFOp op, ElementwiseRule &rule) {
  Value x = op.getLhs(), exponent = op.getRhs();
  Value zero = rule.filled(0.0), one = rule.filled(1.0);
  auto isZero = [&](Value value) {
    return rule.compare(arith::CmpFPredicate::OEQ, value, zero);
  };
  Value power = rule.make<math::PowFOp>(x, rule.sub(exponent, one));
  rule.add(x, rule.mul(rule.dy, rule.select(isZero(exponent), zero,
                                            rule.mul(exponent, power))));
  Value log = rule.make<math::LogOp>(rule.select(isZero(x), one, x));
  rule.add(exponent, rule.mul(rule.dy, rule.mul(op.getResult(), log)));
}

/// y = a * b + c.
static void differentiateFma(math::FmaOp op, ElementwiseRule &rule) {
  rule.add(op.getA(), rule.mul(rule.dy, op.getB()));
  rule.add(op.getB(), rule.mul(rule.dy, op.getA()));
  rule.add(op.getC(), rule.dy);
}

void norm::attachMathModels(MLIRContext *context, math::MathDialect *) {
  attachUnary<math::AbsFOp, getAbsDerivative>(context);
  attachUnary<math::CosOp, getCosDerivative>(context);
  attachUnary<math::ErfOp, getErfDerivative>(context);
  attachUnary<math::ExpOp, getExpDerivative>(context);
  attachUnary<math::Exp2Op, getExp2Derivative>(context);
  attachUnary<math::ExpM1Op, getExpM1Derivative>(context);
  attachUnary<math::LogOp, getLogDerivative>(context);
  attachUnary<math::Log1pOp, getLog1pDerivative>(context);
  attachUnary<math::Log2Op, getLog2Derivative>(context);
  attachUnary<math::RsqrtOp, getRsqrtDerivative>(context);
  attachUnary<math::SinOp, getSinDerivative>(context);
  attachUnary<math::SqrtOp, getSqrtDerivative>(context);
  attachUnary<math::TanhOp, getTanhDerivative>(context);
  attachElementwise<math::PowFOp, differentiatePow>(context);
  attachElementwise<math::FmaOp, differentiateFma>(context);
  attachSteps<math::CeilOp, math::FloorOp, math::RoundOp, math::RoundEvenOp,
              math::TruncOp>(context);
}
