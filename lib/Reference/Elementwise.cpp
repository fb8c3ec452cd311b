//===- Elementwise.cpp - Arith and math ops on tensors --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluation.h"
#include "ScalarOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace norm::reference;

Results norm::reference::evaluateElementwiseOp(Operation *op,
                                               const Environment &environment) {
  auto function = getScalarFunction(op);
  if (!function)
    return function.takeError();
  auto type = getElementType(op->getResult(0).getType());
  if (!type)
    return type.takeError();

  // A scalar operand, such as select's condition, serves every element.
  llvm::SmallVector<const Tensor *, 3> operands;
  const Tensor *shaped = nullptr;
  for (Value value : op->getOperands()) {
    operands.push_back(&environment.get(value));
    if (!isa<RankedTensorType>(value.getType()))
      continue;
    if (shaped && shaped->shape != operands.back()->shape)
      return makeError("expected operands of the same sizes, found " +
                       describe(shaped->type, shaped->shape) + " and " +
                       describe(operands.back()->type, operands.back()->shape));
    shaped = operands.back();
  }
  llvm::ArrayRef<int64_t> shape;
  if (shaped)
    shape = shaped->shape;

  int64_t count = shaped ? shaped->getNumElements() : 1;
  std::vector<double> real(isFloat(*type) ? count : 0);
  std::vector<int64_t> integer(isFloat(*type) ? 0 : count);
  llvm::SmallVector<Scalar, 3> scalars(operands.size());
  for (int64_t i = 0; i < count; ++i) {
    for (auto [scalar, operand, value] :
         llvm::zip(scalars, operands, op->getOperands()))
      scalar =
          getElement(*operand, isa<RankedTensorType>(value.getType()) ? i : 0);
    Scalar result = (*function)(scalars.data());
    if (result.undefined)
      return makeError("the result is undefined for these operands");
    if (isFloat(*type))
      real[i] = result.real;
    else
      integer[i] = result.integer;
  }
  return oneResult(isFloat(*type)
                       ? Tensor::getFloat(*type, shape, std::move(real),
                                          /*keepExact=*/true)
                       : Tensor::getInteger(*type, shape, std::move(integer)));
}

static double toDouble(llvm::APFloat value) {
  bool losesInfo;
  value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

Results norm::reference::evaluateConstant(Operation *op) {
  auto type = getElementType(op->getResult(0).getType());
  if (!type)
    return type.takeError();
  Attribute value = cast<arith::ConstantOp>(op).getValue();
  if (auto real = dyn_cast<FloatAttr>(value))
    return oneResult(Tensor::getFloat(*type, toDouble(real.getValue())));
  if (auto integer = dyn_cast<IntegerAttr>(value))
    return oneResult(
        Tensor::getInteger(*type, integer.getValue().getSExtValue()));
  auto elements = dyn_cast<DenseElementsAttr>(value);
  if (!elements)
    return makeError("expected a scalar or dense constant");

  llvm::ArrayRef<int64_t> shape = elements.getType().getShape();
  auto count = getNumElements(shape);
  if (!count)
    return count.takeError();
  if (isFloat(*type)) {
    std::vector<double> values;
    values.reserve(*count);
    for (const llvm::APFloat &element : elements.getValues<llvm::APFloat>())
      values.push_back(toDouble(element));
    return oneResult(Tensor::getFloat(*type, shape, std::move(values)));
  }
  std::vector<int64_t> values;
  values.reserve(*count);
  for (const llvm::APInt &element : elements.getValues<llvm::APInt>())
    values.push_back(element.getSExtValue());
  return oneResult(Tensor::getInteger(*type, shape, std::move(values)));
}
