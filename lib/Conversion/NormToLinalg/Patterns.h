//===- Patterns.h - Patterns of convert-norm-to-linalg by operator family -===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_CONVERSION_NORMTOLINALG_PATTERNS_H
#define NORM_CONVERSION_NORMTOLINALG_PATTERNS_H

#include "mlir/IR/PatternMatch.h"

namespace norm {
void populateChannelsToLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateReciprocalToLinalgPatterns(mlir::RewritePatternSet &patterns,
                                        bool allowReciprocal);
void populateRMSNormGradToLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateRMSNormToLinalgPatterns(mlir::RewritePatternSet &patterns);
} // namespace norm

#endif // NORM_CONVERSION_NORMTOLINALG_PATTERNS_H
