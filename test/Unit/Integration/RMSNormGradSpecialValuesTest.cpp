//===- RMSNormGradSpecialValuesTest.cpp - Zeros, inf, NaN ------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Forms.h"
#include "RMSNormGradCase.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace norm::test;

namespace {

/// Eleven rows of 70 elements: a group of rows and a part of one, a whole
/// vector of lanes and a remainder. One row is special; the dx of the others
/// must keep its bits.
class RMSNormGradSpecialValues : public testing::TestWithParam<ElementType> {
protected:
  static constexpr int64_t rows = 11, width = 70;
  static constexpr int64_t places[] = {0, 13, 63, 64, 69};

  void SetUp() override { reset(); }
  void reset() { inputs = forms.cases[0].makeInputs({rows, width}); }

  double &dy(int64_t row, int64_t j) {
    return inputs[0].values[row * width + j];
  }
  double &x(int64_t row, int64_t j) {
    return inputs[1].values[row * width + j];
  }
  double &rrms(int64_t row) { return inputs[2].values[row]; }
  /// rrms of the row as norm.rmsnorm computes it with epsilon 0.
  void updateRrms(int64_t row) {
    double sum = 0;
    for (int64_t j = 0; j < width; ++j)
      sum += x(row, j) * x(row, j);
    sum = norm::reference::roundTo(inputs[2].type, sum);
    rrms(row) = norm::reference::roundTo(inputs[2].type,
                                         1 / std::sqrt(sum / double(width)));
  }

  /// Runs the gradient, compares it with the evaluator's, and the other rows of
  /// dx with what they are without the special values in `row`.
  void run(int64_t row) {
    auto ordinary = forms.run(0, forms.cases[0].makeInputs({rows, width}));
    EXPECT_EQ(forms.check(0, inputs), "");
    results = forms.run(0, inputs);
    ASSERT_EQ(results.size(), 3u);
    for (int64_t i = 0; i < rows * width; ++i)
      if (i / width != row)
        EXPECT_EQ(results[0].values[i], ordinary[0].values[i])
            << "element " << i;
  }
  double dx(int64_t row, int64_t j) const {
    return results[0].values[row * width + j];
  }
  double dgamma(int64_t j) const { return results[1].values[j]; }
  double dbeta(int64_t j) const { return results[2].values[j]; }

