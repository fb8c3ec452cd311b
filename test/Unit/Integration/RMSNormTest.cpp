//===- RMSNormTest.cpp - Compiled rmsnorm and the evaluator ----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Forms.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace norm::test;

namespace {

class RMSNorm : public testing::TestWithParam<ElementType> {};
INSTANTIATE_TEST_SUITE_P(Types, RMSNorm, testing::ValuesIn(floatTypes),
                         TypeName());

// Few rows of each width, whose remainders take every way through the code.
TEST_P(RMSNorm, Widths) {
  Forms forms({{.type = GetParam(), .gamma = RowVector{}, .epsilon = 1e-6}});
  for (int64_t width = 1; width <= 130; ++width)
    EXPECT_EQ(forms.check(0, {3, width}, width), "") << "width " << width;
  for (int64_t width :
       {4095, 4096, 4097, 8191, 8192, 8193, 12289, 40000, 1000003})
    EXPECT_EQ(forms.check(0, {2, width}, width), "") << "width " << width;
  // Of 2000000 elements.
  if (norm::reference::getBitWidth(GetParam()) < 32)
    EXPECT_GE(forms.accuracy.getCorrectShare(), 0.999);
}

TEST_P(RMSNorm, EveryRankAndAxis) {
  const Sizes sizes = {2, 3, 4, 5};
  std::vector<RMSNormCase> cases;
  for (int64_t rank = 1; rank <= 4; ++rank)
    for (int64_t axis = 0; axis < rank; ++axis)
      cases.push_back({.type = GetParam(),
                       .rank = rank,
                       .axis = cases.size() % 2 == 0 ? axis : axis - rank,
                       .gamma = RowVector{},
                       .beta = RowVector{.isFlat = true}});
  Forms forms(cases);
  for (size_t i = 0; i < cases.size(); ++i)
    EXPECT_EQ(forms.check(i, {sizes.begin(), sizes.begin() + cases[i].rank}, i),
              "");
}

// Each way to give gamma and beta, with both roundings and the other options.
TEST_P(RMSNorm, EveryOption) {
  std::vector<std::optional<RowVector>> vectors = {
      std::nullopt, RowVector{},
      RowVector{.inAccumulator = true, .isFlat = true}};
  std::vector<RMSNormCase> cases;
  for (const auto &gamma : vectors)
    for (const auto &beta : vectors)
      for (bool roundsBeforeGamma : {false, true}) {
        size_t i = cases.size();
        cases.push_back({.type = GetParam(),
                         .rank = 3,
                         .axis = 1,
                         .gamma = gamma,
                         .beta = beta,
                         .withRrms = i % 3 != 0,
                         .roundsBeforeGamma = roundsBeforeGamma,
                         .epsilon = 0.5,
                         .targetRms = i % 5 == 0 ? 0.7 : 1.0,
                         .weightOffset = i % 4 >= 2 ? 1.0 : 0.0});
      }
  Forms forms(cases);
  for (size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(forms.check(i, {5, 7, 11}, i), "");
    EXPECT_EQ(forms.check(i, {2, 16, 64}, i), "");
    EXPECT_EQ(forms.check(i, {0, 3, 3}, i), "");
  }
  // Of 43000 elements. One of 1000 is wrong where the value before rounding
  // (right to 2^-21) is that close to the middle of two f16.
  if (norm::reference::getBitWidth(GetParam()) < 32)
    EXPECT_GE(forms.accuracy.getCorrectShare(), 0.999);
}

// What the suites of Caffe2, TensorRT-LLM, PyTorch and ONNX Runtime run.
TEST_P(RMSNorm, ShapesOfOtherProjects) {
  struct Shape {
    Sizes sizes;
    int64_t axis;
    double epsilon;
  };
  std::vector<Shape> shapes = {
      {{2, 3, 5}, 1, 0.1},      {{1, 2, 3}, 0, 0.5},
      {{0, 1}, 1, 0},           {{128, 5, 5}, 1, 1e-5},
      {{8, 128}, 1, 1e-6},      {{4, 8, 32}, 2, 1e-6},
      {{2, 16, 512}, 2, 1e-5},  {{4, 32, 1024}, 2, 1e-5},
      {{2, 4, 8, 16}, 2, 1e-6}, {{8, 128, 1024}, -1, 1e-6},
  };
  for (int64_t axis = -4; axis < 4; ++axis)
    shapes.push_back({{2, 3, 4, 5}, axis, 1e-5});
  for (int64_t axis = -2; axis < 2; ++axis)
    shapes.push_back({{3, 4}, axis, 0});
  std::vector<RMSNormCase> cases;
  for (const Shape &shape : shapes)
    cases.push_back({.type = GetParam(),
                     .rank = static_cast<int64_t>(shape.sizes.size()),
                     .axis = shape.axis,
                     .gamma = RowVector{},
                     .epsilon = shape.epsilon,
                     .staticSizes = shape.sizes});
  Forms forms(cases);
  for (size_t i = 0; i < cases.size(); ++i)
    EXPECT_EQ(forms.check(i, shapes[i].sizes), "");

  std::vector<RMSNormCase> matrices;
  for (double epsilon : {0.0, 1e-5, 1e-3})
    matrices.push_back(
        {.type = GetParam(), .gamma = RowVector{}, .epsilon = epsilon});
  Forms matrixForms(matrices);
  for (size_t i = 0; i < matrices.size(); ++i)
    for (int64_t rows = 0; rows <= 8; ++rows)
      for (int64_t width = 1; width <= 16; ++width)
        EXPECT_EQ(matrixForms.check(i, {rows, width}, rows), "");
}

TEST_P(RMSNorm, RowLengthZeroAtRunTime) {
  std::vector<RMSNormCase> cases;
  for (int64_t rank = 1; rank <= 3; ++rank)
    cases.push_back({.type = GetParam(),
                     .rank = rank,
                     .axis = rank - 1,
                     .gamma = RowVector{}});
  cases.push_back({.type = GetParam(), .rank = 3, .axis = 1});
  Forms forms(cases);
  const Sizes shapes[] = {{0}, {3, 0}, {2, 3, 0}, {3, 5, 0}};
  for (size_t i = 0; i < cases.size(); ++i) {
    auto results = forms.run(i, cases[i].makeInputs(shapes[i]));
    ASSERT_EQ(results.size(), 2u);
    EXPECT_EQ(results[0].sizes, shapes[i]);
    EXPECT_EQ(results[1].sizes,
              Sizes(shapes[i].begin(), shapes[i].begin() + cases[i].axis));
    for (double rrms : results[1].values)
      EXPECT_TRUE(std::isnan(rrms));
  }
}

TEST_P(RMSNorm, StaticAndDynamicFormsGiveTheSameBits) {
  const int64_t widths[] = {1,    7,    63,   64,   65,    127,
                            1000, 4095, 4097, 8193, 12289, 36867};
  std::vector<RMSNormCase> cases = {
      {.type = GetParam(), .gamma = RowVector{}, .beta = RowVector{}}};
  for (int64_t width : widths) {
    RMSNormCase form = cases[0];
    form.staticSizes = {cases.size() % 2 == 0 ? -1 : 3, width};
    cases.push_back(form);
  }
  Forms forms(cases);
  for (size_t i = 1; i < cases.size(); ++i) {
    int64_t width = widths[i - 1];
    auto inputs = cases[0].makeInputs({3, width}, width);
    auto expected = forms.run(0, inputs), found = forms.run(i, inputs);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_TRUE(identical(found[0], expected[0])) << "y at width " << width;
    EXPECT_TRUE(identical(found[1], expected[1])) << "rrms at width " << width;
  }
}

// The checks of this folder must be able to fail: kernels that are wrong in one
// parameter, against the evaluator of the right one.
TEST_P(RMSNorm, WrongKernelsAreCaught) {
  RMSNormCase right = {.type = GetParam(),
                       .gamma = RowVector{},
                       .beta = RowVector{},
                       .epsilon = 1e-2};
  std::vector<RMSNormCase> wrong(5, right);
  wrong[0].epsilon = 1.3e-2;
  wrong[1].weightOffset = 0.02;
  wrong[2].targetRms = 1.02;
  wrong[3].rank = 2;
  wrong[3].axis = 0; // One row of all; gamma and beta do not fit: left out.
  wrong[3].gamma = wrong[3].beta = std::nullopt;
  wrong[4].gamma = std::nullopt;
  Forms forms(wrong);
  RMSNormCase plain = right;
  plain.gamma = plain.beta = std::nullopt;
  Forms truth({right, plain});
  auto inputs = right.makeInputs({4, 100});
  auto isCaught = [&](size_t form, size_t original,
                      const std::vector<Array> &given,
                      const std::vector<Array> &trueInputs) {
    auto found = forms.run(form, given);
    auto expected = truth.kernel.evaluate(Forms::getName(original), trueInputs);
    found.resize(1);
    expected.resize(1);
    RMSNormCase onlyY = truth.cases[original];
    onlyY.withRrms = false;
    return !Accuracy().check(onlyY, trueInputs, found, expected).empty();
  };
  EXPECT_TRUE(isCaught(0, 0, inputs, inputs)) << "epsilon";
  EXPECT_TRUE(isCaught(1, 0, inputs, inputs)) << "weight_offset";
  EXPECT_TRUE(isCaught(2, 0, inputs, inputs)) << "target_rms";
  EXPECT_TRUE(isCaught(3, 1, {inputs[0]}, {inputs[0]})) << "axis";
  EXPECT_TRUE(isCaught(4, 0, {inputs[0], inputs[2]}, inputs)) << "gamma";
  // A single wrong bit in one element.
  auto found = truth.run(0, inputs);
  auto expected = truth.kernel.evaluate("f0", inputs);
  EXPECT_EQ(Accuracy().check(right, inputs, found, expected), "");
  found[0].values[77] += 6 * norm::reference::getUlp(GetParam(), 4.0);
  EXPECT_NE(Accuracy().check(right, inputs, found, expected), "");
}

} // namespace
