//===- LowerExpandShapes.cpp - Expanded memrefs as reinterpreted ones -----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace norm {
#define GEN_PASS_DEF_LOWEREXPANDSHAPES
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

namespace {
struct LowerExpandShapesPass
    : norm::impl::LowerExpandShapesBase<LowerExpandShapesPass> {
  void runOnOperation() override {
    getOperation()->walk([](memref::ExpandShapeOp op) {
      OpBuilder builder(op);
      Location loc = op.getLoc();
      SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
      auto metadata =
          memref::ExtractStridedMetadataOp::create(builder, loc, op.getSrc());
      SmallVector<OpFoldResult> sourceStrides =
          metadata.getConstifiedMixedStrides();
      SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
      AffineExpr a, b;
      bindSymbols(builder.getContext(), a, b);
      for (auto [stride, group] :
           llvm::zip(sourceStrides, op.getReassociationIndices())) {
        OpFoldResult current = stride;
        for (int64_t dim : llvm::reverse(group)) {
          strides[dim] = current;
          current = affine::makeComposedFoldedAffineApply(
              builder, loc, a * b, {current, sizes[dim]});
        }
      }
      Value view = memref::ReinterpretCastOp::create(
          builder, loc, metadata.getBaseBuffer(),
          metadata.getConstifiedMixedOffset(), sizes, strides);
      if (view.getType() != op.getType())
        view = memref::CastOp::create(builder, loc, op.getType(), view);
      op.replaceAllUsesWith(view);
      op.erase();
    });
  }
};
} // namespace
