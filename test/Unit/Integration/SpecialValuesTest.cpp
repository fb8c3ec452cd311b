//===- SpecialValuesTest.cpp - Zeros, infinities, NaN, overflow -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Forms.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <map>

using namespace norm::test;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A row of the results: y and rrms.
struct Row {
  std::vector<double> y;
  double rrms;
};

/// Rows of 70 elements: a whole vector of lanes and a remainder. The middle one
/// of three is special; those around it must keep their bits.
class SpecialValues : public testing::TestWithParam<ElementType> {
protected:
  static constexpr int64_t width = 70;

  /// The evaluator's results and those of compiled code agree on `row`, and
  /// other rows are as without it. Returns the results for `row`.
  Row run(const std::vector<double> &row, double epsilon, bool withBeta) {
    Forms &forms = compile(epsilon, withBeta);
    const RMSNormCase &form = forms.cases[0];
    inputs = form.makeInputs({3, width});
    auto ordinary = forms.run(0, inputs);
    std::copy(row.begin(), row.end(), inputs[0].values.begin() + width);
    EXPECT_EQ(forms.check(0, inputs), "");
    auto found = forms.run(0, inputs);
    if (found.size() != 2 || ordinary.size() != 2) {
      ADD_FAILURE() << "no results";
      return {std::vector<double>(width), 0};
    }
    for (int64_t i = 0; i < 3 * width; ++i)
      if (i / width != 1)
        EXPECT_EQ(found[0].values[i], ordinary[0].values[i]) << "element " << i;
    EXPECT_EQ(found[1].values[0], ordinary[1].values[0]);
    EXPECT_EQ(found[1].values[2], ordinary[1].values[2]);
    auto begin = found[0].values.begin() + width;
    return {{begin, begin + width}, found[1].values[1]};
  }

  /// The form with gamma, compiled once for each of its variants.
  Forms &compile(double epsilon, bool withBeta) {
    std::unique_ptr<Forms> &forms = compiled[{epsilon, withBeta}];
    if (!forms)
      forms = std::make_unique<Forms>(std::vector<RMSNormCase>{
          {.type = GetParam(),
           .gamma = RowVector{},
           .beta = withBeta ? std::optional(RowVector{}) : std::nullopt,
           .epsilon = epsilon}});
    return *forms;
  }

  /// An ordinary row.
  static std::vector<double> makeRow() {
    return makeRandom(GetParam(), {width}, 99).values;
  }

  std::map<std::pair<double, bool>, std::unique_ptr<Forms>> compiled;
  std::vector<Array> inputs;
};
INSTANTIATE_TEST_SUITE_P(Types, SpecialValues, testing::ValuesIn(floatTypes),
                         TypeName());

TEST_P(SpecialValues, ZeroRowWithoutEpsilonIsNaN) {
  Row row = run(std::vector<double>(width, 0), 0, /*withBeta=*/true);
  EXPECT_EQ(row.rrms, infinity);
  for (double y : row.y)
    EXPECT_TRUE(std::isnan(y));
}

TEST_P(SpecialValues, ZeroRowWithEpsilonIsBeta) {
  Row row = run(std::vector<double>(width, 0), 0.25, /*withBeta=*/true);
  EXPECT_EQ(row.rrms, 2);
  EXPECT_EQ(row.y, inputs[2].values);
}

TEST_P(SpecialValues, ZerosOfEitherSignKeepIt) {
  std::vector<double> zeros(width, 0);
  zeros[3] = zeros[64] = -0.0;
  Row row = run(zeros, 0.25, /*withBeta=*/false);
  for (int64_t j = 0; j < width; ++j)
    EXPECT_EQ(std::signbit(row.y[j]),
              std::signbit(zeros[j]) != std::signbit(inputs[1].values[j]))
        << j;
}

TEST_P(SpecialValues, InfinityIsNaNThereAndBetaElsewhere) {
  for (int64_t place : {0, 13, 63, 64, 69})
    for (double value : {infinity, -infinity}) {
      std::vector<double> values = makeRow();
      values[place] = value;
      Row row = run(values, 1e-5, /*withBeta=*/true);
      EXPECT_EQ(row.rrms, 0);
      for (int64_t j = 0; j < width; ++j) {
        if (j == place)
          EXPECT_TRUE(std::isnan(row.y[j]));
        else
          EXPECT_EQ(row.y[j], inputs[2].values[j]) << j;
      }
    }
}

