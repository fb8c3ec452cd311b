//===- CPUPipeline.h - From norm ops to the LLVM dialect for CPUs ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_PIPELINES_CPUPIPELINE_H
#define NORM_PIPELINES_CPUPIPELINE_H

#include "norm/Analysis/TargetModel.h"

#include "mlir/Pass/PassManager.h"

#include <optional>

namespace norm {

/// The stages of the CPU pipeline, in order, then those of the GPU pipeline
/// that follow its stage buffer. Each name is also a value of --stop-after,
/// part of the name of a dump, and a heading of docs/Pipeline.md.
enum class Stage { Norm, Linalg, Tiled, Vector, Buffer, LLVM, GPU, NVVM };

/// The ways from stage norm to stage buffer: by linalg and vector ops, or by
/// affine loops. Each name is also a value of --lowering.
enum class Lowering { Vector, Affine };

/// "norm", "linalg", "tiled", "vector", "buffer", "llvm", "gpu" or "nvvm".
llvm::StringRef stringifyStage(Stage stage);
/// The stage of that name, if there is one.
std::optional<Stage> parseStage(llvm::StringRef name);

/// "vector" or "affine".
llvm::StringRef stringifyLowering(Lowering lowering);
/// The lowering of that name, if there is one.
std::optional<Lowering> parseLowering(llvm::StringRef name);
/// The stages of a lowering, in order: all of them, or norm, buffer and llvm.
llvm::ArrayRef<Stage> getStages(Lowering lowering);

/// What the CPU pipeline depends on besides the module.
struct CPUPipelineOptions {
  /// The CPU that code is made for.
  TargetModel target;
  /// How it gets to stage buffer.
  Lowering lowering = Lowering::Vector;
  /// The stages up to buffer are those of a GPU: its strategies are selected,
  /// and row loops keep their schedules. `target` and `lowering` mean nothing.
  bool isGPU = false;
  /// The GPU has clusters of blocks.
  bool hasClusters = false;
  /// Emit a remark for each op that could not be fused with a norm op.
  bool remarks = false;
};

// Each build function appends the passes of one stage to a pass manager of
// builtin.module, the last of which checks what holds afterwards. A stage
// expects the stage before it.

/// Every norm op has a strategy; elementwise ops on tensors are linalg ops;
/// what the functions say about sizes is outlined.
void buildNormStage(mlir::OpPassManager &manager,
                    const CPUPipelineOptions &options);
/// Row loops of linalg ops on one row; no norm op is left.
void buildLinalgStage(mlir::OpPassManager &manager,
                      const CPUPipelineOptions &options);
/// Column loops around linalg ops of static size, and a remainder.
void buildTiledStage(mlir::OpPassManager &manager,
                     const CPUPipelineOptions &options);
/// Vector ops on tensors; no linalg op is left.
void buildVectorStage(mlir::OpPassManager &manager,
                      const CPUPipelineOptions &options);
/// Memrefs only, entry functions that check their arguments, stores past the
/// caches. By the affine lowering it follows the stage norm: see
/// buildAffineBufferStage.
void buildBufferStage(mlir::OpPassManager &manager,
                      const CPUPipelineOptions &options);
/// The LLVM dialect only, with the visible symbols of the calling convention.
void buildLLVMStage(mlir::OpPassManager &manager,
                    const CPUPipelineOptions &options);

/// Appends the passes of `stage`, one of the lowering's.
void buildStage(mlir::OpPassManager &manager, const CPUPipelineOptions &options,
                Stage stage);

/// Appends all stages of the lowering up to and including `last`.
void buildCPUPipeline(mlir::OpPassManager &manager,
                      const CPUPipelineOptions &options,
                      Stage last = Stage::LLVM);

/// Registers `--norm-cpu-pipeline`, `--norm-affine-pipeline`,
/// `--norm-gpu-pipeline` and `--norm-to-linalg-pipeline` for tools.
void registerPipelines();

} // namespace norm

#endif // NORM_PIPELINES_CPUPIPELINE_H
