//===- CompareTest.cpp - Errors and verdicts, computed by hand ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runner/Compare.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace norm::runner;
namespace reference = norm::reference;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Compares a vector of `found` values with `exact` ones, rounded to `type`,
/// under the tolerance of the type.
Comparison compareReals(ElementType type, std::vector<double> found,
                        std::vector<double> exact) {
  int64_t size = found.size();
  HostTensor tensor = llvm::cantFail(HostTensor::create(type, {size}));
  for (int64_t i = 0; i < size; ++i)
    tensor.setReal(i, found[i]);
  auto expected =
      reference::Tensor::getFloat(type, {size}, exact, /*keepExact=*/true);
  return compare(tensor, expected, getTolerance(type));
}

TEST(Compare, EqualValues) {
  Comparison result = compareReals(ElementType::F32, {1, -2, 0}, {1, -2, 0});
  EXPECT_TRUE(result.passed());
  EXPECT_EQ(result.maxUlp, 0);
  EXPECT_EQ(result.maxRelative, 0);
  EXPECT_EQ(result.getCorrectlyRoundedShare(), 1);
  EXPECT_EQ(result.worstIndex, -1);
}

// f32 at 1 has neighbours 2^-23 apart; 1 + 2^-25 rounds to 1, with an error of
// a quarter of that.
TEST(Compare, CorrectRoundingCostsItsShareOfAnUlp) {
  Comparison result = compareReals(ElementType::F32, {1}, {1 + 0x1p-25});
  EXPECT_EQ(result.maxUlp, 0.25);
  EXPECT_EQ(result.numCorrectlyRounded, 1);
}

TEST(Compare, OneUlpOffInEachBinade) {
  Comparison result =
      compareReals(ElementType::F32, {1 + 0x1p-23, 3 + 0x1p-22, 3}, {1, 3, 3});
  EXPECT_EQ(result.maxUlp, 1);
  EXPECT_EQ(result.maxRelative, 0x1p-23);
  EXPECT_EQ(result.maxAbsolute, 0x1p-22);
  EXPECT_EQ(result.numCorrectlyRounded, 1);
  EXPECT_TRUE(result.passed());
}

// Below 2^-14 the neighbours of f16 are 2^-24 apart.
TEST(Compare, SubnormalsHaveAFixedUlp) {
  Comparison result = compareReals(ElementType::F16, {0x3p-24}, {0x1p-24});
  EXPECT_EQ(result.maxUlp, 2);
  EXPECT_EQ(result.maxRelative, 2);
}

TEST(Compare, BF16Ulp) {
  // Neighbours at 2 are 2^-6 apart.
  Comparison result =
      compareReals(ElementType::BF16, {2 + 0x1p-6}, {2 + 0x1p-7 + 0x1p-8});
  EXPECT_EQ(result.maxUlp, 0.25);
  EXPECT_EQ(result.numCorrectlyRounded, 1);
}

TEST(Compare, WorstElementIsThatWithTheMostUlps) {
  // Absolute errors 2^-21 and 2^-22; in ULP 2 at 2 and 4 at 0.5.
  Comparison result = compareReals(
      ElementType::F32, {1, 2 + 0x1p-21, 0.5 + 0x1p-22}, {1, 2, 0.5});
  EXPECT_EQ(result.worstIndex, 2);
  EXPECT_EQ(result.maxUlp, 4);
  EXPECT_EQ(result.worstFound, 0.5 + 0x1p-22);
  EXPECT_EQ(result.worstExact, 0.5);
  EXPECT_EQ(result.maxAbsolute, 0x1p-21);
}

TEST(Compare, ToleranceOfF32) {
  // 1000 allows 1000 * 1e-5 + 1e-6.
  EXPECT_TRUE(compareReals(ElementType::F32, {1000.0099}, {1000}).passed());
  EXPECT_FALSE(compareReals(ElementType::F32, {1000.0102}, {1000}).passed());
  EXPECT_TRUE(compareReals(ElementType::F32, {0.9e-6}, {0}).passed());
  EXPECT_FALSE(compareReals(ElementType::F32, {1.1e-6}, {0}).passed());
}

TEST(Compare, ToleranceOfOtherTypes) {
  EXPECT_TRUE(compareReals(ElementType::F64, {1 + 0.9e-12}, {1}).passed());
  EXPECT_FALSE(compareReals(ElementType::F64, {1 + 1.2e-12}, {1}).passed());
  // Nothing absolute, but neighbours of subnormal numbers.
  EXPECT_FALSE(compareReals(ElementType::F64, {1e-20}, {0}).passed());
  EXPECT_FALSE(compareReals(ElementType::F64, {1.01e-20}, {1e-20}).passed());
  EXPECT_TRUE(compareReals(ElementType::F64, {0x1p-1074}, {0}).passed());
  // One ULP at 1 is 0.00098 in f16 and 0.0078 in bf16.
  EXPECT_TRUE(compareReals(ElementType::F16, {1 + 0x1p-10}, {1}).passed());
  EXPECT_FALSE(compareReals(ElementType::F16, {1 + 0x1p-9}, {1}).passed());
  EXPECT_TRUE(compareReals(ElementType::BF16, {1 + 0x1p-6}, {1}).passed());
  EXPECT_FALSE(
      compareReals(ElementType::BF16, {1 + 0x1p-6 + 0x1p-7}, {1}).passed());
}

