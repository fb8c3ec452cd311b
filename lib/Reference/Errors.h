//===- Errors.h - Error values of the evaluator -----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_REFERENCE_ERRORS_H
#define NORM_LIB_REFERENCE_ERRORS_H

#include "mlir/IR/Operation.h"
#include "llvm/Support/Error.h"

namespace norm::reference {

/// An error with the given text.
llvm::Error makeError(const llvm::Twine &text);

/// An error with the location and the name of `op` before the text.
llvm::Error makeError(mlir::Operation *op, const llvm::Twine &text);

/// `error` with the location and the name of `op` before its text.
llvm::Error addContext(mlir::Operation *op, llvm::Error error);

} // namespace norm::reference

#endif // NORM_LIB_REFERENCE_ERRORS_H