  FormsOf<RMSNormGradCase> forms{{{.type = GetParam(), .gamma = RowVector{}}}};
  std::vector<Array> inputs, results;
};
INSTANTIATE_TEST_SUITE_P(Types, RMSNormGradSpecialValues,
                         testing::ValuesIn(floatTypes), TypeName());

TEST_P(RMSNormGradSpecialValues, ZeroRowWithoutEpsilonIsNaN) {
  for (int64_t row : {0, 7, 8}) {
    reset();
    for (int64_t j = 0; j < width; ++j)
      x(row, j) = 0;
    updateRrms(row);
    ASSERT_EQ(rrms(row), INFINITY);
    run(row);
    for (int64_t j = 0; j < width; ++j) {
      EXPECT_TRUE(std::isnan(dx(row, j)) && std::isnan(dgamma(j))) << j;
      EXPECT_FALSE(std::isnan(dbeta(j))) << j;
    }
  }
}

// With epsilon h is zero, so dx is g r.
TEST_P(RMSNormGradSpecialValues, ZeroRowWithEpsilonIsTheScaledGradient) {
  for (int64_t j = 0; j < width; ++j)
    x(4, j) = 0;
  rrms(4) = 2;
  run(4);
  for (int64_t j = 0; j < width; ++j) {
    double g = norm::reference::roundTo(inputs[2].type,
                                        dy(4, j) * inputs[3].values[j]);
    EXPECT_EQ(dx(4, j), norm::reference::roundTo(GetParam(), 2 * g)) << j;
  }
}

TEST_P(RMSNormGradSpecialValues, NaNInXMakesItsRowNaN) {
  for (int64_t row : {3, 9})
    for (int64_t place : places) {
      reset();
      x(row, place) = NAN;
      updateRrms(row);
      run(row);
      for (int64_t j = 0; j < width; ++j) {
        EXPECT_TRUE(std::isnan(dx(row, j)) && std::isnan(dgamma(j))) << j;
        EXPECT_FALSE(std::isnan(dbeta(j))) << j;
      }
    }
}

TEST_P(RMSNormGradSpecialValues, InfinityInXMakesItsRowNaN) {
  for (double value : {INFINITY, -INFINITY})
    for (int64_t place : places) {
      reset();
      x(3, place) = value;
      updateRrms(3);
      ASSERT_EQ(rrms(3), 0);
      run(3);
      for (int64_t j = 0; j < width; ++j) {
        EXPECT_TRUE(std::isnan(dx(3, j))) << j;
        EXPECT_EQ(std::isnan(dgamma(j)), j == place) << j;
      }
    }
}

TEST_P(RMSNormGradSpecialValues, NaNInDyMakesItsRowAndColumnNaN) {
  for (int64_t place : places) {
    reset();
    dy(5, place) = NAN;
    run(5);
    for (int64_t j = 0; j < width; ++j) {
      EXPECT_TRUE(std::isnan(dx(5, j))) << j;
      EXPECT_EQ(std::isnan(dgamma(j)), j == place) << j;
      EXPECT_EQ(std::isnan(dbeta(j)), j == place) << j;
    }
  }
}

TEST_P(RMSNormGradSpecialValues, InfinityInDyMakesItsRowInfiniteOrNaN) {
  for (int64_t place : places) {
    reset();
    dy(5, place) = INFINITY;
    run(5);
    for (int64_t j = 0; j < width; ++j) {
      EXPECT_FALSE(std::isfinite(dx(5, j))) << j;
      EXPECT_EQ(std::isfinite(dgamma(j)), j != place) << j;
      EXPECT_EQ(dbeta(j) == INFINITY, j == place) << j;
    }
  }
}

TEST_P(RMSNormGradSpecialValues, NaNInGammaMakesDxNaN) {
  auto expected = forms.run(0, inputs);
  inputs[3].values[69] = NAN;
  EXPECT_EQ(forms.check(0, inputs), "");
  auto found = forms.run(0, inputs);
  ASSERT_EQ(found.size(), 3u);
  for (double value : found[0].values)
    EXPECT_TRUE(std::isnan(value));
  EXPECT_TRUE(identical(found[1], expected[1]));
  EXPECT_TRUE(identical(found[2], expected[2]));
}

// Squares that overflow the accumulator give an rrms of zero.
TEST_P(RMSNormGradSpecialValues, RrmsOfZeroGivesZeros) {
  rrms(2) = 0;
  if (GetParam() != ElementType::F16) {
    x(2, 13) = norm::reference::roundTo(
        GetParam(), GetParam() == ElementType::F64 ? 1e160 : 2e19);
    updateRrms(2);
    ASSERT_EQ(rrms(2), 0);
  }
  run(2);
  for (int64_t j = 0; j < width; ++j)
    EXPECT_EQ(dx(2, j), 0) << j;
}

TEST_P(RMSNormGradSpecialValues, RrmsOfNaNMakesItsRowNaN) {
  rrms(10) = NAN;
  run(10);
  for (int64_t j = 0; j < width; ++j) {
    EXPECT_TRUE(std::isnan(dx(10, j)) && std::isnan(dgamma(j))) << j;
    EXPECT_FALSE(std::isnan(dbeta(j))) << j;
  }
}

TEST_P(RMSNormGradSpecialValues, InfiniteRrmsMakesItsRowNaN) {
  rrms(1) = INFINITY;
  run(1);
  for (int64_t j = 0; j < width; ++j)
    EXPECT_TRUE(std::isnan(dx(1, j))) << j;
}

// Subnormal elements are not taken for zeros: with rrms and gamma one and an x
// of zeros every step is exact.
TEST_P(RMSNormGradSpecialValues, SubnormalGradientsAreKept) {
  double tiny = norm::reference::getUlp(GetParam(), 0);
  for (int64_t i = 0; i < rows * width; ++i) {
    inputs[0].values[i] = double(i % width - 30) * tiny;
    inputs[1].values[i] = 0;
  }
  inputs[2].values.assign(rows, 1);
  inputs[3].values.assign(width, 1);
  auto found = forms.run(0, inputs);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].values, inputs[0].values);
  for (int64_t j = 0; j < width; ++j)
    EXPECT_EQ(found[2].values[j], double(rows * (j - 30)) * tiny) << j;
  // Subnormal elements of x in dgamma.
  std::swap(inputs[0], inputs[1]);
  inputs[0].values.assign(rows * width, 1);
  found = forms.run(0, inputs);
  for (int64_t j = 0; j < width; ++j)
    EXPECT_EQ(found[1].values[j], double(rows * (j - 30)) * tiny) << j;
}

TEST_P(RMSNormGradSpecialValues, NoRowsGiveZeroSums) {
  RMSNormGradCase form = {
      .type = GetParam(), .gamma = RowVector{}, .dbetaInAccumulator = false};
  std::vector<RMSNormGradCase> cases(4, form);
  cases[1].staticSizes = {0, 8};
  cases[2].rank = cases[3].rank = 3;
  cases[2].axis = 1;
  FormsOf<RMSNormGradCase> all(cases);
  const Sizes shapes[] = {{0, 8}, {0, 8}, {0, 4, 5}, {3, 0, 5}};
  for (size_t i = 0; i < cases.size(); ++i) {
    auto found = all.run(i, cases[i].makeInputs(shapes[i]));
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].sizes, shapes[i]);
    for (size_t k : {1, 2})
      EXPECT_EQ(found[k].values, std::vector<double>(count(found[k].sizes), 0));
  }
}

} // namespace
