//===- RMSNormBuilders.cpp - Builders of norm.rmsnorm ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpSupport.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace norm;

void RMSNormOp::build(OpBuilder &builder, OperationState &state, Value x,
                      Value gamma, Value beta, int64_t axis, double epsilon,
                      bool withRrms, double targetRms, double weightOffset,
                      Rounding rounding) {
  auto type = cast<RankedTensorType>(x.getType());
  int64_t rank = type.getRank();
  SmallVector<Type> results{type};
  // An axis out of range is left to the verifier, which words the error.
  int64_t rows = std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
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
  auto type = dyn_cast<RankedTensorType>(x.getType());
  if (!type)
    return mlir::emitError(loc)
           << "expected x to be a ranked tensor, found " << x.getType();
  int64_t dims = normalizedShape.size();
  if (dims < 1 || dims > type.getRank())
    return mlir::emitError(loc) << "expected a normalized shape of 1 to "
                                << type.getRank() << " sizes, found " << dims;
  for (auto [expected, found] :
       llvm::zip(normalizedShape, type.getShape().take_back(dims)))
    if (!sizesMayAgree(expected, found))
      return mlir::emitError(loc) << "expected the last sizes of " << type
                                  << " to be the normalized shape, found "
                                  << found << " where it has " << expected;
  return RMSNormOp::create(builder, loc, x, gamma, Value(), -dims, epsilon);
}
