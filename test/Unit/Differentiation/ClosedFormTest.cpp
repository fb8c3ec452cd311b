//===- ClosedFormTest.cpp - Gradients with known values -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Gradient.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace norm::test;
using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::Pointwise;

/// Some roundings of values of about 1.
static constexpr double kRounding = 1e-15;

static std::vector<Array> getGradients(const std::string &text,
                                       const std::vector<Array> &arguments) {
  Evaluation result = evaluateDifferentiated(text, "", "f_vjp", arguments);
  EXPECT_EQ(result.error, "");
  return result.results;
}

// With r = 1/sqrt(12.5): dx = r*dy - r^3/2 * x * (x . dy) = (8, -6) * r^3.
TEST(ClosedForm, RMSNormOfThreeAndFour) {
  auto gradients = getGradients(R"(
    func.func @f(%x: tensor<2xf64>) -> tensor<2xf64> {
      %y = norm.rmsnorm %x axis(0) epsilon(0.0) : (tensor<2xf64>) -> tensor<2xf64>
      return %y : tensor<2xf64>
    })",
                                {{{2}, {3, 4}}, {{2}, {1, 0}}});
  ASSERT_EQ(gradients.size(), 1u);
  double cube = std::pow(12.5, -1.5);
  EXPECT_THAT(gradients[0].values,
              ElementsAre(DoubleNear(8 * cube, kRounding),
                          DoubleNear(-6 * cube, kRounding)));
  EXPECT_NEAR(gradients[0].values[0], 0.1810, 5e-5);
  EXPECT_NEAR(gradients[0].values[1], -0.1358, 5e-5);
}

// y = x * s with s = 1 / (1 + exp(-x)): dx = s + x * s * (1 - s).
TEST(ClosedForm, SiLU) {
  std::vector<double> xs = {-30, -2, -0.5, 0, 0.25, 3, 20};
  auto gradients = getGradients(
      R"(
    func.func @f(%x: tensor<7xf64>) -> tensor<7xf64> {
      %one = arith.constant dense<1.0> : tensor<7xf64>
      %n = arith.negf %x : tensor<7xf64>
      %e = math.exp %n : tensor<7xf64>
      %d = arith.addf %e, %one : tensor<7xf64>
      %s = norm.reciprocal %d : (tensor<7xf64>) -> tensor<7xf64>
      %y = arith.mulf %x, %s : tensor<7xf64>
      return %y : tensor<7xf64>
    })",
      {{{7}, xs}, {{7}, std::vector<double>(7, 1.0)}});
  ASSERT_EQ(gradients.size(), 1u);
  std::vector<double> expected;
  for (double x : xs) {
    double s = 1 / (1 + std::exp(-x));
    expected.push_back(s + x * s * (1 - s));
  }
  EXPECT_THAT(gradients[0].values,
              Pointwise(DoubleNear(10 * kRounding), expected));
}

// h = x + r, y = rmsnorm(h) * g, both returned: the cotangent of h is its own
// plus that through y, and x and r both get it.
TEST(ClosedForm, ResidualBlock) {
  std::vector<double> dy = {1, 0}, dh = {0.5, -2};
  auto gradients = getGradients(
      R"(
    func.func @f(%x: tensor<1x2xf64>, %r: tensor<1x2xf64>, %g: tensor<2xf64>)
        -> (tensor<1x2xf64>, tensor<1x2xf64>) {
      %h = arith.addf %x, %r : tensor<1x2xf64>
      %y = norm.rmsnorm %h gamma(%g) axis(1) epsilon(0.0)
        : (tensor<1x2xf64>, tensor<2xf64>) -> tensor<1x2xf64>
      return %y, %h : tensor<1x2xf64>, tensor<1x2xf64>
    })",
      {{{1, 2}, {1, 5}},
       {{1, 2}, {2, -1}},
       {{2}, {2, 7}},
       {{1, 2}, dy},
       {{1, 2}, dh}});
  ASSERT_EQ(gradients.size(), 3u);
  double cube = std::pow(12.5, -1.5);
  auto expected = ElementsAre(DoubleNear(0.5 + 16 * cube, kRounding),
                              DoubleNear(-2 - 12 * cube, kRounding));
  EXPECT_THAT(gradients[0].values, expected);
  EXPECT_THAT(gradients[1].values, expected);
  EXPECT_THAT(gradients[2].values,
              ElementsAre(DoubleNear(3 / std::sqrt(12.5), kRounding), 0.0));
}

// What the docs say of the points where a derivative does not exist.
TEST(ClosedForm, Kinks) {
  auto gradients = getGradients(
      R"(
    func.func @f(%a: tensor<4xf64>, %b: tensor<4xf64>)
        -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
      %0 = arith.maximumf %a, %b : tensor<4xf64>
      %1 = arith.minimumf %a, %b : tensor<4xf64>
      %2 = math.absf %a : tensor<4xf64>
      return %0, %1, %2 : tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
    })",
      {{{4}, {1, 2, 0, -3}},
       {{4}, {1, 0, 3, -3}},
       {{4}, {1, 1, 1, 1}},
       {{4}, {10, 10, 10, 10}},
       {{4}, {100, 100, 100, 100}}});
  ASSERT_EQ(gradients.size(), 2u);
  EXPECT_THAT(gradients[0].values, ElementsAre(105.5, 101, 10, -94.5));
  EXPECT_THAT(gradients[1].values, ElementsAre(5.5, 10, 1, 5.5));
}

TEST(ClosedForm, NoElements) {
  std::string text = R"(
    func.func @f(%x: tensor<?x3xf64>, %g: tensor<3xf64>) -> tensor<?x3xf64> {
      %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
        : (tensor<?x3xf64>, tensor<3xf64>) -> tensor<?x3xf64>
      return %y : tensor<?x3xf64>
    })";
  auto gradients =
      getGradients(text, {{{0, 3}, {}}, {{3}, {1, 2, 3}}, {{0, 3}, {}}});
  ASSERT_EQ(gradients.size(), 2u);
  EXPECT_THAT(gradients[0].shape, ElementsAre(0, 3));
  EXPECT_THAT(gradients[1].values, ElementsAre(0.0, 0.0, 0.0));
}

// A NaN shows in the gradient: it is not taken for the smaller operand.
TEST(ClosedForm, MaximumOfNaN) {
  double nan = std::nan("");
  auto gradients = getGradients(R"(
    func.func @f(%a: f64, %b: f64) -> f64 {
      %0 = arith.maximumf %a, %b : f64
      return %0 : f64
    })",
                                {{{}, {nan}}, {{}, {1}}, {{}, {3}}});
  ASSERT_EQ(gradients.size(), 2u);
  EXPECT_THAT(gradients[0].values, ElementsAre(3));
  EXPECT_THAT(gradients[1].values, ElementsAre(3));
}
