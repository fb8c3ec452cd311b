//===- RMSNormTest.cpp - norm.rmsnorm against closed forms ----------------===//
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

/// f over one row of `type`, returning y and rrms, with `clauses` after x.
static std::string getRow(const std::string &type, int n,
                          const std::string &clauses,
                          const std::string &vectorType = "") {
  std::string row = "tensor<" + std::to_string(n) + "x" + type + ">";
  std::string vector = "tensor<" + std::to_string(n) + "x" +
                       (vectorType.empty() ? type : vectorType) + ">";
  bool gamma = clauses.find("gamma(") != std::string::npos;
  bool beta = clauses.find("beta(") != std::string::npos;
  std::string acc = type == "f64" ? "tensor<f64>" : "tensor<f32>";
  return "func.func @f(%x: " + row + (gamma ? ", %g: " + vector : "") +
         (beta ? ", %b: " + vector : "") + ") -> (" + row + ", " + acc +
         ") {\n %y, %r = norm.rmsnorm %x " + clauses + " : (" + row +
         (gamma ? ", " + vector : "") + (beta ? ", " + vector : "") + ") -> (" +
         row + ", " + acc + ")\n return %y, %r : " + row + ", " + acc + "\n}";
}

TEST(RMSNorm, ThreeFour) {
  auto results = evaluateValid(getRow("f64", 2, "axis(0) epsilon(0.0)"),
                               {f64({2}, {3, 4})});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_DOUBLE_EQ(results[1].real[0], 1 / std::sqrt(12.5));
  EXPECT_DOUBLE_EQ(results[0].real[0], 3 / std::sqrt(12.5));
  EXPECT_DOUBLE_EQ(results[0].real[1], 4 / std::sqrt(12.5));
  EXPECT_EQ(results[1].getRank(), 0);
}

TEST(RMSNorm, RoundsOnceAndKeepsTheExactValue) {
  auto results = evaluateValid(getRow("f32", 2, "axis(0) epsilon(0.0)"),
                               {f32({2}, {3, 4})});
  double exact = 3 / std::sqrt(12.5);
  EXPECT_EQ(results[0].real[0], static_cast<float>(exact));
  EXPECT_DOUBLE_EQ(results[0].getExact(0), exact);
  EXPECT_NE(results[0].getExact(0), results[0].real[0]);
}

TEST(RMSNorm, EqualElementsBecomeOnes) {
  auto results = evaluateValid(getRow("f32", 4, "axis(-1) epsilon(0.0)"),
                               {f32({4}, {8, 8, 8, -8})});
  EXPECT_THAT(results[0].real, ElementsAre(1, 1, 1, -1));
  EXPECT_EQ(results[1].real[0], 0.125);
}

TEST(RMSNorm, EpsilonIsAddedToTheMeanSquare) {
  auto results = evaluateValid(getRow("f32", 2, "axis(0) epsilon(3.75)"),
                               {f32({2}, {0.5, 0.5})});
  EXPECT_EQ(results[1].real[0], 0.5); // 1/sqrt(0.25 + 3.75)
  EXPECT_THAT(results[0].real, ElementsAre(0.25, 0.25));
}

TEST(RMSNorm, EpsilonIsRoundedToTheAccumulator) {
  // Rounded to f32, 1e-46 is 0 and a row of zeros has no finite reciprocal.
  auto narrow = evaluateValid(getRow("f32", 1, "axis(0) epsilon(1.0e-46)"),
                              {f32({1}, {0})});
  EXPECT_TRUE(std::isinf(narrow[1].real[0]));
  auto wide = evaluateValid(getRow("f64", 1, "axis(0) epsilon(1.0e-46)"),
                            {f64({1}, {0})});
  EXPECT_DOUBLE_EQ(wide[1].real[0], 1e23);
}

TEST(RMSNorm, TargetRmsScalesBeforeGamma) {
  auto results = evaluateValid(
      getRow("f64", 2, "gamma(%g) axis(0) epsilon(0.0) target_rms(3.0)"),
      {f64({2}, {2, 2}), f64({2}, {5, 7})});
  EXPECT_THAT(results[0].real, ElementsAre(15, 21));
  EXPECT_EQ(results[1].real[0], 0.5); // rrms does not contain it
}

