//===- Evaluator.cpp - Float64 evaluator of functions ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Reference/Evaluator.h"

#include "Evaluation.h"

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace norm;
using namespace norm::reference;

/// Deeper calls are taken for an endless recursion.
static constexpr int maxCallDepth = 64;

Results norm::reference::oneResult(Tensor result) {
  llvm::SmallVector<Tensor, 1> results;
  results.push_back(std::move(result));
  return std::move(results);
}

Results norm::reference::oneResult(llvm::Expected<Tensor> result) {
  if (!result)
    return result.takeError();
  return oneResult(std::move(*result));
}

int64_t Environment::get(OpFoldResult size) const {
  if (auto attribute = dyn_cast<Attribute>(size))
    return cast<IntegerAttr>(attribute).getInt();
  return get(cast<Value>(size)).integer[0];
}

llvm::SmallVector<int64_t>
Environment::get(llvm::ArrayRef<OpFoldResult> sizes) const {
  return llvm::map_to_vector(sizes,
                             [&](OpFoldResult size) { return get(size); });
}

static Results evaluateFunction(func::FuncOp function,
                                llvm::ArrayRef<const Tensor *> arguments,
                                int depth);

static Results evaluateCall(func::CallOp call, const Environment &environment,
                            int depth) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      call, call.getCalleeAttr());
  if (!callee)
    return makeError(call, "the callee '" + call.getCallee() +
                               "' is not a function of the module");
  if (depth == maxCallDepth)
    return makeError(call, "calls are nested more than " +
                               llvm::Twine(maxCallDepth) + " deep");
  llvm::SmallVector<const Tensor *> arguments;
  for (Value operand : call.getOperands())
    arguments.push_back(&environment.get(operand));
  return evaluateFunction(callee, arguments, depth + 1);
}

static Results evaluateOp(Operation *op, const Environment &environment,
                          int depth) {
  for (Value operand : op->getOperands())
    if (!environment.contains(operand))
      return makeError(op, "an operand has no value here");
  if (auto call = dyn_cast<func::CallOp>(op))
    return evaluateCall(call, environment, depth);

  Dialect *dialect = op->getDialect();
  Results results = [&]() -> Results {
    if (isa<arith::ConstantOp>(op))
      return evaluateConstant(op);
    if (isa_and_nonnull<NormDialect>(dialect))
      return evaluateNormOp(op, environment);
    if (isa<linalg::LinalgOp>(op))
      return evaluateLinalgOp(op, environment);
    if (isTensorOp(op))
      return evaluateTensorOp(op, environment);
    if (isa_and_nonnull<arith::ArithDialect, math::MathDialect>(dialect) &&
        op->getNumResults() == 1)
      return evaluateElementwiseOp(op, environment);
    return makeError("the evaluator does not know this op");
  }();
  if (!results)
    return addContext(op, results.takeError());
  // The type may know more of the sizes than the op's operands do.
  int64_t operandSummands = 0;
  double operandRounding = 0;
  for (Value operand : op->getOperands()) {
    const Tensor &tensor = environment.get(operand);
    operandSummands = std::max(operandSummands, tensor.numSummands);
    bool isNarrow =
        tensor.type == ElementType::F16 || tensor.type == ElementType::BF16;
    double own = isNarrow && !tensor.exact.empty() ? getUlp(tensor.type, 1) : 0;
    operandRounding = std::max(operandRounding, tensor.priorRounding + own);
  }
  for (auto [i, result] : llvm::enumerate(*results)) {
    result.numSummands += operandSummands;
    result.priorRounding += operandRounding;
    if (llvm::Error error = checkValue(result, op->getResult(i).getType()))
      return makeError(op, "result " + llvm::Twine(i) + ": " +
                               llvm::toString(std::move(error)));
  }
  return results;
}

/// Frees the operands of `op` that no later op of its block reads.
static void eraseDeadOperands(Operation *op, Environment &environment) {
  for (Value operand : op->getOperands()) {
    bool isDead = llvm::all_of(operand.getUsers(), [&](Operation *user) {
      Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
      return ancestor == op || ancestor->isBeforeInBlock(op);
    });
    if (isDead)
      environment.erase(operand);
  }
}

static Results evaluateFunction(func::FuncOp function,
                                llvm::ArrayRef<const Tensor *> arguments,
                                int depth) {
  auto fail = [&](const llvm::Twine &text) {
    return makeError(function,
                     "function '" + function.getName() + "': " + text);
  };
  if (function.isExternal() || !llvm::hasSingleElement(function.getBody()))
    return fail("expected a body of one block");
  Block &block = function.getBody().front();
  if (arguments.size() != block.getNumArguments())
    return fail("expected " + llvm::Twine(block.getNumArguments()) +
                " arguments, found " + llvm::Twine(arguments.size()));
  Environment environment;
  for (auto [i, argument] : llvm::enumerate(block.getArguments())) {
    if (llvm::Error error = checkValue(*arguments[i], argument.getType()))
      return fail("argument " + llvm::Twine(i) + ": " +
                  llvm::toString(std::move(error)));
    environment.setReference(argument, *arguments[i]);
  }

  auto terminator = dyn_cast<func::ReturnOp>(block.getTerminator());
  if (!terminator)
    return fail("expected func.return at the end");
  for (Operation &op : block.without_terminator()) {
    Results results = evaluateOp(&op, environment, depth);
    if (!results)
      return results.takeError();
    for (auto [value, tensor] : llvm::zip(op.getResults(), *results)) {
      if (!llvm::is_contained(terminator.getOperands(), value)) {
        tensor.exact = {};
        tensor.magnitude = {};
      }
      if (!value.use_empty())
        environment.set(value, std::move(tensor));
    }
    eraseDeadOperands(&op, environment);
  }

  llvm::SmallVector<Tensor, 1> results;
  for (Value value : terminator.getOperands())
    results.push_back(environment.get(value));
  return std::move(results);
}

llvm::Expected<std::vector<Tensor>>
norm::reference::evaluate(func::FuncOp function,
                          llvm::ArrayRef<Tensor> arguments) {
  llvm::SmallVector<const Tensor *> pointers;
  for (const Tensor &argument : arguments)
    pointers.push_back(&argument);
  Results results = evaluateFunction(function, pointers, 0);
  if (!results)
    return results.takeError();
  return std::vector<Tensor>(std::make_move_iterator(results->begin()),
                             std::make_move_iterator(results->end()));
}