/// One sum: `found`, `exact`, and the sum of the magnitudes of its summands.
Comparison compareSum(ElementType type, double found, double exact,
                      double magnitude) {
  HostTensor tensor = llvm::cantFail(HostTensor::create(type, {1}));
  tensor.setReal(0, found);
  auto expected =
      reference::Tensor::getFloat(type, {1}, {exact}, /*keepExact=*/true);
  expected.magnitude = {magnitude};
  return compare(tensor, expected, getTolerance(type));
}

// 1000 - 999.9 may be wrong by 2000 * 1e-5 + 1e-6, and not by more.
TEST(Compare, SumsThatCancelAreScaledByTheirSummands) {
  Comparison result = compareSum(ElementType::F32, 0.119, 0.1, 1999.9);
  EXPECT_TRUE(result.passed());
  EXPECT_NEAR(result.maxRelative, 0.019 / 1999.9, 1e-10);
  EXPECT_FALSE(compareSum(ElementType::F32, 0.121, 0.1, 1999.9).passed());
  EXPECT_FALSE(compareReals(ElementType::F32, {0.119}, {0.1}).passed());
}

// Neighbours at 1999.9 are 2^-13 apart.
TEST(Compare, UlpsOfSumsThatCancelAreThoseOfTheirSummands) {
  EXPECT_EQ(compareSum(ElementType::F32, 0x3p-13, 0x1p-13, 1999.9).maxUlp, 2);
}

TEST(Compare, MeanUlpIsOverTheElementsThatAreNoMismatch) {
  Comparison result =
      compareReals(ElementType::F32, {1 + 0x3p-23, 1, nan, 1}, {1, 1, 1, 1});
  EXPECT_EQ(result.meanUlp, 1);
  EXPECT_EQ(compareReals(ElementType::F32, {nan}, {1}).meanUlp, 0);
}

TEST(Compare, AMagnitudeBelowTheValueOrInfiniteWidensNothing) {
  EXPECT_TRUE(compareSum(ElementType::F32, 1000.0099, 1000, 0).passed());
  for (double magnitude : {0.0, 1e-30, inf, nan})
    EXPECT_FALSE(
        compareSum(ElementType::F32, 1000.0102, 1000, magnitude).passed());
  EXPECT_FALSE(compareSum(ElementType::F32, inf, 1, 1e30).passed());
  EXPECT_FALSE(compareSum(ElementType::F32, nan, 1, inf).passed());
}

// One element less, or the sum of another column, is found.
TEST(Compare, WrongSumsAreCaught) {
  const int64_t rows = 1000;
  for (auto type : {ElementType::F32, ElementType::F64}) {
    double sum = 0, magnitude = 0;
    for (int64_t i = 0; i < rows; ++i) {
      double summand = (i % 2 == 0 ? 1 : -1) * (1 + double(i % 10) / 16);
      sum += summand;
      magnitude += std::fabs(summand);
    }
    EXPECT_TRUE(compareSum(type, sum, sum, magnitude).passed());
    EXPECT_FALSE(compareSum(type, sum - 1, sum, magnitude).passed());
    EXPECT_FALSE(compareSum(type, -sum, sum, magnitude).passed());
    EXPECT_FALSE(compareSum(type, 0, sum, magnitude).passed());
  }
}

TEST(Compare, SerialSumsHaveAWiderTolerance) {
  EXPECT_EQ(getTolerance(ElementType::F32, 0).relative, 1e-5);
  EXPECT_EQ(getTolerance(ElementType::F32, 4096).relative,
            1e-5 + 4096 * 0x1p-24);
  EXPECT_EQ(getTolerance(ElementType::F64, 4096).relative,
            1e-12 + 4096 * 0x1p-53);
  // Narrow types accumulate in f32.
  for (auto type : {ElementType::F16, ElementType::BF16})
    EXPECT_EQ(getTolerance(type, 4096).relative,
              getTolerance(type).relative + 4096 * 0x1p-24);
  EXPECT_EQ(getTolerance(ElementType::F32, 4096).absolute, 1e-6);
  EXPECT_EQ(getTolerance(ElementType::I32, 4096).relative, 0);
}

