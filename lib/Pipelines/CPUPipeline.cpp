//===- CPUPipeline.cpp - From norm ops to the LLVM dialect for CPUs -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Pipelines/CPUPipeline.h"

#include "StageBuilders.h"

#include "norm/Conversion/Passes.h"
#include "norm/Pipelines/AffinePipeline.h"
#include "norm/Pipelines/GPUPipeline.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace norm;

StringRef norm::stringifyStage(Stage stage) {
  switch (stage) {
  case Stage::Norm:
    return "norm";
  case Stage::Linalg:
    return "linalg";
  case Stage::Tiled:
    return "tiled";
  case Stage::Vector:
    return "vector";
  case Stage::Buffer:
    return "buffer";
  case Stage::LLVM:
    return "llvm";
  case Stage::GPU:
    return "gpu";
  case Stage::NVVM:
    return "nvvm";
  }
  llvm_unreachable("every stage has a name");
}

std::optional<Stage> norm::parseStage(StringRef name) {
  return llvm::StringSwitch<std::optional<Stage>>(name)
      .Case("norm", Stage::Norm)
      .Case("linalg", Stage::Linalg)
      .Case("tiled", Stage::Tiled)
      .Case("vector", Stage::Vector)
      .Case("buffer", Stage::Buffer)
      .Case("llvm", Stage::LLVM)
      .Case("gpu", Stage::GPU)
      .Case("nvvm", Stage::NVVM)
      .Default(std::nullopt);
}

StringRef norm::stringifyLowering(Lowering lowering) {
  return lowering == Lowering::Vector ? "vector" : "affine";
}

std::optional<Lowering> norm::parseLowering(StringRef name) {
  return llvm::StringSwitch<std::optional<Lowering>>(name)
      .Case("vector", Lowering::Vector)
      .Case("affine", Lowering::Affine)
      .Default(std::nullopt);
}

ArrayRef<Stage> norm::getStages(Lowering lowering) {
  static constexpr Stage vector[] = {Stage::Norm,   Stage::Linalg, Stage::Tiled,
                                     Stage::Vector, Stage::Buffer, Stage::LLVM};
  static constexpr Stage affine[] = {Stage::Norm, Stage::Buffer, Stage::LLVM};
  return lowering == Lowering::Vector ? ArrayRef<Stage>(vector)
                                      : ArrayRef<Stage>(affine);
}

void norm::buildNormStage(OpPassManager &manager,
                          const CPUPipelineOptions &options) {
  manager.addPass(createInlinerPass());
  manager.addPass(createSymbolDCEPass());
  manager.addPass(createCheckSource());
  manager.addPass(createInferShapes());
  manager.addPass(createSplatToFill());
  manager.addPass(createDecomposeSoftmax());
  manager.addPass(createConvertElementwiseToLinalgPass());
  manager.addPass(createLinalgGeneralizeNamedOpsPass());
  // Before anything is simplified: the sizes are those of the source.
  manager.addPass(createMakeShapeFunctions());
  cleanUp(manager);
  manager.addPass(createMaterializeYielded());
  SelectStrategyOptions strategy;
  strategy.vectorBits = options.target.vectorBits;
  strategy.lastLevelCacheBytes = options.target.lastLevelCacheBytes;
  strategy.gpu = options.isGPU;
  strategy.clusters = options.hasClusters;
  manager.addPass(createSelectStrategy(strategy));
  if (options.lowering == Lowering::Vector)
    manager.addPass(createAddContiguousVariant());
  verifyStage(manager, Stage::Norm);
}

void norm::buildLinalgStage(OpPassManager &manager,
                            const CPUPipelineOptions &options) {
  manager.addPass(createCollapseRows());
  // Moved reshapes take sizes from results of norm ops: what needs only the
  // size shall not look as if it needed the values.
  manager.addPass(memref::createResolveRankedShapeTypeResultDimsPass());
  // Rows are tiled while the norm op is whole: it carries the strategy, and
  // its fusion region is known.
  TileRowsOptions tileRows;
  tileRows.remarks = options.remarks;
  manager.addPass(createTileRows(tileRows));
  manager.addPass(createTileChannels());
  ConvertNormToLinalgOptions toLinalg;
  toLinalg.allowReciprocal = true;
  manager.addPass(createConvertNormToLinalg(toLinalg));
  // Without it, a size taken from a value looks like a use of the value.
  cleanUp(manager);
  manager.addPass(createFuseElementwise());
  cleanUp(manager);
  manager.addPass(createDropRowDims());
  cleanUp(manager);
  manager.addPass(createSplitRows());
  cleanUp(manager);
  // A value of a row that two of its loops compute is used once in each.
  manager.addPass(createFuseElementwise());
  cleanUp(manager);
  verifyStage(manager, Stage::Linalg);
}

