//===- FuseElementwise.cpp - Join elementwise ops with the same loops
//------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowOps.h"

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace norm {
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

/// More than the y of a norm op with gamma and beta in bf16 has.
static constexpr int64_t maxRecomputedOps = 16;

/// Whether computing a value again costs less than a row buffer: a store and a
/// load for each element. The threads of a GPU have no memory for a row.
static bool isCheap(linalg::GenericOp op) {
  int64_t count = 0;
  return norm::gpuStrategyOf(op) ||
         llvm::all_of(op.getBody()->without_terminator(),
                      [&](Operation &inner) {
                        return isa<arith::ArithDialect>(inner.getDialect()) &&
                               !isa<arith::DivFOp, arith::RemFOp>(inner) &&
                               ++count <= maxRecomputedOps;
                      });
}

/// The ops that take the value of `op` element by element, if these are all
/// its uses and `op` is cheap; else none.
static SmallVector<linalg::GenericOp>
recomputingConsumers(linalg::GenericOp op) {
  llvm::SmallSetVector<Operation *, 4> consumers;
  if (op.getNumResults() != 1 || op.getNumReductionLoops() != 0 ||
      op.getNumLoops() == 0 || !isCheap(op))
    return {};
  for (OpOperand &use : op->getUses()) {
    auto consumer = dyn_cast<linalg::GenericOp>(use.getOwner());
    if (!consumer || consumer.isDpsInit(&use) ||
        consumer->getBlock() != op->getBlock() ||
        !consumer.getMatchingIndexingMap(&use).isIdentity())
      return {};
    consumers.insert(consumer);
  }
  return llvm::map_to_vector(consumers, [](Operation *consumer) {
    return cast<linalg::GenericOp>(consumer);
  });
}

namespace {
struct FuseElementwisePass
    : norm::impl::FuseElementwiseBase<FuseElementwisePass> {
  void runOnOperation() override {
    // Each round makes some op for a single consumer, which takes it over, so
    // that the ops only become fewer or larger.
    do {
      if (failed(fuse()))
        return signalPassFailure();
    } while (cloneForConsumers());
  }

private:
  LogicalResult fuse() {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(
        patterns, [](OpOperand *operand) {
          auto consumer = cast<linalg::LinalgOp>(operand->getOwner());
          return operand->get().hasOneUse() &&
                 consumer.getMatchingIndexingMap(operand).isIdentity();
        });
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    return applyPatternsGreedily(getOperation(), std::move(patterns));
  }

  /// Gives each consumer of a cheap op a clone of its own, for one op. False if
  /// there is none.
  bool cloneForConsumers() {
    bool changed = false;
    // The consumers of an op may be cloned later; then it has more of them.
    getOperation()->walk([&](linalg::GenericOp op) {
      SmallVector<linalg::GenericOp> consumers = recomputingConsumers(op);
      if (consumers.size() < 2)
        return WalkResult::advance();
      for (linalg::GenericOp consumer : ArrayRef(consumers).drop_front()) {
        OpBuilder builder(consumer);
        Operation *clone = builder.clone(*op);
        op.getResult(0).replaceUsesWithIf(
            clone->getResult(0),
            [&](OpOperand &use) { return use.getOwner() == consumer; });
      }
      changed = true;
      return WalkResult::interrupt();
    });
    return changed;
  }
};
} // namespace
