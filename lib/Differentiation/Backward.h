//===- Backward.h - From the last op to the first ---------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_DIFFERENTIATION_BACKWARD_H
#define NORM_LIB_DIFFERENTIATION_BACKWARD_H

#include "norm/IR/DifferentiableOpInterface.h"

namespace norm {

/// True if `op`, or an op in its regions, reads one of `values` from outside.
bool readsAny(mlir::Operation *op, const llvm::DenseSet<mlir::Value> &values);

/// `sources`, and the results of `ops`, which are in order, that depend on one
/// of them through values of differentiable types.
llvm::DenseSet<mlir::Value>
findDependentValues(llvm::ArrayRef<mlir::Operation *> ops,
                    mlir::ValueRange sources);

/// Calls the rules of `ops`, which are in order, from the last to the first;
/// they build at `builder`. Fails, after an error on the op, at one that has no
/// rule although a result of it has a cotangent.
llvm::LogicalResult differentiateOps(llvm::ArrayRef<mlir::Operation *> ops,
                                     mlir::OpBuilder &builder,
                                     Cotangents &cotangents);

/// Fails, after an error that says why `op` cannot be differentiated.
llvm::LogicalResult reportNoRule(mlir::Operation *op);

} // namespace norm

#endif // NORM_LIB_DIFFERENTIATION_BACKWARD_H
