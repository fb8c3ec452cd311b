//===- LinalgModels.cpp - Rules of linalg ops -----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Backward.h"
#include "Models.h"

#include "norm/IR/NormOps.h"

#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace norm;

namespace {

/// Builds the adjoint of a structured op on tensors: for each operand that
/// wants a cotangent a linalg.generic over the same loops, whose body is that
/// of the op followed by its derivative. What the op broadcasts is summed, and
/// what it sums is broadcast.
class LinalgAdjoint {
public:
  LinalgAdjoint(linalg::LinalgOp op, OpBuilder &builder, Cotangents &cotangents)
      : op(op), body(op.getBlock()), builder(builder), cotangents(cotangents) {}

  LogicalResult build();

private:
  /// What the body reads: as `inside` in the body, as `outside` before the op.
  struct Source {
    Value inside, outside;
    AffineMap map;
  };

  /// True if each iteration adds a value to output `number` without reading it
  /// otherwise.
  bool isSum(unsigned number);
  LogicalResult checkOutputs();
  LogicalResult collectWanted(SmallVectorImpl<Source> &wanted);
  LogicalResult buildCotangent(const Source &source);
  /// Builds the body of the cotangent and returns what it yields, null for
  /// zero.
  FailureOr<Value> buildBody(OpBuilder &inner, const Source &source,
                             ValueRange args);

  linalg::LinalgOp op;
  Block *body;
  OpBuilder &builder;
  Cotangents &cotangents;
};

} // namespace

bool LinalgAdjoint::isSum(unsigned number) {
  BlockArgument accumulator = op.getRegionOutputArgs()[number];
  auto sum =
      body->getTerminator()->getOperand(number).getDefiningOp<arith::AddFOp>();
  return sum && accumulator.hasOneUse() &&
         (sum.getLhs() == accumulator) != (sum.getRhs() == accumulator);
}

/// Where several iterations write one element, only a sum has a known adjoint.
LogicalResult LinalgAdjoint::checkOutputs() {
  for (auto [number, init] : llvm::enumerate(op.getDpsInitsMutable()))
    if (cotangents.get(op->getResult(number)) &&
        !op.getMatchingIndexingMap(&init).isPermutation() && !isSum(number))
      return op.emitOpError(
                 "cannot be differentiated: expected reductions to be "
                 "sums by arith.addf, found another one for result ")
             << number;
  return success();
}

LogicalResult LinalgAdjoint::collectWanted(SmallVectorImpl<Source> &wanted) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!cotangents.isWanted(operand.get()) ||
        operand.getOperandNumber() >= body->getNumArguments())
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    // The initial value of a sum is one of its terms.
    if (op.isDpsInit(&operand) && !map.isPermutation()) {
      if (Value dy = cotangents.get(op.getTiedOpResult(&operand)))
        cotangents.add(builder, operand.get(), dy);
      continue;
    }
    if (!map.isProjectedPermutation())
      return op.emitOpError(
                 "cannot be differentiated: expected operands indexed "
                 "by distinct loops, found the indexing map ")
             << AffineMapAttr::get(map) << " of operand "
             << operand.getOperandNumber();
    wanted.push_back(
        {op.getMatchingBlockArgument(&operand), operand.get(), map});
  }
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  AffineMap toScalar =
      AffineMap::get(op.getNumLoops(), 0, builder.getContext());
  for (Value value : captured) {
    if (!cotangents.isWanted(value))
      continue;
    if (!isa<FloatType>(value.getType()))
      return op.emitOpError(
                 "cannot be differentiated: expected its body to read "
                 "no tensor from outside, found ")
             << value.getType();
    wanted.push_back({value, value, toScalar});
  }
  return success();
}

FailureOr<Value> LinalgAdjoint::buildBody(OpBuilder &inner,
                                          const Source &source,
                                          ValueRange args) {
  IRMapping mapping;
  mapping.map(body->getArguments(), args.take_front(body->getNumArguments()));
  args = args.drop_front(body->getNumArguments());
  SmallVector<Operation *> ops;
  for (Operation &original : body->without_terminator())
    ops.push_back(inner.clone(original, mapping));

  Value inside = mapping.lookupOrDefault(source.inside);
  Cotangents cotangentsInside(findDependentValues(ops, inside));
  for (auto [result, yielded] :
       llvm::zip(op->getResults(), body->getTerminator()->getOperands()))
    if (cotangents.get(result)) {
      cotangentsInside.add(inner, mapping.lookupOrDefault(yielded),
                           args.front());
      args = args.drop_front();
    }
  if (failed(differentiateOps(ops, inner, cotangentsInside)))
    return failure();
  return cotangentsInside.get(inside);
}

