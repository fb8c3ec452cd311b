//===- CollapseChannels.cpp - Shapes with one spatial dim -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CollapseChannels.h"

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

namespace {

/// `[N, C, D1, ..]` becomes `[N, C, L]`, and `[N, D1, .., C]` becomes `[R, C]`.
/// `[N, C]` in NCHW is `[R, C]` in NHWC.
template <typename Op> struct CollapseChannelDims : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    int64_t rank = op.getXType().getRank();
    bool isNCHW = op.getLayout() == ChannelLayout::NCHW;
    if (!op.hasTensorSemantics() || rank == (isNCHW ? 3 : 2))
      return rewriter.notifyMatchFailure(op, "x is collapsed already");
    if (isNCHW && rank == 2) {
      rewriter.modifyOpInPlace(op, [&] { op.setLayout(ChannelLayout::NHWC); });
      return success();
    }
    SmallVector<ReassociationIndices> groups;
    if (isNCHW)
      groups = {{0}, {1}, llvm::to_vector<2>(llvm::seq<int64_t>(2, rank))};
    else
      groups = {llvm::to_vector<2>(llvm::seq<int64_t>(0, rank - 1)),
                {rank - 1}};
    auto isFull = [&](Type type) {
      auto shaped = dyn_cast<RankedTensorType>(type);
      return shaped && shaped.getRank() == rank;
    };
    Location loc = op.getLoc();
    SmallVector<Value> operands, results;
    SmallVector<Type> types;
    for (Value operand : op->getOperands())
      operands.push_back(
          isFull(operand.getType())
              ? tensor::CollapseShapeOp::create(rewriter, loc, operand, groups)
              : operand);
    for (Type type : op->getResultTypes())
      types.push_back(isFull(type)
                          ? tensor::CollapseShapeOp::inferCollapsedType(
                                cast<RankedTensorType>(type), groups)
                          : type);
    Operation *collapsed = mlir::clone(rewriter, op, types, operands);
    for (auto [result, old] :
         llvm::zip_equal(collapsed->getResults(), op->getResults()))
      results.push_back(
          isFull(old.getType())
              ? tensor::ExpandShapeOp::create(
                    rewriter, loc, old.getType(), result, groups,
                    tensor::getMixedSizes(rewriter, loc, op.getX()))
              : Value(result));
    rewriter.replaceOp(op, results);
    return success();
  }
};

/// On a GPU, where neighbours are for neighbouring threads: sums over images of
/// one pixel, `[N, C, 1]` in NCHW, are those over rows `[N, C]` in NHWC, and
/// over rows of one channel, `[R, 1]`, those over an image `[1, 1, R]` in NCHW.
template <typename Op> struct SwapUnitDims : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    StrategyAttr strategy = op.getStrategyAttr();
    if (!op.hasTensorSemantics() || !strategy || !strategy.getGpu())
      return rewriter.notifyMatchFailure(op, "not for a GPU");
    ArrayRef<int64_t> shape = op.getXType().getShape();
    bool isNCHW = op.getLayout() == ChannelLayout::NCHW;
    bool hasOnePixel = isNCHW && shape.size() == 3 && shape[2] == 1 &&
                       shape.take_front(2) != ArrayRef<int64_t>{1, 1};
    bool hasOneChannel =
        !isNCHW && shape.size() == 2 && shape[1] == 1 && shape[0] != 0;
    if (!hasOnePixel && !hasOneChannel)
      return rewriter.notifyMatchFailure(op, "neighbours as they are");
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      if (cast<ShapedType>(operand.getType()).getRank() == 1) {
        operands.push_back(operand);
        continue;
      }
      SmallVector<ReassociationIndices> groups{{0, 1}};
      if (hasOnePixel)
        groups = {{0}, {1, 2}};
      Value reshaped = tensor::CollapseShapeOp::create(rewriter, op.getLoc(),
                                                       operand, groups);
      if (hasOneChannel)
        reshaped = tensor::ExpandShapeOp::create(
            rewriter, op.getLoc(),
            op.getXType().clone(ArrayRef<int64_t>{1, 1, shape[0]}), reshaped,
            ArrayRef<ReassociationIndices>{{0, 1, 2}},
            ArrayRef<OpFoldResult>{
                rewriter.getIndexAttr(1), rewriter.getIndexAttr(1),
                tensor::getMixedSize(rewriter, op.getLoc(), reshaped, 0)});
      operands.push_back(reshaped);
    }
    rewriter.modifyOpInPlace(op, [&] {
      op->setOperands(operands);
      op.setLayout(isNCHW ? ChannelLayout::NHWC : ChannelLayout::NCHW);
    });
    return success();
  }
};

} // namespace

void norm::populateCollapseChannelsPatterns(RewritePatternSet &patterns) {
  patterns
      .add<CollapseChannelDims<ChannelStatsOp>,
           CollapseChannelDims<ChannelBackpropStatsOp>,
           CollapseChannelDims<ChannelBackpropOp>, SwapUnitDims<ChannelStatsOp>,
           SwapUnitDims<ChannelBackpropStatsOp>>(patterns.getContext());
}
