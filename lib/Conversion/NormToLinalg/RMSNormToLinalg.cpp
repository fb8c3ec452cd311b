//===- RMSNormToLinalg.cpp - norm.rmsnorm as linalg ops -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AccArithmetic.h"
#include "Patterns.h"

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

namespace {

/// The three linalg ops of a norm.rmsnorm, built one after the other.
class RMSNormLowering : AccArithmetic {
public:
  RMSNormLowering(RMSNormOp op, OpBuilder &builder)
      : AccArithmetic(
            builder, op.getLoc(), op.getAccType(),
            cast<RankedTensorType>(op.getX().getType()).getElementType()),
        op(op), rank(op.getXType().getRank()), axis(op.getCanonicalAxis()),
        sizes(tensor::getMixedSizes(builder, loc, op.getX())) {}

  /// sum_j x_j^2 of each row.
  Value sumOfSquares() {
    Value zero =
        arith::ConstantOp::create(builder, loc, builder.getFloatAttr(acc, 0.0));
    Value init =
        linalg::FillOp::create(builder, loc, zero, emptyRows()).getResult(0);
    SmallVector<utils::IteratorType> iterators(rank,
                                               utils::IteratorType::parallel);
    std::fill(iterators.begin() + axis, iterators.end(),
              utils::IteratorType::reduction);
    return linalg::GenericOp::create(
               builder, loc, init.getType(), op.getX(), init,
               ArrayRef<AffineMap>{builder.getMultiDimIdentityMap(rank),
                                   rowMap()},
               iterators,
               [&](OpBuilder &b, Location, ValueRange args) {
                 Value x = extend(args[0]);
                 Value square = multiply(x, x);
                 linalg::YieldOp::create(b, loc,
                                         ValueRange{add(args[1], square)});
               })
        .getResult(0);
  }

  /// 1 / sqrt(sum / N + epsilon) of each row.
  Value reciprocalRMS(Value sum) {
    Value length = product(ArrayRef(sizes).drop_front(axis));
    Value epsilon = constant(op.getEpsilon());
    Value one = constant(APFloat(1.0));
    AffineMap identity = builder.getMultiDimIdentityMap(axis);
    return linalg::GenericOp::create(
               builder, loc, sum.getType(), sum, emptyRows(),
               ArrayRef<AffineMap>{identity, identity},
               SmallVector<utils::IteratorType>(axis,
                                                utils::IteratorType::parallel),
               [&](OpBuilder &b, Location, ValueRange args) {
                 Value mean = divide(args[0], length);
                 Value shifted = add(mean, epsilon);
                 Value root = math::SqrtOp::create(b, loc, shifted);
                 linalg::YieldOp::create(b, loc, ValueRange{divide(one, root)});
               })
        .getResult(0);
  }

  /// The normalized, scaled and shifted rows.
  Value scale(Value rrms) {
    SmallVector<Value> inputs{op.getX(), rrms};
    SmallVector<AffineMap> maps{builder.getMultiDimIdentityMap(rank), rowMap()};
    for (Value vector : {op.getGamma(), op.getBeta()}) {
      if (!vector)
        continue;
      inputs.push_back(toRowShape(vector));
      maps.push_back(AffineMap::get(rank, 0, rowDims(), builder.getContext()));
    }
    maps.push_back(builder.getMultiDimIdentityMap(rank));
    Value init = tensor::EmptyOp::create(builder, loc, sizes, type);
    return linalg::GenericOp::create(
               builder, loc, init.getType(), inputs, init, maps,
               SmallVector<utils::IteratorType>(rank,
                                                utils::IteratorType::parallel),
               [&](OpBuilder &b, Location, ValueRange args) {
                 linalg::YieldOp::create(b, loc,
                                         ValueRange{scaleElement(args)});
               })
        .getResult(0);
  }

private:
  /// The body of the scale op on x, rrms, gamma?, beta?.
  Value scaleElement(ValueRange args) {
    bool once = op.getRounding() == Rounding::Once;
    Value value = multiply(extend(args[0]), args[1]);
    if (!op.getTargetRms().isExactlyValue(1.0))
      value = multiply(value, constant(op.getTargetRms()));
    if (!once)
      value = roundToType(value);
    unsigned next = 2;
    if (Value weight = weightOf(op.getGamma() ? args[next++] : Value(),
                                op.getWeightOffset())) {
      value = multiply(value, once ? weight : roundToType(weight));
      if (!once)
        value = roundToType(value);
    }
    if (op.getBeta()) {
      Value beta = extend(args[next]);
      value = add(value, once ? beta : roundToType(beta));
    }
    return truncate(value);
  }

  /// A vector of N elements in the shape of the row dims.
  Value toRowShape(Value vector) {
    auto vectorType = cast<RankedTensorType>(vector.getType());
    int64_t rowRank = rank - axis;
    if (vectorType.getRank() == rowRank)
      return vector;
    auto rowType = RankedTensorType::get(
        op.getXType().getShape().drop_front(axis), vectorType.getElementType());
    ReassociationIndices all = llvm::to_vector(llvm::seq<int64_t>(0, rowRank));
    return tensor::ExpandShapeOp::create(builder, loc, rowType, vector,
                                         ArrayRef<ReassociationIndices>{all},
                                         ArrayRef(sizes).drop_front(axis));
  }

  Value emptyRows() {
    return tensor::EmptyOp::create(builder, loc,
                                   ArrayRef(sizes).take_front(axis), acc);
  }
  SmallVector<AffineExpr> rowDims() {
    SmallVector<AffineExpr> dims;
    for (int64_t dim = axis; dim < rank; ++dim)
      dims.push_back(builder.getAffineDimExpr(dim));
    return dims;
  }
  AffineMap rowMap() {
    // getMajorSubMap gives no map at all for 0 dims.
    SmallVector<AffineExpr> dims;
    for (int64_t dim = 0; dim < axis; ++dim)
      dims.push_back(builder.getAffineDimExpr(dim));
    return AffineMap::get(rank, 0, dims, builder.getContext());
  }

  RMSNormOp op;
  int64_t rank, axis;
  SmallVector<OpFoldResult> sizes;
};

struct RMSNormToLinalg : OpRewritePattern<RMSNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RMSNormOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasTensorSemantics())
      return rewriter.notifyMatchFailure(op,
                                         "memref form has no linalg lowering");
    RMSNormLowering lowering(op, rewriter);
    Value rrms = lowering.reciprocalRMS(lowering.sumOfSquares());
    SmallVector<Value> results{lowering.scale(rrms), rrms};
    results.resize(op.getOutputs().size());
    // A declared result type may know more or fewer sizes than x's type.
    for (auto [value, output] : llvm::zip(results, op.getOutputs()))
      if (value.getType() != output.getType())
        value = tensor::CastOp::create(rewriter, op.getLoc(), output.getType(),
                                       value);
    rewriter.replaceOp(op, results);
    return success();
  }
};

} // namespace

void norm::populateRMSNormToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<RMSNormToLinalg>(patterns.getContext());
}
