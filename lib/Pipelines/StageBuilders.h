//===- StageBuilders.h - What all stages are built of -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_PIPELINES_STAGEBUILDERS_H
#define NORM_LIB_PIPELINES_STAGEBUILDERS_H

#include "norm/Pipelines/CPUPipeline.h"
#include "norm/Transforms/Passes.h"
#include "norm/Transforms/RewriteConfig.h"

#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

namespace norm {

/// Folds what a pass has left.
inline void canonicalize(mlir::OpPassManager &manager) {
  // From the top, as the pass does by default.
  manager.addPass(mlir::createCanonicalizerPass(
      getRewriteConfig().setUseTopDownTraversal()));
}

/// Folds what a pass has left, and unites what is equal.
inline void cleanUp(mlir::OpPassManager &manager) {
  canonicalize(manager);
  manager.addPass(mlir::createCSEPass());
}

/// Computes the arithmetic of the source on f16 and bf16 in f32, and rounds the
/// result of each op. Nothing may be simplified before all of it is done.
inline void computeNarrowInF32(mlir::OpPassManager &manager) {
  mlir::arith::ArithEmulateUnsupportedFloatsOptions emulate;
  emulate.sourceTypeStrs = {"bf16", "f16"};
  emulate.targetTypeStr = "f32";
  manager.addPass(mlir::arith::createArithEmulateUnsupportedFloats(emulate));
  manager.addPass(mlir::math::createMathExtendToSupportedTypes());
  manager.addPass(createKeepRoundings());
}

/// Checks what has to hold at the end of `stage`.
inline void verifyStage(mlir::OpPassManager &manager, Stage stage) {
  VerifyStageOptions options;
  options.stage = stringifyStage(stage).str();
  manager.addPass(createVerifyStage(options));
}

} // namespace norm

#endif // NORM_LIB_PIPELINES_STAGEBUILDERS_H
