//===- DropRowDims.cpp - One-dimensional ops in a row loop ----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowOps.h"

#include "norm/Transforms/Passes.h"
#include "norm/Transforms/RewriteConfig.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace norm {
#define GEN_PASS_DEF_DROPROWDIMS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

static bool isSumOfColumns(Value value) {
  auto sum = value.getDefiningOp<linalg::LinalgOp>();
  return sum && isColumnSum(sum);
}

namespace {

/// A row that is put whole into a new tensor `[1, .., N]`, which is then put
/// into the result of the loop, is put there directly. Upstream merges the two
/// only for static sizes.
template <typename InsertOp>
struct InsertRowDirectly : OpRewritePattern<InsertOp> {
  using OpRewritePattern<InsertOp>::OpRewritePattern;
  LogicalResult matchAndRewrite(InsertOp op,
                                PatternRewriter &rewriter) const override {
    auto insert =
        op.getSource().template getDefiningOp<tensor::InsertSliceOp>();
    auto empty =
        insert ? insert.getDest().template getDefiningOp<tensor::EmptyOp>()
               : nullptr;
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

/// The slice of a filled tensor is filled itself. Upstream's pattern wants the
/// fill to have no other use, but several sums may start from it.
struct FillSlice : OpRewritePattern<tensor::ExtractSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ExtractSliceOp op,
                                PatternRewriter &rewriter) const override {
    auto fill = op.getSource().getDefiningOp<linalg::FillOp>();
    if (!fill)
      return rewriter.notifyMatchFailure(op, "the source is no fill");
    Value slice = tensor::ExtractSliceOp::create(
        rewriter, op.getLoc(), op.getType(), fill.getOutputs()[0],
        op.getMixedOffsets(), op.getMixedSizes(), op.getMixedStrides());
    rewriter.replaceOpWithNewOp<linalg::FillOp>(op, fill.getInputs(), slice);
    return success();
  }
};

/// True for a part of memory that was made for it. A destination that nothing
/// reads is replaced, which takes this memory away.
static bool isInOwnMemory(Value value) {
  while (auto slice = value.getDefiningOp<tensor::ExtractSliceOp>())
    value = slice.getSource();
  return value.getDefiningOp<bufferization::AllocTensorOp>();
}

/// The sum of one row starts from the number that its destination is filled
/// with. So it is no destination that is read, and would need memory where only
/// what is computed from the sum is a result.
struct StartFromNumber : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (isElementwiseRowOp(op))
      for (auto [init, read] :
           llvm::zip_equal(op.getOutputsMutable(), op.getRegionOutputArgs())) {
        auto fill = init.get().getDefiningOp<linalg::FillOp>();
        if (!fill || read.use_empty() ||
            fill.getInputs()[0].getType() != read.getType() ||
            isInOwnMemory(fill.getOutputs()[0]))
          continue;
        rewriter.replaceAllUsesWith(read, fill.getInputs()[0]);
        OpOperand &destination = init;
        rewriter.modifyOpInPlace(
            op, [&] { destination.set(fill.getOutputs()[0]); });
        return success();
      }
    return rewriter.notifyMatchFailure(op, "no destination is filled and read");
  }
};

struct DropRowDimsPass : norm::impl::DropRowDimsBase<DropRowDimsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::ControlDropUnitDims control;
    control.rankReductionStrategy =
        linalg::ControlDropUnitDims::RankReductionStrategy::ExtractInsertSlice;
    // The sum of one column stays one: a row's sum has another order, and so
    // other bits than the sum of a column whose row length is dynamic. The sum
    // of one row is an elementwise op. What is computed from the sum of a
    // column keeps the column, too: a number in memory between them would be
    // for all threads of a GPU.
    control.controlFn =
        [all = control.controlFn](Operation *op) -> SmallVector<unsigned> {
      auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
      if (generic && isColumnSum(generic))
        return {0};
      if (generic && llvm::any_of(generic.getInputs(), isSumOfColumns))
        return {};
      return all(op);
    };
    linalg::populateFoldUnitExtentDimsPatterns(patterns, control);
    linalg::populateFoldUnitExtentDimsCanonicalizationPatterns(patterns,
                                                               control);
    patterns.add<FillSlice, StartFromNumber,
                 InsertRowDirectly<tensor::InsertSliceOp>,
                 InsertRowDirectly<tensor::ParallelInsertSliceOp>>(
        &getContext());
    tensor::populateMergeConsecutiveInsertExtractSlicePatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns),
                                     getRewriteConfig())))
      signalPassFailure();
  }
};
} // namespace
