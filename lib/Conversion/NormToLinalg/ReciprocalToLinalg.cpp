//===- ReciprocalToLinalg.cpp - The reciprocal ops as linalg ops ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"
#include "Patterns.h"

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

namespace {

/// Builds the generic op of an op on each element alone.
class ElementwiseLowering : public GenericBuilder {
protected:
  ElementwiseLowering(OpBuilder &builder, NormOpInterface op)
      : GenericBuilder(builder, op.getLoc(),
                       getAccumulatorType(
                           getElementTypeOrSelf(op->getOperand(0).getType())),
                       getElementTypeOrSelf(op->getOperand(0).getType())),
        operands(op->getOperands()) {}

  /// The elements that `body` computes from those of the operands, in acc.
  SmallVector<Value> mapElements(ElementBody body) {
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(builder, loc, operands[0]);
    SmallVector<AffineMap> maps(operands.size(),
                                builder.getMultiDimIdentityMap(sizes.size()));
    return {makeElementwise(operands, maps, sizes, type, [&](ValueRange args) {
      SmallVector<Value> elements = llvm::map_to_vector(
          args, [&](Value element) { return extend(element); });
      return truncate(body(elements));
    })};
  }

private:
  ValueRange operands;
};

/// Whether an estimate of 1 / x within 0.53 ULP of f32 may replace the
/// division. For 16-bit elements the results are the same: with s the
/// significand of x and b one between two of theirs, of p and p + 1 bits, s b
/// is no power of two, so that 1 / x differs from what separates two results by
/// at least the part 2^-(2 p + 1) of it, which for p = 11 is 1 ULP of f32.
static bool mayEstimate(ReciprocalOp op) {
  return op.getPrecision() == Precision::Approx ||
         getElementTypeOrSelf(op.getX().getType()).getIntOrFloatBitWidth() ==
             16;
}

/// y = 1 / x. If `allowReciprocal`, a division that may be approximate says so.
template <bool allowReciprocal>
struct ReciprocalLowering : ElementwiseLowering {
  ReciprocalLowering(OpBuilder &builder, ReciprocalOp op)
      : ElementwiseLowering(builder, op),
        flags(allowReciprocal && mayEstimate(op) ? arith::FastMathFlags::arcp
                                                 : arith::FastMathFlags::none) {
  }
  SmallVector<Value> lower() {
    return mapElements([&](ValueRange x) {
      Value one = constant(APFloat(1.0));
      return arith::DivFOp::create(builder, loc, one, x[0], flags);
    });
  }

private:
  const arith::FastMathFlags flags;
};

/// dx = (-dy * y) * y.
struct ReciprocalGradLowering : ElementwiseLowering {
  ReciprocalGradLowering(OpBuilder &builder, ReciprocalGradOp op)
      : ElementwiseLowering(builder, op) {}
  SmallVector<Value> lower() {
    return mapElements([&](ValueRange operands) {
      Value y = operands[0];
      Value negated = arith::NegFOp::create(builder, loc, operands[1]);
      return multiply(multiply(negated, y), y);
    });
  }
};

} // namespace

void norm::populateReciprocalToLinalgPatterns(RewritePatternSet &patterns,
                                              bool allowReciprocal) {
  MLIRContext *context = patterns.getContext();
  if (allowReciprocal)
    patterns.add<NormToLinalgPattern<ReciprocalOp, ReciprocalLowering<true>>>(
        context);
  else
    patterns.add<NormToLinalgPattern<ReciprocalOp, ReciprocalLowering<false>>>(
        context);
  patterns.add<NormToLinalgPattern<ReciprocalGradOp, ReciprocalGradLowering>>(
      context);
}