TEST(RMSNorm, WeightOffsetIsAddedToGamma) {
  auto results = evaluateValid(
      getRow("f32", 2, "gamma(%g) axis(0) epsilon(0.0) weight_offset(1.0)"),
      {f32({2}, {2, 2}), f32({2}, {0.5, -3})});
  EXPECT_THAT(results[0].real, ElementsAre(1.5, -2));
}

TEST(RMSNorm, WeightOffsetWithoutGammaIsAddedToOne) {
  auto results =
      evaluateValid(getRow("f32", 2, "axis(0) epsilon(0.0) weight_offset(2.5)"),
                    {f32({2}, {2, -2})});
  EXPECT_THAT(results[0].real, ElementsAre(3.5, -3.5));
}

TEST(RMSNorm, AttributesAreRoundedToTheAccumulator) {
  auto results = evaluateValid(getRow("f32", 1,
                                      "axis(0) epsilon(0.0) target_rms(0.1) "
                                      "weight_offset(0.1)"),
                               {f32({1}, {1})});
  double tenth = 0.1f;
  EXPECT_DOUBLE_EQ(results[0].getExact(0), tenth * (1 + tenth));
}

TEST(RMSNorm, BetaIsAddedLast) {
  auto results =
      evaluateValid(getRow("f32", 2, "gamma(%g) beta(%b) axis(0) epsilon(0.0)"),
                    {f32({2}, {2, 2}), f32({2}, {3, 5}), f32({2}, {10, 20})});
  EXPECT_THAT(results[0].real, ElementsAre(13, 25));
}

// x is a row of ones and its root mean square is 1, so t = target_rms alone.
// bf16 has 8 bits: neighbours of 1 are 2^-7 apart above it, of 2 2^-6.
TEST(RMSNorm, OnceInBF16RoundsTheProductOnly) {
  // 1.00390625 = 1 + 2^-8 is halfway between bf16 values; times 3 it is
  // 3.01171875, and the nearest multiple of 2^-6 is 3.015625.
  auto results = evaluateValid(
      getRow("bf16", 1,
             "gamma(%g) axis(0) epsilon(0.0) target_rms(1.00390625)"),
      {Tensor::getFloat(ElementType::BF16, {1}, {1}),
       Tensor::getFloat(ElementType::BF16, {1}, {3})});
  EXPECT_EQ(results[0].getExact(0), 3.01171875);
  EXPECT_EQ(results[0].real[0], 3.015625);
}

TEST(RMSNorm, BeforeGammaInBF16RoundsTheNormalizedValue) {
  // The same, but 1 + 2^-8 is rounded to the even neighbour 1 first.
  auto results = evaluateValid(
      getRow("bf16", 1,
             "gamma(%g) axis(0) epsilon(0.0) target_rms(1.00390625) "
             "rounding(before_gamma)"),
      {Tensor::getFloat(ElementType::BF16, {1}, {1}),
       Tensor::getFloat(ElementType::BF16, {1}, {3})});
  EXPECT_EQ(results[0].real[0], 3.0);
}

TEST(RMSNorm, BeforeGammaInF16RoundsTheWeight) {
  // The weight 1 + 2^-11 + 2^-12 lies between 1 and 1 + 2^-10, nearer to the
  // latter. 1536 times it is 1537.125, which rounds to 1537; 1536 times the
  // rounded weight is 1537.5, a tie that goes to the even 1538.
  std::string clauses = "gamma(%g) axis(0) epsilon(0.0) target_rms(1536.0) "
                        "weight_offset(0.000732421875)";
  Tensor one = Tensor::getFloat(ElementType::F16, {1}, {1});
  auto once = evaluateValid(getRow("f16", 1, clauses), {one, one});
  EXPECT_EQ(once[0].real[0], 1537.0);
  auto before = evaluateValid(
      getRow("f16", 1, clauses + " rounding(before_gamma)"), {one, one});
  EXPECT_EQ(before[0].real[0], 1538.0);
}

