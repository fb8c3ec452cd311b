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
/// With `allowReciprocal` a division that an estimate within 0.53 ULP of f32
/// may replace, of a precision(approx) or of 16-bit elements, has the flag
/// arcp, for norm-expand-reciprocal.
void populateNormToLinalgPatterns(mlir::RewritePatternSet &patterns,
                                  bool allowReciprocal = false);

/// Adds the patterns of convert-norm-to-affine, one for each norm op in memref
/// form. They need the affine, arith, math and memref dialects to be loaded.
void populateNormToAffinePatterns(mlir::RewritePatternSet &patterns);

/// The sums over the rows that norm.rmsnorm_grad returns after dx, in their
/// order.
enum class ParameterGrad { Gamma, Beta };

/// Adds `sums` of the rows of `op`, in tensor form, to `inits`: for each a
/// tensor `[row..]` of the accumulator's type. Builds one linalg op at the
/// builder's place and returns its results.
llvm::SmallVector<mlir::Value>
addParameterGrads(mlir::OpBuilder &builder, RMSNormGradOp op,
                  llvm::ArrayRef<ParameterGrad> sums, mlir::ValueRange inits);

/// The linalg op that convert-norm-to-linalg makes of `op`, in tensor form,
/// with all operands of `op` but count as inputs. `op` itself stays.
mlir::linalg::GenericOp createLinalgOp(mlir::OpBuilder &builder,
                                       ChannelBackpropOp op);

} // namespace norm

#endif // NORM_CONVERSION_PASSES_H
