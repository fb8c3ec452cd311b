//===- RMSNormGradTest.cpp - norm.rmsnorm_grad against its definition -----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <cmath>
#include <random>

using namespace norm::reference;
using namespace norm::reference::test;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsNan;

static const double inf = HUGE_VAL;

/// The gradients of [M,N] tensors of any sizes: dx, dgamma, dbeta.
static std::vector<Tensor> differentiate(Tensor dy, Tensor x, Tensor rrms,
                                         const Tensor *gamma = nullptr,
                                         const std::string &clauses = "") {
  std::string type = getName(x.type);
  std::string matrix = "tensor<?x?x" + type + ">";
  std::string row = "tensor<?x" + std::string(getName(rrms.type)) + ">";
  std::string vector = "tensor<?x" + type + ">";
  std::string sums = matrix + ", " + row + ", " + row;
  std::vector<Tensor> arguments = {std::move(dy), std::move(x),
                                   std::move(rrms)};
  if (gamma)
    arguments.push_back(*gamma);
  return evaluateValid(
      "func.func @f(%dy: " + matrix + ", %x: " + matrix + ", %r: " + row +
          (gamma ? ", %g: " + vector : "") + ") -> (" + sums +
          ") {\n %0:3 = norm.rmsnorm_grad %dy, %x, %r " +
          (gamma ? "gamma(%g) " : "") + "axis(1) " + clauses + " : (" + matrix +
          ", " + matrix + ", " + row + (gamma ? ", " + vector : "") + ") -> (" +
          sums + ")\n return %0#0, %0#1, %0#2 : " + sums + "\n}",
      arguments);
}

TEST(RMSNormGrad, ThreeFour) {
  double r = 1 / std::sqrt(12.5);
  auto results =
      differentiate(f64({1, 2}, {1, 0}), f64({1, 2}, {3, 4}), f64({1}, {r}));
  // g = (1, 0) and h = (3, 4) * r, so that m = 1.5 * r and
  // dx = r * (1 - 4.5 * r^2, -6 * r^2) = r * (0.64, -0.48).
  EXPECT_NEAR(results[0].real[0], 0.64 * r, 0x1p-53);
  EXPECT_NEAR(results[0].real[1], -0.48 * r, 0x1p-53);
  EXPECT_NEAR(results[0].real[0], 0.1810, 5e-5);
  EXPECT_NEAR(results[0].real[1], -0.1358, 5e-5);
  EXPECT_DOUBLE_EQ(results[1].real[0], 3 * r);
  EXPECT_THAT(results[2].real, ElementsAre(1, 0));
}

/// A weight, an output gradient and an input for the tests below.
namespace {
struct Case {
  static constexpr int64_t rows = 3, width = 7;
  Case() {
    std::mt19937 random(5);
    std::uniform_real_distribution<double> uniform(-2, 2);
    auto make = [&](llvm::SmallVector<int64_t> shape, int64_t n) {
      std::vector<double> values(n);
      for (double &value : values)
        value = uniform(random);
      return f64(shape, values);
    };
    x = make({rows, width}, rows * width);
    dy = make({rows, width}, rows * width);
    gamma = make({width}, width);
    beta = make({width}, width);
  }

  /// y and rrms of the forward op.
  std::vector<Tensor> forward(const std::string &clauses) const {
    return evaluateValid(
        "func.func @f(%x: tensor<3x7xf64>, %g: tensor<7xf64>, %b: "
        "tensor<7xf64>) -> (tensor<3x7xf64>, tensor<3xf64>) {\n"
        " %y, %r = norm.rmsnorm %x gamma(%g) beta(%b) axis(1) " +
            clauses +
            " : (tensor<3x7xf64>, tensor<7xf64>, tensor<7xf64>) -> "
            "(tensor<3x7xf64>, tensor<3xf64>)\n"
            " return %y, %r : tensor<3x7xf64>, tensor<3xf64>\n}",
        {x, gamma, beta});
  }

  /// The scalar whose gradients the backward op computes: sum of dy * y.
  double loss(const std::string &clauses) const {
    Tensor y = forward(clauses)[0];
    double sum = 0;
    for (auto [a, b] : llvm::zip(y.real, dy.real))
      sum += a * b;
    return sum;
  }

  Tensor x, dy, gamma, beta;
};
} // namespace

// The error of a central difference of step h is h^2/6 times the third
// derivative plus the loss's rounding error / h. With h = 2^-17, a loss and
// derivatives below 2^7 that is below 2^-29 + 2^-27 here.
TEST(RMSNormGrad, AgreesWithCentralDifferences) {
  const double h = 0x1p-17, bound = 0x1p-26;
  for (double epsilon : {0.0, 0.5}) {
    std::string shared = "target_rms(1.5) weight_offset(0.25)";
    std::string clauses = "epsilon(" + std::to_string(epsilon) + ") " + shared;
    Case values;
    auto results = differentiate(
        values.dy, values.x, values.forward(clauses)[1], &values.gamma, shared);
    auto check = [&](Tensor Case::*operand, const Tensor &gradient) {
      std::vector<double> &elements = (values.*operand).real;
      ASSERT_EQ(elements.size(), gradient.real.size());
      for (size_t i = 0; i < elements.size(); ++i) {
        double element = elements[i];
        elements[i] = element + h;
        double above = values.loss(clauses);
        elements[i] = element - h;
        double below = values.loss(clauses);
        elements[i] = element;
        EXPECT_NEAR(gradient.real[i], (above - below) / (2 * h), bound) << i;
      }
    };
    check(&Case::x, results[0]);
    check(&Case::gamma, results[1]);
    check(&Case::beta, results[2]);
  }
}

