//===- Tensor.cpp - Values of the evaluator -------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Reference/Tensor.h"

#include "Errors.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace norm::reference;

int64_t Tensor::getNumElements() const {
  int64_t product = 1;
  for (int64_t size : shape)
    product *= size;
  return product;
}

double Tensor::getScale(int64_t i) const {
  double value = std::fabs(getExact(i));
  // One that overflows says nothing of a finite element.
  if (magnitude.empty() || !std::isfinite(magnitude[i]))
    return value;
  return std::max(value, magnitude[i]);
}

Tensor Tensor::getFloat(ElementType type, llvm::ArrayRef<int64_t> shape,
                        std::vector<double> values, bool keepExact) {
  Tensor result;
  result.type = type;
  result.shape.assign(shape.begin(), shape.end());
  result.real = std::move(values);
  if (type == ElementType::F64)
    return result;
  if (keepExact)
    result.exact = result.real;
  bool changed = false;
  for (double &value : result.real) {
    double rounded = roundTo(type, value);
    changed |= rounded != value;
    value = rounded;
  }
  if (!changed)
    result.exact = {};
  return result;
}

Tensor Tensor::getInteger(ElementType type, llvm::ArrayRef<int64_t> shape,
                          std::vector<int64_t> values) {
  for (int64_t &value : values)
    value = wrapTo(type, value);
  Tensor result;
  result.type = type;
  result.shape.assign(shape.begin(), shape.end());
  result.integer = std::move(values);
  return result;
}

Tensor Tensor::getFloat(ElementType type, double value) {
  return getFloat(type, {}, std::vector<double>{value});
}

Tensor Tensor::getInteger(ElementType type, int64_t value) {
  return getInteger(type, {}, std::vector<int64_t>{value});
}

llvm::Expected<ElementType> norm::reference::getElementType(Type type) {
  Type element = type;
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    element = tensor.getElementType();
  if (element.isF16())
    return ElementType::F16;
  if (element.isBF16())
    return ElementType::BF16;
  if (element.isF32())
    return ElementType::F32;
  if (element.isF64())
    return ElementType::F64;
  if (element.isIndex())
    return ElementType::Index;
  for (ElementType integer :
       {ElementType::I1, ElementType::I8, ElementType::I16, ElementType::I32,
        ElementType::I64})
    if (element.isSignlessInteger(getBitWidth(integer)))
      return integer;
  std::string text;
  llvm::raw_string_ostream(text)
      << "expected a ranked tensor or a scalar of f16, bf16, f32, f64, i1, i8, "
         "i16, i32, i64 or index, found "
      << type;
  return makeError(text);
}

llvm::Expected<int64_t>
norm::reference::getNumElements(llvm::ArrayRef<int64_t> shape) {
  for (int64_t size : shape)
    if (size < 0)
      return makeError("expected sizes >= 0, found " + llvm::Twine(size));
  if (llvm::is_contained(shape, 0))
    return 0;
  int64_t product = 1;
  for (int64_t size : shape) {
    if (size > maxElements / product)
      return makeError("expected at most " + llvm::Twine(maxElements) +
                       " elements, found more");
    product *= size;
  }
  return product;
}

std::string norm::reference::describe(ElementType type,
                                      llvm::ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t size : shape)
    text += (ShapedType::isDynamic(size) ? "?" : std::to_string(size)) + "x";
  return text + getName(type);
}

llvm::Error norm::reference::checkValue(const Tensor &value, Type type) {
  llvm::Expected<ElementType> element = getElementType(type);
  if (!element)
    return element.takeError();
  llvm::ArrayRef<int64_t> shape;
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    shape = tensor.getShape();
  bool agrees = value.type == *element && value.shape.size() == shape.size();
  for (auto [found, expected] : llvm::zip(value.shape, shape))
    agrees &= found == expected || ShapedType::isDynamic(expected);
  if (!agrees)
    return makeError("expected " + describe(*element, shape) + ", found " +
                     describe(value.type, value.shape));
  llvm::Expected<int64_t> count = getNumElements(value.shape);
  if (!count)
    return count.takeError();
  bool real = isFloat(*element);
  size_t stored = real ? value.real.size() : value.integer.size();
  if (stored != size_t(*count))
    return makeError("expected " + llvm::Twine(*count) + " elements in " +
                     describe(value.type, value.shape) + ", found " +
                     llvm::Twine(stored));
  return llvm::Error::success();
}
