//===- GPUPipeline.h - From norm ops to NVVM kernels ------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_PIPELINES_GPUPIPELINE_H
#define NORM_PIPELINES_GPUPIPELINE_H

#include "norm/Pipelines/CPUPipeline.h"

namespace norm {

/// What the GPU pipeline depends on besides the module.
struct GPUPipelineOptions {
  /// The GPUs that the kernels are compiled for, for error texts.
  std::string target = "sm_90";
  /// All of them are sm_90 or later: they have clusters of blocks, and start a
  /// kernel before the one in front of it has ended.
  bool isSM90 = true;
  /// Emit a remark for each op that could not be fused with a norm op.
  bool remarks = false;
};

/// The stages towards a GPU, in order: norm, linalg, tiled, vector, buffer,
/// gpu, nvvm.
llvm::ArrayRef<Stage> getGPUStages();

/// Appends the one `stage` of getGPUStages().
void buildGPUStage(mlir::OpPassManager &manager,
                   const GPUPipelineOptions &options, Stage stage);

/// Appends the stages norm, linalg, tiled, vector, buffer, gpu and nvvm, up to
/// and including `last`, to a pass manager of builtin.module. The first five
/// are those of the CPU pipeline under GPU strategies; afterwards the kernels
/// are in one gpu.module: at stage gpu as ops on the elements that a thread
/// has, at stage nvvm as LLVM and NVVM ops alone, beside host code of the LLVM
/// dialect that launches them by the runtime.
void buildGPUPipeline(mlir::OpPassManager &manager,
                      const GPUPipelineOptions &options,
                      Stage last = Stage::NVVM);

} // namespace norm

#endif // NORM_PIPELINES_GPUPIPELINE_H
