//===- ExpandBFloat16.cpp - Conversions of bf16 in integer registers ------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BFloat16Bits.h"
#include "ForeignNaNs.h"

#include "norm/Transforms/Passes.h"
#include "norm/Transforms/RewriteConfig.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

namespace norm {
#define GEN_PASS_DEF_EXPANDBFLOAT16
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// `type`, or a vector of its shape, with another element type.
static Type withElementType(Type type, Type element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.clone(element);
  return element;
}

Value norm::bitsConstant(ImplicitLocOpBuilder &b, Type type, int64_t value) {
  auto attr = b.getIntegerAttr(getElementTypeOrSelf(type), value);
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(b, DenseElementsAttr::get(vector, attr));
  return arith::ConstantOp::create(b, attr);
}

Value norm::bitsToRound(ImplicitLocOpBuilder &b, Value value, bool checkNaN) {
  Type i32 = withElementType(value.getType(), b.getI32Type());
  Value bits = arith::BitcastOp::create(b, i32, value);
  if (!checkNaN)
    return bits;
  Value isNaN =
      arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, value, value);
  return arith::SelectOp::create(b, isNaN, bitsConstant(b, i32, 0x7fc00000),
                                 bits);
}

/// Replaces `op`, from f32 to bf16: to nearest, ties to even.
static void expandTruncate(RewriterBase &rewriter, arith::TruncFOp op,
                           bool checkNaN) {
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  Type i16 = withElementType(op.getType(), b.getI16Type());
  Type i32 = withElementType(op.getType(), b.getI32Type());
  Value bits = bitsToRound(b, op.getIn(), checkNaN);
  Value sixteen = bitsConstant(b, i32, 16);
  Value lowest = arith::AndIOp::create(
      b, arith::ShRUIOp::create(b, bits, sixteen), bitsConstant(b, i32, 1));
  Value half = arith::AddIOp::create(b, bits, bitsConstant(b, i32, 0x7fff));
  Value rounded = arith::AddIOp::create(b, half, lowest);
  Value high = arith::ShRUIOp::create(b, rounded, sixteen);
  Value narrow = arith::TruncIOp::create(b, i16, high);
  rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, op.getType(), narrow);
}

namespace {

struct ExpandExtend : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getIn().getType();
    if (!getElementTypeOrSelf(type).isBF16())
      return rewriter.notifyMatchFailure(op, "the operand is not bf16");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type i16 = withElementType(type, b.getI16Type());
    Type i32 = withElementType(type, b.getI32Type());
    Type f32 = withElementType(type, b.getF32Type());
    Value bits = arith::BitcastOp::create(b, i16, op.getIn());
    Value wide = arith::ShLIOp::create(b, arith::ExtUIOp::create(b, i32, bits),
                                       bitsConstant(b, i32, 16));
    Value result = arith::BitcastOp::create(b, f32, wide);
    if (result.getType() != op.getType())
      result = arith::ExtFOp::create(b, op.getType(), result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct ExpandTruncate : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getIn().getType();
    if (!getElementTypeOrSelf(op.getType()).isBF16())
      return rewriter.notifyMatchFailure(op, "the result is not bf16");
    if (!getElementTypeOrSelf(type).isF32())
      return rewriter.notifyMatchFailure(op, "the operand is not f32");
    expandTruncate(rewriter, op, /*checkNaN=*/true);
    return success();
  }
};

/// From f64 to 16 bits by way of f32, rounded to odd there: where f32 does not
/// hold the value, its neighbour towards zero gets a lowest bit of 1, so that
/// it is never taken for a tie. LLVM would call a library function that is not
/// everywhere.
struct ExpandTruncateOfF64 : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getIn().getType();
    if (!getElementTypeOrSelf(type).isF64())
      return rewriter.notifyMatchFailure(op, "the operand is not f64");
    if (getElementTypeOrSelf(op.getType()).getIntOrFloatBitWidth() != 16)
      return rewriter.notifyMatchFailure(op, "the result has not 16 bits");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type i32 = withElementType(type, b.getI32Type());
    Type i64 = withElementType(type, b.getI64Type());
    Type f32 = withElementType(type, b.getF32Type());
    auto magnitude = [&](Value value) -> Value {
      return arith::AndIOp::create(
          b, arith::BitcastOp::create(b, i64, value),
          bitsConstant(b, i64, std::numeric_limits<int64_t>::max()));
    };
    Value nearest = arith::TruncFOp::create(b, f32, op.getIn());
    Value widened = arith::ExtFOp::create(b, type, nearest);
    // Magnitudes are ordered as their bits are. A NaN stays one: `nearest` is a
    // quiet one, whose neighbours are NaNs too.
    Value given = magnitude(op.getIn()), found = magnitude(widened);
    auto compare = [&](arith::CmpIPredicate predicate) -> Value {
      return arith::ExtUIOp::create(
          b, i32, arith::CmpIOp::create(b, predicate, found, given));
    };
    Value bits = arith::BitcastOp::create(b, i32, nearest);
    Value below =
        arith::SubIOp::create(b, bits, compare(arith::CmpIPredicate::ugt));
    Value odd =
        arith::OrIOp::create(b, below, compare(arith::CmpIPredicate::ne));
    Value value = arith::BitcastOp::create(b, f32, odd);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), value);
    return success();
  }
};

struct ExpandBFloat16Pass : norm::impl::ExpandBFloat16Base<ExpandBFloat16Pass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (Operation *op : findUncheckedRoundings(getOperation())) {
      rewriter.setInsertionPoint(op);
      expandTruncate(rewriter, cast<arith::TruncFOp>(op), /*checkNaN=*/false);
    }
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandExtend, ExpandTruncate, ExpandTruncateOfF64>(
        &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns),
                                     getRewriteConfig())))
      signalPassFailure();
  }
};

} // namespace
