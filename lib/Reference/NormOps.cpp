//===- NormOps.cpp - Float64 evaluation of the norm ops -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NormOps.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace norm;
using namespace norm::reference;

llvm::Error norm::reference::checkShape(llvm::StringRef name,
                                        const Tensor &tensor,
                                        llvm::ArrayRef<int64_t> shape) {
  if (llvm::ArrayRef(tensor.shape) == shape)
    return llvm::Error::success();
  return makeError("expected " + name + " of " + describe(tensor.type, shape) +
                   ", found " + describe(tensor.type, tensor.shape));
}

llvm::Expected<Rows> norm::reference::getRows(const Tensor &x, int64_t axis) {
  llvm::ArrayRef<int64_t> shape(x.shape);
  auto count = getNumElements(shape.take_front(axis));
  if (!count)
    return count.takeError();
  auto width = getNumElements(shape.drop_front(axis));
  if (!width)
    return width.takeError();
  return Rows{axis, shape.take_front(axis), *count, *width};
}

llvm::Error norm::reference::checkRowVector(llvm::StringRef name,
                                            const Tensor *vector,
                                            const Tensor &x, const Rows &rows) {
  if (!vector || (vector->getRank() == 1 && vector->shape[0] == rows.width))
    return llvm::Error::success();
  return checkShape(name, *vector,
                    llvm::ArrayRef(x.shape).drop_front(rows.axis));
}

Tensor norm::reference::makeSums(ElementType type,
                                 llvm::ArrayRef<int64_t> shape,
                                 std::vector<double> values,
                                 int64_t numSummands,
                                 std::vector<double> magnitude) {
  Tensor result =
      Tensor::getFloat(type, shape, std::move(values), /*keepExact=*/true);
  result.magnitude = std::move(magnitude);
  result.numSummands = numSummands;
  return result;
}

Results norm::reference::evaluateNormOp(Operation *op,
                                        const Environment &environment) {
  auto normOp = dyn_cast<NormOpInterface>(op);
  if (normOp && !normOp.hasTensorSemantics())
    return makeError("expected tensor form, found memref form");
  return llvm::TypeSwitch<Operation *, Results>(op)
      .Case([&](RMSNormOp op) { return evaluateRMSNorm(op, environment); })
      .Case([&](RMSNormGradOp op) {
        return evaluateRMSNormGrad(op, environment);
      })
      .Case(
          [&](ReciprocalOp op) { return evaluateReciprocal(op, environment); })
      .Case([&](ReciprocalGradOp op) {
        return evaluateReciprocalGrad(op, environment);
      })
      .Case([&](ChannelStatsOp op) {
        return evaluateChannelStats(op, environment);
      })
      .Case([&](ChannelBackpropStatsOp op) {
        return evaluateChannelBackpropStats(op, environment);
      })
      .Case([&](ChannelBackpropOp op) {
        return evaluateChannelBackprop(op, environment);
      })
      .Default([](Operation *) -> Results {
        return makeError("the evaluator does not know this op");
      });
}
