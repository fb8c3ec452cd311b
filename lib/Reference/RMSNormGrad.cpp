//===- RMSNormGrad.cpp - Float64 evaluation of norm.rmsnorm_grad ----------===//
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

namespace {

/// One norm.rmsnorm_grad with its operands. gamma is null if absent.
struct RMSNormGrad {
  const Tensor &dy;
  const Tensor &x;
  const Tensor &rrms;
  const Tensor *gamma;
  int64_t width;
  // Rounded to the accumulator's type, in which a kernel holds them.
  double targetRms, weightOffset;

  std::vector<double> dx;
  // Sums over rows; the results round them.
  std::vector<DoubleDouble> dgamma, dbeta;
  // The sums of the magnitudes of what each is made of.
  std::vector<double> dxMagnitude, dgammaMagnitude, dbetaMagnitude;
};

} // namespace

/// One row, with twice float64's precision: differences of `g` and `h * m` may
/// cancel. As in the forward op, a sum that the accumulator cannot hold counts
/// as infinite.
static void evaluateRow(RMSNormGrad &op, int64_t row) {
  const double *x = op.x.real.data() + row * op.width;
  const double *dy = op.dy.real.data() + row * op.width;
  double *dx = op.dx.data() + row * op.width;
  DoubleDouble rrms(op.rrms.real[row]), targetRms(op.targetRms);
  auto weighted = [&](int64_t j) {
    if (!op.gamma && op.weightOffset == 0)
      return DoubleDouble(dy[j]);
    double gamma = op.gamma ? op.gamma->real[j] : 1.0;
    return DoubleDouble(dy[j]) * DoubleDouble::sum(gamma, op.weightOffset);
  };

  DoubleDouble sum;
  double magnitude = 0;
  for (int64_t j = 0; j < op.width; ++j) {
    DoubleDouble product = weighted(j) * (DoubleDouble(x[j]) * rrms);
    sum = sum + product;
    magnitude += std::fabs(double(product));
  }
  if (std::isinf(roundTo(getAccumulatorType(op.x.type), sum.high)))
    sum = std::copysign(HUGE_VAL, sum.high);
  DoubleDouble mean = sum / DoubleDouble(op.width);

  for (int64_t j = 0; j < op.width; ++j) {
    DoubleDouble normalized = DoubleDouble(x[j]) * rrms;
    DoubleDouble rest = weighted(j) + -(normalized * mean);
    dx[j] = double(rest * (rrms * targetRms));
    op.dxMagnitude[row * op.width + j] =
        (std::fabs(double(weighted(j))) +
         std::fabs(double(normalized)) * magnitude / double(op.width)) *
        std::fabs(double(rrms * targetRms));

    DoubleDouble summand = DoubleDouble(dy[j]) * (normalized * targetRms);
    op.dgamma[j] = op.dgamma[j] + summand;
    op.dgammaMagnitude[j] += std::fabs(double(summand));
    op.dbeta[j] = op.dbeta[j] + DoubleDouble(dy[j]);
    op.dbetaMagnitude[j] += std::fabs(dy[j]);
  }
}

Results norm::reference::evaluateRMSNormGrad(RMSNormGradOp op,
                                             const Environment &environment) {
  const Tensor &x = environment.get(op.getX());
  ElementType acc = getAccumulatorType(x.type);
  auto attribute = [&](const llvm::APFloat &value) {
    return roundTo(acc, value.convertToDouble());
  };
  RMSNormGrad grad{environment.get(op.getDy()),
                   x,
                   environment.get(op.getRrms()),
                   op.getGamma() ? &environment.get(op.getGamma()) : nullptr,
                   /*width=*/0,
                   attribute(op.getTargetRms()),
                   attribute(op.getWeightOffset()),
                   {},
                   {},
                   {},
                   {},
                   {},
                   {}};
  auto rows = getRows(x, op.getCanonicalAxis());
  if (!rows)
    return rows.takeError();
  if (llvm::Error error = checkShape("dy", grad.dy, x.shape))
    return std::move(error);
  if (llvm::Error error = checkShape("rrms", grad.rrms, rows->shape))
    return std::move(error);
  if (llvm::Error error = checkRowVector("gamma", grad.gamma, x, *rows))
    return std::move(error);

  grad.width = rows->width;
  grad.dx.resize(x.real.size());
  grad.dgamma.resize(rows->width);
  grad.dbeta.resize(rows->width);
  grad.dxMagnitude.resize(x.real.size());
  grad.dgammaMagnitude.resize(rows->width);
  grad.dbetaMagnitude.resize(rows->width);
  for (int64_t row = 0; row < rows->count; ++row)
    evaluateRow(grad, row);

  llvm::SmallVector<Tensor, 1> results;
  results.push_back(makeSums(x.type, x.shape, std::move(grad.dx), rows->width,
                             std::move(grad.dxMagnitude)));
  llvm::ArrayRef<int64_t> rowShape =
      grad.gamma ? llvm::ArrayRef(grad.gamma->shape)
                 : llvm::ArrayRef(x.shape).drop_front(rows->axis);
  auto addSum = [&](unsigned number, llvm::ArrayRef<DoubleDouble> sums,
                    std::vector<double> &magnitude) -> llvm::Error {
    if (op.getOutputs().size() <= number)
      return llvm::Error::success();
    auto type = getElementType(op.getOutputs()[number].getType());
    if (!type)
      return type.takeError();
    std::vector<double> values;
    for (DoubleDouble sum : sums)
      values.push_back(double(sum));
    results.push_back(makeSums(*type, rowShape, std::move(values), rows->count,
                               std::move(magnitude)));
    return llvm::Error::success();
  };
  if (llvm::Error error = addSum(1, grad.dgamma, grad.dgammaMagnitude))
    return std::move(error);
  if (llvm::Error error = addSum(2, grad.dbeta, grad.dbetaMagnitude))
    return std::move(error);
  return std::move(results);
}
