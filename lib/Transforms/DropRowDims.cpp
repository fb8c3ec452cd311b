//===- DropRowDims.cpp - One-dimensional ops in a row loop ----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace norm {
#define GEN_PASS_DEF_DROPROWDIMS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

namespace {

/// A row that is put whole into a new tensor `[1, .., N]`, which is then put
/// into the result of the loop, is put there directly. Upstream merges the two
/// only for static sizes.
struct InsertRowDirectly : OpRewritePattern<tensor::ParallelInsertSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ParallelInsertSliceOp op,
                                PatternRewriter &rewriter) const override {
    auto insert = op.getSource().getDefiningOp<tensor::InsertSliceOp>();
    auto empty =
        insert ? insert.getDest().getDefiningOp<tensor::EmptyOp>() : nullptr;
    if (!empty || !insert.hasUnitStride() || !insert.hasZeroOffset() ||
        !isEqualConstantIntOrValueArray(insert.getMixedSizes(),
                                        empty.getMixedSizes()))
      return rewriter.notifyMatchFailure(
          op, "the source is not a row put whole into a new tensor");
    rewriter.modifyOpInPlace(
        op, [&] { op.getSourceMutable().assign(insert.getSource()); });
    return success();
  }
};

struct DropRowDimsPass : norm::impl::DropRowDimsBase<DropRowDimsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::ControlDropUnitDims control;
    control.rankReductionStrategy =
        linalg::ControlDropUnitDims::RankReductionStrategy::ExtractInsertSlice;
    linalg::populateFoldUnitExtentDimsPatterns(patterns, control);
    linalg::populateFoldUnitExtentDimsCanonicalizationPatterns(patterns,
                                                               control);
    // The slice of a filled row of one element is filled itself.
    linalg::populateSwapExtractSliceWithFillPatterns(patterns);
    patterns.add<InsertRowDirectly>(&getContext());
    tensor::populateMergeConsecutiveInsertExtractSlicePatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