void norm::buildTiledStage(OpPassManager &manager,
                           const CPUPipelineOptions &options) {
  manager.addPass(createTileColumns());
  // Loops over the same columns get the same bounds.
  cleanUp(manager);
  manager.addPass(createFuseColumnLoops());
  cleanUp(manager);
  verifyStage(manager, Stage::Tiled);
}

void norm::buildVectorStage(OpPassManager &manager,
                            const CPUPipelineOptions &options) {
  manager.addPass(createVectorizeRows());
  cleanUp(manager);
  // With equal indices, which CSE has made one.
  manager.addPass(createForwardMaskedReads());
  cleanUp(manager);
  // A thread of a GPU carries its part of the sums over rows in registers, and
  // has none left for scalars.
  manager.nest<func::FuncOp>().addPass(
      options.isGPU ? createLoopInvariantSubsetHoistingPass()
                    : createHoistSplats());
  verifyStage(manager, Stage::Vector);
}

/// True for a buffer of a row loop that a stack has room for.
static bool isSmallInRowLoop(Value alloc) {
  auto type = cast<MemRefType>(alloc.getType());
  constexpr int64_t maxBits = 4096 * 8;
  return type.hasStaticShape() && type.getElementType().isFloat() &&
         type.getNumElements() * type.getElementTypeBitWidth() <= maxBits &&
         alloc.getDefiningOp()->getParentOfType<scf::ForallOp>();
}

/// The narrowest element for which masked accesses are instructions; 0 for
/// none.
static int64_t minMaskedBits(const TargetModel &target) {
  return target.hasMasked16 ? 16 : (target.hasMasked32 ? 32 : 0);
}

void norm::buildBufferStage(OpPassManager &manager,
                            const CPUPipelineOptions &options) {
  if (options.lowering == Lowering::Affine)
    return buildAffineBufferStage(manager);
  MakeEntryPointsOptions entryPoints;
  entryPoints.gpu = options.isGPU;
  manager.addPass(createMakeEntryPoints(entryPoints));
  cleanUp(manager);
  manager.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  manager.addPass(bufferization::createOneShotBufferizePass(bufferize));
  // Bufferization makes linalg ops of tensor.pad and tensor.generate.
  manager.nest<func::FuncOp>().addPass(createConvertLinalgToLoopsPass());
  cleanUp(manager);
  // CSE unites the two views of a copy in place; canonicalization drops it.
  canonicalize(manager);
  if (options.isGPU)
    return; // The stage gpu takes the row loops with their schedules.
  // Small values of a row belong to its thread, which has a stack.
  manager.nest<func::FuncOp>().addPass(
      bufferization::createPromoteBuffersToStackPass(isSmallInRowLoop));
  // A row loop in a function of its own streams and fences on its own thread.
  manager.addPass(createOutlineParallel());
  manager.addPass(createAllocateScratch());
  ApplyScheduleOptions schedule;
  schedule.minMaskedBits = minMaskedBits(options.target);
  manager.addPass(createApplySchedule(schedule));
  cleanUp(manager);
  verifyStage(manager, Stage::Buffer);
}

