//===- CollapseRows.cpp - One dim for each row ----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace norm {
#define GEN_PASS_DEF_COLLAPSEROWS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// `op` on operands of another shape, over `axis`.
static RMSNormOp cloneOnto(OpBuilder &builder, RMSNormOp op, Value x,
                           Value gamma, Value beta, int64_t axis) {
  auto clone = RMSNormOp::create(
      builder, op.getLoc(), x, gamma, beta, axis,
      op.getEpsilon().convertToDouble(), op.getOutputs().size() > 1,
      op.getTargetRms().convertToDouble(),
      op.getWeightOffset().convertToDouble(), op.getRounding());
  clone.setStrategyAttr(op.getStrategyAttr());
  return clone;
}

namespace {

/// `[rows.., a, b]` over `axis` becomes `[rows.., a * b]`.
struct CollapseRowDims : OpRewritePattern<RMSNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RMSNormOp op,
                                PatternRewriter &rewriter) const override {
    int64_t rank = op.getXType().getRank(), axis = op.getCanonicalAxis();
    if (!op.hasTensorSemantics() || rank - axis == 1)
      return rewriter.notifyMatchFailure(op, "the row is one dim already");
    SmallVector<ReassociationIndices> groups;
    for (int64_t dim = 0; dim < axis; ++dim)
      groups.push_back({dim});
    groups.push_back(llvm::to_vector(llvm::seq<int64_t>(axis, rank)));
    ReassociationIndices rowGroup =
        llvm::to_vector(llvm::seq<int64_t>(0, rank - axis));

    Location loc = op.getLoc();
    Value x = tensor::CollapseShapeOp::create(rewriter, loc, op.getX(), groups);
    auto collapseVector = [&](Value vector) -> Value {
      if (!vector || cast<ShapedType>(vector.getType()).getRank() == 1)
        return vector;
      return tensor::CollapseShapeOp::create(
          rewriter, loc, vector, ArrayRef<ReassociationIndices>{rowGroup});
    };
    RMSNormOp collapsed =
        cloneOnto(rewriter, op, x, collapseVector(op.getGamma()),
                  collapseVector(op.getBeta()), axis);
    SmallVector<Value> results{tensor::ExpandShapeOp::create(
        rewriter, loc, op.getOutputs()[0].getType(), collapsed.getOutputs()[0],
        groups, tensor::getMixedSizes(rewriter, loc, op.getX()))};
    if (op.getOutputs().size() > 1)
      results.push_back(collapsed.getOutputs()[1]);
    rewriter.replaceOp(op, results);
    return success();
  }
};

/// A single row `[N]` becomes `[1, N]`.
struct AddRowDim : OpRewritePattern<RMSNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RMSNormOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getX().getType());
    if (!type || type.getRank() != 1)
      return rewriter.notifyMatchFailure(
          op, "x has a dim of rows, or the row several dims");
    Location loc = op.getLoc();
    SmallVector<ReassociationIndices> group{{0, 1}};
    OpFoldResult length = tensor::getMixedSize(rewriter, loc, op.getX(), 0);
    auto rowType =
        RankedTensorType::get({1, type.getDimSize(0)}, type.getElementType());
    SmallVector<OpFoldResult> sizes{rewriter.getIndexAttr(1), length};
    Value x = tensor::ExpandShapeOp::create(rewriter, loc, rowType, op.getX(),
                                            group, sizes);
    RMSNormOp expanded =
        cloneOnto(rewriter, op, x, op.getGamma(), op.getBeta(), /*axis=*/1);
    SmallVector<Value> results{tensor::CollapseShapeOp::create(
        rewriter, loc, op.getOutputs()[0].getType(), expanded.getOutputs()[0],
        group)};
    if (op.getOutputs().size() > 1)
      results.push_back(tensor::CollapseShapeOp::create(
          rewriter, loc, op.getOutputs()[1].getType(), expanded.getOutputs()[1],
          ArrayRef<ReassociationIndices>{}));
    rewriter.replaceOp(op, results);
    return success();
  }
};

struct CollapseRowsPass : norm::impl::CollapseRowsBase<CollapseRowsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<CollapseRowDims, AddRowDim>(&getContext());
    linalg::populateFoldReshapeOpsByCollapsingPatterns(
        patterns, [](OpOperand *) { return true; });
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns,
                                                         &getContext());
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
