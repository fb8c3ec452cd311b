//===- CollapseChannels.h - Shapes with one spatial dim ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_COLLAPSECHANNELS_H
#define NORM_LIB_TRANSFORMS_COLLAPSECHANNELS_H

#include "mlir/IR/PatternMatch.h"

namespace norm {

/// Adds the patterns that give the ops over channels x of shape `[N, C, L]` in
/// NCHW or `[R, C]` in NHWC.
void populateCollapseChannelsPatterns(mlir::RewritePatternSet &patterns);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_COLLAPSECHANNELS_H
