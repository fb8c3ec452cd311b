//===- SplatToFill.cpp - A scalar for every element as linalg.fill --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace norm {
#define GEN_PASS_DEF_SPLATTOFILL
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

namespace {
struct SplatToFillPass : norm::impl::SplatToFillBase<SplatToFillPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](tensor::SplatOp op) {
      rewriter.setInsertionPoint(op);
      RankedTensorType type = op.getType();
      Value empty =
          tensor::EmptyOp::create(rewriter, op.getLoc(), type.getShape(),
                                  type.getElementType(), op.getDynamicSizes());
      rewriter.replaceOpWithNewOp<linalg::FillOp>(op, op.getInput(), empty);
    });
  }
};
} // namespace
