//===- ArgumentNames.h - Names of arguments, as a user writes them --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_RUNNER_ARGUMENTNAMES_H
#define NORM_LIB_RUNNER_ARGUMENTNAMES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>
#include <vector>

namespace norm::runner {

/// One name for each argument of `function`, which was parsed from the file
/// `path`: that of its `norm.name` attribute, else the one in the source
/// without its `%`, else `arg0`, `arg1`, .. (the standard input and bytecode
/// cannot be read again for names).
std::vector<std::string> getArgumentNames(mlir::func::FuncOp function,
                                          llvm::StringRef path);

} // namespace norm::runner

#endif // NORM_LIB_RUNNER_ARGUMENTNAMES_H
