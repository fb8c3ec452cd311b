//===- Support.cpp - Evaluating MLIR text in tests ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace norm::reference;

test::Outcome test::evaluateText(llvm::StringRef text,
                                 llvm::ArrayRef<Tensor> arguments) {
  MLIRContext context;
  context.loadDialect<norm::NormDialect, arith::ArithDialect, func::FuncDialect,
                      linalg::LinalgDialect, math::MathDialect, scf::SCFDialect,
                      tensor::TensorDialect>();
  auto module = parseSourceString<ModuleOp>(text, &context, "test.mlir");
  if (!module)
    return {{}, "test: the module is not valid"};
  auto function = module->lookupSymbol<func::FuncOp>("f");
  if (!function)
    return {{}, "test: there is no function f"};
  auto results = evaluate(function, arguments);
  if (!results)
    return {{}, llvm::toString(results.takeError())};
  return {std::move(*results), ""};
}

std::vector<Tensor> test::evaluateValid(llvm::StringRef module,
                                        llvm::ArrayRef<Tensor> arguments) {
  Outcome outcome = evaluateText(module, arguments);
  EXPECT_EQ(outcome.error, "");
  return outcome.results;
}
