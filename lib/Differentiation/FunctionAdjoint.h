//===- FunctionAdjoint.h - The backward function of a function --*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_DIFFERENTIATION_FUNCTIONADJOINT_H
#define NORM_LIB_DIFFERENTIATION_FUNCTIONADJOINT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace norm {

/// On `@f_fwd`, an array of i64: the number of its result that each residual
/// argument of `@f_vjp` is, in their order.
inline constexpr llvm::StringRef kResidualsAttr = "norm.residuals";

/// Makes `@f_vjp` behind `function`, which has a body of one block that ends
/// with func.return, and with `returnResiduals` `@f_fwd` between them.
/// `arguments` are the numbers of the arguments to differentiate by, all of
/// differentiable types. Fails, after an error, and leaves the module as it was
/// if an op cannot be differentiated.
llvm::LogicalResult makeFunctionAdjoint(mlir::func::FuncOp function,
                                        llvm::ArrayRef<int64_t> arguments,
                                        bool returnResiduals);

} // namespace norm

#endif // NORM_LIB_DIFFERENTIATION_FUNCTIONADJOINT_H
