//===- Differentiate.cpp - Generate backward functions --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Differentiation/Passes.h"

#include "FunctionAdjoint.h"

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace norm {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "norm/Differentiation/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// The numbers of the arguments of a differentiable type.
static SmallVector<int64_t> getDifferentiableArguments(func::FuncOp function) {
  SmallVector<int64_t> numbers;
  for (auto [number, type] : llvm::enumerate(function.getArgumentTypes()))
    if (isDifferentiable(type))
      numbers.push_back(number);
  return numbers;
}

static bool hasDifferentiableResult(func::FuncOp function) {
  return llvm::any_of(function.getResultTypes(), isDifferentiable);
}

static LogicalResult checkArguments(func::FuncOp function,
                                    ArrayRef<int64_t> arguments) {
  llvm::SmallDenseSet<int64_t> seen;
  for (int64_t number : arguments) {
    if (number < 0 || number >= function.getNumArguments())
      return function.emitOpError("cannot be differentiated: expected argument "
                                  "numbers in [0, ")
             << function.getNumArguments() << "), found " << number;
    if (!seen.insert(number).second)
      return function.emitOpError("cannot be differentiated: expected each "
                                  "argument once, found ")
             << number << " twice";
    Type type = function.getArgumentTypes()[number];
    if (!isDifferentiable(type))
      return function.emitOpError(
                 "cannot be differentiated: expected argument ")
             << number << " to be a float or a ranked tensor of floats, found "
             << type;
  }
  if (arguments.empty())
    return function.emitOpError(
        "cannot be differentiated: expected an argument "
        "that is a float or a ranked tensor of floats, "
        "found none");
  if (!hasDifferentiableResult(function))
    return function.emitOpError("cannot be differentiated: expected a result "
                                "that is a float or a ranked tensor of floats, "
                                "found none");
  return success();
}

static LogicalResult checkBody(func::FuncOp function) {
  if (function.isExternal())
    return function.emitOpError(
        "cannot be differentiated: expected a body, found a declaration");
  if (!llvm::hasSingleElement(function.getBody()) ||
      !isa<func::ReturnOp>(function.front().getTerminator()))
    return function.emitOpError(
        "cannot be differentiated: expected a body of one block that returns, "
        "found control flow");
  return success();
}

namespace {

struct DifferentiatePass : norm::impl::DifferentiateBase<DifferentiatePass> {
  using DifferentiateBase::DifferentiateBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    // What rules build.
    registry.insert<arith::ArithDialect, linalg::LinalgDialect,
                    math::MathDialect, tensor::TensorDialect, NormDialect>();
    registerDifferentiableOpInterfaceModels(registry);
  }

  void runOnOperation() override {
    SmallVector<func::FuncOp> functions;
    if (failed(selectFunctions(functions)))
      return signalPassFailure();
    for (func::FuncOp selected : functions)
      if (failed(differentiate(selected)))
        return signalPassFailure();
  }

  LogicalResult selectFunctions(SmallVectorImpl<func::FuncOp> &functions) {
    if (!function.empty()) {
      auto named = SymbolTable(getOperation()).lookup<func::FuncOp>(function);
      if (!named)
        return getOperation().emitError(
                   "expected the option function to name a "
                   "function of the module, found '")
               << function << "'";
      functions.push_back(named);
      return success();
    }
    for (auto candidate : getOperation().getOps<func::FuncOp>())
      if (candidate.isPublic() && !candidate.isExternal() &&
          hasDifferentiableResult(candidate) &&
          !getDifferentiableArguments(candidate).empty())
        functions.push_back(candidate);
    return success();
  }

  LogicalResult differentiate(func::FuncOp selected) {
    bool returnResiduals = residuals == Residuals::Return;
    SmallVector<int64_t> numbers(arguments.begin(), arguments.end());
    if (numbers.empty())
      numbers = getDifferentiableArguments(selected);
    if (failed(checkBody(selected)) ||
        failed(checkArguments(selected, numbers)) ||
        failed(checkName(selected, "_vjp")) ||
        (returnResiduals && failed(checkName(selected, "_fwd"))))
      return failure();
    return makeFunctionAdjoint(selected, numbers, returnResiduals);
  }

  /// Fails if what is generated for `selected` would not have a name of its
  /// own.
  LogicalResult checkName(func::FuncOp selected, StringRef suffix) {
    std::string name = (selected.getName() + suffix).str();
    Operation *other = SymbolTable::lookupSymbolIn(getOperation(), name);
    if (!other)
      return success();
    return other->emitOpError("expected another name, '")
           << name << "' is that of the function to be generated for '"
           << selected.getName() << "'";
  }
};

} // namespace
