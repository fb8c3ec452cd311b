//===- RewriteConfig.h - How patterns are applied ---------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TRANSFORMS_REWRITECONFIG_H
#define NORM_TRANSFORMS_REWRITECONFIG_H

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace norm {

/// For greedy rewrites of structured control flow. By default upstream also
/// looks for blocks to unite and block arguments to drop; until the last stage
/// there are none, and the search takes as long as all patterns.
inline mlir::GreedyRewriteConfig getRewriteConfig() {
  return mlir::GreedyRewriteConfig().setRegionSimplificationLevel(
      mlir::GreedySimplifyRegionLevel::Disabled);
}

} // namespace norm

#endif // NORM_TRANSFORMS_REWRITECONFIG_H
