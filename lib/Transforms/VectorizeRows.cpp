//===- VectorizeRows.cpp - Vector code for the ops of a row loop ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowOps.h"

#include "norm/Transforms/Passes.h"
#include "norm/Transforms/RewriteConfig.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

namespace norm {
#define GEN_PASS_DEF_VECTORIZEROWS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {

/// The scalar that a 0-d tensor was made from needs no tensor.
struct ExtractOfScalarInsert : OpRewritePattern<tensor::ExtractOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ExtractOp op,
                                PatternRewriter &rewriter) const override {
    auto insert = op.getTensor().getDefiningOp<tensor::InsertOp>();
    if (!insert || !insert.getIndices().empty())
      return rewriter.notifyMatchFailure(op, "no insertion into a 0-d tensor");
    rewriter.replaceOp(op, insert.getScalar());
    return success();
  }
};

/// A scalar broadcast through a 0-d tensor is broadcast directly.
struct ReadOfScalarInsert : OpRewritePattern<vector::TransferReadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(vector::TransferReadOp op,
                                PatternRewriter &rewriter) const override {
    auto insert = op.getBase().getDefiningOp<tensor::InsertOp>();
    if (!insert || !insert.getIndices().empty())
      return rewriter.notifyMatchFailure(op, "no insertion into a 0-d tensor");
    rewriter.replaceOpWithNewOp<vector::BroadcastOp>(op, op.getVectorType(),
                                                     insert.getScalar());
    return success();
  }
};

Value extractScalar(RewriterBase &rewriter, Location loc, Value value,
                    ValueRange indices = {}) {
  if (!isa<RankedTensorType>(value.getType()))
    return value;
  return tensor::ExtractOp::create(rewriter, loc, value, indices);
}

/// `y = linalg.generic` without loops: its body on scalars.
void scalarize(RewriterBase &rewriter, linalg::LinalgOp op) {
  IRMapping map;
  Block *body = op.getBlock();
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = body->getArgument(operand.getOperandNumber());
    if (argument.use_empty())
      continue;
    // Without loops an index is a constant: 7, say, of the slice at -i that
    // tiling takes for element 7 - i.
    SmallVector<Value> indices = llvm::map_to_vector(
        op.getMatchingIndexingMap(&operand).getResults(),
        [&](AffineExpr expr) -> Value {
          return arith::ConstantIndexOp::create(
              rewriter, op.getLoc(), cast<AffineConstantExpr>(expr).getValue());
        });
    map.map(argument,
            extractScalar(rewriter, op.getLoc(), operand.get(), indices));
  }
  for (Operation &inner : body->without_terminator())
    rewriter.clone(inner, map);
  SmallVector<Value> results;
  for (auto [value, init] :
       llvm::zip(body->getTerminator()->getOperands(), op.getDpsInits())) {
    // Two results may start from the same scalar, but have a place each.
    Value place = init;
    while (auto insert = place.getDefiningOp<tensor::InsertOp>())
      place = insert.getDest();
    results.push_back(tensor::InsertOp::create(rewriter, op.getLoc(),
                                               map.lookupOrDefault(value),
                                               place, ValueRange()));
  }
  rewriter.replaceOp(op, results);
}

void vectorizeSum(RewriterBase &rewriter, linalg::GenericOp op) {
  Location loc = op.getLoc();
  SmallVector<Value> sums = vectorizeRowSum(rewriter, op), results;
  for (auto [sum, init] : llvm::zip_equal(sums, op.getDpsInits())) {
    Value source = init;
    if (auto slice = source.getDefiningOp<tensor::ExtractSliceOp>())
      source = slice.getSource();
    auto fill = source.getDefiningOp<linalg::FillOp>();
    if (!fill || !matchPattern(fill.getInputs()[0], m_PosZeroFloat()))
      sum = arith::AddFOp::create(rewriter, loc,
                                  extractScalar(rewriter, loc, init), sum);
    auto type = cast<RankedTensorType>(init.getType());
    Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(),
                                          type.getElementType());
    if (type.getRank() == 1)
      results.push_back(
          vector::TransferWriteOp::create(
              rewriter, loc, sum, empty,
              arith::ConstantIndexOp::create(rewriter, loc, 0).getResult(),
              ArrayRef<bool>{true})
              .getResult());
    else
      results.push_back(
          tensor::InsertOp::create(rewriter, loc, sum, empty, ValueRange()));
  }
  rewriter.replaceOp(op, results);
}

LogicalResult vectorizeTile(RewriterBase &rewriter, linalg::LinalgOp op) {
  int64_t length = op.getStaticLoopRanges()[0], tile = columnTile(op);
  SmallVector<int64_t> sizes;
  if (length != tile)
    sizes.push_back(tile);
  FailureOr<linalg::VectorizationResult> vectorized = linalg::vectorize(
      rewriter, op, sizes, SmallVector<bool>(sizes.size(), false));
  if (failed(vectorized))
    return op->emitOpError(
        "cannot be lowered: upstream's vectorizer refuses it");
  rewriter.replaceOp(op, vectorized->replacements);
  return success();
}

struct VectorizeRowsPass : norm::impl::VectorizeRowsBase<VectorizeRowsPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    // Sums first: they look at the op that fills their initial value, which
    // may be one on a scalar.
    for (linalg::LinalgOp op : collectOps())
      if (isRowSum(op)) {
        rewriter.setInsertionPoint(op);
        vectorizeSum(rewriter, cast<linalg::GenericOp>(op.getOperation()));
      }
    for (linalg::LinalgOp op : collectOps())
      if (isColumnSum(op)) {
        rewriter.setInsertionPoint(op);
        vectorizeColumnSum(rewriter,
                           cast<linalg::GenericOp>(op.getOperation()));
      }
    for (linalg::LinalgOp op : collectOps())
      if (isScalarOp(op)) {
        rewriter.setInsertionPoint(op);
        scalarize(rewriter, op);
      }
    // The initial values of the sums are dead now.
    if (failed(simplify()))
      return signalPassFailure();
    for (linalg::LinalgOp op : collectOps()) {
      rewriter.setInsertionPoint(op);
      if (!isElementwiseRowOp(op)) {
        op->emitOpError("cannot be lowered: the CPU pipeline takes norm ops, "
                        "elementwise linalg ops and sums over the first or "
                        "the last dim; found ")
            << op.getNumLoops() << " loops, " << op.getNumReductionLoops()
            << " of them reductions";
        return signalPassFailure();
      }
      if (failed(vectorizeTile(rewriter, op)))
        return signalPassFailure();
    }
    if (failed(simplify()))
      signalPassFailure();
  }

private:
  SmallVector<linalg::LinalgOp> collectOps() {
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    return ops;
  }

  LogicalResult simplify() {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExtractOfScalarInsert, ReadOfScalarInsert>(&getContext());
    vector::populateVectorMaskLoweringPatternsForSideEffectingOps(patterns);
    vector::TransferReadOp::getCanonicalizationPatterns(patterns,
                                                        &getContext());
    vector::TransferWriteOp::getCanonicalizationPatterns(patterns,
                                                         &getContext());
    return applyPatternsGreedily(getOperation(), std::move(patterns),
                                 getRewriteConfig());
  }
};

} // namespace
