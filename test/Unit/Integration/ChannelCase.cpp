//===- ChannelCase.cpp - Variants of the ops over channels -----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelCase.h"

#include "OpText.h"

#include <algorithm>
#include <cmath>

using namespace norm;
using namespace norm::test;

std::vector<ChannelCase> test::makeChannelCases(ElementType type,
                                                int64_t rank) {
  std::vector<ChannelCase> cases;
  for (bool isNHWC : {false, true})
    for (auto op : {ChannelCase::Op::Stats, ChannelCase::Op::BackpropStats,
                    ChannelCase::Op::Backprop})
      cases.push_back({.op = op, .type = type, .rank = rank, .isNHWC = isNHWC});
  return cases;
}

std::string test::printSizes(const Sizes &sizes) {
  std::string text;
  for (int64_t size : sizes)
    text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

Sizes ChannelCase::inLayout(Sizes sizes) const {
  if (isNHWC)
    std::rotate(sizes.begin() + 1, sizes.begin() + 2, sizes.end());
  return sizes;
}

std::vector<Array> ChannelCase::makeResults(const Sizes &sizes) const {
  if (op == Op::Backprop)
    return {{type, sizes, {}}};
  Array sum{reference::getAccumulatorType(type), {sizes[getChannelDim()]}, {}};
  return {static_cast<size_t>(numResults), sum};
}

std::string ChannelCase::getText(const std::string &name) const {
  Sizes sizes = staticSizes.empty() ? Sizes(rank, -1) : staticSizes;
  std::string x = getTensorType(type, sizes);
  Sizes channels = {sizes[getChannelDim()]};
  std::string vector =
      getTensorType(reference::getAccumulatorType(type), channels);
  const char *names[] = {"norm.channel_stats", "norm.channel_backprop_stats",
                         "norm.channel_backprop"};
  OpText text(names[static_cast<int>(op)]);
  text.addOperand("x", x);
  if (op != Op::Stats) {
    text.addOperand("mean", vector);
    text.addOperand("inv_std", vector);
  }
  if (op == Op::Backprop) {
    text.addOperand("scale_grad", vector);
    text.addOperand("bias_grad", vector);
  }
  if (op != Op::Stats)
    text.addOperand("dy", x);
  if (op == Op::Backprop && gamma)
    text.addOperand("gamma", getTensorType(gamma->getType(type), channels),
                    /*isOptional=*/true);
  if (op == Op::Backprop && withCount)
    text.addOperand("count", "index", /*isOptional=*/true);
  if (op == Op::Stats)
    text.addClause("epsilon(" + printFloat(epsilon) + ")");
  text.addClause(isNHWC ? "layout(NHWC)" : "layout(NCHW)");
  text.addClause(getStrategyClause(strategy));
  return text.getFunction(name, makeResults(sizes));
}

std::vector<Array> ChannelCase::makeInputs(const Sizes &sizes,
                                           uint64_t seed) const {
  std::vector<Array> inputs = {makeRandom(type, sizes, 8 * seed)};
  if (op == Op::Stats)
    return inputs;
  const Sizes channels = {sizes[getChannelDim()]};
  ElementType acc = reference::getAccumulatorType(type);
  for (uint64_t i = 1; i <= (op == Op::Backprop ? 4 : 2); ++i)
    inputs.push_back(makeRandom(acc, channels, 8 * seed + i));
  for (double &invStd : inputs[2].values)
    invStd = reference::roundTo(acc, std::exp2(invStd));
  inputs.push_back(makeRandom(type, sizes, 8 * seed + 5));
  if (op == Op::Backprop && gamma)
    inputs.push_back(makeRandom(gamma->getType(type), channels, 8 * seed + 6));
  if (op == Op::Backprop && withCount)
    inputs.push_back(
        {ElementType::I64, {}, {static_cast<double>(count(sizes) + 3)}});
  return inputs;
}

namespace {

/// The parts of the bounds that all ops need.
struct ErrorModel {
  ErrorModel(const ChannelCase &form, const Array &x, bool sumsSerially)
      : form(form), sizes(x.sizes) {
    for (int64_t dim = 0; dim < form.rank; ++dim)
      if (dim != form.getChannelDim())
        numElements *= static_cast<double>(sizes[dim]);
    ElementType acc = reference::getAccumulatorType(form.type);
    roundoff = reference::getUlp(acc, 1) / 2;
    promised = acc == ElementType::F64 ? 1e-12 : 1e-5;
    serial = numElements * roundoff;
    ofSum = sumsSerially ? serial : std::min(serial, promised);
  }

  /// For each channel the sum of `summand(i, c)` over its elements i.
  template <typename Summand> std::vector<double> sum(Summand summand) const {
    std::vector<double> sums(sizes[form.getChannelDim()]);
    form.forEachElement(
        sizes, [&](int64_t i, int64_t c) { sums[c] += summand(i, c); });
    return sums;
  }

  const ChannelCase &form;
  const Sizes &sizes;
  /// Elements of a channel.
  double numElements = 1;
  double roundoff, promised;
  /// Errors of a serial sum and of any sum, relative to its magnitudes.
  double serial, ofSum;
};

using Bounds = std::vector<std::vector<double>>;

} // namespace

static Bounds getStatsBounds(const ErrorModel &model, const Array &x,
                             double epsilon, bool sumsSerially) {
  const double numElements = model.numElements;
  auto means =
      model.sum([&](int64_t i, int64_t) { return x.values[i] / numElements; });
  auto magnitudes = model.sum(
      [&](int64_t i, int64_t) { return std::fabs(x.values[i]) / numElements; });
  auto deviations = model.sum([&](int64_t i, int64_t c) {
    return std::fabs(x.values[i] - means[c]) / numElements;
  });
  auto variances = model.sum([&](int64_t i, int64_t c) {
    return std::pow(x.values[i] - means[c], 2) / numElements;
  });
  double ofInvStd = model.promised;
  if (sumsSerially)
    ofInvStd += model.serial + 8 * model.roundoff;
  Bounds bounds(2);
  for (size_t c = 0; c < means.size(); ++c) {
    bounds[0].push_back(model.ofSum *
                            (deviations[c] + model.ofSum * magnitudes[c]) +
                        8 * model.roundoff * magnitudes[c]);
    bounds[1].push_back(ofInvStd / std::sqrt(variances[c] + epsilon));
  }
  return bounds;
}

static Bounds getBackpropStatsBounds(const ErrorModel &model,
                                     const std::vector<Array> &inputs) {
  const std::vector<double> &x = inputs[0].values, &mean = inputs[1].values,
                            &invStd = inputs[2].values, &dy = inputs[3].values;
  return {model.sum([&](int64_t i, int64_t c) {
            return (model.ofSum + 3 * model.roundoff) *
                   std::fabs((x[i] - mean[c]) * invStd[c] * dy[i]);
          }),
          model.sum([&](int64_t i, int64_t) {
            return model.ofSum * std::fabs(dy[i]);
          })};
}

static Bounds getBackpropBounds(const ErrorModel &model,
                                const std::vector<Array> &inputs) {
  const ChannelCase &form = model.form;
  double numElements =
      form.withCount ? inputs.back().values[0] : model.numElements;
  const std::vector<double> *gamma = form.gamma ? &inputs[6].values : nullptr;
  Bounds bounds(1, std::vector<double>(inputs[0].values.size()));
  form.forEachElement(model.sizes, [&](int64_t i, int64_t c) {
    double invStd = inputs[2].values[c];
    double h = (inputs[0].values[i] - inputs[1].values[c]) * invStd;
    double projected = std::fabs(h * inputs[3].values[c]);
    double biasGrad = std::fabs(inputs[4].values[c]);
    double factor = std::fabs((gamma ? (*gamma)[c] : 1) * invStd);
    bounds[0][i] = model.roundoff * factor *
                   (3 * std::fabs(inputs[5].values[i]) +
                    (9 * projected + 6 * biasGrad) / numElements);
  });
  return bounds;
}

std::vector<std::vector<double>>
ChannelCase::getBounds(const std::vector<Array> &inputs,
                       bool sumsSerially) const {
  ErrorModel model(*this, inputs[0], sumsSerially);
  Bounds bounds =
      op == Op::Stats ? getStatsBounds(model, inputs[0], epsilon, sumsSerially)
      : op == Op::BackpropStats ? getBackpropStatsBounds(model, inputs)
                                : getBackpropBounds(model, inputs);
  bounds.resize(op == Op::Backprop ? 1 : numResults);
  return bounds;
}
