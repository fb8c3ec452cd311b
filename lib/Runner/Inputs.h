//===- Inputs.h - The arguments of a run ------------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_RUNNER_INPUTS_H
#define NORM_LIB_RUNNER_INPUTS_H

#include "norm/ExecutionEngine/Argument.h"
#include "norm/Runner/HostTensor.h"
#include "norm/Runner/Run.h"
#include "norm/Target/Signature.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace norm::runner {

/// The values for the arguments of `function`, whose types are
/// `signature.arguments`: read from the files and numbers of `options.inputs`,
/// random for the others; scalars have rank 0. Every shape fits its type and
/// its --shape option. Errors name the file or option, the argument, and what
/// was expected and found.
llvm::Expected<std::vector<HostTensor>> makeInputs(const RunOptions &options,
                                                   const Signature &signature,
                                                   mlir::func::FuncOp function);

/// `input`, whose type in the signature is `type`, as an argument of a call.
/// The memory stays that of `input`.
Argument toArgument(HostTensor &input, const ValueType &type);

/// A tensor of type `type` at `data` with the sizes and strides of `tensor`.
Argument toTensorArgument(const HostTensor &tensor, const ValueType &type,
                          void *data);

} // namespace norm::runner

#endif // NORM_LIB_RUNNER_INPUTS_H
