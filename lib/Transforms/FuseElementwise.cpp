//===- FuseElementwise.cpp - Elementwise ops with the same loops ----------===//
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
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace norm {
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// More than the y of a norm op with gamma and beta in bf16 has.
static constexpr int64_t maxRecomputedOps = 16;

/// Whether computing a value again costs less than a row buffer: a store and a
/// load for each element. The threads of a GPU have no memory for a row.
static bool isCheap(linalg::GenericOp op) {
  int64_t count = 0;
  return gpuStrategyOf(op) ||
         llvm::all_of(op.getBody()->without_terminator(),
                      [&](Operation &inner) {
                        return isa<arith::ArithDialect>(inner.getDialect()) &&
                               !isa<arith::DivFOp, arith::RemFOp>(inner) &&
                               ++count <= maxRecomputedOps;
                      });
}

/// What a cheap value is needed for.
struct Uses {
  /// Each computes it again, element by element.
  llvm::SmallSetVector<Operation *, 4> consumers;
  /// It is also a result, which is written where the last of them runs.
  bool isResult = false;
};

/// The uses of the value of `op`, if it is cheap and they are all such ones.
static std::optional<Uses> usesOfCheap(linalg::GenericOp op) {
  if (op.getNumResults() != 1 || op.getNumReductionLoops() != 0 ||
      op.getNumLoops() == 0 || !isCheap(op))
    return std::nullopt;
  Uses uses;
  for (OpOperand &use : op->getUses()) {
    if (isa<tensor::ParallelInsertSliceOp>(use.getOwner())) {
      uses.isResult = true;
      continue;
    }
    auto consumer = dyn_cast<linalg::GenericOp>(use.getOwner());
    if (!consumer || consumer.isDpsInit(&use) ||
        consumer->getBlock() != op->getBlock() ||
        !consumer.getMatchingIndexingMap(&use).isIdentity())
      return std::nullopt;
    uses.consumers.insert(consumer);
  }
  return uses;
}

/// Whether a result that a sum needs first is better written after it, past
/// the caches and together with what depends on the sum. On a GPU a thread has
/// it in registers by then.
static bool isWrittenLate(const Uses &uses) {
  auto isSum = [](Operation *op) {
    return cast<linalg::GenericOp>(op).getNumReductionLoops() != 0;
  };
  return llvm::any_of(uses.consumers, isSum) &&
         !llvm::all_of(uses.consumers, isSum) &&
         !gpuStrategyOf(uses.consumers.front());
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
    return applyPatternsGreedily(getOperation(), std::move(patterns),
                                 getRewriteConfig());
  }

  /// Gives each consumer of a cheap op a clone of its own, for one op. False if
  /// there is none.
  bool cloneForConsumers() {
    bool changed = false;
    // The consumers of an op may be cloned later; then it has more of them.
    getOperation()->walk([&](linalg::GenericOp op) {
      std::optional<Uses> uses = usesOfCheap(op);
      if (!uses ||
          (uses->isResult ? !isWrittenLate(*uses) : uses->consumers.size() < 2))
        return WalkResult::advance();
      ArrayRef<Operation *> consumers = uses->consumers.getArrayRef();
      for (Operation *consumer :
           uses->isResult ? consumers : consumers.drop_front()) {
        OpBuilder builder(consumer);
        Operation *clone = builder.clone(*op);
        op.getResult(0).replaceUsesWithIf(
            clone->getResult(0),
            [&](OpOperand &use) { return use.getOwner() == consumer; });
      }
      if (uses->isResult)
        op->moveBefore(
            *llvm::max_element(consumers, [](Operation *a, Operation *b) {
              return a->isBeforeInBlock(b);
            }));
      changed = true;
      return WalkResult::interrupt();
    });
    return changed;
  }
};
} // namespace