void norm::buildLLVMStage(OpPassManager &manager,
                          const CPUPipelineOptions &options) {
  OpPassManager &functions = manager.nest<func::FuncOp>();
  functions.addPass(createLowerRowLoops());
  // Transfers with strides become loops of scalars, all others loads and
  // stores, masked ones included.
  functions.addPass(createConvertVectorToSCFPass());
  functions.addPass(createLowerTransfers());
  ExpandMaskedAccessesOptions expandMasked;
  expandMasked.minBits = minMaskedBits(options.target);
  functions.addPass(createExpandMaskedAccesses(expandMasked));
  computeNarrowInF32(functions);
  if (options.target.wideningMovesElements) {
    SplitBFloat16LanesOptions splitLanes;
    splitLanes.vectorBits = options.target.vectorBits;
    functions.addPass(createSplitBFloat16Lanes(splitLanes));
  }
  ExpandReciprocalOptions expandReciprocal;
  expandReciprocal.hasRCP14 = options.target.hasRCP14;
  functions.addPass(createExpandReciprocal(expandReciprocal));
  manager.addPass(createExpandMath());
  OpPassManager &expanded = manager.nest<func::FuncOp>();
  expanded.addPass(createExpandBFloat16());
  expanded.addPass(createExpandArith());
  UnrollStoresOptions unrollStores;
  unrollStores.vectorBits = options.target.vectorBits;
  expanded.addPass(createUnrollStores(unrollStores));
  cleanUp(manager);
  manager.addPass(createLowerExpandShapes());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createConvertToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  cleanUp(manager);
  manager.addPass(createBFloat16ToI16());
  manager.addPass(createExportSymbols());
  verifyStage(manager, Stage::LLVM);
}

void norm::buildStage(OpPassManager &manager, const CPUPipelineOptions &options,
                      Stage stage) {
  switch (stage) {
  case Stage::Norm:
    return buildNormStage(manager, options);
  case Stage::Linalg:
    return buildLinalgStage(manager, options);
  case Stage::Tiled:
    return buildTiledStage(manager, options);
  case Stage::Vector:
    return buildVectorStage(manager, options);
  case Stage::Buffer:
    return buildBufferStage(manager, options);
  case Stage::LLVM:
    return buildLLVMStage(manager, options);
  case Stage::GPU:
  case Stage::NVVM:
    return; // Built by buildGPUPipeline.
  }
}

void norm::buildCPUPipeline(OpPassManager &manager,
                            const CPUPipelineOptions &options, Stage last) {
  for (Stage stage : getStages(options.lowering))
    if (stage <= last)
      buildStage(manager, options, stage);
}

namespace {
struct CPUPipelineFlags : PassPipelineOptions<CPUPipelineFlags> {
  Option<int64_t> vectorBits{*this, "vector-bits",
                             llvm::cl::desc("Width of the vector registers"),
                             llvm::cl::init(256)};
  Option<int64_t> lastLevelCacheBytes{
      *this, "last-level-cache-bytes",
      llvm::cl::desc("Bytes of the last-level cache"),
      llvm::cl::init(TargetModel::maxLastLevelCacheBytes)};
  Option<int64_t> maskedBits{
      *this, "masked-bits",
      llvm::cl::desc("Narrowest element with masked accesses; 0 for none"),
      llvm::cl::init(32)};
  Option<bool> remarks{*this, "remarks",
                       llvm::cl::desc("Say what was not fused, and why"),
                       llvm::cl::init(false)};
};
} // namespace

void norm::registerPipelines() {
  PassPipelineRegistration<CPUPipelineFlags>(
      "norm-cpu-pipeline", "All stages for CPUs, up to the LLVM dialect",
      [](OpPassManager &manager, const CPUPipelineFlags &flags) {
        CPUPipelineOptions options;
        options.target.vectorBits = flags.vectorBits;
        options.target.lastLevelCacheBytes = flags.lastLevelCacheBytes;
        options.target.hasMasked16 = flags.maskedBits == 16;
        options.target.hasMasked32 = flags.maskedBits != 0;
        options.remarks = flags.remarks;
        buildCPUPipeline(manager, options);
      });
  PassPipelineRegistration<>(
      "norm-affine-pipeline",
      "All stages for CPUs by affine loops, up to the LLVM dialect",
      [](OpPassManager &manager) {
        CPUPipelineOptions options;
        options.lowering = Lowering::Affine;
        buildCPUPipeline(manager, options);
      });
  PassPipelineRegistration<>(
      "norm-gpu-pipeline", "All stages for NVIDIA GPUs, up to NVVM kernels",
      [](OpPassManager &manager) { buildGPUPipeline(manager, {}); });
  PassPipelineRegistration<>("norm-to-linalg-pipeline",
                             "Norm ops as linalg ops for any pipeline",
                             [](OpPassManager &manager) {
                               manager.addPass(createInferShapes());
                               manager.addPass(createConvertNormToLinalg());
                               cleanUp(manager);
                             });
}