TEST(RMSNorm, BeforeGammaRoundsBetaAndTheProductBeforeTheSum) {
  // t = gamma = 1 + 2^-7: their product 1 + 2^-6 + 2^-14 rounds to 1 + 2^-6.
  // With beta = 2^-8 the unrounded sum is just above halfway to the next value
  // and the sum after rounding is a tie that goes back to the even 1 + 2^-6.
  std::string clauses = "gamma(%g) beta(%b) axis(0) epsilon(0.0) "
                        "target_rms(1.0078125)";
  std::vector<Tensor> arguments = {
      Tensor::getFloat(ElementType::BF16, {1}, {1}),
      Tensor::getFloat(ElementType::BF16, {1}, {1 + 0x1p-7}),
      Tensor::getFloat(ElementType::BF16, {1}, {0x1p-8})};
  auto once = evaluateValid(getRow("bf16", 1, clauses), arguments);
  EXPECT_EQ(once[0].real[0], 1 + 3 * 0x1p-7);
  auto before = evaluateValid(
      getRow("bf16", 1, clauses + " rounding(before_gamma)"), arguments);
  EXPECT_EQ(before[0].real[0], 1 + 0x1p-6);

  // A beta of f32 is rounded to bf16 by itself: 1.00390625 to 1.
  clauses = "beta(%b) axis(0) epsilon(0.0) target_rms(0.015625) "
            "rounding(before_gamma)";
  auto mixed = evaluateValid(
      getRow("bf16", 1, clauses, "f32"),
      {Tensor::getFloat(ElementType::BF16, {1}, {1}), f32({1}, {1 + 0x1p-8})});
  EXPECT_EQ(mixed[0].getExact(0), 1 + 0x1p-6);
}

/// Every axis of a (2,3,4,5) tensor, in both notations, against sums written
/// down here. gamma has the shape of the row, or is flat.
TEST(RMSNorm, EveryAxis) {
  std::vector<int64_t> shape = {2, 3, 4, 5};
  std::vector<double> values(120);
  for (int i = 0; i < 120; ++i)
    values[i] = std::sin(i * 1.7) * 3;
  for (int axis = -4; axis < 4; ++axis)
    for (bool flat : {false, true}) {
      int first = axis < 0 ? axis + 4 : axis;
      int64_t width = 1, rows = 1;
      std::string row, lead;
      for (int d = 0; d < 4; ++d) {
        (d < first ? rows : width) *= shape[d];
        (d < first ? lead : row) += std::to_string(shape[d]) + "x";
      }
      if (flat)
        row = std::to_string(width) + "x";
      std::vector<double> gamma(width);
      for (int j = 0; j < width; ++j)
        gamma[j] = 1 + j * 0.25;
      llvm::SmallVector<int64_t> gammaShape(shape.begin() + first, shape.end());
      if (flat)
        gammaShape = {width};
      std::string g = "tensor<" + row + "f64>", r = "tensor<" + lead + "f64>";
      auto results = evaluateValid(
          "func.func @f(%x: tensor<2x3x4x5xf64>, %g: " + g +
              ") -> (tensor<2x3x4x5xf64>, " + r +
              ") {\n %y, %r = norm.rmsnorm %x gamma(%g) axis(" +
              std::to_string(axis) + ") epsilon(0.5) : (tensor<2x3x4x5xf64>, " +
              g + ") -> (tensor<2x3x4x5xf64>, " + r +
              ")\n return %y, %r : tensor<2x3x4x5xf64>, " + r + "\n}",
          {f64(shape, values), f64(gammaShape, gamma)});
      ASSERT_EQ(results.size(), 2u);
      EXPECT_EQ(results[1].getRank(), first);
      for (int64_t m = 0; m < rows; ++m) {
        double sum = 0;
        for (int64_t j = 0; j < width; ++j)
          sum += values[m * width + j] * values[m * width + j];
        double rrms = 1 / std::sqrt(sum / width + 0.5);
        EXPECT_NEAR(results[1].real[m], rrms, 1e-15);
        for (int64_t j = 0; j < width; ++j)
          EXPECT_NEAR(results[0].real[m * width + j],
                      values[m * width + j] * rrms * gamma[j], 1e-13);
      }
    }
}

TEST(RMSNorm, ScaleInvariantWithoutEpsilon) {
  // By powers of two even the bits stay.
  std::vector<double> values(37), scaled(37);
  for (int i = 0; i < 37; ++i) {
    values[i] = std::cos(i * 2.3);
    scaled[i] = values[i] * -0x1p20;
  }
  std::string module = getRow("f64", 37, "axis(0) epsilon(0.0)");
  auto plain = evaluateValid(module, {f64({37}, values)});
  auto other = evaluateValid(module, {f64({37}, scaled)});
  for (int i = 0; i < 37; ++i)
    EXPECT_EQ(plain[0].real[i], -other[0].real[i]);
}
