//===- RMSNormCase.cpp - Variants of rmsnorm and their inputs --*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RMSNormCase.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace norm;
using namespace norm::test;

ElementType RowVector::getType(ElementType type) const {
  return inAccumulator ? reference::getAccumulatorType(type) : type;
}

Sizes RowVector::getSizes(const Sizes &sizes, int64_t axis) const {
  Sizes row(sizes.begin() + axis, sizes.end());
  if (!isFlat)
    return row;
  bool isDynamic = std::find(row.begin(), row.end(), -1) != row.end();
  return {isDynamic ? -1 : count(row)};
}

std::string RMSNormCase::getText(const std::string &name) const {
  Sizes sizes = staticSizes.empty() ? Sizes(rank, -1) : staticSizes;
  OpText text("norm.rmsnorm");
  text.addOperand("x", getTensorType(type, sizes));
  auto addVector = [&](const char *operand,
                       const std::optional<RowVector> &vector) {
    if (vector)
      text.addOperand(
          operand,
          getTensorType(vector->getType(type),
                        vector->getSizes(sizes, getCanonicalAxis())),
          /*isOptional=*/true);
  };
  addVector("gamma", gamma);
  addVector("beta", beta);
  text.addClause("axis(" + std::to_string(axis) + ")");
  text.addClause("epsilon(" + printFloat(epsilon) + ")");
  text.addClause("target_rms(" + printFloat(targetRms) + ")");
  text.addClause("weight_offset(" + printFloat(weightOffset) + ")");
  text.addClause(roundsBeforeGamma ? "rounding(before_gamma)"
                                   : "rounding(once)");
  text.addClause(getStrategyClause(strategy));
  return text.getFunction(name, makeResults(sizes));
}

std::vector<Array> RMSNormCase::makeInputs(const Sizes &sizes,
                                           uint64_t seed) const {
  std::vector<Array> inputs = {makeRandom(type, sizes, 4 * seed)};
  if (gamma)
    inputs.push_back(makeRandom(gamma->getType(type),
                                gamma->getSizes(sizes, getCanonicalAxis()),
                                4 * seed + 1));
  if (beta)
    inputs.push_back(makeRandom(beta->getType(type),
                                beta->getSizes(sizes, getCanonicalAxis()),
                                4 * seed + 2));
  return inputs;
}

std::vector<Array> RMSNormCase::makeResults(const Sizes &sizes) const {
  std::vector<Array> results = {{type, sizes, {}}};
  if (withRrms)
    results.push_back({reference::getAccumulatorType(type),
                       {sizes.begin(), sizes.begin() + getCanonicalAxis()},
                       {}});
  return results;
}

std::string RMSNormCase::describe() const { return getText("f"); }

