//===- RMSNorm.cpp - Verification and inference of norm.rmsnorm -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowSupport.h"

using namespace mlir;
using namespace norm;

/// Checks gamma or beta, which may be null, against the row dims of x.
static LogicalResult verifyWeight(RMSNormOp op, Value vector, StringRef name,
                                  StringRef typeLabel, StringRef shapeLabel,
                                  EmitErrorFn emitError) {
  if (vector &&
      failed(verifyMixedElementType(
          vector, name, op.getXType().getElementType(), typeLabel, emitError)))
    return failure();
  return verifyRowVector(vector, name, op.getXType(), op.getCanonicalAxis(),
                         shapeLabel, emitError);
}

LogicalResult RMSNormOp::verifyInputs(EmitErrorFn emitError) {
  FloatType acc = getAccType();
  if (failed(
          verifyRows(getXType(), getAxis(),
                     {"RMSNorm-C1", "RMSNorm-C2", "RMSNorm-C3", "RMSNorm-C14"},
                     emitError)) ||
      failed(verifyEpsilon(getEpsilon(), acc, "RMSNorm-C4", emitError)) ||
      failed(verifyFinite(getTargetRms(), acc, "target_rms", "RMSNorm-C5",
                          emitError)) ||
      failed(verifyFinite(getWeightOffset(), acc, "weight_offset", "RMSNorm-C6",
                          emitError)) ||
      failed(verifyWeight(*this, getGamma(), "gamma", "RMSNorm-C7",
                          "RMSNorm-C8", emitError)) ||
      failed(verifyWeight(*this, getBeta(), "beta", "RMSNorm-C9", "RMSNorm-C10",
                          emitError)))
    return failure();
  return success();
}

SmallVector<OutputDescription> RMSNormOp::describeOutputs() {
  auto rows = llvm::to_vector(llvm::seq(getCanonicalAxis()));
  return {describeLike("y", "RMSNorm-C12", getX()),
          {"rrms", "RMSNorm-C13", getAccType(), getX(), rows}};
}

RowPart RMSNormOp::getInputPart(unsigned number) {
  return number == 0 ? RowPart::Full : RowPart::Row;
}

RowPart RMSNormOp::getOutputPart(unsigned number) {
  return number == 0 ? RowPart::Full : RowPart::Rows;
}

LogicalResult RMSNormOp::verify() { return verifyNormOp(*this, "RMSNorm-C11"); }

void RMSNormOp::collectSizeConstraints(
    SmallVectorImpl<SizeConstraint> &constraints) {
  int64_t axis = getCanonicalAxis();
  addRowVectorConstraints(constraints, "gamma", getGamma(), getX(), axis);
  addRowVectorConstraints(constraints, "beta", getBeta(), getX(), axis);
  addOutputConstraints(*this, constraints);
}
