//===- MakeShapeFunctions.cpp - What a function says about sizes ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"
#include "SizeFlattening.h"

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"
#include "norm/Transforms/RewriteConfig.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"

namespace norm {
#define GEN_PASS_DEF_MAKESHAPEFUNCTIONS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// Whether the calling convention has the type.
static bool isSupported(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type)) {
    // Of integers only whole bytes: a vector of i1 is packed in memory.
    Type element = tensor.getElementType();
    return !tensor.getEncoding() &&
           (element.isF16() || element.isBF16() || element.isF32() ||
            element.isF64() || element.isIndex() || element.isInteger(8) ||
            element.isInteger(16) || element.isInteger(32) ||
            element.isInteger(64));
  }
  return type.isF32() || type.isF64() || type.isInteger(32) ||
         type.isInteger(64) || type.isIndex();
}

namespace {

struct MakeShapeFunctionsPass
    : norm::impl::MakeShapeFunctionsBase<MakeShapeFunctionsPass> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal())
        functions.push_back(function);
    for (func::FuncOp function : functions)
      if (failed(makeShapeFunction(function)))
        return signalPassFailure();
  }

  LogicalResult checkTypes(func::FuncOp function) {
    auto check = [&](StringRef kind, unsigned i, Type type) -> LogicalResult {
      if (isSupported(type))
        return success();
      return function.emitError("cannot be compiled: expected ")
             << kind << " " << i
             << " to be a ranked tensor of floats, index or whole-byte "
                "integers, f32, f64, i32, i64 or index, found "
             << type;
    };
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
      if (failed(check("argument", i, type)))
        return failure();
    for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
      if (failed(check("result", i, type)))
        return failure();
    return success();
  }

  /// A result may be written over an input of the norm op that makes it, where
  /// the operator allows it and nothing else reads that input.
  static ArrayAttr inPlaceArguments(func::FuncOp function) {
    auto skipCasts = [](Value value) {
      while (auto cast = value.getDefiningOp<tensor::CastOp>())
        value = cast.getSource();
      return value;
    };
    Builder builder(function.getContext());
    SmallVector<Attribute> ofResults;
    Operation *terminator = function.getBody().front().getTerminator();
    for (Value result : terminator->getOperands()) {
      SmallVector<int64_t> arguments;
      auto op = skipCasts(result).getDefiningOp<NormOpInterface>();
      if (op && skipCasts(result) == op.getOutput(0))
        for (Value operand : op.getInPlaceOperands()) {
          auto argument = dyn_cast<BlockArgument>(skipCasts(operand));
          if (argument &&
              llvm::count_if(argument.getUsers(), [](Operation *user) {
                return !isa<tensor::DimOp>(user);
              }) == 1)
            arguments.push_back(argument.getArgNumber());
        }
      ofResults.push_back(builder.getDenseI64ArrayAttr(arguments));
    }
    return builder.getArrayAttr(ofResults);
  }

  LogicalResult makeShapeFunction(func::FuncOp function) {
    if (!function.getBody().hasOneBlock())
      return function.emitError(
                 "cannot be compiled: expected a function of one block, found ")
             << function.getBody().getBlocks().size();
    if (failed(checkTypes(function)))
      return failure();
    OpBuilder builder(function);
    auto shape = cast<func::FuncOp>(builder.clone(*function));
    function->setAttr(kInPlaceAttr, inPlaceArguments(function));
    shape.setPrivate();
    shape.setSymName((function.getSymName() + ".shape").str());
    shape.removeArgAttrsAttr();
    auto terminator =
        cast<func::ReturnOp>(shape.getBody().front().getTerminator());
    builder.setInsertionPoint(terminator);
    SmallVector<Value> sizes;
    for (Value result : terminator.getOperands())
      if (auto type = dyn_cast<RankedTensorType>(result.getType()))
        for (int64_t i = 0; i < type.getRank(); ++i)
          sizes.push_back(
              tensor::DimOp::create(builder, result.getLoc(), result, i));
    SizeCheckCollector collector(builder);
    SizeFlattening flattening(shape, collector);
    flattening.run();
    size_t numSizes = sizes.size();
    for (const SizeCheck &check : collector.checks) {
      sizes.append({check.found, check.expected});
      llvm::append_range(sizes, check.conditions);
    }
    auto returned = func::ReturnOp::create(builder, terminator.getLoc(), sizes);
    terminator.erase();
    if (failed(simplify(shape)))
      return failure();
    // What is returned has been simplified.
    ValueRange simplified = returned.getOperands();
    sizes.assign(simplified.begin(), simplified.begin() + numSizes);
    simplified = simplified.drop_front(numSizes);
    for (Value size : sizes)
      if (std::optional<OperationName> obstacle = flattening.findObstacle(size))
        return function.emitError(
                   "cannot be compiled: the sizes of its results do not follow "
                   "from the sizes of its arguments because of '")
               << *obstacle << "'";
    builder.setInsertionPoint(returned);
    SmallVector<Attribute> texts;
    for (SizeCheck &check : collector.checks) {
      check.found = simplified[0];
      check.expected = simplified[1];
      size_t numConditions = check.conditions.size();
      check.conditions = simplified.slice(2, numConditions);
      simplified = simplified.drop_front(2 + numConditions);
      if (isEqualConstantIntOrValue(check.found, check.expected))
        continue;
      if (failed(finishCheck(builder, flattening, check)))
        return failure();
      sizes.append({check.found, check.expected});
      texts.push_back(builder.getStringAttr(check.text));
    }
    returned->setOperands(sizes);
    eraseUnused(shape);
    flattening.eraseUnknown();
    SmallVector<Type> types(sizes.size(), builder.getIndexType());
    shape.setFunctionType(
        builder.getFunctionType(shape.getArgumentTypes(), types));
    shape.removeResAttrsAttr();
    shape->setAttr("norm.checks", builder.getArrayAttr(texts));
    return success();
  }

  /// Makes the check hold where the op does not run, as far as the call knows.
  static LogicalResult finishCheck(OpBuilder &builder,
                                   const SizeFlattening &flattening,
                                   SizeCheck &check) {
    for (Value size : {check.found, check.expected})
      if (std::optional<OperationName> obstacle = flattening.findObstacle(size))
        return emitError(check.loc)
               << "'" << check.op << "' op cannot be compiled: expected "
               << check.what
               << " to agree with sizes that follow from those of the "
                  "arguments, found that it depends on '"
               << *obstacle << "'";
    for (Value condition : check.conditions)
      if (!flattening.findObstacle(condition))
        check.found = arith::SelectOp::create(builder, check.loc, condition,
                                              check.found, check.expected);
    return success();
  }

  /// Leaves tensor.dim of arguments and arithmetic where that is possible.
  LogicalResult simplify(func::FuncOp shape) {
    RewritePatternSet patterns(&getContext());
    memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
    memref::populateResolveShapedTypeResultDimsPatterns(patterns);
    tensor::DimOp::getCanonicalizationPatterns(patterns, &getContext());
    tensor::EmptyOp::getCanonicalizationPatterns(patterns, &getContext());
    affine::AffineApplyOp::getCanonicalizationPatterns(patterns, &getContext());
    FrozenRewritePatternSet frozen(std::move(patterns));
    IRRewriter rewriter(&getContext());
    bool changed = true;
    while (changed) {
      if (failed(applyPatternsGreedily(shape, frozen, getRewriteConfig())))
        return failure();
      // Equal sizes need no check.
      DominanceInfo dominance(shape);
      eliminateCommonSubExpressions(rewriter, dominance, shape, &changed);
    }
    return success();
  }

  static void eraseUnused(func::FuncOp shape) {
    Block &body = shape.getBody().front();
    for (Operation &op :
         llvm::make_early_inc_range(llvm::reverse(body.getOperations())))
      if (op.use_empty() && &op != body.getTerminator())
        op.erase();
  }
};

} // namespace
