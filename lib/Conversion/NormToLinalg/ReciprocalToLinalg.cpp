//===- ReciprocalToLinalg.cpp - The reciprocal ops as linalg ops ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "RowLowering.h"

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

/// Replaces an elementwise op by a generic op whose elements `body` computes
/// from those of the operands.
static void
replaceByGeneric(NormOpInterface op, PatternRewriter &rewriter,
                 llvm::function_ref<Value(AccArithmetic &, ValueRange)> body) {
  Location loc = op.getLoc();
  Value x = op->getOperand(0);
  auto xType = cast<RankedTensorType>(x.getType());
  Type type = xType.getElementType();
  FloatType acc = type.isF64() ? cast<FloatType>(type) : rewriter.getF32Type();
  Value init = tensor::EmptyOp::create(
      rewriter, loc, tensor::getMixedSizes(rewriter, loc, x), type);
  int64_t rank = xType.getRank();
  SmallVector<AffineMap> maps(op->getNumOperands() + 1,
                              rewriter.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  Value result =
      linalg::GenericOp::create(
          rewriter, loc, init.getType(), op->getOperands(), init, maps,
          iterators,
          [&](OpBuilder &b, Location, ValueRange args) {
            AccArithmetic arithmetic(b, loc, acc, type);
            SmallVector<Value> elements =
                llvm::map_to_vector(args.drop_back(), [&](Value element) {
                  return arithmetic.extend(element);
                });
            Value value = body(arithmetic, elements);
            linalg::YieldOp::create(b, loc, arithmetic.truncate(value));
          })
          .getResult(0);
  replaceWithCasts(rewriter, op, result);
}

namespace {

/// y = 1 / x. Both precisions: the division of a vector takes no longer than
/// its bytes take to arrive from memory.
struct ReciprocalToLinalg : OpRewritePattern<ReciprocalOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReciprocalOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasTensorSemantics())
      return rewriter.notifyMatchFailure(op,
                                         "memref form has no linalg lowering");
    replaceByGeneric(op, rewriter, [](AccArithmetic &arithmetic, ValueRange x) {
      return arithmetic.divide(arithmetic.constant(APFloat(1.0)), x[0]);
    });
    return success();
  }
};

/// dx = (-dy * y) * y.
struct ReciprocalGradToLinalg : OpRewritePattern<ReciprocalGradOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReciprocalGradOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasTensorSemantics())
      return rewriter.notifyMatchFailure(op,
                                         "memref form has no linalg lowering");
    replaceByGeneric(
        op, rewriter, [&](AccArithmetic &arithmetic, ValueRange operands) {
          Value y = operands[0];
          Value negated =
              arith::NegFOp::create(rewriter, op.getLoc(), operands[1]);
          return arithmetic.multiply(arithmetic.multiply(negated, y), y);
        });
    return success();
  }
};

} // namespace

void norm::populateReciprocalToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ReciprocalToLinalg, ReciprocalGradToLinalg>(
      patterns.getContext());
}
