//===- MaterializeYielded.cpp - Memory of tensors that regions yield ------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace norm {
#define GEN_PASS_DEF_MATERIALIZEYIELDED
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

namespace {
struct MaterializeYieldedPass
    : norm::impl::MaterializeYieldedBase<MaterializeYieldedPass> {
  void runOnOperation() override {
    getOperation()->walk([](scf::ForOp loop) {
      for (auto [next, carried] :
           llvm::zip_equal(loop.getYieldedValuesMutable().value(),
                           loop.getRegionIterArgs()))
        if (isa<RankedTensorType>(carried.getType()) && next.get() != carried)
          materialize(next, carried);
    });
    getOperation()->walk([](scf::IfOp branch) {
      for (Region *region : branch.getRegions())
        if (!region->empty())
          for (OpOperand &yielded :
               region->front().getTerminator()->getOpOperands())
            if (isa<RankedTensorType>(yielded.get().getType()) &&
                !region->isAncestor(yielded.get().getParentRegion()))
              copy(yielded);
    });
  }

  static void copy(OpOperand &yielded) {
    OpBuilder builder(yielded.getOwner());
    Value tensor = yielded.get();
    Location loc = tensor.getLoc();
    Value empty = tensor::EmptyOp::create(
        builder, loc, tensor::getMixedSizes(builder, loc, tensor),
        getElementTypeOrSelf(tensor));
    materialize(yielded, empty);
  }

  static void materialize(OpOperand &next, Value carried) {
    OpBuilder builder(next.getOwner());
    next.set(bufferization::MaterializeInDestinationOp::create(
                 builder, next.get().getLoc(), next.get(), carried)
                 .getResult());
  }
};
} // namespace
