//===- ScalarOps.h - Arith and math ops on scalars --------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_REFERENCE_SCALAROPS_H
#define NORM_LIB_REFERENCE_SCALAROPS_H

#include "norm/Reference/Tensor.h"

#include "mlir/IR/Operation.h"

#include <functional>

namespace norm::reference {

/// One element: `real` of a float type, `integer` of an integer type. If
/// `undefined` is set, the op has no result for its operands.
struct Scalar {
  double real = 0;
  int64_t integer = 0;
  bool undefined = false;

  static Scalar getReal(double value) { return {value, 0, false}; }
  static Scalar getInteger(int64_t value) { return {0, value, false}; }
  static Scalar getUndefined() { return {0, 0, true}; }
};

/// Computes an op's result from its operands, not yet rounded or wrapped to the
/// result's type.
using ScalarFunction = std::function<Scalar(const Scalar *operands)>;

/// The function of an arith or math op, which may work on scalars or on tensors
/// element by element. An error if the evaluator does not know the op.
llvm::Expected<ScalarFunction> getScalarFunction(mlir::Operation *op);

/// Element `i` of `tensor` in row-major order.
inline Scalar getElement(const Tensor &tensor, int64_t i) {
  return isFloat(tensor.type) ? Scalar::getReal(tensor.real[i])
                              : Scalar::getInteger(tensor.integer[i]);
}

/// `value` as a value of `type`: rounded or wrapped.
inline Scalar convertTo(ElementType type, Scalar value) {
  if (isFloat(type))
    value.real = roundTo(type, value.real);
  else
    value.integer = wrapTo(type, value.integer);
  return value;
}

} // namespace norm::reference

#endif // NORM_LIB_REFERENCE_SCALAROPS_H
