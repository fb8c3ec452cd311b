//===- ReciprocalTest.cpp - norm.reciprocal and its gradient --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <cmath>

using namespace norm::reference;
using namespace norm::reference::test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsNan;

static const double inf = HUGE_VAL;

/// The reciprocals of a vector of any length.
static Tensor invert(Tensor x, const std::string &clause = "") {
  std::string type = "tensor<?x" + std::string(getName(x.type)) + ">";
  auto results = evaluateValid("func.func @f(%x: " + type + ") -> " + type +
                                   " {\n %y = norm.reciprocal %x " + clause +
                                   " : (" + type + ") -> " + type +
                                   "\n return %y : " + type + "\n}",
                               {std::move(x)});
  return results.empty() ? Tensor() : results[0];
}

/// The gradients for outputs y and their gradients dy.
static Tensor differentiate(Tensor y, Tensor dy) {
  std::string type = "tensor<?x" + std::string(getName(y.type)) + ">";
  auto results = evaluateValid("func.func @f(%y: " + type + ", %dy: " + type +
                                   ") -> " + type +
                                   " {\n %dx = norm.reciprocal_grad %y, %dy : "
                                   "(" +
                                   type + ", " + type + ") -> " + type +
                                   "\n return %dx : " + type + "\n}",
                               {std::move(y), std::move(dy)});
  return results.empty() ? Tensor() : results[0];
}

TEST(Reciprocal, IsCorrectlyRounded) {
  EXPECT_THAT(invert(f32({2}, {3, -8})).real, ElementsAre(1.0f / 3, -0.125));
  EXPECT_THAT(invert(f64({1}, {3})).real, ElementsAre(1.0 / 3));
  // bf16 has 8 bits: 1/3 is 171/512.
  EXPECT_THAT(invert(Tensor::getFloat(ElementType::BF16, {1}, {3})).real,
              ElementsAre(171.0 / 512));
  EXPECT_DOUBLE_EQ(invert(f32({1}, {3})).getExact(0), 1.0 / 3);
}

TEST(Reciprocal, HalvesAreInvertedAsInFloat32) {
  // All positive finite f16: rounding through float64 is that through f32.
  std::vector<double> values;
  for (uint64_t bits = 1; bits < 0x7c00; ++bits)
    values.push_back(decodeFloat(ElementType::F16, bits));
  int64_t n = values.size();
  Tensor y = invert(Tensor::getFloat(ElementType::F16, {n}, values));
  ASSERT_EQ(y.getNumElements(), n);
  for (int64_t i = 0; i < n; ++i)
    ASSERT_EQ(y.real[i], roundTo(ElementType::F16, 1 / float(values[i])));
}

TEST(Reciprocal, SpecialValuesInBothPrecisions) {
  for (const char *clause : {"", "precision(approx)"}) {
    Tensor y = invert(f32({5}, {0.0, -0.0, inf, -inf, NAN}), clause);
    EXPECT_THAT(y.real, ElementsAre(inf, -inf, 0, 0, IsNan()));
    EXPECT_FALSE(std::signbit(y.real[2]));
    EXPECT_TRUE(std::signbit(y.real[3]));
  }
}

TEST(Reciprocal, KeepsSubnormals) {
  // 2^-127 and 2^127 are each other's reciprocals in f32; of 2^-149 it
  // overflows.
  Tensor y = invert(f32({3}, {0x1p-127, 0x1p127, 0x1p-149}));
  EXPECT_THAT(y.real, ElementsAre(0x1p127, 0x1p-127, inf));
}

TEST(Reciprocal, AnyRankAndEmpty) {
  auto scalar =
      evaluateValid("func.func @f(%x: tensor<f32>) -> tensor<f32> {\n"
                    " %y = norm.reciprocal %x : (tensor<f32>) -> tensor<f32>\n"
                    " return %y : tensor<f32>\n}",
                    {f32({}, {4})});
  EXPECT_THAT(scalar[0].real, ElementsAre(0.25));
  auto empty = evaluateValid(
      "func.func @f(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {\n"
      " %y = norm.reciprocal %x : (tensor<?x3xf32>) -> tensor<?x3xf32>\n"
      " %d = norm.reciprocal_grad %y, %x"
      " : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>\n"
      " return %d : tensor<?x3xf32>\n}",
      {f32({0, 3}, {})});
  EXPECT_THAT(empty[0].shape, ElementsAre(0, 3));
  EXPECT_THAT(empty[0].real, IsEmpty());
}

TEST(ReciprocalGrad, IsTheNegativeSquareTimesDy) {
  Tensor dx = differentiate(f32({2}, {0.5, -4}), f32({2}, {3, 0.25}));
  EXPECT_THAT(dx.real, ElementsAre(-0.75, -4));
}

TEST(ReciprocalGrad, IsTheDerivativeOfReciprocal) {
  // A central difference of step h has the relative error (h/x)^2 and the
  // rounding error of the two reciprocals, 2^-53 * (x/h) each.
  for (double x : {0.5, -0.7, 1.0, 1.9, 37.0}) {
    double h = std::fabs(x) * 0x1p-17;
    Tensor y = invert(f64({3}, {x - h, x, x + h}));
    double difference = (y.real[2] - y.real[0]) / (2 * h);
    Tensor dx = differentiate(f64({1}, {y.real[1]}), f64({1}, {2.5}));
    EXPECT_NEAR(dx.real[0] / (2.5 * difference), 1, 0x1p-34 + 0x1p-35) << x;
  }
}

TEST(ReciprocalGrad, Float64IsCorrectlyRounded) {
  double y = 1.0 / 3, dy = 1.0 / 7;
  long double exact = -static_cast<long double>(dy) * y * y;
  Tensor dx = differentiate(f64({1}, {y}), f64({1}, {dy}));
  EXPECT_LE(std::fabs(dx.real[0] - exact),
            0.501L * getUlp(ElementType::F64, double(exact)));
}

TEST(ReciprocalGrad, SpecialValues) {
  // y of x = +0, +0, -0, inf, and NaN in either operand.
  Tensor dx = differentiate(f32({6}, {inf, inf, -inf, 0, NAN, 1}),
                            f32({6}, {2, 0, -1, 5, 1, NAN}));
  EXPECT_THAT(dx.real, ElementsAre(-inf, IsNan(), inf, 0, IsNan(), IsNan()));
}

TEST(ReciprocalGrad, NoIntermediateOverflow) {
  // y * y is beyond f32, -dy * y is not.
  Tensor dx = differentiate(f32({1}, {0x1p80}), f32({1}, {0x1p-100}));
  EXPECT_THAT(dx.real, ElementsAre(-0x1p60));
  dx = differentiate(f64({1}, {0x1p600}), f64({1}, {0x1p-800}));
  EXPECT_THAT(dx.real, ElementsAre(-0x1p400));
}

TEST(ReciprocalGrad, SizesThatDisagreeAreAnError) {
  Outcome outcome =
      evaluateText("func.func @f(%y: tensor<?xf32>, %d: tensor<?xf32>) -> "
                   "tensor<?xf32> {\n %dx = norm.reciprocal_grad %y, %d : "
                   "(tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>\n"
                   " return %dx : tensor<?xf32>\n}",
                   {f32({2}, {1, 2}), f32({3}, {1, 2, 3})});
  EXPECT_EQ(outcome.error, "test.mlir:2:8: 'norm.reciprocal_grad': expected dy "
                           "of 2xf32, found 3xf32");
}
