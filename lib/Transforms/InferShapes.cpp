//===- InferShapes.cpp - Carry known sizes through functions --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeRefinement.h"
#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"
#include "norm/Transforms/RewriteConfig.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace norm {
#define GEN_PASS_DEF_INFERSHAPES
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {

/// The argument of `func` that `name` names by its index or by `norm.name`.
FailureOr<BlockArgument> findArgument(func::FuncOp func, StringRef name) {
  for (BlockArgument arg : func.getArguments()) {
    auto attr =
        func.getArgAttrOfType<StringAttr>(arg.getArgNumber(), "norm.name");
    if (attr && attr.getValue() == name)
      return arg;
  }
  unsigned index;
  if (!name.getAsInteger(10, index) && index < func.getNumArguments())
    return func.getArgument(index);
  return func.emitError("expected the name or index of one of ")
         << func.getNumArguments() << " arguments, found '" << name << "'";
}

/// Reads "4096x?x8" into sizes, `?` for one that stays as it is.
LogicalResult parseShape(func::FuncOp func, StringRef text,
                         SmallVectorImpl<int64_t> &shape) {
  SmallVector<StringRef> parts;
  if (!text.empty())
    text.split(parts, 'x');
  for (StringRef part : parts) {
    int64_t size = ShapedType::kDynamic;
    if (part != "?" && (part.getAsInteger(10, size) || size < 0))
      return func.emitError("expected sizes such as 4096x?x8, found '")
             << text << "'";
    shape.push_back(size);
  }
  return success();
}

/// Applies one entry of the option `args`, "ARG=4096x4096".
LogicalResult applyEntry(func::FuncOp func, StringRef entry,
                         ShapeRefinement &refinement) {
  auto [name, sizes] = entry.split('=');
  SmallVector<int64_t> shape;
  if (!entry.contains('='))
    return func.emitError("expected ARG=4096x4096, found '") << entry << "'";
  FailureOr<BlockArgument> arg = findArgument(func, name);
  if (failed(arg) || failed(parseShape(func, sizes, shape)))
    return failure();
  auto type = dyn_cast<RankedTensorType>(arg->getType());
  if (!type || type.getRank() != static_cast<int64_t>(shape.size()))
    return func.emitError("expected argument '")
           << name << "' to be a tensor of rank " << shape.size() << ", found "
           << arg->getType();
  std::string what = ("argument '" + name + "'").str();
  return refinement.refine(*arg, shape, func, what);
}

/// The canonicalizations of ops beside norm ops that carry static sizes.
FrozenRewritePatternSet collectPatterns(MLIRContext *context) {
  RewritePatternSet patterns(context);
  for (RegisteredOperationName name : context->getRegisteredOperations())
    if (isa<tensor::TensorDialect, linalg::LinalgDialect>(name.getDialect()))
      name.getCanonicalizationPatterns(patterns, context);
  for (Dialect *dialect : context->getLoadedDialects())
    if (isa<tensor::TensorDialect, linalg::LinalgDialect, NormDialect>(dialect))
      dialect->getCanonicalizationPatterns(patterns);
  return std::move(patterns);
}

/// Gives `func` the types of its arguments and of what it returns. A result
/// gets a refined type if all returns agree on it, else it keeps its type.
void updateSignature(func::FuncOp func) {
  SmallVector<func::ReturnOp> returns;
  func.walk([&](func::ReturnOp op) { returns.push_back(op); });
  SmallVector<Type> results(func.getResultTypes());
  for (auto [i, result] : llvm::enumerate(results)) {
    auto typeIn = [i = i](func::ReturnOp op) {
      return op.getOperand(i).getType();
    };
    if (!returns.empty() && llvm::all_equal(llvm::map_range(returns, typeIn)))
      result = typeIn(returns.front());
    for (func::ReturnOp op : returns)
      castOperand(op->getOpOperand(i), result);
  }
  func.setFunctionType(
      FunctionType::get(func.getContext(),
                        TypeRange(func.getBody().getArgumentTypes()), results));
}

struct InferShapesPass : norm::impl::InferShapesBase<InferShapesPass> {
  using InferShapesBase::InferShapesBase;

  LogicalResult initialize(MLIRContext *context) override {
    patterns = collectPatterns(context);
    return success();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    func::FuncOp entryFunc;
    if (!args.empty() && failed(findEntry(module, entryFunc)))
      return signalPassFailure();
    for (auto func : module.getOps<func::FuncOp>())
      if (!func.isExternal() && failed(inferIn(func, func == entryFunc)))
        return signalPassFailure();
  }

  /// The function that `args` is about.
  LogicalResult findEntry(ModuleOp module, func::FuncOp &found) {
    for (auto func : module.getOps<func::FuncOp>()) {
      if (func.isExternal() ||
          (entry.empty() ? !func.isPublic() : func.getName() != entry))
        continue;
      if (found)
        return module.emitError("expected one public function or the option "
                                "entry, found ")
               << found.getName() << " and " << func.getName();
      found = func;
    }
    if (!found)
      return module.emitError("expected a function with a body")
             << (entry.empty() ? "" : " named ") << entry << ", found none";
    return success();
  }

  LogicalResult inferIn(func::FuncOp func, bool isEntry) {
    // A caller relies on the types.
    bool isCalled = !SymbolTable::symbolKnownUseEmpty(func, getOperation());
    if (isEntry && isCalled)
      return func.emitError("expected args for a function that no other op "
                            "refers to, found one that is called");
    ShapeRefinement refinement(func, /*mayChangeSignature=*/!isCalled);
    if (isEntry)
      for (const std::string &arg : args)
        if (failed(applyEntry(func, arg, refinement)))
          return failure();
    // Upstream's patterns move casts through the ops that the refinement does
    // not know, which may tell it more. Each round that changes a type leaves
    // fewer dynamic sizes; the bound only guards against patterns that undo.
    for (int round = 0; round < 100; ++round) {
      FailureOr<bool> changed = refinement.run();
      if (failed(changed))
        return failure();
      if (!isCalled)
        updateSignature(func);
      if (failed(applyPatternsGreedily(func, patterns, getRewriteConfig())))
        return func.emitError("expected the canonicalization of tensor and "
                              "linalg ops to end, found that it does not");
      if (!*changed && round > 0)
        break;
    }
    return success();
  }

  FrozenRewritePatternSet patterns;
};

} // namespace
