//===- RMSNormGrad.cpp - norm.rmsnorm_grad --------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Canonicalization.h"
#include "RowSupport.h"

using namespace mlir;
using namespace norm;

void RMSNormGradOp::build(OpBuilder &builder, OperationState &state, Value dy,
                          Value x, Value rrms, Value gamma, int64_t axis,
                          unsigned numOutputs, double targetRms,
                          double weightOffset) {
  auto type = cast<RankedTensorType>(x.getType());
  // An axis out of range is left to the verifier, which words the error.
  int64_t rows = clampAxis(axis, type.getRank());
  auto sumType =
      gamma ? cast<RankedTensorType>(gamma.getType())
            : RankedTensorType::get(type.getShape().drop_front(rows),
                                    getAccumulatorType(type.getElementType()));
  SmallVector<Type> results{type};
  results.resize(numOutputs, sumType);
  build(builder, state, results, dy, x, rrms, gamma, ValueRange(),
        builder.getI64IntegerAttr(axis), builder.getF64FloatAttr(targetRms),
        builder.getF64FloatAttr(weightOffset), StrategyAttr());
}

FailureOr<RMSNormGradOp> RMSNormGradOp::createWithNormalizedShape(
    OpBuilder &builder, Location loc, Value dy, Value x, Value rrms,
    ArrayRef<int64_t> normalizedShape, Value gamma, unsigned numOutputs) {
  FailureOr<int64_t> dims = countNormalizedDims(loc, x, normalizedShape);
  if (failed(dims))
    return failure();
  return RMSNormGradOp::create(builder, loc, dy, x, rrms, gamma, -*dims,
                               numOutputs);
}

LogicalResult RMSNormGradOp::verifyInputs(EmitErrorFn emitError) {
  ShapedType x = getXType();
  FloatType acc = getAccType();
  if (failed(verifyRows(x, getAxis(),
                        {"RMSNormGrad-C1", "RMSNormGrad-C2", "RMSNormGrad-C3",
                         "RMSNormGrad-C16"},
                        emitError)) ||
      failed(verifyOperandType(getDy(), "dy", x.getShape(), x.getElementType(),
                               "RMSNormGrad-C4", emitError)) ||
      failed(verifyOperandType(getRrms(), "rrms",
                               x.getShape().take_front(getCanonicalAxis()), acc,
                               "RMSNormGrad-C5", emitError)) ||
      failed(verifyFinite(getTargetRms(), acc, "target_rms", "RMSNormGrad-C6",
                          emitError)) ||
      failed(verifyFinite(getWeightOffset(), acc, "weight_offset",
                          "RMSNormGrad-C7", emitError)))
    return failure();
  if (getGamma() &&
      failed(verifyMixedElementType(getGamma(), "gamma", x.getElementType(),
                                    "RMSNormGrad-C8", emitError)))
    return failure();
  return verifyRowVector(getGamma(), "gamma", x, getCanonicalAxis(),
                         "RMSNormGrad-C9", emitError);
}

SmallVector<OutputDescription> RMSNormGradOp::describeOutputs() {
  ShapedType x = getXType();
  auto describeSum = [&](unsigned number, llvm::StringLiteral name,
                         llvm::StringLiteral label) {
    OutputDescription output{
        name, label, getAccType(), getX(),
        llvm::to_vector(llvm::seq<int64_t>(getCanonicalAxis(), x.getRank()))};
    if (getGamma())
      output = describeLike(name, label, getGamma());
    // Both types are allowed; an output says which one it has.
    output.elementType = getAccType();
    if (Value found = getOutput(number);
        found && getElementTypeOrSelf(found) == x.getElementType())
      output.elementType = x.getElementType();
    return output;
  };
  return {describeLike("dx", "RMSNormGrad-C11", getX()),
          describeSum(1, "dgamma", "RMSNormGrad-C13"),
          describeSum(2, "dbeta", "RMSNormGrad-C15")};
}

RowPart RMSNormGradOp::getInputPart(unsigned number) {
  constexpr RowPart parts[] = {RowPart::Full, RowPart::Full, RowPart::Rows,
                               RowPart::Row};
  return parts[number];
}

RowPart RMSNormGradOp::getOutputPart(unsigned number) {
  return number == 0 ? RowPart::Full : RowPart::Row;
}

LogicalResult RMSNormGradOp::verify() {
  auto emitError = [&] { return emitOpError(); };
  Type type = getXType().getElementType();
  if (getDgamma() &&
      failed(verifyMixedElementType(getDgamma(), "dgamma", type,
                                    "RMSNormGrad-C12", emitError)))
    return failure();
  if (getDbeta() &&
      failed(verifyMixedElementType(getDbeta(), "dbeta", type,
                                    "RMSNormGrad-C14", emitError)))
    return failure();
  return verifyNormOp(*this, "RMSNormGrad-C10");
}

void RMSNormGradOp::collectSizeConstraints(
    SmallVectorImpl<SizeConstraint> &constraints) {
  addSameShapeConstraints(constraints, "dy", getDy(), getX());
  addSameShapeConstraints(constraints, "rrms", getRrms(), getX());
  addRowVectorConstraints(constraints, "gamma", getGamma(), getX(),
                          getCanonicalAxis());
  addOutputConstraints(*this, constraints);
}

/// With a weight offset the weight is not one; dgamma and dbeta have the shape
/// of gamma, which may not be that of the row dims.
static StringRef whyNeedsGamma(RMSNormGradOp op) {
  if (!op.getWeightOffset().isZero())
    return "the weight offset is not zero";
  int64_t rowRank = op.getXType().getRank() - op.getCanonicalAxis();
  if (op.getDgamma() &&
      cast<ShapedType>(op.getGamma().getType()).getRank() != rowRank)
    return "dgamma has the shape of gamma";
  return "";
}

namespace {
/// Without elements, dx has none, and sums over the rows are zero.
struct FoldWithoutElements : OpRewritePattern<RMSNormGradOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RMSNormGradOp op,
                                PatternRewriter &rewriter) const override {
    const SmallVector<APFloat> zeros(op->getNumResults(), APFloat(0.0));
    return foldWithoutElements(op, op.getX(), zeros, rewriter);
  }
};
} // namespace

void RMSNormGradOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                MLIRContext *context) {
  patterns
      .add<NormalizeAxis<RMSNormGradOp>, DropUnusedResults<RMSNormGradOp>,
           FoldWithoutElements, DropUnitGamma<RMSNormGradOp, whyNeedsGamma>>(
          context);
}
