//===- LowerRowLoops.cpp - Row loops on one thread ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"

namespace norm {
#define GEN_PASS_DEF_LOWERROWLOOPS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

namespace {
struct LowerRowLoopsPass : norm::impl::LowerRowLoopsBase<LowerRowLoopsPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<scf::ForallOp> loops;
    getOperation()->walk([&](scf::ForallOp loop) { loops.push_back(loop); });
    for (scf::ForallOp loop : loops) {
      rewriter.setInsertionPoint(loop);
      // Upstream's conversion takes a loop without results for granted.
      if (loop.getNumResults() != 0 ||
          failed(scf::forallToForLoop(rewriter, loop))) {
        loop->emitOpError("cannot be lowered: expected a row loop on memrefs");
        return signalPassFailure();
      }
    }
    if (getOperation().isExternal())
      return;
    Block &entry = getOperation().getBody().front();
    getOperation()->walk([&](memref::AllocaOp alloca) {
      if (alloca->getNumOperands() == 0)
        alloca->moveBefore(&entry, entry.begin());
    });
    SmallVector<memref::CopyOp> copies;
    getOperation()->walk([&](memref::CopyOp copy) { copies.push_back(copy); });
    for (memref::CopyOp copy : copies) {
      rewriter.setInsertionPoint(copy);
      auto linalgCopy = linalg::CopyOp::create(
          rewriter, copy.getLoc(), copy.getSource(), copy.getTarget());
      (void)linalg::linalgOpToLoops(rewriter, linalgCopy);
      rewriter.eraseOp(linalgCopy);
      rewriter.eraseOp(copy);
    }
  }
};
} // namespace
