//===- ArithModels.cpp - Rules of arith ops -------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseRule.h"
#include "Models.h"

using namespace mlir;
using namespace norm;

static void differentiateAdd(arith::AddFOp op, ElementwiseRule &rule) {
  rule.add(op.getLhs(), rule.dy);
  rule.add(op.getRhs(), rule.dy);
}

static void differentiateSub(arith::SubFOp op, ElementwiseRule &rule) {
  rule.add(op.getLhs(), rule.dy);
  rule.add(op.getRhs(), rule.neg(rule.dy));
}

static void differentiateMul(arith::MulFOp op, ElementwiseRule &rule) {
  rule.add(op.getLhs(), rule.mul(rule.dy, op.getRhs()));
  rule.add(op.getRhs(), rule.mul(rule.dy, op.getLhs()));
}

/// y = a / b: da = dy / b, db = -dy * y / b.
static void differentiateDiv(arith::DivFOp op, ElementwiseRule &rule) {
  Value quotient = rule.div(rule.dy, op.getRhs());
  rule.add(op.getLhs(), quotient);
  rule.add(op.getRhs(), rule.neg(rule.mul(quotient, op.getResult())));
}

static void differentiateNeg(arith::NegFOp op, ElementwiseRule &rule) {
  rule.add(op.getOperand(), rule.neg(rule.dy));
}

/// dy goes to the operand that is the result, and half of it to each if they
/// are equal. An operand beside a NaN is not smaller than it: both get dy.
static void differentiateExtremum(Value lhs, Value rhs,
                                  arith::CmpFPredicate isLost,
                                  ElementwiseRule &rule) {
  Value tie = rule.compare(arith::CmpFPredicate::OEQ, lhs, rhs);
  Value share = rule.select(tie, rule.mul(rule.dy, rule.filled(0.5)), rule.dy);
  Value zero = rule.filled(0.0);
  rule.add(lhs, rule.select(rule.compare(isLost, lhs, rhs), zero, share));
  rule.add(rhs, rule.select(rule.compare(isLost, rhs, lhs), zero, share));
}

static void differentiateMaximum(arith::MaximumFOp op, ElementwiseRule &rule) {
  differentiateExtremum(op.getLhs(), op.getRhs(), arith::CmpFPredicate::OLT,
                        rule);
}

static void differentiateMinimum(arith::MinimumFOp op, ElementwiseRule &rule) {
  differentiateExtremum(op.getLhs(), op.getRhs(), arith::CmpFPredicate::OGT,
                        rule);
}

static void differentiateExt(arith::ExtFOp op, ElementwiseRule &rule) {
  rule.add(op.getIn(),
           rule.make<arith::TruncFOp>(op.getIn().getType(), rule.dy));
}

static void differentiateTrunc(arith::TruncFOp op, ElementwiseRule &rule) {
  rule.add(op.getIn(), rule.make<arith::ExtFOp>(op.getIn().getType(), rule.dy));
}

/// The condition has no derivative.
static void differentiateSelect(arith::SelectOp op, ElementwiseRule &rule) {
  Value zero = rule.filled(0.0);
  rule.add(op.getTrueValue(), rule.select(op.getCondition(), rule.dy, zero));
  rule.add(op.getFalseValue(), rule.select(op.getCondition(), zero, rule.dy));
}

void norm::attachArithModels(MLIRContext *context, arith::ArithDialect *) {
  attachElementwise<arith::AddFOp, differentiateAdd>(context);
  attachElementwise<arith::SubFOp, differentiateSub>(context);
  attachElementwise<arith::MulFOp, differentiateMul>(context);
  attachElementwise<arith::DivFOp, differentiateDiv>(context);
  attachElementwise<arith::NegFOp, differentiateNeg>(context);
  attachElementwise<arith::MaximumFOp, differentiateMaximum>(context);
  attachElementwise<arith::MinimumFOp, differentiateMinimum>(context);
  attachElementwise<arith::ExtFOp, differentiateExt>(context);
  attachElementwise<arith::TruncFOp, differentiateTrunc>(context);
  attachElementwise<arith::SelectOp, differentiateSelect>(context);
}
