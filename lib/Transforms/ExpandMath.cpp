//===- ExpandMath.cpp - Math functions as vector code or calls ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"
#include "norm/Transforms/RewriteConfig.h"

#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/DialectConversion.h"

#include <cmath>
#include <limits>

namespace norm {
#define GEN_PASS_DEF_EXPANDMATH
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

static Value constant(ImplicitLocOpBuilder &b, Type type, double value) {
  TypedAttr attr = b.getFloatAttr(getElementTypeOrSelf(type), value);
  if (auto vector = dyn_cast<VectorType>(type))
    attr = DenseElementsAttr::get(vector, Attribute(attr));
  return arith::ConstantOp::create(b, attr);
}

/// Upstream's exp loses bits to its range reduction for large |x| and flushes
/// subnormal results: `exp(x) = exp(x -+ 64) * exp(+-64)` for |x| > 64, where
/// the sum is exact.
static void extendExp(math::ExpOp op) {
  constexpr double shift = 64;
  ImplicitLocOpBuilder b(op.getLoc(), op);
  Value x = op.getOperand();
  Type type = x.getType();
  auto compare = [&](arith::CmpFPredicate predicate, double bound) {
    return arith::CmpFOp::create(b, predicate, x, constant(b, type, bound));
  };
  Value isLow = compare(arith::CmpFPredicate::OLT, -shift);
  Value isHigh = compare(arith::CmpFPredicate::OGT, shift);
  auto select = [&](double low, double middle, double high) {
    Value other = arith::SelectOp::create(b, isHigh, constant(b, type, high),
                                          constant(b, type, middle));
    return arith::SelectOp::create(b, isLow, constant(b, type, low), other);
  };
  Value near = arith::AddFOp::create(b, x, select(shift, 0, -shift));
  Value scale = select(std::exp(-shift), 1, std::exp(shift));
  op.getOperandMutable().assign(near);
  b.setInsertionPointAfter(op);
  auto scaled = arith::MulFOp::create(b, op.getResult(), scale);
  op.getResult().replaceAllUsesExcept(scaled, scaled);
}

/// Upstream's expansion is `exp(x * ln(2))`, in which a rounding of the product
/// is |x| as large in the result: `exp2(x) = exp((x - n) * ln(2)) * 2^n`, where
/// n is the integer next to x and the difference exact.
static void expandExp2(math::Exp2Op op) {
  // Results of numbers beyond are 0 or infinite; 2^n is a product of two
  // numbers, as subnormal ones and results next to infinity need.
  constexpr double bound = 160;
  ImplicitLocOpBuilder b(op.getLoc(), op);
  Value x = op.getOperand();
  Type type = x.getType(), integerType = b.getI32Type();
  if (auto vector = dyn_cast<VectorType>(type))
    integerType = vector.clone(integerType);
  auto integer = [&](int32_t value) -> Value {
    TypedAttr attr = b.getI32IntegerAttr(value);
    if (auto vector = dyn_cast<VectorType>(integerType))
      attr = DenseElementsAttr::get(vector, Attribute(attr));
    return arith::ConstantOp::create(b, attr);
  };
  // A NaN stays one in the difference, and is no integer.
  Value near = arith::MaximumFOp::create(
      b, arith::MinimumFOp::create(b, x, constant(b, type, bound)),
      constant(b, type, -bound));
  Value isNumber = arith::CmpFOp::create(b, arith::CmpFPredicate::ORD, x, x);
  Value whole = math::RoundEvenOp::create(
      b, arith::SelectOp::create(b, isNumber, near, constant(b, type, 0)));
  Value rest = arith::SubFOp::create(b, near, whole);
  Value result = math::ExpOp::create(
      b, arith::MulFOp::create(b, rest, constant(b, type, std::log(2.0))));
  Value n = arith::FPToSIOp::create(b, integerType, whole);
  Value half = arith::ShRSIOp::create(b, n, integer(1));
  for (Value exponent : {half, arith::SubIOp::create(b, n, half).getResult()}) {
    Value bits = arith::ShLIOp::create(
        b, arith::AddIOp::create(b, exponent, integer(127)), integer(23));
    result = arith::MulFOp::create(b, result,
                                   arith::BitcastOp::create(b, type, bits));
  }
  op.replaceAllUsesWith(result);
  op.erase();
}

/// Upstream's logarithms take a subnormal number for the smallest normal one:
/// `log(x) = log(x * 2^24) - log(2^24)` below it.
static void extendLog(Operation *op, double logOfScale) {
  ImplicitLocOpBuilder b(op->getLoc(), op);
  Value x = op->getOperand(0);
  Type type = x.getType();
  Value isSmall = arith::CmpFOp::create(
      b, arith::CmpFPredicate::OLT, x,
      constant(b, type, std::numeric_limits<float>::min()));
  Value large = arith::MulFOp::create(b, x, constant(b, type, 0x1p24));
  op->setOperand(0, arith::SelectOp::create(b, isSmall, large, x));
  b.setInsertionPointAfter(op);
  Value result = op->getResult(0);
  auto difference =
      arith::SubFOp::create(b, result, constant(b, type, logOfScale));
  auto chosen = arith::SelectOp::create(b, isSmall, difference, result);
  result.replaceUsesWithIf(chosen, [&](OpOperand &use) {
    return use.getOwner() != difference && use.getOwner() != chosen;
  });
}

/// Upstream's erf of -0 is 0.
static void extendErf(math::ErfOp op) {
  ImplicitLocOpBuilder b(op.getLoc(), op);
  b.setInsertionPointAfter(op);
  auto result = math::CopySignOp::create(b, op.getResult(), op.getOperand());
  op.getResult().replaceAllUsesExcept(result, result);
}

namespace {
struct ExpandMathPass : norm::impl::ExpandMathBase<ExpandMathPass> {
  void runOnOperation() override {
    // These contain exp and log, which are extended with the others.
    if (failed(approximate({"math.erfc", "math.expm1", "math.log1p"})))
      return signalPassFailure();
    SmallVector<math::Exp2Op> powers;
    getOperation()->walk([&](math::Exp2Op op) {
      if (getElementTypeOrSelf(op.getType()).isF32())
        powers.push_back(op);
    });
    llvm::for_each(powers, expandExp2);
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa<math::ErfOp, math::ExpOp, math::LogOp, math::Log2Op>(op) &&
          getElementTypeOrSelf(op->getResult(0)).isF32())
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      if (auto exp = dyn_cast<math::ExpOp>(op))
        extendExp(exp);
      else if (auto erf = dyn_cast<math::ErfOp>(op))
        extendErf(erf);
      else
        extendLog(op, isa<math::LogOp>(op) ? 24 * std::log(2.0) : 24);
    }
    if (failed(approximate(
            {"math.erf", "math.exp", "math.log", "math.log2", "math.tanh"})))
      return signalPassFailure();
    if (failed(callLibrary()))
      signalPassFailure();
  }

private:
  LogicalResult approximate(ArrayRef<StringRef> names) {
    RewritePatternSet patterns(&getContext());
    populateMathPolynomialApproximationPatterns(patterns, [&](StringRef name) {
      return llvm::is_contained(names, name);
    });
    return applyPatternsGreedily(getOperation(), std::move(patterns),
                                 norm::getRewriteConfig());
  }

  /// The LLVM dialect has no such ops. For expm1 and log1p upstream's
  /// conversion to it takes exp and log, which cancel. A GPU has no such
  /// library.
  LogicalResult callLibrary() {
    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    target.addDynamicallyLegalOp<math::AcoshOp, math::AsinhOp, math::AtanhOp,
                                 math::CbrtOp, math::ErfOp, math::ErfcOp,
                                 math::ExpM1Op, math::Log1pOp>(
        [](Operation *op) { return op->getParentOfType<gpu::GPUModuleOp>(); });
    RewritePatternSet patterns(&getContext());
    populateMathToLibmConversionPatterns(patterns);
    return applyPartialConversion(getOperation(), target, std::move(patterns));
  }
};
} // namespace
