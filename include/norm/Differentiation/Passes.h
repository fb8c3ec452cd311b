//===- Passes.h - Differentiation -------------------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_DIFFERENTIATION_PASSES_H
#define NORM_DIFFERENTIATION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace norm {

/// Where the backward function takes the values that it reads from.
enum class Residuals {
  /// It computes them again from the arguments.
  Recompute,
  /// The forward function `@f_fwd` returns those that are worth keeping.
  Return,
};

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "norm/Differentiation/Passes.h.inc"

/// Attaches the DifferentiableOpInterface to the ops of arith, linalg, math and
/// tensor that have a rule, when these dialects are loaded.
/// `norm-differentiate` does so itself; other users of the interface call it.
void registerDifferentiableOpInterfaceModels(mlir::DialectRegistry &registry);

} // namespace norm

#endif // NORM_DIFFERENTIATION_PASSES_H
