//===- Passes.td - Transform passes ------------------------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TRANSFORMS_PASSES_TD
#define NORM_TRANSFORMS_PASSES_TD

include "norm/Transforms/BufferPasses.td"
include "norm/Transforms/GPUPasses.td"
include "norm/Transforms/TensorPasses.td"

def VerifyStage : Pass<"norm-verify-stage", "mlir::ModuleOp"> {
  let summary = "Check what must hold at the end of a stage";
  let description = [{
    Fails with an error on the first op that must not be left at the end of the
    stage `stage`, one of `norm`, `linalg`, `tiled`, `vector`, `buffer`, `llvm`,
    `gpu`, `nvvm` (see docs/Pipeline.md). It never changes the module.
  }];
  let options = [
    Option<"stage", "stage", "std::string", "\"\"", "The stage that has ended">];
}

#endif // NORM_TRANSFORMS_PASSES_TD