// Without epsilon y does not change with the length of a row, so dx is
// orthogonal to x.
TEST(RMSNormGrad, IsOrthogonalToTheRowWithoutEpsilon) {
  Case values;
  auto results = differentiate(
      values.dy, values.x, values.forward("epsilon(0.0)")[1], &values.gamma);
  for (int64_t row = 0; row < Case::rows; ++row) {
    double sum = 0, magnitude = 0;
    for (int64_t j = row * Case::width; j < (row + 1) * Case::width; ++j) {
      sum += values.x.real[j] * results[0].real[j];
      magnitude += std::fabs(values.x.real[j] * results[0].real[j]);
    }
    // One rounding of each dx and each product and sum here, and rrms is
    // rounded to float64 before it comes in.
    EXPECT_LE(std::fabs(sum), (Case::width + 4) * 0x1p-53 * 2 * magnitude);
  }
}

TEST(RMSNormGrad, WeightOffsetWithoutGammaIsAddedToOne) {
  Tensor r = f32({1}, {0.5});
  auto plain = differentiate(f32({1, 2}, {1, 3}), f32({1, 2}, {2, 2}), r);
  auto offset = differentiate(f32({1, 2}, {1, 3}), f32({1, 2}, {2, 2}), r,
                              nullptr, "weight_offset(1.0)");
  // h = (1, 1), m = 2: dx = 0.5 * (-1, 1), and twice that.
  EXPECT_THAT(plain[0].real, ElementsAre(-0.5, 0.5));
  EXPECT_THAT(offset[0].real, ElementsAre(-1, 1));
  EXPECT_THAT(offset[1].real, ElementsAre(1, 3));
}

TEST(RMSNormGrad, SumsOverRowsAreRoundedOnce) {
  // bf16 has 8 bits: 256 + 1 + 1 + 1 is 259, a tie between 258 and 260.
  auto results = evaluateValid(
      "func.func @f(%dy: tensor<4x1xbf16>, %r: tensor<4xf32>) -> "
      "(tensor<1xbf16>, tensor<1xf32>) {\n"
      " %0:3 = norm.rmsnorm_grad %dy, %dy, %r axis(1) : (tensor<4x1xbf16>, "
      "tensor<4x1xbf16>, tensor<4xf32>) -> (tensor<4x1xbf16>, tensor<1xf32>, "
      "tensor<1xbf16>)\n"
      " return %0#2, %0#1 : tensor<1xbf16>, tensor<1xf32>\n}",
      {Tensor::getFloat(ElementType::BF16, {4, 1}, {256, 1, 1, 1}),
       f32({4}, {1, 1, 1, 1})});
  EXPECT_EQ(results[0].real[0], 260);
  EXPECT_EQ(results[0].getExact(0), 259);
  EXPECT_EQ(results[1].real[0], 65539);
}

TEST(RMSNormGrad, SeveralRowDimsAndAFlatGamma) {
  // Two rows of 2x2 with x = 1 and r = 1: m is the mean of g.
  auto results = evaluateValid(
      "func.func @f(%dy: tensor<2x2x2xf32>, %x: tensor<2x2x2xf32>, %r: "
      "tensor<2xf32>, %g: tensor<4xf32>) -> (tensor<2x2x2xf32>, "
      "tensor<4xf32>) {\n"
      " %0:2 = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(-2) : "
      "(tensor<2x2x2xf32>, tensor<2x2x2xf32>, tensor<2xf32>, tensor<4xf32>) "
      "-> (tensor<2x2x2xf32>, tensor<4xf32>)\n"
      " return %0#0, %0#1 : tensor<2x2x2xf32>, tensor<4xf32>\n}",
      {f32({2, 2, 2}, {1, 2, 3, 4, 0, 0, 0, 8}),
       f32({2, 2, 2}, std::vector<double>(8, 1)), f32({2}, {1, 1}),
       f32({4}, {4, 2, 0, 1})});
  // g = (4, 4, 0, 4) of mean 3, and (0, 0, 0, 8) of mean 2.
  EXPECT_THAT(results[0].real, ElementsAre(1, 1, -3, 1, -2, -2, -2, 6));
  EXPECT_THAT(results[1].shape, ElementsAre(4));
  EXPECT_THAT(results[1].real, ElementsAre(1, 2, 3, 12));
}