Array test::makeRandom(ElementType type, const Sizes &sizes, uint64_t seed) {
  Array array{type, sizes, std::vector<double>(count(sizes))};
  uint64_t state = seed * 0x9E3779B97F4A7C15u;
  for (double &value : array.values) {
    // SplitMix64.
    uint64_t z = (state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    value = reference::roundTo(
        type, static_cast<double>(static_cast<int64_t>(z)) * 0x1p-63);
  }
  return array;
}

std::string Accuracy::check(const Array &found, const Array &expected,
                            double maxUlps, const Array *addend) {
  if (found.type != expected.type || found.sizes != expected.sizes)
    return "type or sizes differ from the evaluator's";
  double worst = 0;
  std::string text;
  for (size_t i = 0; i < found.values.size(); ++i) {
    double value = found.values[i], rounded = expected.values[i];
    double exact = expected.exact.empty() ? rounded : expected.exact[i];
    bool isSame =
        value == rounded || (std::isnan(value) && std::isnan(rounded));
    ++numElements;
    numCorrect += isSame;
    double ulps = 0;
    if (!std::isfinite(value) || !std::isfinite(rounded)) {
      ulps = isSame ? 0 : INFINITY;
    } else {
      double magnitude = std::fabs(exact);
      if (addend) // Then this bounds the product before the sum.
        magnitude += std::fabs(addend->values[i % addend->values.size()]);
      // Correct rounding is no error, so 1 allows each neighbour of it.
      double error = reference::isFloat(found.type) &&
                             reference::getBitWidth(found.type) < 32
                         ? value - rounded
                         : value - exact;
      ulps = std::fabs(error) / reference::getUlp(found.type, magnitude);
      maxUlpsSeen = std::max(maxUlpsSeen, ulps);
    }
    if (ulps > maxUlps && ulps > worst) {
      worst = ulps;
      char line[160];
      std::snprintf(line, sizeof(line),
                    "element %zu: found %.17g, expected %.17g: %g ULP, at most "
                    "%g are right",
                    i, value, exact, ulps, maxUlps);
      text = line;
    }
  }
  return text;
}

std::string Accuracy::check(const Array &found, const Array &expected,
                            const std::vector<double> &bounds) {
  if (found.type != expected.type || found.sizes != expected.sizes)
    return "type or sizes differ from the evaluator's";
  double worst = 0;
  std::string text;
  for (size_t i = 0; i < found.values.size(); ++i) {
    double value = found.values[i], rounded = expected.values[i];
    double exact = expected.exact.empty() ? rounded : expected.exact[i];
    bool isSame =
        value == rounded || (std::isnan(value) && std::isnan(rounded));
    ++numElements;
    numCorrect += isSame;
    if (isSame)
      continue;
    double magnitude = std::max(std::fabs(value), std::fabs(exact));
    double bound = bounds[i] + 0.5 * reference::getUlp(found.type, magnitude);
    // A NaN is above every bound.
    double excess = std::isfinite(value) && std::isfinite(rounded)
                        ? std::fabs(value - exact) / bound
                        : INFINITY;
    if (!(excess <= 1) && !(excess <= worst)) {
      worst = excess;
      char line[160];
      std::snprintf(line, sizeof(line),
                    "element %zu: found %.17g, expected %.17g within %g", i,
                    value, exact, bound);
      text = line;
    }
  }
  return text;
}

std::string Accuracy::check(const std::vector<Array> &found,
                            const std::vector<Array> &expected,
                            const std::vector<std::vector<double>> &bounds,
                            ElementType counted) {
  if (found.empty() || found.size() != expected.size() ||
      found.size() != bounds.size())
    return "the number of results is wrong";
  for (size_t i = 0; i < found.size(); ++i) {
    Accuracy others;
    bool isCounted = found[i].type == counted;
    std::string text =
        (isCounted ? *this : others).check(found[i], expected[i], bounds[i]);
    if (!text.empty())
      return "result " + std::to_string(i) + ": " + text;
  }
  return "";
}

std::string Accuracy::check(const RMSNormCase &form,
                            const std::vector<Array> &inputs,
                            const std::vector<Array> &found,
                            const std::vector<Array> &expected,
                            bool sumsSerially) {
  if (found.empty() || found.size() != expected.size())
    return "the number of results is wrong";
  bool isNarrow = reference::getBitWidth(form.type) < 32;
  const Array *beta = form.beta ? &inputs.back() : nullptr;
  double maxUlps = isNarrow && !form.roundsBeforeGamma ? 1 : 4;
  double serialUlps = 0;
  if (sumsSerially) {
    const Sizes &sizes = inputs[0].sizes;
    serialUlps =
        0.5 * count({sizes.begin() + form.getCanonicalAxis(), sizes.end()});
    ElementType acc = reference::getAccumulatorType(form.type);
    maxUlps += serialUlps * reference::getUlp(acc, 1) /
               reference::getUlp(form.type, 1);
  }
  std::string text = check(found[0], expected[0], maxUlps, beta);
  if (!text.empty())
    return "y: " + text + "\n" + form.describe();
  if (form.withRrms) {
    // Not counted: it is of the accumulator's type.
    Accuracy rrms;
    text = rrms.check(found[1], expected[1], 4 + serialUlps);
    if (!text.empty())
      return "rrms: " + text + "\n" + form.describe();
  }
  return "";
}
