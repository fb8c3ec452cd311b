//===- NormToAffinePass.cpp - The pass convert-norm-to-affine -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NestBuilder.h"

#include "norm/Conversion/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Transforms/DialectConversion.h"

namespace norm {
#define GEN_PASS_DEF_CONVERTNORMTOAFFINE
#include "norm/Conversion/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {
struct ConvertNormToAffinePass
    : norm::impl::ConvertNormToAffineBase<ConvertNormToAffinePass> {
  void runOnOperation() override {
    // A pattern that does not match cannot tell the user why.
    bool isPossible = true;
    getOperation()->walk([&](NormOpInterface op) {
      if (op.hasTensorSemantics())
        return;
      if (std::string reason = whyNotAffine(op); !reason.empty()) {
        op->emitOpError("cannot become affine loops: ") << reason;
        isPossible = false;
      }
    });
    if (!isPossible)
      return signalPassFailure();
    ConversionTarget target(getContext());
    // Everything that the patterns make, and everything else, stays as it is.
    target.markUnknownOpDynamicallyLegal([](Operation *op) {
      auto normOp = dyn_cast<NormOpInterface>(op);
      return !normOp || normOp.hasTensorSemantics();
    });
    RewritePatternSet patterns(&getContext());
    populateNormToAffinePatterns(patterns);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
