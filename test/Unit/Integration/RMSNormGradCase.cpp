//===- RMSNormGradCase.cpp - Variants of rmsnorm_grad ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RMSNormGradCase.h"

#include <algorithm>
#include <cmath>

using namespace norm;
using namespace norm::test;

std::vector<Array> RMSNormGradCase::makeResults(const Sizes &sizes) const {
  RowVector sum = gamma.value_or(RowVector{});
  Sizes row = sum.getSizes(sizes, getCanonicalAxis());
  std::vector<Array> results = {{type, sizes, {}}};
  for (bool inAccumulator : {dgammaInAccumulator, dbetaInAccumulator}) {
    sum.inAccumulator = inAccumulator;
    results.push_back({sum.getType(type), row, {}});
  }
  results.resize(numResults);
  return results;
}

std::string RMSNormGradCase::getText(const std::string &name) const {
  Sizes sizes = staticSizes.empty() ? Sizes(rank, -1) : staticSizes;
  std::string x = getTensorType(type, sizes);
  OpText text("norm.rmsnorm_grad");
  text.addOperand("dy", x);
  text.addOperand("x", x);
  text.addOperand("rrms", getTensorType(reference::getAccumulatorType(type),
                                        {sizes.begin(),
                                         sizes.begin() + getCanonicalAxis()}));
  if (gamma)
    text.addOperand("gamma",
                    getTensorType(gamma->getType(type),
                                  gamma->getSizes(sizes, getCanonicalAxis())),
                    /*isOptional=*/true);
  text.addClause("axis(" + std::to_string(axis) + ")");
  text.addClause("target_rms(" + printFloat(targetRms) + ")");
  text.addClause("weight_offset(" + printFloat(weightOffset) + ")");
  text.addClause(getStrategyClause(strategy));
  return text.getFunction(name, makeResults(sizes));
}

std::vector<Array> RMSNormGradCase::makeInputs(const Sizes &sizes,
                                               uint64_t seed) const {
  auto axisPosition = sizes.begin() + getCanonicalAxis();
  ElementType acc = reference::getAccumulatorType(type);
  Array x = makeRandom(type, sizes, 4 * seed + 1);
  Array rrms{acc, {sizes.begin(), axisPosition}, {}};
  int64_t width = count({axisPosition, sizes.end()});
  for (int64_t row = 0; row < count(rrms.sizes); ++row) {
    double sum = 0;
    for (int64_t j = 0; j < width; ++j)
      sum += x.values[row * width + j] * x.values[row * width + j];
    rrms.values.push_back(reference::roundTo(
        acc, 1 / std::sqrt(sum / static_cast<double>(width) + 1e-3)));
  }
  std::vector<Array> inputs = {makeRandom(type, sizes, 4 * seed), std::move(x),
                               std::move(rrms)};
  if (gamma)
    inputs.push_back(makeRandom(gamma->getType(type),
                                gamma->getSizes(sizes, getCanonicalAxis()),
                                4 * seed + 2));
  return inputs;
}

std::vector<std::vector<double>>
RMSNormGradCase::getBounds(const std::vector<Array> &inputs,
                           bool sumsSerially) const {
  const std::vector<double> &dy = inputs[0].values, &x = inputs[1].values;
  const std::vector<double> &rrms = inputs[2].values;
  const auto rows = static_cast<int64_t>(rrms.size());
  const Sizes &sizes = inputs[1].sizes;
  const int64_t width =
      count({sizes.begin() + getCanonicalAxis(), sizes.end()});
  const double u =
      reference::getUlp(reference::getAccumulatorType(type), 1) / 2;

  const int64_t lanes = type == ElementType::F64 ? 32 : 64;
  double rowDepth = std::ceil(double(std::min<int64_t>(width, 4096)) / lanes) +
                    std::log2(lanes) +
                    std::ceil(std::log2(std::ceil(double(width) / 4096) + 1));
  const int64_t rowsOfBlock = (rows / 512 + 1) * 8;
  double columnDepth =
      rowsOfBlock + std::ceil(double(rows) / double(rowsOfBlock));
  if (sumsSerially) {
    rowDepth = width;
    columnDepth = rows;
  }

  std::vector<std::vector<double>> bounds = {std::vector<double>(x.size()),
                                             std::vector<double>(width),
                                             std::vector<double>(width)};
  for (int64_t row = 0; row < rows; ++row) {
    auto normalized = [&](int64_t j) { return x[row * width + j] * rrms[row]; };
    auto weighted = [&](int64_t j) {
      double weight = (gamma ? inputs[3].values[j] : 1) + weightOffset;
      return dy[row * width + j] * weight;
    };
    double mean = 0, magnitude = 0;
    for (int64_t j = 0; j < width; ++j) {
      double product = weighted(j) * normalized(j);
      mean += product / double(width);
      magnitude += std::fabs(product) / double(width);
      bounds[1][j] +=
          (2 + columnDepth) * u *
          std::fabs(dy[row * width + j] * normalized(j) * targetRms);
      bounds[2][j] += columnDepth * u * std::fabs(dy[row * width + j]);
    }
    for (int64_t j = 0; j < width; ++j)
      bounds[0][row * width + j] =
          u * std::fabs(rrms[row] * targetRms) *
          (5 * std::fabs(weighted(j)) + 5 * std::fabs(normalized(j) * mean) +
           (rowDepth + 4) * std::fabs(normalized(j)) * magnitude);
  }
  bounds.resize(numResults);
  return bounds;
}
