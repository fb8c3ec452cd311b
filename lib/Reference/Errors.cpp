//===- Errors.cpp - Error values of the evaluator -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Errors.h"

#include "mlir/IR/Location.h"

using namespace mlir;

llvm::Error norm::reference::makeError(const llvm::Twine &text) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), text);
}

llvm::Error norm::reference::makeError(Operation *op, const llvm::Twine &text) {
  std::string where;
  if (auto location = op->getLoc()->findInstanceOf<FileLineColRange>())
    where = (location.getFilename().getValue() + ":" +
             llvm::Twine(location.getStartLine()) + ":" +
             llvm::Twine(location.getStartColumn()) + ": ")
                .str();
  return makeError(where + "'" + op->getName().getStringRef() + "': " + text);
}

llvm::Error norm::reference::addContext(Operation *op, llvm::Error error) {
  return makeError(op, llvm::toString(std::move(error)));
}