LogicalResult LinalgAdjoint::buildCotangent(const Source &source) {
  Location loc = op.getLoc();
  SmallVector<Value> inputs(
      op->getOperands().take_front(body->getNumArguments()));
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  maps.truncate(inputs.size());
  for (auto [number, init] : llvm::enumerate(op.getDpsInitsMutable()))
    if (Value dy = cotangents.get(op->getResult(number))) {
      inputs.push_back(dy);
      maps.push_back(op.getMatchingIndexingMap(&init));
    }

  // A sum of many elements is accumulated as the norm ops do.
  bool isSummed = !source.map.isPermutation();
  Type type = getElementTypeOrSelf(source.outside.getType());
  Type sumType = isSummed ? Type(getAccumulatorType(type)) : type;
  SmallVector<OpFoldResult> sizes;
  if (isa<RankedTensorType>(source.outside.getType()))
    sizes = tensor::getMixedSizes(builder, loc, source.outside);
  Value output = tensor::EmptyOp::create(builder, loc, sizes, sumType);
  if (isSummed) {
    Value zero = arith::ConstantOp::create(builder, loc,
                                           builder.getFloatAttr(sumType, 0.0));
    output = linalg::FillOp::create(builder, loc, zero, output).getResult(0);
  }
  maps.push_back(source.map);
  SmallVector<utils::IteratorType> iterators(op.getNumLoops(),
                                             utils::IteratorType::reduction);
  for (AffineExpr expr : source.map.getResults())
    iterators[cast<AffineDimExpr>(expr).getPosition()] =
        utils::IteratorType::parallel;

  bool hasFailed = false, isZero = false;
  auto buildYield = [&](OpBuilder &inner, Location, ValueRange args) {
    FailureOr<Value> term = buildBody(inner, source, args.drop_back());
    hasFailed = failed(term);
    isZero = !hasFailed && !*term;
    Value result = hasFailed || isZero ? args.back() : *term;
    if (isSummed && result != args.back()) {
      if (type != sumType)
        result = arith::ExtFOp::create(inner, loc, sumType, result);
      result = arith::AddFOp::create(inner, loc, args.back(), result);
    }
    linalg::YieldOp::create(inner, loc, result);
  };
  auto generic =
      linalg::GenericOp::create(builder, loc, output.getType(), inputs, output,
                                maps, iterators, buildYield);
  if (hasFailed)
    return failure();
  if (isZero)
    return success();
  Value result = generic.getResult(0);
  if (type != sumType)
    result = arith::TruncFOp::create(
        builder, loc, cast<RankedTensorType>(result.getType()).clone(type),
        result);
  if (isa<FloatType>(source.outside.getType()))
    result = tensor::ExtractOp::create(builder, loc, result, ValueRange());
  cotangents.add(builder, source.outside, result);
  return success();
}

LogicalResult LinalgAdjoint::build() {
  SmallVector<Source> wanted;
  if (failed(checkOutputs()) || failed(collectWanted(wanted)))
    return failure();
  for (const Source &source : wanted)
    if (failed(buildCotangent(source)))
      return failure();
  return success();
}

namespace {

template <typename OpTy>
struct LinalgModel
    : DifferentiableOpInterface::ExternalModel<LinalgModel<OpTy>, OpTy> {
  LogicalResult differentiate(Operation *op, OpBuilder &builder,
                              Cotangents &cotangents) const {
    return LinalgAdjoint(cast<linalg::LinalgOp>(op), builder, cotangents)
        .build();
  }
  bool keepsResults(Operation *op) const {
    return cast<linalg::LinalgOp>(op).getNumReductionLoops() > 0;
  }
};

template <typename... OpTys> void attachAll(MLIRContext *context) {
  (OpTys::template attachInterface<LinalgModel<OpTys>>(*context), ...);
}

} // namespace

void norm::attachLinalgModels(MLIRContext *context, linalg::LinalgDialect *) {
  attachAll<
#define GET_OP_LIST
#include "mlir/Dialect/Linalg/IR/LinalgStructuredOps.cpp.inc"
      >(context);
}
