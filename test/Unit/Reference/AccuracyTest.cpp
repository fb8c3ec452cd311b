//===- AccuracyTest.cpp - Accuracy of sums over long rows -----------------===//
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

static std::vector<Tensor> evaluateRow(const std::string &type, Tensor x) {
  std::string t = "tensor<?x" + type + ">";
  std::string r = type == "f64" ? "tensor<f64>" : "tensor<f32>";
  return evaluateValid("func.func @f(%x: " + t + ") -> (" + t + ", " + r +
                           ") {\n %y, %r = norm.rmsnorm %x axis(0) "
                           "epsilon(0.0) : (" +
                           t + ") -> (" + t + ", " + r +
                           ")\n return %y, %r : " + t + ", " + r + "\n}",
                       {std::move(x)});
}

// The sum of the squares of 1..n is n(n+1)(2n+1)/6, an exact integer. For
// n = 1000003 it needs 59 bits, so a plain float64 sum rounds on its way.
TEST(Accuracy, MillionWideRowOfIntegers) {
  constexpr int64_t n = 1000003;
  std::vector<double> values(n);
  for (int64_t j = 0; j < n; ++j)
    values[j] = j + 1;
  auto results = evaluateRow("f64", f64({n}, values));
  // Mean square, exactly (n+1)(2n+1)/6, with x87's 64 bits or more.
  long double meanSquare =
      static_cast<long double>((n + 1) * (2 * n + 1)) / 6.0L;
  long double exact = 1.0L / std::sqrt(meanSquare);
  long double error = std::fabs(results[1].real[0] - exact);
  EXPECT_LE(error, 0.51L * getUlp(ElementType::F64, double(exact)));
  for (int64_t j = 0; j < n; j += 997)
    ASSERT_LE(std::fabs(results[0].real[j] - (j + 1) * exact),
              0.51L * getUlp(ElementType::F64, double((j + 1) * exact)));
}

// Many squares, each below half an ULP of the first one: a plain sum drops
// them all. 2^27 squared is 2^54; 2^20 ones must come out as 2^20.
TEST(Accuracy, SmallSquaresAfterALargeOne) {
  constexpr int64_t n = (1 << 20) + 1;
  std::vector<double> values(n, 1.0);
  values[0] = 0x1p27;
  auto results = evaluateRow("f32", f32({n}, values));
  long double exact =
      std::sqrt(static_cast<long double>(n)) / std::sqrt(0x1p54L + 0x1p20L);
  EXPECT_NEAR(results[0].getExact(1) / double(exact), 1.0, 0x1p-52);
  double dropped = std::sqrt(double(n)) / 0x1p27;
  EXPECT_GT(std::fabs(results[0].getExact(1) / dropped - 1.0), 0x1p-36);
}

// Whole rows of f64 with gamma and beta stay within rounding of the exact
// value.
TEST(Accuracy, Float64RowIsCorrectlyRounded) {
  constexpr int n = 4097;
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform(-2, 2);
  std::vector<double> x(n), gamma(n), beta(n);
  for (int j = 0; j < n; ++j) {
    x[j] = uniform(random);
    gamma[j] = uniform(random);
    beta[j] = uniform(random);
  }
  auto results = evaluateValid(R"mlir(
    func.func @f(%x: tensor<?xf64>, %g: tensor<?xf64>, %b: tensor<?xf64>)
        -> tensor<?xf64> {
      %y = norm.rmsnorm %x gamma(%g) beta(%b) axis(0) epsilon(1.0e-5)
        : (tensor<?xf64>, tensor<?xf64>, tensor<?xf64>) -> tensor<?xf64>
      return %y : tensor<?xf64>
    })mlir",
                               {f64({n}, x), f64({n}, gamma), f64({n}, beta)});
  long double sum = 0;
  for (double value : x)
    sum += static_cast<long double>(value) * value;
  long double rrms = 1 / std::sqrt(sum / n + static_cast<long double>(1.0e-5));
  for (int j = 0; j < n; ++j) {
    long double product = x[j] * rrms * gamma[j], exact = product + beta[j];
    // The second term bounds the long double arithmetic of this test: its
    // relative error is below n * 2^-64, of the product.
    long double bound = 0.5L * getUlp(ElementType::F64, double(exact)) +
                        n * 0x1p-64L * std::fabs(product);
    ASSERT_LE(std::fabs(results[0].real[j] - exact), bound) << j;
  }
}
