//===- RMSNormDifferentiation.cpp - Derivative of norm.rmsnorm ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowSupport.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

/// `vector` with the shape of `like`. One of them is 1-D and the other may have
/// the row dims, as gamma and beta may.
static Value reshapeRowVector(OpBuilder &builder, Location loc, Value vector,
                              Value like) {
  auto from = cast<RankedTensorType>(vector.getType());
  auto to = cast<RankedTensorType>(like.getType());
  if (from.getRank() == to.getRank())
    return vector;
  SmallVector<ReassociationIndices> allDims(1);
  llvm::append_range(
      allDims[0], llvm::seq<int64_t>(std::max(from.getRank(), to.getRank())));
  if (to.getRank() == 1)
    return tensor::CollapseShapeOp::create(builder, loc, vector, allDims);
  auto collapsed = tensor::CollapseShapeOp::inferCollapsedType(to, allDims);
  if (collapsed != from)
    vector = tensor::CastOp::create(builder, loc, collapsed, vector);
  return tensor::ExpandShapeOp::create(
      builder, loc, to, vector, allDims,
      tensor::getMixedSizes(builder, loc, like));
}

LogicalResult RMSNormOp::differentiate(OpBuilder &builder,
                                       Cotangents &cotangents) {
  if (cotangents.get(getRrms()))
    return emitOpError(
        "cannot be differentiated through rrms: expected y alone "
        "to reach the results, found a use of rrms that does");
  // dgamma and dbeta have one shape, but each the type of its operand.
  Location loc = getLoc();
  RankedTensorType sumType;
  if (getGamma())
    sumType = cast<RankedTensorType>(getGamma().getType());
  else
    sumType = RankedTensorType::get(
        getXType().getShape().drop_front(getCanonicalAxis()), getAccType());
  bool wantsBeta = getBeta() && cotangents.isWanted(getBeta());
  SmallVector<Type> types{getX().getType()};
  if (wantsBeta || (getGamma() && cotangents.isWanted(getGamma())))
    types.push_back(sumType);
  if (wantsBeta)
    types.push_back(sumType.clone(getElementTypeOrSelf(getBeta().getType())));
  auto gradient = RMSNormGradOp::create(
      builder, loc, types, cotangents.get(getY()), getX(), getRrms(),
      getGamma(), ValueRange(), getAxisAttr(), getTargetRmsAttr(),
      getWeightOffsetAttr(), StrategyAttr());
  cotangents.add(builder, getX(), gradient.getDx());
  if (getGamma() && gradient.getDgamma())
    cotangents.add(builder, getGamma(), gradient.getDgamma());
  if (wantsBeta)
    cotangents.add(
        builder, getBeta(),
        reshapeRowVector(builder, loc, gradient.getDbeta(), getBeta()));
  return success();
}

bool RMSNormOp::keepsResults() { return true; }

/// The gradient reads rrms.
Operation *RMSNormOp::addResiduals(RewriterBase &rewriter) {
  if (getRrms())
    return *this;
  rewriter.setInsertionPoint(*this);
  Type types[] = {getY().getType(), describeOutputs()[1].getType()};
  auto op = RMSNormOp::create(
      rewriter, getLoc(), types, getX(), getGamma(), getBeta(), ValueRange(),
      getAxisAttr(), getEpsilonAttr(), getTargetRmsAttr(),
      getWeightOffsetAttr(), getRoundingAttr(), getStrategyAttr());
  op->setDiscardableAttrs((*this)->getDiscardableAttrDictionary());
  rewriter.replaceAllUsesWith(getY(), op.getY());
  rewriter.eraseOp(*this);
  return op;
}
