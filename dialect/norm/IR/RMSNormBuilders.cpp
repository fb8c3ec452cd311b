//===- RMSNormBuilders.cpp - Builders of norm.rmsnorm ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowSupport.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace norm;

void RMSNormOp::build(OpBuilder &builder, OperationState &state, Value x,
                      Value gamma, Value beta, int64_t axis, double epsilon,
                      bool withRrms, double targetRms, double weightOffset,
                      Rounding rounding) {
  auto type = cast<RankedTensorType>(x.getType());
  SmallVector<Type> results{type};
  // An axis out of range is left to the verifier, which words the error.
  int64_t rows = clampAxis(axis, type.getRank());
  if (withRrms)
    results.push_back(
        RankedTensorType::get(type.getShape().take_front(rows),
                              getAccumulatorType(type.getElementType())));
  build(builder, state, results, x, gamma, beta, ValueRange(),
        builder.getI64IntegerAttr(axis), builder.getF64FloatAttr(epsilon),
        builder.getF64FloatAttr(targetRms),
        builder.getF64FloatAttr(weightOffset),
        RoundingAttr::get(builder.getContext(), rounding), StrategyAttr());
}

FailureOr<RMSNormOp>
RMSNormOp::createWithNormalizedShape(OpBuilder &builder, Location loc, Value x,
                                     ArrayRef<int64_t> normalizedShape,
                                     Value gamma, double epsilon) {
  FailureOr<int64_t> dims = countNormalizedDims(loc, x, normalizedShape);
  if (failed(dims))
    return failure();
  return RMSNormOp::create(builder, loc, x, gamma, Value(), -*dims, epsilon);
}
