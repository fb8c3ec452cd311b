//===- RMSNormFolds.cpp - Exact simplifications of norm.rmsnorm -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Canonicalization.h"

using namespace mlir;
using namespace norm;

/// In both roundings `1 * t = t`, and `t` is already rounded.
static StringRef whyNeedsGamma(RMSNormOp op) {
  return op.getWeightOffset().isZero() ? "" : "the weight offset is not zero";
}

void RMSNormOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<NormalizeAxis<RMSNormOp>, DropUnusedResults<RMSNormOp>,
               DropUnitGamma<RMSNormOp, whyNeedsGamma>>(context);
}
