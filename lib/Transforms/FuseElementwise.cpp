//===- FuseElementwise.cpp - Elementwise fusion without recomputation -----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace norm {
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

namespace {
struct FuseElementwisePass
    : norm::impl::FuseElementwiseBase<FuseElementwisePass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(
        patterns, [](OpOperand *operand) {
          auto consumer = cast<linalg::LinalgOp>(operand->getOwner());
          return operand->get().hasOneUse() &&
                 consumer.getMatchingIndexingMap(operand).isIdentity();
        });
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