TEST(RMSNormGrad, Float64IsCorrectlyRounded) {
  Case values;
  Tensor r = values.forward("epsilon(0.5)")[1];
  auto results = differentiate(values.dy, values.x, r, &values.gamma);
  for (int64_t row = 0; row < Case::rows; ++row) {
    long double sum = 0, rrms = r.real[row];
    auto at = [&](const Tensor &t, int64_t j) -> long double {
      return t.real[row * Case::width + j];
    };
    for (int64_t j = 0; j < Case::width; ++j)
      sum += at(values.dy, j) * values.gamma.real[j] * at(values.x, j) * rrms;
    for (int64_t j = 0; j < Case::width; ++j) {
      long double g = at(values.dy, j) * values.gamma.real[j];
      long double product = at(values.x, j) * rrms * (sum / Case::width);
      long double exact = (g - product) * rrms;
      // The second term bounds the long double arithmetic of this test.
      long double bound =
          0.5L * getUlp(ElementType::F64, double(exact)) +
          16 * 0x1p-64L * (std::fabs(g) + 4 * std::fabs(product)) * rrms;
      EXPECT_LE(std::fabs(at(results[0], j) - exact), bound);
    }
  }
}

TEST(RMSNormGrad, SpecialRows) {
  // Rows of zeros without epsilon, with an infinity, with a NaN, with squares
  // that overflow, and one of ones, which must not be touched.
  std::vector<double> x = {0, 0, inf, 1, NAN, 1, 2e19, 1, 1, 1};
  auto results = differentiate(f32({5, 2}, {1, 2, 1, 2, 1, 2, 1, 2, 1, 3}),
                               f32({5, 2}, x), f32({5}, {inf, 0, NAN, 0, 1}));
  std::vector<double> &dx = results[0].real;
  EXPECT_THAT(std::vector<double>(dx.begin(), dx.begin() + 6), Each(IsNan()));
  EXPECT_THAT(std::vector<double>(dx.begin() + 6, dx.end()),
              ElementsAre(0, 0, -1, 1));
  EXPECT_THAT(results[1].real, Each(IsNan()));
  EXPECT_THAT(results[2].real, ElementsAre(5, 11));
}

TEST(RMSNormGrad, NaNInDyStaysInItsRowAndColumn) {
  auto results = differentiate(f32({2, 2}, {NAN, 1, 1, 3}),
                               f32({2, 2}, {1, 1, 1, 1}), f32({2}, {1, 1}));
  EXPECT_THAT(results[0].real, ElementsAre(IsNan(), IsNan(), -1, 1));
  EXPECT_THAT(results[1].real, ElementsAre(IsNan(), 4));
  EXPECT_THAT(results[2].real, ElementsAre(IsNan(), 4));
}

TEST(RMSNormGrad, SumOverflowsTheAccumulator) {
  // Each product is 2^127; their sum is beyond f32, though not beyond float64.
  auto results = differentiate(f32({1, 2}, {0x1p127, 0x1p127}),
                               f32({1, 2}, {1, 1}), f32({1}, {1}));
  EXPECT_THAT(results[0].real, ElementsAre(-inf, -inf));
}

TEST(RMSNormGrad, NoRowsAndEmptyRows) {
  auto noRows = differentiate(f32({0, 3}, {}), f32({0, 3}, {}), f32({0}, {}));
  EXPECT_THAT(noRows[0].shape, ElementsAre(0, 3));
  EXPECT_THAT(noRows[1].real, ElementsAre(0, 0, 0));
  EXPECT_THAT(noRows[2].real, ElementsAre(0, 0, 0));
  auto empty =
      differentiate(f32({2, 0}, {}), f32({2, 0}, {}), f32({2}, {NAN, NAN}));
  for (const Tensor &result : empty)
    EXPECT_THAT(result.real, IsEmpty());
}

TEST(RMSNormGrad, SizesThatDisagreeAreErrors) {
  auto errorOf = [](llvm::ArrayRef<Tensor> arguments) {
    return evaluateText(
               "func.func @f(%dy: tensor<?x?xf32>, %x: tensor<?x?xf32>, %r: "
               "tensor<?xf32>, %g: tensor<?xf32>) -> tensor<?x?xf32> {\n"
               " %dx = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1) : "
               "(tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>, "
               "tensor<?xf32>) -> tensor<?x?xf32>\n"
               " return %dx : tensor<?x?xf32>\n}",
               arguments)
        .error;
  };
  Tensor x = f32({1, 2}, {1, 1}), wide = f32({1, 3}, {1, 1, 1});
  Tensor one = f32({1}, {1}), two = f32({2}, {1, 1});
  EXPECT_THAT(errorOf({wide, x, one, two}),
              testing::HasSubstr("expected dy of 1x2xf32, found 1x3xf32"));
  EXPECT_THAT(errorOf({x, x, two, two}),
              testing::HasSubstr("expected rrms of 1xf32, found 2xf32"));
  EXPECT_THAT(errorOf({x, x, one, one}),
              testing::HasSubstr("expected gamma of 2xf32, found 1xf32"));
}
