//===- Evaluator.h - Float64 evaluator of functions -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_REFERENCE_EVALUATOR_H
#define NORM_REFERENCE_EVALUATOR_H

#include "norm/Reference/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace norm::reference {

/// Interprets a function of one block: norm ops in tensor form, and the arith,
/// math, tensor and linalg ops and calls around them. It is the truth that
/// compiled code is compared with, so it shares nothing with the lowerings.
///
/// Every op computes in float64 (norm ops over f64 with twice that precision),
/// and its results are rounded once to their element types when they become
/// values of the function; inside a norm op nothing is rounded unless
/// `rounding(before_gamma)` says so. Elements of a linalg reduction are summed
/// in float64 and rounded when the op ends. Arithmetic on f16, bf16 and f32
/// (`+ - * /` and square root) is correctly rounded that way, since float64 has
/// more than twice their precision.
///
/// `arguments` are taken in the order of the function's arguments; scalars have
/// rank 0. The results come in the function's order; a result that the last op
/// rounded keeps its unrounded values in `exact`, and one that a norm op summed
/// what it was summed of in `magnitude`.
///
/// An error carries `file:line:col` of the op it is about and what was expected
/// and found: a wrong number or type of arguments, an op that the evaluator
/// does not know, sizes that disagree, an undefined result such as an integer
/// division by zero, a tensor above `maxElements`.
llvm::Expected<std::vector<Tensor>> evaluate(mlir::func::FuncOp function,
                                             llvm::ArrayRef<Tensor> arguments);

} // namespace norm::reference

#endif // NORM_REFERENCE_EVALUATOR_H
