//===- SpecialValuesTest.cpp - Zeros, infinities, NaN and empty rows ------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <cmath>

using namespace norm::reference;
using namespace norm::reference::test;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsNan;

static const double inf = HUGE_VAL;

/// Two rows of three with beta = (1, 2, 3): `row`, and one of ones, which must
/// give 1 + beta whatever the other holds. Returns y and rrms of `row`.
static std::pair<std::vector<double>, double>
evaluateRow(std::vector<double> row, const std::string &epsilon,
            ElementType type = ElementType::F32) {
  std::string t = getName(type);
  row.insert(row.end(), {1, 1, 1});
  std::string x = "tensor<?x3x" + t + ">", r = "tensor<?x" + t + ">";
  auto results = evaluateValid(
      "func.func @f(%x: " + x + ", %b: tensor<3x" + t + ">) -> (" + x + ", " +
          r + ") {\n %y, %r = norm.rmsnorm %x beta(%b) axis(1) epsilon(" +
          epsilon + ") : (" + x + ", tensor<3x" + t + ">) -> (" + x + ", " + r +
          ")\n return %y, %r : " + x + ", " + r + "\n}",
      {Tensor::getFloat(type, {2, 3}, row),
       Tensor::getFloat(type, {3}, {1, 2, 3})});
  if (results.size() != 2)
    return {};
  std::vector<double> y = results[0].real;
  for (int j = 0; j < 3; ++j)
    EXPECT_NEAR(y[3 + j], 2 + j, 1e-4) << "the other row";
  y.resize(3);
  return {y, results[1].real[0]};
}

TEST(SpecialValues, ZeroRowWithoutEpsilon) {
  auto [y, rrms] = evaluateRow({0, 0, -0.0}, "0.0");
  EXPECT_EQ(rrms, inf);
  EXPECT_THAT(y, Each(IsNan()));
}

TEST(SpecialValues, ZeroRowWithEpsilon) {
  auto [y, rrms] = evaluateRow({0, 0, 0}, "6.103515625e-05"); // 2^-14
  EXPECT_EQ(rrms, 128);
  EXPECT_THAT(y, ElementsAre(1, 2, 3));
}

TEST(SpecialValues, InfinityInTheRow) {
  for (double value : {inf, -inf}) {
    auto [y, rrms] = evaluateRow({5, value, -7}, "0.0");
    EXPECT_EQ(rrms, 0);
    EXPECT_THAT(y, ElementsAre(1, IsNan(), 3));
  }
}

TEST(SpecialValues, NaNInTheRow) {
  auto [y, rrms] = evaluateRow({5, NAN, inf}, "0.0");
  EXPECT_TRUE(std::isnan(rrms));
  EXPECT_THAT(y, Each(IsNan()));
}

TEST(SpecialValues, SquareOverflowsTheAccumulator) {
  auto [y, rrms] = evaluateRow({1.9e19, 1, 0}, "0.0");
  EXPECT_EQ(rrms, 0);
  EXPECT_THAT(y, ElementsAre(1, 2, 3));
  // bf16 has f32's range and accumulates in f32: 2^64 squared overflows.
  Tensor x = Tensor::getFloat(ElementType::BF16, {2}, {0x1p64, 1});
  auto results =
      evaluateValid("func.func @f(%x: tensor<2xbf16>) -> tensor<2xbf16> {\n"
                    " %y = norm.rmsnorm %x axis(0) epsilon(0.0)"
                    " : (tensor<2xbf16>) -> tensor<2xbf16>\n"
                    " return %y : tensor<2xbf16>\n}",
                    {x});
  EXPECT_THAT(results[0].real, ElementsAre(0, 0));
}

TEST(SpecialValues, SumOverflowsTheAccumulatorThoughNoSquareDoes) {
  auto [y, rrms] = evaluateRow({1.5e19, 1.5e19, 0}, "0.0");
  EXPECT_EQ(rrms, 0);
  EXPECT_THAT(y, ElementsAre(1, 2, 3));
}

TEST(SpecialValues, LargeSquaresBelowTheAccumulatorsRange) {
  auto [y, rrms] = evaluateRow({1.8e19, 0, 0}, "0.0");
  EXPECT_NEAR(y[0], 1 + std::sqrt(3.0), 1e-6);
  EXPECT_NEAR(rrms * 1.8e19, std::sqrt(3.0), 1e-6);
}

TEST(SpecialValues, SquareOverflowsFloat64) {
  auto [y, rrms] = evaluateRow({1e200, 1, 0}, "0.0", ElementType::F64);
  EXPECT_EQ(rrms, 0);
  EXPECT_THAT(y, ElementsAre(1, 2, 3));
  // The same value is far inside of float64's range squared.
  auto [small, _] = evaluateRow({1e100, 0, 0}, "0.0", ElementType::F64);
  EXPECT_DOUBLE_EQ(small[0], 1 + std::sqrt(3.0));
}

TEST(SpecialValues, NaNInGammaStaysInItsColumn) {
  auto results = evaluateValid(
      "func.func @f(%x: tensor<2xf32>, %g: tensor<2xf32>) -> tensor<2xf32> {\n"
      " %y = norm.rmsnorm %x gamma(%g) axis(0) epsilon(0.0)"
      " : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>\n"
      " return %y : tensor<2xf32>\n}",
      {f32({2}, {2, 2}), f32({2}, {NAN, 3})});
  EXPECT_THAT(results[0].real, ElementsAre(IsNan(), 3));
}

static const char *dynamic = R"mlir(
  func.func @f(%x: tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>) {
    %y, %r = norm.rmsnorm %x axis(1) epsilon(1.0e-6)
      : (tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
    return %y, %r : tensor<?x?xf32>, tensor<?xf32>
  })mlir";

TEST(SpecialValues, NoRows) {
  auto results = evaluateValid(dynamic, {f32({0, 4}, {})});
  EXPECT_THAT(results[0].shape, ElementsAre(0, 4));
  EXPECT_THAT(results[0].real, IsEmpty());
  EXPECT_THAT(results[1].shape, ElementsAre(0));
  EXPECT_THAT(results[1].real, IsEmpty());
}

TEST(SpecialValues, EmptyRows) {
  auto results = evaluateValid(dynamic, {f32({2, 0}, {})});
  EXPECT_THAT(results[0].shape, ElementsAre(2, 0));
  EXPECT_THAT(results[0].real, IsEmpty());
  EXPECT_THAT(results[1].real, ElementsAre(IsNan(), IsNan()));
}
