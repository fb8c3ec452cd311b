//===- ForwardMaskedReads.cpp - Rows that are read where written ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"
#include "norm/Transforms/RewriteConfig.h"

#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace norm {
#define GEN_PASS_DEF_FORWARDMASKEDREADS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// True if both masks keep the same elements.
static bool isSameMask(Value a, Value b) {
  if (a == b)
    return true;
  auto createA = a.getDefiningOp<vector::CreateMaskOp>();
  auto createB = b.getDefiningOp<vector::CreateMaskOp>();
  return createA && createB && createA.getOperands() == createB.getOperands();
}

namespace {

/// A read of what was just written under the same mask is the vector itself:
/// elements that the mask cuts off are padding, which may have any value.
struct ForwardMaskedRead : OpRewritePattern<vector::TransferReadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(vector::TransferReadOp read,
                                PatternRewriter &rewriter) const override {
    auto write = read.getBase().getDefiningOp<vector::TransferWriteOp>();
    if (!write || !read.getMask() || !write.getMask())
      return rewriter.notifyMatchFailure(read, "no masked write before it");
    if (!read.getPadding().getDefiningOp<ub::PoisonOp>())
      return rewriter.notifyMatchFailure(read, "the padding has a value");
    if (write.getVectorType() != read.getVectorType() ||
        write.getPermutationMap() != read.getPermutationMap() ||
        write.getIndices() != read.getIndices() ||
        write.getInBounds() != read.getInBounds() ||
        !isSameMask(write.getMask(), read.getMask()))
      return rewriter.notifyMatchFailure(read, "not what was written");
    rewriter.replaceOp(read, write.getValueToStore());
    return success();
  }
};

struct ForwardMaskedReadsPass
    : norm::impl::ForwardMaskedReadsBase<ForwardMaskedReadsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ForwardMaskedRead>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns),
                                     getRewriteConfig())))
      signalPassFailure();
  }
};

} // namespace
