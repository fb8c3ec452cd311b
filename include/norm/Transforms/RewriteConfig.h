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

/// For greedy rewrites. By default upstream also looks for blocks to unite and
/// block arguments to drop, which takes as long as all patterns. Control flow
/// is structured until the last stage, whose blocks LLVM simplifies.
inline mlir::GreedyRewriteConfig getRewriteConfig() {
  return mlir::GreedyRewriteConfig().setRegionSimplificationLevel(
      mlir::GreedySimplifyRegionLevel::Disabled);
}

} // namespace norm

#endif // NORM_TRANSFORMS_REWRITECONFIG_H
