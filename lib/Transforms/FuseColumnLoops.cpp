//===- FuseColumnLoops.cpp - One loop for results of the same columns -----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace norm {
#define GEN_PASS_DEF_FUSECOLUMNLOOPS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// Moves what `later` needs in front of `earlier`. False if that is not
/// possible, or if they have other columns or read no row in common.
static bool makeJoinable(RewriterBase &rewriter, scf::ForOp later,
                         scf::ForOp earlier) {
  if (later.getLowerBound() != earlier.getLowerBound() ||
      later.getUpperBound() != earlier.getUpperBound() ||
      later.getStep() != earlier.getStep() || !isMemoryEffectFree(later) ||
      !isMemoryEffectFree(earlier))
    return false;
  llvm::SetVector<Value> needed, inputs;
  getUsedValuesDefinedAbove(earlier.getRegion(), inputs);
  getUsedValuesDefinedAbove(later.getRegion(), needed);
  bool shares = llvm::any_of(needed, [&](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type && type.getRank() > 0 && inputs.contains(value);
  });
  return shares &&
         succeeded(moveOperationDependencies(rewriter, later, earlier));
}

namespace {
struct FuseColumnLoopsPass
    : norm::impl::FuseColumnLoopsBase<FuseColumnLoopsPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](Block *block) { fuseSiblings(rewriter, *block); });
  }

  void fuseSiblings(IRRewriter &rewriter, Block &block) {
    SmallVector<scf::ForOp> loops(block.getOps<scf::ForOp>());
    for (size_t i = 0; i < loops.size(); ++i)
      for (size_t j = i + 1; j < loops.size();) {
        if (!makeJoinable(rewriter, loops[j], loops[i])) {
          ++j;
          continue;
        }
        // The loop is put where its second argument is.
        loops[i] = fuseIndependentSiblingForLoops(loops[j], loops[i], rewriter);
        loops.erase(loops.begin() + j);
      }
  }
};
} // namespace
