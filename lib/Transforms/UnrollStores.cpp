//===- UnrollStores.cpp - Stores of one register each ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"
#include "norm/Transforms/RewriteConfig.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"

namespace norm {
#define GEN_PASS_DEF_UNROLLSTORES
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

namespace {
struct UnrollStoresPass : norm::impl::UnrollStoresBase<UnrollStoresPass> {
  using UnrollStoresBase::UnrollStoresBase;

  void runOnOperation() override {
    // Upstream's pattern drops both attributes; a non-temporal store fills
    // whole lines in any order.
    auto isPlainStore = [](Operation *op) {
      auto store = dyn_cast<vector::StoreOp>(op);
      return success(store && !store.getNontemporal() && !store.getAlignment());
    };
    auto registerShape =
        [&](Operation *op) -> std::optional<SmallVector<int64_t>> {
      VectorType type = cast<vector::StoreOp>(op).getVectorType();
      if (type.getRank() != 1 || !type.getElementType().isIntOrFloat())
        return std::nullopt;
      unsigned elementBits = type.getElementTypeBitWidth();
      // Registers of more than 128 bits are those of x86-64, where what is
      // rounded from f32 to f16 fills half of one.
      if (type.getElementType().isF16() && vectorBits > 128)
        elementBits = 32;
      return SmallVector<int64_t>{
          std::max<int64_t>(1, vectorBits / elementBits)};
    };
    RewritePatternSet patterns(&getContext());
    vector::populateVectorUnrollPatterns(patterns,
                                         vector::UnrollVectorOptions()
                                             .setFilterConstraint(isPlainStore)
                                             .setNativeShapeFn(registerShape));
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns),
                                     norm::getRewriteConfig())))
      signalPassFailure();
  }
};
} // namespace
