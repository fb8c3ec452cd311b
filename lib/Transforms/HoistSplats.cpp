//===- HoistSplats.cpp - Scalars of a row in front of its loops -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

namespace norm {
#define GEN_PASS_DEF_HOISTSPLATS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

/// True if `op` makes a vector of a single element, or reads that element. The
/// indices are those of the source, which are checked to be inside, so that it
/// may be read in front of a loop that never runs.
static bool isSplat(Operation *op) {
  if (auto read = dyn_cast<vector::TransferReadOp>(op))
    return read.getShapedType().getRank() == 0;
  if (auto broadcast = dyn_cast<vector::BroadcastOp>(op))
    return !isa<VectorType>(broadcast.getSourceType());
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return slice.getType().getRank() == 0;
  return isa<tensor::ExtractOp>(op);
}

/// True if `loop` itself reads vectors of bf16.
static bool readsBFloat16(scf::ForOp loop) {
  return llvm::any_of(
      loop.getBody()->getOps<vector::TransferReadOp>(),
      [](auto read) { return read.getVectorType().getElementType().isBF16(); });
}

namespace {
struct HoistSplatsPass : norm::impl::HoistSplatsBase<HoistSplatsPass> {
  void runOnOperation() override {
    getOperation()->walk([](scf::ForOp loop) {
      if (readsBFloat16(loop))
        return;
      moveLoopInvariantCode(
          &loop.getRegion(),
          [&](Value value, Region *) {
            return loop.isDefinedOutsideOfLoop(value);
          },
          [](Operation *op, Region *) { return isSplat(op) && isPure(op); },
          [&](Operation *op, Region *) { op->moveBefore(loop); });
    });
  }
};
} // namespace
