//===- Populate.cpp - All patterns of convert-norm-to-linalg --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

#include "norm/Conversion/Passes.h"

void norm::populateNormToLinalgPatterns(mlir::RewritePatternSet &patterns,
                                        bool allowReciprocal) {
  populateChannelsToLinalgPatterns(patterns);
  populateReciprocalToLinalgPatterns(patterns, allowReciprocal);
  populateRMSNormGradToLinalgPatterns(patterns);
  populateRMSNormToLinalgPatterns(patterns);
}
