//===- ArgumentNames.h - Names of arguments and results ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TARGET_ARGUMENTNAMES_H
#define NORM_TARGET_ARGUMENTNAMES_H

#include <string>
#include <vector>

namespace mlir {
class AsmParserState;
class ModuleOp;
namespace func {
class FuncOp;
} // namespace func
} // namespace mlir

namespace norm {

/// Sets `norm.name` on the arguments and results of the public functions with a
/// body in `module` that have none: the name in the source that `state` was
/// made of, without its `%`. A result is called as the value that is returned,
/// unless that is an argument or was returned before. A number, which printed
/// IR has in place of a name, is none.
void setSourceNames(mlir::ModuleOp module, const mlir::AsmParserState &state);

/// One name for each argument of `function`: its `norm.name`, else `arg0`,
/// `arg1`, ..
std::vector<std::string> getArgumentNames(mlir::func::FuncOp function);

/// One name for each result of `function`: its `norm.name`, else `res0`,
/// `res1`, ..
std::vector<std::string> getResultNames(mlir::func::FuncOp function);

} // namespace norm

#endif // NORM_TARGET_ARGUMENTNAMES_H
