//===- FunctionAdjoint.cpp - The backward function of a function ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionAdjoint.h"

#include "Backward.h"

#include "norm/IR/AttributeNames.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace norm;

namespace {

class FunctionAdjoint {
public:
  FunctionAdjoint(func::FuncOp function, ArrayRef<int64_t> arguments)
      : function(function), arguments(arguments), builder(function) {}

  LogicalResult build(bool returnResiduals);

private:
  /// Makes `forward`, a copy of the function whose ops have all results that
  /// rules read.
  void makeForward();
  /// Makes `backward` with the ops of `forward`.
  void makeBackward();
  /// Adds what makes `backward` the adjoint.
  LogicalResult differentiate();
  /// Lets `forward` return the values of `backward` that it keeps, and
  /// `backward` take them as arguments.
  void returnResiduals();
  /// What `backward` reads and is worth keeping, in order: values of ops that
  /// say so, and `results`, which are returned anyway; both of `forward`.
  SmallVector<Value> findResiduals(ValueRange results);
  SmallVector<Value> getSources(func::FuncOp owner) {
    return llvm::map_to_vector(arguments, [&](int64_t number) -> Value {
      return owner.getArgument(number);
    });
  }

  func::FuncOp function;
  ArrayRef<int64_t> arguments;
  OpBuilder builder;
  OwningOpRef<func::FuncOp> forward, backward;
  /// The ops of `forward` in `backward`, and where their values come from.
  SmallVector<Operation *> forwardOps;
  DenseMap<Value, Value> inForward;
};

} // namespace

/// The ops of the body but the last.
static SmallVector<Operation *> getOps(func::FuncOp function) {
  return llvm::map_to_vector(function.front().without_terminator(),
                             [](Operation &op) { return &op; });
}

void FunctionAdjoint::makeForward() {
  forward = function.clone();
  forward->setName((function.getName() + "_fwd").str());
  forward->setPublic();
  SmallVector<Operation *> ops = getOps(*forward);
  llvm::DenseSet<Value> dependent =
      findDependentValues(ops, getSources(*forward));
  IRRewriter rewriter(builder.getContext());
  for (Operation *op : ops)
    if (auto rule = dyn_cast<DifferentiableOpInterface>(op);
        rule && readsAny(op, dependent)) {
      // The op may be replaced by one with other results.
      SmallVector<Value> results(op->getResults());
      Operation *replacement = rule.addResiduals(rewriter);
      for (Value result : results)
        dependent.erase(result);
      for (Value result : replacement->getResults())
        if (isDifferentiable(result.getType()))
          dependent.insert(result);
    }
}

/// The name of a cotangent: that of its value behind a d.
static void copyCotangentName(Attribute from,
                              llvm::function_ref<void(StringAttr)> set) {
  if (auto name = dyn_cast_or_null<StringAttr>(from))
    set(StringAttr::get(name.getContext(), "d" + name.getValue()));
}

void FunctionAdjoint::makeBackward() {
  SmallVector<Type> inputs(function.getArgumentTypes()), outputs;
  SmallVector<unsigned> results;
  for (auto [number, type] : llvm::enumerate(function.getResultTypes()))
    if (isDifferentiable(type)) {
      inputs.push_back(type);
      results.push_back(number);
    }
  for (int64_t number : arguments)
    outputs.push_back(function.getArgumentTypes()[number]);
  Location loc = function.getLoc();
  backward = func::FuncOp::create(loc, (function.getName() + "_vjp").str(),
                                  builder.getFunctionType(inputs, outputs));
  Block *block = backward->addEntryBlock();

  // Other attributes of arguments are about the function that has them.
  unsigned numArguments = function.getNumArguments();
  for (unsigned i = 0; i < numArguments; ++i)
    if (Attribute name = function.getArgAttr(i, kNameAttr))
      backward->setArgAttr(i, kNameAttr, name);
  for (auto [i, number] : llvm::enumerate(results))
    copyCotangentName(function.getResultAttr(number, kNameAttr),
                      [&, i = numArguments + i](StringAttr name) {
                        backward->setArgAttr(i, kNameAttr, name);
                      });
  for (auto [i, number] : llvm::enumerate(arguments))
    copyCotangentName(function.getArgAttr(number, kNameAttr),
                      [&, i = i](StringAttr name) {
                        backward->setResultAttr(i, kNameAttr, name);
                      });

  builder.setInsertionPointToEnd(block);
  IRMapping mapping;
  mapping.map(forward->getArguments(),
              block->getArguments().take_front(numArguments));
  for (Operation *op : getOps(*forward)) {
    Operation *copy = builder.clone(*op, mapping);
    forwardOps.push_back(copy);
    for (auto [from, to] : llvm::zip(op->getResults(), copy->getResults()))
      inForward[to] = from;
  }

  // The results of the function, in terms of the backward function; replaced
  // by the cotangents once these are known.
  SmallVector<Value> values;
  for (Value value : forward->front().getTerminator()->getOperands())
    values.push_back(mapping.lookup(value));
  func::ReturnOp::create(builder, loc, values);
}

