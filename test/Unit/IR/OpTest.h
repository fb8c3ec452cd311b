//===- OpTest.h - Building and parsing ops in tests -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_UNIT_IR_OPTEST_H
#define NORM_TEST_UNIT_IR_OPTEST_H

#include "norm/IR/NormOps.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

namespace norm {

/// A function whose arguments the tests build on, and the errors they cause.
class OpTest : public ::testing::Test {
protected:
  OpTest();

  /// Opens a function with an argument of each type, given in assembly.
  mlir::ValueRange arguments(llvm::ArrayRef<llvm::StringRef> types);

  /// The last `OpTy` of `source`, a module in assembly; null if it is invalid.
  template <typename OpTy> OpTy parseOp(llvm::StringRef source) {
    module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
    OpTy found;
    if (module)
      module->walk([&](OpTy op) { found = op; });
    return found;
  }

  mlir::Type type(llvm::StringRef text) {
    return mlir::parseType(text, &context);
  }

  /// The constraints of `op`, each as "what[dim] = product of dims".
  static std::vector<std::string> getConstraints(NormOpInterface op);

  /// The numbers of the operands that `op` has an effect on, those that it
  /// writes with a `w` after them.
  static std::vector<std::string> getEffects(NormOpInterface op);

  mlir::MLIRContext context;
  mlir::OpBuilder builder;
  std::string errors;
  mlir::ScopedDiagnosticHandler handler;
  std::optional<mlir::Location> loc;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace norm

#endif // NORM_TEST_UNIT_IR_OPTEST_H
