//===- MakeShapeFunctions.cpp - What a function says about sizes ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

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

/// Collects pairs of sizes that must be equal.
class CheckCollector {
public:
  explicit CheckCollector(OpBuilder &builder) : builder(builder) {}

  void add(Operation *op) {
    if (auto normOp = dyn_cast<NormOpInterface>(op)) {
      SmallVector<SizeConstraint> constraints;
      normOp.collectSizeConstraints(constraints);
      for (const SizeConstraint &constraint : constraints) {
        Value expected;
        for (int64_t i : constraint.expectedDims) {
          Value size = dim(op, constraint.expected, i);
          expected = expected ? arith::MulIOp::create(builder, op->getLoc(),
                                                      expected, size)
                              : size;
        }
        record(op, constraint.what, constraint.foundDim,
               dim(op, constraint.found, constraint.foundDim), expected);
      }
    } else if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
      addExpansion(expand);
    } else if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
      addLinalg(linalgOp);
    }
  }

  SmallVector<Value> values;
  SmallVector<Attribute> texts;

private:
  /// The sizes of each group of an expansion make up the size of its dim.
  void addExpansion(tensor::ExpandShapeOp op) {
    SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
    for (auto [i, group] : llvm::enumerate(op.getReassociationIndices())) {
      if (!op.getSrcType().isDynamicDim(i) || group.size() < 2)
        continue;
      Value product;
      for (int64_t dim : group) {
        Value size =
            getValueOrCreateConstantIndexOp(builder, op.getLoc(), sizes[dim]);
        product =
            product ? arith::MulIOp::create(builder, op.getLoc(), product, size)
                    : size;
      }
      record(op, "the source", i, dim(op, op.getSrc(), i), product);
    }
  }

  /// Operands that index a loop by the same dim have that size there.
  void addLinalg(linalg::LinalgOp op) {
    SmallVector<std::pair<Value, int64_t>> first(op.getNumLoops());
    for (OpOperand &operand : op->getOpOperands()) {
      if (op.isDpsInit(&operand) && !op.payloadUsesValueFromOperand(&operand))
        continue;
      auto type = dyn_cast<RankedTensorType>(operand.get().getType());
      AffineMap map = op.getMatchingIndexingMap(&operand);
      for (auto [i, expr] : llvm::enumerate(map.getResults())) {
        auto loop = dyn_cast<AffineDimExpr>(expr);
        if (!type || !loop)
          continue;
        auto &[value, position] = first[loop.getPosition()];
        if (!value)
          first[loop.getPosition()] = {operand.get(), i};
        else
          addPair(op, value, position, operand.get(), i,
                  operand.getOperandNumber());
      }
    }
  }

  void addPair(Operation *op, Value expected, int64_t expectedDim, Value found,
               int64_t foundDim, unsigned number) {
    bool isStatic =
        !cast<RankedTensorType>(expected.getType()).isDynamicDim(expectedDim) &&
        !cast<RankedTensorType>(found.getType()).isDynamicDim(foundDim);
    if (isStatic || (expected == found && expectedDim == foundDim))
      return;
    record(op, "operand " + std::to_string(number), foundDim,
           dim(op, found, foundDim), dim(op, expected, expectedDim));
  }

  /// A static size is taken from the type: a result's may be known better than
  /// what it is computed from.
  Value dim(Operation *op, Value value, int64_t i) {
    auto type = cast<RankedTensorType>(value.getType());
    if (!type.isDynamicDim(i))
      return arith::ConstantIndexOp::create(builder, op->getLoc(),
                                            type.getDimSize(i));
    return tensor::DimOp::create(builder, op->getLoc(), value, i);
  }

  void record(Operation *op, StringRef what, int64_t dim, Value found,
              Value expected) {
    values.append({found, expected});
    texts.push_back(builder.getStringAttr(
        op->getName().getStringRef() + ": expected dim " + Twine(dim) + " of " +
        what + " to have {1} elements, found {0}"));
  }

  OpBuilder &builder;
};

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
    CheckCollector checks(builder);
    for (Operation &op : shape.getBody().front().without_terminator())
      if (op.getNumResults() > 0 && !isa<tensor::DimOp>(op))
        checks.add(&op);
    llvm::append_range(sizes, checks.values);
    func::ReturnOp::create(builder, terminator.getLoc(), sizes);
    terminator.erase();
    SmallVector<Type> types(sizes.size(), builder.getIndexType());
    shape.setFunctionType(
        builder.getFunctionType(shape.getArgumentTypes(), types));
    shape.removeResAttrsAttr();
    shape->setAttr("norm.checks", builder.getArrayAttr(checks.texts));
    return reduceToArguments(function, shape);
  }

  /// Leaves only tensor.dim of arguments and arithmetic.
  LogicalResult reduceToArguments(func::FuncOp function, func::FuncOp shape) {
    RewritePatternSet patterns(&getContext());
    memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
    memref::populateResolveShapedTypeResultDimsPatterns(patterns);
    tensor::DimOp::getCanonicalizationPatterns(patterns, &getContext());
    tensor::EmptyOp::getCanonicalizationPatterns(patterns, &getContext());
    affine::AffineApplyOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(shape, std::move(patterns))))
      return failure();
    for (Operation &op : shape.getBody().front().without_terminator()) {
      bool isDim =
          isa<tensor::DimOp>(op) && isa<BlockArgument>(op.getOperand(0));
      bool isScalar =
          llvm::none_of(op.getOperandTypes(), llvm::IsaPred<ShapedType>) &&
          llvm::none_of(op.getResultTypes(), llvm::IsaPred<ShapedType>);
      if (!isDim && !isScalar)
        return function.emitError(
                   "cannot be compiled: the sizes of its results do not follow "
                   "from the sizes of its arguments because of '")
               << op.getName() << "'";
    }
    return success();
  }
};

} // namespace
