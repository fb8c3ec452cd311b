//===- Compare.cpp - How far a result is from the reference ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runner/Compare.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

using namespace norm::runner;

/// The tolerance of results that are computed as the operators say.
static Tolerance getOperatorTolerance(ElementType type) {
  switch (type) {
  case ElementType::F16:
    return {1e-3, 1e-5};
  case ElementType::BF16:
    return {1.6e-2, 1e-5};
  case ElementType::F32:
    return {1e-5, 1e-6};
  case ElementType::F64:
    // No absolute error but that of rounding to a subnormal number.
    return {1e-12, std::numeric_limits<double>::denorm_min()};
  default:
    return {0, 0};
  }
}

Tolerance norm::runner::getTolerance(ElementType type,
                                     int64_t numSerialSummands,
                                     double priorRounding) {
  Tolerance tolerance = getOperatorTolerance(type);
  if (isFloat(type))
    tolerance.relative += priorRounding;
  if (isFloat(type) && numSerialSummands > 0) {
    ElementType acc = norm::reference::getAccumulatorType(type);
    // Each addition rounds by at most half of an ULP of the sum so far.
    tolerance.relative +=
        double(numSerialSummands) * norm::reference::getUlp(acc, 1) / 2;
  }
  return tolerance;
}

double Comparison::getCorrectlyRoundedShare() const {
  return numElements == 0 ? 1.0 : double(numCorrectlyRounded) / numElements;
}

/// True if both are NaN, or both have the same value.
static bool areSame(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

namespace {
/// One element: what was found, the value before rounding, whether the rounded
/// value was found, and the error in absolute terms and in ULP; the errors are
/// NaN if only one of the values is finite.
struct Element {
  double found;
  double exact;
  bool isCorrectlyRounded;
  double error;
  double ulps;
  /// What relative errors refer to.
  double scale;
};
} // namespace

static Element getElement(const HostTensor &found,
                          const norm::reference::Tensor &expected, int64_t i) {
  if (!isFloat(found.getType())) {
    int64_t a = found.getInteger(i), b = expected.integer[i];
    // Exact where the difference of the rounded values would not be.
    uint64_t difference =
        a > b ? static_cast<uint64_t>(a) - b : static_cast<uint64_t>(b) - a;
    auto error = static_cast<double>(difference);
    return {double(a), double(b), a == b, error, error, error};
  }
  double value = found.getReal(i), exact = expected.getExact(i);
  double rounded = expected.real[i];
  double scale = expected.getScale(i);
  bool same = areSame(value, rounded);
  if (!std::isfinite(value) || !std::isfinite(rounded)) {
    double error = same ? 0 : std::numeric_limits<double>::quiet_NaN();
    return {value, exact, same, error, error, scale};
  }
  double error = std::fabs(value - exact);
  double ulp = norm::reference::getUlp(found.getType(), scale);
  return {value, exact, same, error, error / ulp, scale};
}

Comparison norm::runner::compare(const HostTensor &found,
                                 const reference::Tensor &expected,
                                 Tolerance tolerance) {
  Comparison result;
  result.numElements = found.getNumElements();
  assert(found.getType() == expected.type &&
         found.getShape() == llvm::ArrayRef(expected.shape) &&
         "type or shape of the reference differs");

  double worstUlps = 0, sumOfUlps = 0;
  for (int64_t i = 0; i < result.numElements; ++i) {
    Element element = getElement(found, expected, i);
    bool isMismatch = std::isnan(element.error);
    bool isFailure =
        isMismatch ||
        element.error > tolerance.absolute + tolerance.relative * element.scale;
    bool isFirstFailure = isFailure && result.numFailures == 0;
    bool mayBeWorst = isFailure || result.numFailures == 0;
    if (result.numMismatches == 0 &&
        (isMismatch || isFirstFailure ||
         (mayBeWorst && element.ulps > worstUlps))) {
      worstUlps = element.ulps;
      result.worstIndex = i;
      result.worstFound = element.found;
      result.worstExact = element.exact;
    }

    result.numCorrectlyRounded += element.isCorrectlyRounded;
    result.numFailures += isFailure;
    result.numMismatches += isMismatch;
    if (isMismatch)
      continue;
    result.maxUlp = std::max(result.maxUlp, element.ulps);
    sumOfUlps += element.ulps;
    result.maxAbsolute = std::max(result.maxAbsolute, element.error);
    if (element.error != 0 && element.scale != 0)
      result.maxRelative =
          std::max(result.maxRelative, element.error / element.scale);
  }
  if (int64_t count = result.numElements - result.numMismatches)
    result.meanUlp = sumOfUlps / static_cast<double>(count);
  return result;
}

std::string Comparison::format(llvm::ArrayRef<int64_t> shape) const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << llvm::format(
      "max error %.3f ULP, mean %.3f ULP, %.2e relative, %.3f %% correctly "
      "rounded",
      maxUlp, meanUlp, maxRelative, 100 * getCorrectlyRoundedShare());
  if (passed())
    return text;

  llvm::SmallVector<std::string> position(shape.size());
  int64_t rest = worstIndex;
  for (size_t dim = shape.size(); dim-- > 0;) {
    position[dim] = std::to_string(rest % shape[dim]);
    rest /= shape[dim];
  }
  stream << "; " << numFailures << " of " << numElements
         << " elements outside the tolerance, worst at ["
         << llvm::join(position, ", ") << "]: expected "
         << formatNumber(worstExact, 9) << ", found "
         << formatNumber(worstFound, 9);
  return text;
}