TEST_P(SpecialValues, NaNMakesItsRowNaN) {
  for (int64_t place : {0, 13, 63, 64, 69}) {
    std::vector<double> values = makeRow();
    values[place] = nan;
    Row row = run(values, 1e-5, /*withBeta=*/true);
    EXPECT_TRUE(std::isnan(row.rrms));
    for (double y : row.y)
      EXPECT_TRUE(std::isnan(y));
  }
}

TEST_P(SpecialValues, NaNAndInfinityMakeARowNaN) {
  std::vector<double> values = makeRow();
  values[5] = nan;
  values[66] = infinity;
  Row row = run(values, 1e-5, /*withBeta=*/true);
  EXPECT_TRUE(std::isnan(row.rrms));
  for (double y : row.y)
    EXPECT_TRUE(std::isnan(y));
}

// Squares overflow the accumulator: a value that only the wide exponents of
// bf16, f32 and f64 have. f16's largest squares are far from the end of f32.
TEST_P(SpecialValues, OverflowOfSquaresGivesBeta) {
  std::vector<double> values = makeRow();
  if (GetParam() == ElementType::F16) {
    values.assign(width, 65504);
    Row row = run(values, 0, /*withBeta=*/true);
    EXPECT_NEAR(row.rrms, 1 / 65504.0, 1e-11);
    return;
  }
  double large = GetParam() == ElementType::F64 ? 1e160 : 2e19;
  for (int64_t place : {0, 64}) {
    values = makeRow();
    values[place] = norm::reference::roundTo(GetParam(), large);
    Row row = run(values, 1e-5, /*withBeta=*/true);
    EXPECT_EQ(row.rrms, 0);
    EXPECT_EQ(row.y, inputs[2].values);
  }
  // No square overflows, their sum does.
  large = GetParam() == ElementType::F64 ? 0x1p511 : 0x1p63;
  Row row = run(std::vector<double>(width, large), 1e-5, /*withBeta=*/true);
  EXPECT_EQ(row.rrms, 0);
  EXPECT_EQ(row.y, inputs[2].values);
}

// Subnormal elements are not taken for zeros. Their squares vanish beside
// epsilon, which is a power of four, so that results are exact.
TEST_P(SpecialValues, SubnormalElementsAreKept) {
  double tiny = norm::reference::getUlp(GetParam(), 0);
  std::vector<double> values(width);
  for (int64_t j = 0; j < width; ++j)
    values[j] = (j - 30) * tiny;
  RMSNormCase form = {.type = GetParam(), .epsilon = 0x1p-6};
  Forms forms({form});
  auto found = forms.run(0, {{GetParam(), {1, width}, values}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1].values[0], 8);
  for (int64_t j = 0; j < width; ++j)
    EXPECT_EQ(found[0].values[j], 8 * values[j]) << j;
}

TEST_P(SpecialValues, NoRowsGiveEmptyResults) {
  std::vector<RMSNormCase> cases = {
      {.type = GetParam(), .gamma = RowVector{}},
      {.type = GetParam(), .gamma = RowVector{}, .staticSizes = {0, 8}},
      {.type = GetParam(), .rank = 3, .axis = 1},
      {.type = GetParam(), .rank = 3, .axis = 2}};
  Forms forms(cases);
  const Sizes shapes[] = {{0, 8}, {0, 8}, {0, 4, 5}, {3, 0, 5}};
  for (size_t i = 0; i < cases.size(); ++i) {
    auto found = forms.run(i, cases[i].makeInputs(shapes[i]));
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].sizes, shapes[i]);
    EXPECT_TRUE(found[0].values.empty());
    EXPECT_TRUE(found[1].values.empty());
  }
}

TEST_P(SpecialValues, SignOfXIsThatOfTheResult) {
  RMSNormCase form = {.type = GetParam(), .epsilon = 0};
  Forms forms({form});
  auto inputs = form.makeInputs({5, 100});
  auto positive = forms.run(0, inputs);
  // Powers of two scale without rounding.
  for (double &value : inputs[0].values)
    value *= -4;
  auto negative = forms.run(0, inputs);
  ASSERT_EQ(negative.size(), 2u);
  for (size_t i = 0; i < inputs[0].values.size(); ++i)
    EXPECT_EQ(negative[0].values[i], -positive[0].values[i]);
}

} // namespace
