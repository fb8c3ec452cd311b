//===- AffinePipeline.cpp - By affine loops to memrefs --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Pipelines/AffinePipeline.h"

#include "StageBuilders.h"

#include "norm/Conversion/Passes.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"

using namespace mlir;
using namespace norm;

void norm::buildAffineBufferStage(OpPassManager &manager) {
  MakeEntryPointsOptions entryPoints;
  entryPoints.contiguous = true;
  manager.addPass(createMakeEntryPoints(entryPoints));
  cleanUp(manager);
  manager.addPass(bufferization::createEmptyTensorEliminationPass());
  manager.addPass(bufferization::createOneShotBufferizePass());
  OpPassManager &functions = manager.nest<func::FuncOp>();
  functions.addPass(createConvertLinalgToAffineLoopsPass());
  // Sizes of buffers become those of the arguments, which loops can have as
  // bounds.
  cleanUp(functions);
  functions.addPass(createMakeContiguous());
  functions.addPass(createConvertNormToAffine());
  // Scratch memory is taken where the first buffer is made: before anything is
  // written.
  functions.addPass(bufferization::createBufferHoistingPass());
  manager.addPass(createAllocateScratch());
  cleanUp(manager);
  verifyStage(manager, Stage::Buffer);
}
