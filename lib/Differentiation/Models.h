//===- Models.h - Rules of the ops of upstream dialects ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_DIFFERENTIATION_MODELS_H
#define NORM_LIB_DIFFERENTIATION_MODELS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace norm {

/// Each attaches the DifferentiableOpInterface to ops of its dialect, which is
/// being loaded.
void attachArithModels(mlir::MLIRContext *context,
                       mlir::arith::ArithDialect *dialect);
void attachLinalgModels(mlir::MLIRContext *context,
                        mlir::linalg::LinalgDialect *dialect);
void attachMathModels(mlir::MLIRContext *context,
                      mlir::math::MathDialect *dialect);
void attachTensorModels(mlir::MLIRContext *context,
                        mlir::tensor::TensorDialect *dialect);

} // namespace norm

#endif // NORM_LIB_DIFFERENTIATION_MODELS_H