TEST(Compare, RoundingsBeforeTheLastHaveAWiderTolerance) {
  EXPECT_EQ(getTolerance(ElementType::F16, 0, 0x1p-10).relative,
            1e-3 + 0x1p-10);
  EXPECT_EQ(getTolerance(ElementType::F32, 0, 0x1p-10).relative,
            1e-5 + 0x1p-10);
  EXPECT_EQ(getTolerance(ElementType::F16, 0, 0x1p-10).absolute, 1e-5);
  EXPECT_EQ(getTolerance(ElementType::I32, 0, 0x1p-10).relative, 0);
}

TEST(Compare, AFailureIsWorseThanMoreUlpsWithinTheTolerance) {
  // 1e-10 for 0 is many ULP, but within the absolute bound.
  Comparison result =
      compareReals(ElementType::F32, {1e-10, 1.01, 2.0, 1e-10}, {0, 1, 2, 0});
  EXPECT_EQ(result.worstIndex, 1);
  EXPECT_EQ(result.numFailures, 1);
}

TEST(Compare, SpecialValuesMatchThemselves) {
  Comparison result =
      compareReals(ElementType::F32, {nan, inf, -inf}, {nan, inf, -inf});
  EXPECT_TRUE(result.passed());
  EXPECT_EQ(result.numCorrectlyRounded, 3);
  EXPECT_EQ(result.maxUlp, 0);
}

TEST(Compare, SpecialValuesMatchNothingElse) {
  for (auto [found, exact] : std::vector<std::pair<double, double>>{
           {nan, 1}, {1, nan}, {inf, 1}, {1, inf}, {inf, -inf}, {nan, inf}}) {
    Comparison result = compareReals(ElementType::F32, {1, found}, {1, exact});
    EXPECT_EQ(result.numMismatches, 1) << found << " for " << exact;
    EXPECT_EQ(result.numFailures, 1);
    EXPECT_EQ(result.worstIndex, 1);
  }
}

TEST(Compare, OverflowMatchesAnExactValueThatRoundsToInfinity) {
  EXPECT_TRUE(compareReals(ElementType::F16, {inf}, {70000}).passed());
  EXPECT_FALSE(compareReals(ElementType::F16, {65504}, {70000}).passed());
}

TEST(Compare, FirstMismatchStaysTheWorst) {
  Comparison result =
      compareReals(ElementType::F32, {1, nan, 9, inf}, {1, 1, 1, 1});
  EXPECT_EQ(result.worstIndex, 1);
  EXPECT_EQ(result.numMismatches, 2);
  EXPECT_EQ(result.numFailures, 3);
}

TEST(Compare, SignOfZeroIsNoError) {
  Comparison result = compareReals(ElementType::F32, {-0.0}, {0.0});
  EXPECT_TRUE(result.passed());
  EXPECT_EQ(result.numCorrectlyRounded, 1);
}

TEST(Compare, IntegersMustBeEqual) {
  int64_t large = int64_t(1) << 60;
  HostTensor tensor = llvm::cantFail(HostTensor::create(ElementType::I64, {2}));
  tensor.setInteger(0, 3);
  tensor.setInteger(1, large + 1);
  auto expected =
      reference::Tensor::getInteger(ElementType::I64, {2}, {3, large});
  Comparison result = compare(tensor, expected, getTolerance(ElementType::I64));
  EXPECT_EQ(result.numFailures, 1);
  EXPECT_EQ(result.worstIndex, 1);
  EXPECT_EQ(result.maxUlp, 1);
}

TEST(Compare, ColumnMajorResult) {
  HostTensor tensor = llvm::cantFail(
      HostTensor::create(ElementType::F32, {2, 3}, Layout::ColumnMajor));
  for (int64_t i = 0; i < 6; ++i)
    tensor.setReal(i, i);
  auto expected =
      reference::Tensor::getFloat(ElementType::F32, {2, 3}, {0, 1, 2, 3, 4, 5});
  EXPECT_TRUE(compare(tensor, expected, {}).passed());
}

TEST(Compare, NoElements) {
  Comparison result = compareReals(ElementType::F32, {}, {});
  EXPECT_TRUE(result.passed());
  EXPECT_EQ(result.getCorrectlyRoundedShare(), 1);
}

TEST(Compare, FormatNamesTheWorstElement) {
  HostTensor tensor =
      llvm::cantFail(HostTensor::create(ElementType::F32, {2, 3}));
  tensor.setReal(5, 2);
  auto expected =
      reference::Tensor::getFloat(ElementType::F32, {2, 3}, {0, 0, 0, 0, 0, 1});
  std::string text = compare(tensor, expected, {}).format({2, 3});
  EXPECT_NE(text.find("1 of 6 elements outside the tolerance, worst at [1, 2]: "
                      "expected 1, found 2"),
            std::string::npos)
      << text;
}

} // namespace
