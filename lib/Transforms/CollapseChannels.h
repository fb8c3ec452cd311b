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

/// Makes one dim of the last dims of elementwise linalg ops in `root` that no
/// vector which they broadcast has, such as H and W of an op with a value for
/// each channel. Ops beside norm ops stay: their rows are those of the norm op.
/// The tensors are reshaped around each op. Fails with an error on an op that
/// upstream does not collapse.
llvm::LogicalResult collapseElementwiseDims(mlir::RewriterBase &rewriter,
                                            mlir::Operation *root);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_COLLAPSECHANNELS_H
