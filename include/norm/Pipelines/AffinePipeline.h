//===- AffinePipeline.h - By affine loops to memrefs ------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_PIPELINES_AFFINEPIPELINE_H
#define NORM_PIPELINES_AFFINEPIPELINE_H

#include "mlir/Pass/PassManager.h"

namespace norm {

/// Appends the passes from stage norm to stage buffer by the affine lowering:
/// memrefs only, with the entries of the calling convention, norm ops and the
/// ops between them as affine loops on contiguous memrefs.
void buildAffineBufferStage(mlir::OpPassManager &manager);

} // namespace norm

#endif // NORM_PIPELINES_AFFINEPIPELINE_H
