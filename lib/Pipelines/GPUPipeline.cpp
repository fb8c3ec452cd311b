//===- GPUPipeline.cpp - From norm ops to NVVM kernels --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Pipelines/GPUPipeline.h"

#include "StageBuilders.h"

#include "norm/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace norm;

static void buildKernelStage(OpPassManager &manager,
                             const GPUPipelineOptions &options) {
  if (options.isSM90)
    manager.nest<func::FuncOp>().addPass(createClusterChunks());
  manager.addPass(createMapToGPU());
  cleanUp(manager);
  // Constants are made in the kernel: a vector is no kernel argument.
  manager.addPass(createGpuLaunchSinkIndexComputationsPass());
  manager.addPass(createGpuKernelOutliningPass());
  OpPassManager &kernels =
      manager.nest<gpu::GPUModuleOp>().nest<gpu::GPUFuncOp>();
  kernels.addPass(createLoadRowsAhead());
  kernels.addPass(createDistributeVectors());
  AllocateScratchOptions workspace;
  workspace.gpu = true;
  manager.addPass(createAllocateScratch(workspace));
  if (options.isSM90)
    manager.addPass(createOverlapLaunches());
  cleanUp(manager);
  verifyStage(manager, Stage::GPU);
}

/// What calls the kernels becomes the LLVM dialect for the host.
static void lowerHost(OpPassManager &manager,
                      const GPUPipelineOptions &options) {
  LowerLaunchesOptions launches;
  launches.target = options.target;
  manager.addPass(createLowerLaunches(launches));
  manager.addPass(createLowerExpandShapes());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createConvertToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  cleanUp(manager);
  manager.addPass(createExportSymbols());
}

static void buildNVVMStage(OpPassManager &manager,
                           const GPUPipelineOptions &options) {
  OpPassManager &kernels = manager.nest<gpu::GPUModuleOp>();
  computeNarrowInF32(kernels);
  manager.addPass(createExpandMath());
  manager.addPass(createExpandArith());
  OpPassManager &lowered = manager.nest<gpu::GPUModuleOp>();
  lowered.addPass(createLowerGPUMath());
  lowered.addPass(memref::createExpandStridedMetadataPass());
  lowered.addPass(createLowerAffinePass());
  lowered.addPass(createSCFToControlFlowPass());
  lowered.addPass(createConvertVectorToLLVMPass());
  lowered.addPass(createConvertGpuOpsToNVVMOps());
  cleanUp(lowered);
  lowered.addPass(createReconcileUnrealizedCastsPass());
  lowerHost(manager, options);
  verifyStage(manager, Stage::NVVM);
}

ArrayRef<Stage> norm::getGPUStages() {
  static constexpr Stage stages[] = {Stage::Norm,   Stage::Linalg, Stage::Tiled,
                                     Stage::Vector, Stage::Buffer, Stage::GPU,
                                     Stage::NVVM};
  return stages;
}

void norm::buildGPUStage(OpPassManager &manager,
                         const GPUPipelineOptions &options, Stage stage) {
  if (stage == Stage::GPU)
    return buildKernelStage(manager, options);
  if (stage == Stage::NVVM)
    return buildNVVMStage(manager, options);
  CPUPipelineOptions common;
  common.isGPU = true;
  common.hasClusters = options.isSM90;
  common.remarks = options.remarks;
  buildStage(manager, common, stage);
}

void norm::buildGPUPipeline(OpPassManager &manager,
                            const GPUPipelineOptions &options, Stage last) {
  for (Stage stage : getGPUStages()) {
    buildGPUStage(manager, options, stage);
    if (stage == last)
      return;
  }
}
