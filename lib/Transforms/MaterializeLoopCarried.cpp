//===- MaterializeLoopCarried.cpp - One buffer per tensor of a loop -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace norm {
#define GEN_PASS_DEF_MATERIALIZELOOPCARRIED
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

namespace {
struct MaterializeLoopCarriedPass
    : norm::impl::MaterializeLoopCarriedBase<MaterializeLoopCarriedPass> {
  void runOnOperation() override {
    getOperation()->walk([](scf::ForOp loop) {
      for (auto [next, carried] :
           llvm::zip_equal(loop.getYieldedValuesMutable().value(),
                           loop.getRegionIterArgs()))
        if (isa<RankedTensorType>(carried.getType()) && next.get() != carried)
          materialize(next, carried);
    });
  }

  static void materialize(OpOperand &next, Value carried) {
    OpBuilder builder(next.getOwner());
    next.set(bufferization::MaterializeInDestinationOp::create(
                 builder, next.get().getLoc(), next.get(), carried)
                 .getResult());
  }
};
} // namespace
