//===- Registration.cpp - Rules for the ops of upstream dialects ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Differentiation/Passes.h"

#include "Models.h"

void norm::registerDifferentiableOpInterfaceModels(
    mlir::DialectRegistry &registry) {
  registry.addExtension(attachArithModels);
  registry.addExtension(attachLinalgModels);
  registry.addExtension(attachMathModels);
  registry.addExtension(attachTensorModels);
}
