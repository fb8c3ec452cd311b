//===- MakeContiguous.cpp - Norm ops on memrefs without gaps --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace norm {
#define GEN_PASS_DEF_MAKECONTIGUOUS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// Gives `op` a copy of the memref `operand`, or a buffer that is copied to it.
static void replaceByCopy(NormOpInterface op, OpOperand &operand,
                          bool isOutput) {
  Location loc = op.getLoc();
  Value memref = operand.get();
  auto type = cast<MemRefType>(memref.getType());
  OpBuilder builder(op);
  Value copy = memref::AllocOp::create(
      builder, loc, memref::getMixedSizes(builder, loc, memref),
      type.getElementType(), type.getMemorySpace());
  operand.set(copy);
  if (!isOutput)
    memref::CopyOp::create(builder, loc, memref, copy);
  builder.setInsertionPointAfter(op);
  if (isOutput)
    memref::CopyOp::create(builder, loc, copy, memref);
  memref::DeallocOp::create(builder, loc, copy);
}

namespace {
struct MakeContiguousPass : norm::impl::MakeContiguousBase<MakeContiguousPass> {
  void runOnOperation() override {
    getOperation()->walk([](NormOpInterface op) {
      unsigned firstOut = op->getNumOperands() - op.getOuts().size();
      for (OpOperand &operand : op->getOpOperands()) {
        auto type = dyn_cast<MemRefType>(operand.get().getType());
        if (type && !type.getLayout().isIdentity())
          replaceByCopy(op, operand, operand.getOperandNumber() >= firstOut);
      }
    });
  }
};
} // namespace
