//===- RMSNorm.cpp - Float64 evaluation of norm.rmsnorm -------------------===//
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

/// One norm.rmsnorm with its operands. gamma and beta are null if absent.
struct RMSNorm {
  const Tensor &x;
  const Tensor *gamma;
  const Tensor *beta;
  int64_t axis;
  // Rounded to the accumulator's type, in which a kernel holds them.
  double epsilon, targetRms, weightOffset;
  bool roundBeforeGamma;

  int64_t rows, width;
  std::vector<double> y, rrms;
};

} // namespace

/// The reciprocal root mean square of a row. The sum of squares is compensated
/// to twice float64's precision, so its order does not matter.
///
/// The accumulator's range is part of the operator's meaning: a sum of squares
/// that its type cannot hold counts as infinite, as it does in f32 where a
/// value reaches 1.8e19, and the row becomes zeros. Underflow is not imitated:
/// a row of tiny values has the reciprocal that it has in exact arithmetic.
static DoubleDouble getRrms(const RMSNorm &op, const double *row) {
  DoubleDouble sum;
  for (int64_t j = 0; j < op.width; ++j)
    sum = sum + DoubleDouble::product(row[j], row[j]);
  if (std::isinf(roundTo(getAccumulatorType(op.x.type), sum.high)))
    sum = std::numeric_limits<double>::infinity();
  // N = 0 gives 0/0, a NaN, as the operator says.
  DoubleDouble meanSquare = sum / DoubleDouble(op.width);
  return DoubleDouble(1) / sqrt(meanSquare + DoubleDouble(op.epsilon));
}

/// One row, in arithmetic on `Number`: float64 for the narrower types, twice
/// its precision for f64.
template <typename Number> static void evaluateRow(RMSNorm &op, int64_t row) {
  ElementType type = op.x.type;
  auto round = [&](Number value) { return roundTo(type, double(value)); };
  const double *x = op.x.real.data() + row * op.width;
  double *y = op.y.data() + row * op.width;

  DoubleDouble rrms = getRrms(op, x);
  if (!op.rrms.empty())
    op.rrms[row] = double(rrms);

  Number scale(rrms);
  bool hasWeight = op.gamma || op.weightOffset != 0;
  for (int64_t j = 0; j < op.width; ++j) {
    Number normalized = Number(x[j]) * scale * Number(op.targetRms);
    double gamma = op.gamma ? op.gamma->real[j] : 1.0;
    Number weight = Number(gamma) + Number(op.weightOffset);
    double beta = op.beta ? op.beta->real[j] : 0.0;
    if (op.roundBeforeGamma) {
      normalized = round(normalized);
      weight = round(weight);
      beta = roundTo(type, beta);
    }
    Number value = hasWeight ? normalized * weight : normalized;
    if (op.beta) {
      if (op.roundBeforeGamma)
        value = round(value);
      value = value + Number(beta);
    }
    y[j] = double(value);
  }
}

Results norm::reference::evaluateRMSNorm(RMSNormOp op,
                                         const Environment &environment) {
  auto find = [&](Value operand) {
    return operand ? &environment.get(operand) : nullptr;
  };
  const Tensor &x = *find(op.getX());
  ElementType acc = getAccumulatorType(x.type);
  auto attribute = [&](const llvm::APFloat &value) {
    return roundTo(acc, value.convertToDouble());
  };
  RMSNorm norm{x,
               find(op.getGamma()),
               find(op.getBeta()),
               op.getCanonicalAxis(),
               attribute(op.getEpsilon()),
               attribute(op.getTargetRms()),
               attribute(op.getWeightOffset()),
               op.getRounding() == Rounding::BeforeGamma,
               /*rows=*/0,
               /*width=*/0,
               {},
               {}};
  auto rows = getRows(x, norm.axis);
  if (!rows)
    return rows.takeError();
  norm.rows = rows->count;
  norm.width = rows->width;
  if (llvm::Error error = checkRowVector("gamma", norm.gamma, x, *rows))
    return std::move(error);
  if (llvm::Error error = checkRowVector("beta", norm.beta, x, *rows))
    return std::move(error);

  bool withRrms = op.getOutputs().size() > 1;
  norm.y.resize(x.real.size());
  norm.rrms.resize(withRrms ? norm.rows : 0);
  for (int64_t row = 0; row < norm.rows; ++row)
    x.type == ElementType::F64 ? evaluateRow<DoubleDouble>(norm, row)
                               : evaluateRow<double>(norm, row);

  llvm::SmallVector<Tensor, 1> results;
  results.push_back(makeSums(x.type, x.shape, std::move(norm.y), rows->width));
  // Of x * rrms, and of its product with gamma before beta is added.
  if (norm.roundBeforeGamma && acc != x.type)
    results[0].priorRounding = (norm.beta ? 2 : 1) * getUlp(x.type, 1);
  if (withRrms)
    results.push_back(
        makeSums(acc, rows->shape, std::move(norm.rrms), rows->width));
  return std::move(results);
}
