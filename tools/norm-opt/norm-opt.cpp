//===- norm-opt.cpp - The opt-style tool of the norm dialect --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Conversion/Passes.h"
#include "norm/Differentiation/Passes.h"
#include "norm/IR/NormOps.h"
#include "norm/Pipelines/CPUPipeline.h"
#include "norm/Transforms/Passes.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllPasses();
  registry.insert<norm::NormDialect>();
  norm::registerNormConversionPasses();
  norm::registerNormDifferentiationPasses();
  norm::registerNormTransformsPasses();
  norm::registerPipelines();
  norm::registerBufferizableOpInterfaceModels(registry);
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "Optimizer for normalization operators\n", registry));
}
