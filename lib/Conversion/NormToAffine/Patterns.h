//===- Patterns.h - Patterns of convert-norm-to-affine by operator family -===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_CONVERSION_NORMTOAFFINE_PATTERNS_H
#define NORM_CONVERSION_NORMTOAFFINE_PATTERNS_H

#include "mlir/IR/PatternMatch.h"

namespace norm {
void populateRMSNormToAffinePatterns(mlir::RewritePatternSet &patterns);
void populateChannelsToAffinePatterns(mlir::RewritePatternSet &patterns);
void populateRMSNormGradToAffinePatterns(mlir::RewritePatternSet &patterns);
void populateReciprocalToAffinePatterns(mlir::RewritePatternSet &patterns);
} // namespace norm

#endif // NORM_CONVERSION_NORMTOAFFINE_PATTERNS_H
