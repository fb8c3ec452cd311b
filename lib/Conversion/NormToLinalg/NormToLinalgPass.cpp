//===- NormToLinalgPass.cpp - The pass convert-norm-to-linalg -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Conversion/Passes.h"
#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/DialectConversion.h"

namespace norm {
#define GEN_PASS_DEF_CONVERTNORMTOLINALG
#include "norm/Conversion/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {
struct ConvertNormToLinalgPass
    : norm::impl::ConvertNormToLinalgBase<ConvertNormToLinalgPass> {
  using ConvertNormToLinalgBase::ConvertNormToLinalgBase;

  void runOnOperation() override {
    ConversionTarget target(getContext());
    // Everything that the patterns make, and everything else, stays as it is.
    target.markUnknownOpDynamicallyLegal([](Operation *op) {
      auto normOp = dyn_cast<NormOpInterface>(op);
      return !normOp || !normOp.hasTensorSemantics();
    });
    RewritePatternSet patterns(&getContext());
    populateNormToLinalgPatterns(patterns, allowReciprocal);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
