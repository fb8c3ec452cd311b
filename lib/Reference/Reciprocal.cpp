//===- Reciprocal.cpp - Float64 evaluation of reciprocals -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DoubleDouble.h"
#include "NormOps.h"

using namespace mlir;
using namespace norm;
using namespace norm::reference;

Results norm::reference::evaluateReciprocal(ReciprocalOp op,
                                            const Environment &environment) {
  const Tensor &x = environment.get(op.getX());
  std::vector<double> y;
  y.reserve(x.real.size());
  // Of f64 the division is the correctly rounded one already; for narrower
  // types the second rounding is innocuous.
  for (double value : x.real)
    y.push_back(1 / value);
  return oneResult(
      Tensor::getFloat(x.type, x.shape, std::move(y), /*keepExact=*/true));
}

Results
norm::reference::evaluateReciprocalGrad(ReciprocalGradOp op,
                                        const Environment &environment) {
  const Tensor &y = environment.get(op.getY());
  const Tensor &dy = environment.get(op.getDy());
  if (llvm::Error error = checkShape("dy", dy, y.shape))
    return std::move(error);
  std::vector<double> dx;
  dx.reserve(y.real.size());
  for (auto [value, gradient] : llvm::zip_equal(y.real, dy.real)) {
    // The first product is exact in both: of two values of 24 bits in float64.
    DoubleDouble product = DoubleDouble::product(-gradient, value);
    dx.push_back(y.type == ElementType::F64
                     ? double(product * DoubleDouble(value))
                     : product.high * value);
  }
  return oneResult(
      Tensor::getFloat(y.type, y.shape, std::move(dx), /*keepExact=*/true));
}
