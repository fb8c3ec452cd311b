//===- Passes.h - Conversion passes -----------------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_CONVERSION_PASSES_H
#define NORM_CONVERSION_PASSES_H

#include "norm/IR/NormOps.h"

#include "mlir/Pass/Pass.h"

namespace norm {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "norm/Conversion/Passes.h.inc"

/// Adds the patterns of convert-norm-to-linalg, one for each norm op in tensor
/// form. They need the arith, linalg, math and tensor dialects to be loaded.
void populateNormToLinalgPatterns(mlir::RewritePatternSet &patterns);

/// Adds the patterns of convert-norm-to-affine, one for each norm op in memref
/// form. They need the affine, arith, math and memref dialects to be loaded.
void populateNormToAffinePatterns(mlir::RewritePatternSet &patterns);

/// Adds dgamma and dbeta of the rows of `op`, in tensor form, to `inits`: one
/// or two tensors `[row..]` of the accumulator's type. Builds one linalg op at
/// the builder's place and returns its results.
llvm::SmallVector<mlir::Value> addParameterGrads(mlir::OpBuilder &builder,
                                                 RMSNormGradOp op,
                                                 mlir::ValueRange inits);

} // namespace norm

#endif // NORM_CONVERSION_PASSES_H