LogicalResult FunctionAdjoint::differentiate() {
  llvm::DenseSet<Value> dependent =
      findDependentValues(forwardOps, getSources(*backward));
  for (Operation *op : forwardOps)
    if (!isa<DifferentiableOpInterface>(op) && !isMemoryEffectFree(op) &&
        readsAny(op, dependent))
      return reportNoRule(op);

  Operation *terminator = backward->front().getTerminator();
  builder.setInsertionPoint(terminator);
  Cotangents cotangents(std::move(dependent));
  auto seeds = backward->getArguments().drop_front(function.getNumArguments());
  for (Value result : terminator->getOperands())
    if (isDifferentiable(result.getType())) {
      cotangents.add(builder, result, seeds.front());
      seeds = seeds.drop_front();
    }
  if (failed(differentiateOps(forwardOps, builder, cotangents)))
    return failure();

  SmallVector<Value> outputs;
  for (Value source : getSources(*backward)) {
    Value cotangent = cotangents.get(source);
    outputs.push_back(
        cotangent ? cotangent
                  : createFilledLike(builder, function.getLoc(), source, 0.0));
  }
  terminator->setOperands(outputs);
  return success();
}

SmallVector<Value> FunctionAdjoint::findResiduals(ValueRange results) {
  llvm::SmallPtrSet<Operation *, 16> isForward(forwardOps.begin(),
                                               forwardOps.end());
  llvm::DenseSet<Value> found;
  llvm::SetVector<Operation *> reading;
  reading.insert(backward->front().getTerminator());
  for (size_t i = 0; i < reading.size(); ++i) {
    if (isa<tensor::DimOp>(reading[i]))
      continue; // Sizes are those of the arguments.
    llvm::SetVector<Value> used(reading[i]->operand_begin(),
                                reading[i]->operand_end());
    getUsedValuesDefinedAbove(reading[i]->getRegions(), used);
    for (Value value : used) {
      Operation *op = value.getDefiningOp();
      auto rule = dyn_cast_or_null<DifferentiableOpInterface>(op);
      if (rule && isForward.contains(op) &&
          (rule.keepsResults() ||
           llvm::is_contained(results, inForward.lookup(value))))
        found.insert(value);
      else if (op)
        reading.insert(op);
    }
  }
  SmallVector<Value> residuals;
  for (Operation *op : forwardOps)
    for (Value result : op->getResults())
      if (found.contains(result))
        residuals.push_back(result);
  return residuals;
}

void FunctionAdjoint::returnResiduals() {
  Operation *terminator = forward->front().getTerminator();
  SmallVector<Value> results(terminator->getOperands());
  SmallVector<int64_t> numbers;
  unsigned numResults = results.size();
  for (Value residual : findResiduals(terminator->getOperands())) {
    Value value = inForward.lookup(residual);
    auto known = llvm::find(results, value);
    numbers.push_back(known - results.begin());
    if (known == results.end())
      results.push_back(value);
    BlockArgument argument =
        backward->front().addArgument(residual.getType(), residual.getLoc());
    residual.replaceAllUsesWith(argument);
  }
  terminator->setOperands(results);
  auto attrs = forward->getAllResultAttrs();
  SmallVector<Attribute> resultAttrs;
  if (attrs) {
    resultAttrs.assign(attrs.begin(), attrs.end());
    resultAttrs.resize(results.size(), builder.getDictionaryAttr({}));
  }
  forward->setFunctionType(builder.getFunctionType(
      forward->getArgumentTypes(), ValueRange(results).getTypes()));
  if (attrs && results.size() != numResults)
    forward->setAllResultAttrs(resultAttrs);
  (*forward)->setAttr(kResidualsAttr, builder.getDenseI64ArrayAttr(numbers));

  auto argAttrs = backward->getAllArgAttrs();
  SmallVector<Attribute> allArgAttrs;
  if (argAttrs) {
    allArgAttrs.assign(argAttrs.begin(), argAttrs.end());
    allArgAttrs.resize(backward->front().getNumArguments(),
                       builder.getDictionaryAttr({}));
  }
  backward->setFunctionType(builder.getFunctionType(
      backward->front().getArgumentTypes(), backward->getResultTypes()));
  if (argAttrs)
    backward->setAllArgAttrs(allArgAttrs);
}

/// Removes the forward ops, and the operands of linalg ops, that nothing needs.
/// A size of a value does not need the value.
static void simplify(func::FuncOp function) {
  RewritePatternSet patterns(function.getContext());
  memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
  linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
  // Whether it converged does not matter: each step is complete.
  (void)applyPatternsGreedily(function, std::move(patterns));
}

LogicalResult FunctionAdjoint::build(bool withResiduals) {
  makeForward();
  makeBackward();
  if (failed(differentiate()))
    return failure();
  builder.setInsertionPointAfter(function);
  auto insert = [&](func::FuncOp made) {
    builder.insert(made);
    simplify(made);
  };
  if (withResiduals) {
    returnResiduals();
    insert(forward.release());
  }
  insert(backward.release());
  return success();
}

LogicalResult norm::makeFunctionAdjoint(func::FuncOp function,
                                        ArrayRef<int64_t> arguments,
                                        bool returnResiduals) {
  return FunctionAdjoint(function, arguments).build(returnResiduals);
}
