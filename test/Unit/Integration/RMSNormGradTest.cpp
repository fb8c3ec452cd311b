//===- RMSNormGradTest.cpp - Compiled gradient and the evaluator -*- C++
//-*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Forms.h"
#include "RMSNormGradCase.h"

#include "norm/Runtime/norm_runtime.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>

using namespace norm::test;

namespace {

using GradForms = FormsOf<RMSNormGradCase>;

class RMSNormGrad : public testing::TestWithParam<ElementType> {};
INSTANTIATE_TEST_SUITE_P(Types, RMSNormGrad, testing::ValuesIn(floatTypes),
                         TypeName());

TEST_P(RMSNormGrad, Widths) {
  GradForms forms({{.type = GetParam(), .gamma = RowVector{}}});
  for (int64_t width = 1; width <= 130; ++width)
    EXPECT_EQ(forms.check(0, {3, width}, width), "") << "width " << width;
  for (int64_t width : {4095, 4096, 4097, 8193, 40000})
    EXPECT_EQ(forms.check(0, {2, width}, width), "") << "width " << width;
  // Of 140000 elements.
  if (norm::reference::getBitWidth(GetParam()) < 32)
    EXPECT_GE(forms.accuracy.getCorrectShare(), 0.999);
}

// Around the groups of 8 rows, around 512 rows, from which on blocks grow, and
// around 64 blocks of them.
TEST_P(RMSNormGrad, NumbersOfRows) {
  GradForms forms(
      {{.type = GetParam(), .gamma = RowVector{}},
       {.type = GetParam(), .numResults = 2, .dgammaInAccumulator = false}});
  for (int64_t width : {1, 67})
    for (int64_t rows :
         {0, 1, 2, 7, 8, 9, 15, 16, 17, 63, 65, 504, 511, 512, 513, 1023, 1030})
      for (size_t i = 0; i < forms.cases.size(); ++i)
        EXPECT_EQ(forms.check(i, {rows, width}, rows), "")
            << rows << " rows of " << width;
}

TEST_P(RMSNormGrad, EveryRankAndAxis) {
  const Sizes sizes = {2, 3, 4, 5};
  std::vector<RMSNormGradCase> cases;
  for (int64_t rank = 1; rank <= 4; ++rank)
    for (int64_t axis = 0; axis < rank; ++axis) {
      bool isEven = cases.size() % 2 == 0;
      cases.push_back({.type = GetParam(),
                       .rank = rank,
                       .axis = isEven ? axis : axis - rank,
                       .gamma = RowVector{.isFlat = !isEven}});
    }
  GradForms forms(cases);
  for (size_t i = 0; i < cases.size(); ++i)
    EXPECT_EQ(forms.check(i, {sizes.begin(), sizes.begin() + cases[i].rank}, i),
              "");
}

// Those of RMSNorm's tests; the axes of 2x3x4x5 are above.
TEST_P(RMSNormGrad, ShapesOfOtherProjects) {
  struct Form {
    int64_t rank, axis;
    std::vector<Sizes> shapes;
  };
  const Form all[] = {
      {2, 1, {{3, 4}, {0, 1}, {8, 128}}},
      {2, 0, {{3, 4}}},
      {3, 0, {{1, 2, 3}}},
      {3, 1, {{2, 3, 5}, {128, 5, 5}}},
      {3, 2, {{4, 8, 32}, {2, 16, 512}, {4, 32, 1024}, {8, 128, 1024}}},
      {4, 2, {{2, 4, 8, 16}}}};
  std::vector<RMSNormGradCase> cases;
  for (const Form &form : all)
    cases.push_back({.type = GetParam(),
                     .rank = form.rank,
                     .axis = form.axis,
                     .gamma = RowVector{}});
  GradForms forms(cases);
  for (size_t i = 0; i < cases.size(); ++i)
    for (const Sizes &sizes : all[i].shapes)
      EXPECT_EQ(forms.check(i, sizes), "");
  for (int64_t rows = 0; rows <= 8; ++rows)
    for (int64_t width = 1; width <= 16; ++width)
      EXPECT_EQ(forms.check(0, {rows, width}, rows), "");
}

/// Each way to give gamma with each number of results; types of the sums and
/// the other options alternate.
std::vector<RMSNormGradCase> makeOptions(ElementType type) {
  std::vector<RMSNormGradCase> cases;
  for (std::optional<RowVector> gamma :
       {std::optional<RowVector>(), std::optional(RowVector{}),
        std::optional(RowVector{.inAccumulator = true, .isFlat = true})})
    for (int64_t numResults : {1, 2, 3}) {
      size_t i = cases.size();
      cases.push_back({.type = type,
                       .rank = 3,
                       .axis = 1 + static_cast<int64_t>(i % 2),
                       .gamma = gamma,
                       .numResults = numResults,
                       .dgammaInAccumulator = i % 2 == 0,
                       .dbetaInAccumulator = i % 4 < 2,
                       .targetRms = i % 2 == 0 ? 0.7 : 1.0,
                       .weightOffset = i % 4 >= 2 ? 1.0 : 0.0});
    }
  return cases;
}

TEST_P(RMSNormGrad, EveryOption) {
  GradForms forms(makeOptions(GetParam()));
  for (size_t i = 0; i < forms.cases.size(); ++i) {
    EXPECT_EQ(forms.check(i, {5, 7, 11}, i), "");
    EXPECT_EQ(forms.check(i, {2, 16, 64}, i), "");
    EXPECT_EQ(forms.check(i, {3, 1, 1}, i), "");
    EXPECT_EQ(forms.check(i, {0, 3, 3}, i), "");
  }
}

TEST_P(RMSNormGrad, StaticAndDynamicFormsGiveTheSameBits) {
  const Sizes shapes[] = {{513, 3},  {64, 1},    {64, 1},   {9, 64}, {3, 7},
                          {8, 65},   {17, 40},   {1000, 8}, {0, 9},  {1, 1},
                          {3, 4097}, {2, 12289}, {1, 129}};
  std::vector<RMSNormGradCase> cases = {
      {.type = GetParam(), .gamma = RowVector{}, .dbetaInAccumulator = false}};
  // The number of rows, the width or both are static.
  for (size_t i = 0; i < std::size(shapes); ++i) {
    cases.push_back(cases[0]);
    cases.back().staticSizes = {i % 3 == 1 ? -1 : shapes[i][0],
                                i % 3 == 0 ? -1 : shapes[i][1]};
  }
  GradForms forms(cases);
  for (size_t i = 1; i < cases.size(); ++i) {
    const Sizes &sizes = shapes[i - 1];
    auto inputs = cases[0].makeInputs(sizes, i);
    auto expected = forms.run(0, inputs), found = forms.run(i, inputs);
    ASSERT_EQ(found.size(), 3u);
    for (size_t k = 0; k < found.size(); ++k)
      EXPECT_TRUE(identical(found[k], expected[k]))
          << "result " << k << " of " << cases[i].describe();
  }
}

TEST_P(RMSNormGrad, AnyNumberOfThreadsGivesTheSameBits) {
  GradForms forms({{.type = GetParam(), .gamma = RowVector{}},
                   {.type = GetParam(), .numResults = 1}});
  for (const Sizes &sizes :
       {Sizes{700, 65}, Sizes{37, 500}, Sizes{3, 20001}, Sizes{20000, 1}})
    for (size_t i = 0; i < forms.cases.size(); ++i) {
      auto inputs = forms.cases[i].makeInputs(sizes);
      norm_set_num_threads(1);
      auto expected = forms.run(i, inputs);
      for (int threads : {2, 5}) {
        norm_set_num_threads(threads);
        auto found = forms.run(i, inputs);
        ASSERT_EQ(found.size(), expected.size());
        for (size_t k = 0; k < found.size(); ++k)
          EXPECT_TRUE(identical(found[k], expected[k]))
              << "result " << k << " by " << threads << " threads, " << sizes[0]
              << "x" << sizes[1];
      }
      norm_set_num_threads(0);
    }
}

TEST_P(RMSNormGrad, RowsOfDxDoNotDependOnEachOther) {
  GradForms forms(
      {{.type = GetParam(), .gamma = RowVector{}},
       {.type = GetParam(), .gamma = RowVector{}, .numResults = 1}});
  const int64_t rows = 11;
  for (int64_t width : {1, 37, 64, 129, 4097}) {
    auto inputs = forms.cases[0].makeInputs({rows, width}, width);
    Array all = forms.run(0, inputs).front();
    EXPECT_TRUE(identical(forms.run(1, inputs).front(), all));
    for (int64_t i = 0; i < rows; ++i) {
      auto getRow = [&](const Array &array, int64_t size) {
        auto begin = array.values.begin() + i * size;
        return Array{array.type, {1, width}, {begin, begin + size}};
      };
      Array rrms = getRow(inputs[2], 1);
      rrms.sizes = {1};
      for (size_t form : {0, 1}) {
        auto alone =
            forms.run(form, {getRow(inputs[0], width), getRow(inputs[1], width),
                             rrms, inputs[3]});
        EXPECT_TRUE(identical(alone[0], getRow(all, width)))
            << "row " << i << " of width " << width;
      }
    }
  }
}

TEST_P(RMSNormGrad, OneWideRow) {
  GradForms forms({{.type = GetParam(), .gamma = RowVector{}}});
  EXPECT_EQ(forms.check(0, {1, 1000003}), "");
}

// Rows of no elements have no place in a sum.
TEST_P(RMSNormGrad, RowLengthZeroAtRunTime) {
  GradForms forms({{.type = GetParam(), .gamma = RowVector{}},
                   {.type = GetParam(), .rank = 3, .axis = 1}});
  const Sizes shapes[] = {{3, 0}, {3, 5, 0}};
  for (size_t i = 0; i < forms.cases.size(); ++i) {
    auto found = forms.run(i, forms.cases[i].makeInputs(shapes[i]));
    auto expected = forms.cases[i].makeResults(shapes[i]);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t k = 0; k < found.size(); ++k)
      EXPECT_TRUE(identical(found[k], expected[k])) << "result " << k;
  }
}

// Some of the results are used: the others must not be needed for them.
TEST_P(RMSNormGrad, OnlySumsAreResults) {
  ElementType acc = norm::reference::getAccumulatorType(GetParam());
  const std::string x = getTensorType(GetParam(), {-1, -1});
  const std::string sum = getTensorType(acc, {-1});
  std::string text;
  for (const char *result : {"1", "2"})
    text += std::string("func.func @f") + result + "(%dy: " + x + ", %x: " + x +
            ", %r: " + sum + ", %g: " + sum + ") -> " + sum +
            " {\n%0:3 = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1) : (" +
            x + ", " + x + ", " + sum + ", " + sum + ") -> (" + x + ", " + sum +
            ", " + sum + ")\nreturn %0#" + result + " : " + sum + "\n}\n";
  Kernel kernel(text);
  RMSNormGradCase form = {.type = GetParam(),
                          .gamma = RowVector{.inAccumulator = true}};
  GradForms all({form});
  for (const Sizes &sizes : {Sizes{1, 5}, Sizes{30, 70}, Sizes{600, 3}}) {
    auto inputs = form.makeInputs(sizes);
    auto expected = all.run(0, inputs);
    ASSERT_EQ(expected.size(), 3u);
    for (size_t i : {1, 2}) {
      auto found = kernel.run("f" + std::to_string(i), inputs);
      ASSERT_EQ(found.size(), 1u);
      EXPECT_TRUE(identical(found[0], expected[i])) << "result " << i;
    }
  }
}

// x = [3, 4] with epsilon 0: r = sqrt(2) / 5, h = [3, 4] r, m = h_0 / 2 for
// dy = [1, 0].
TEST(RMSNormGradClosedForm, TwoElements) {
  GradForms forms({{.type = ElementType::F64}});
  double r = std::sqrt(2) / 5;
  auto found = forms.run(0, {{ElementType::F64, {1, 2}, {1, 0}},
                             {ElementType::F64, {1, 2}, {3, 4}},
                             {ElementType::F64, {1}, {r}}});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_NEAR(found[0].values[0], r * (1 - 9.0 / 25), 1e-15);
  EXPECT_NEAR(found[0].values[1], -r * 12 / 25, 1e-15);
  EXPECT_NEAR(found[1].values[0], 3 * r, 1e-15);
  EXPECT_EQ(found[1].values[1], 0);
  EXPECT_EQ(found[2].values, std::vector<double>({1, 0}));
}

// With epsilon 0 a row keeps its length, so dx is orthogonal to x.
TEST(RMSNormGradClosedForm, DxIsOrthogonalToX) {
  RMSNormGradCase form = {.type = ElementType::F64, .gamma = RowVector{}};
  GradForms forms({form});
  for (int64_t width : {2, 65, 1000}) {
    auto inputs = form.makeInputs({3, width}, width);
    for (int64_t row = 0; row < 3; ++row) {
      double squares = 0;
      for (int64_t j = 0; j < width; ++j)
        squares += std::pow(inputs[1].values[row * width + j], 2);
      inputs[2].values[row] = std::sqrt(double(width) / squares);
    }
    Array dx = forms.run(0, inputs).front();
    for (int64_t row = 0; row < 3; ++row) {
      double product = 0, magnitude = 0;
      for (int64_t j = row * width; j < (row + 1) * width; ++j) {
        product += inputs[1].values[j] * dx.values[j];
        magnitude += std::fabs(inputs[1].values[j] * dx.values[j]);
      }
      // As many roundings as summands in each of the sums.
      EXPECT_LE(std::fabs(product), 4 * double(width) * 0x1p-53 * magnitude);
    }
  }
}

// The checks must be able to fail: kernels that are wrong in one parameter.
TEST_P(RMSNormGrad, WrongKernelsAreCaught) {
  RMSNormGradCase right = {.type = GetParam(), .gamma = RowVector{}};
  std::vector<RMSNormGradCase> wrong(2, right);
  wrong[0].weightOffset = 0.02;
  wrong[1].targetRms = 1.02;
  GradForms forms(wrong), truth({right});
  auto inputs = right.makeInputs({20, 100});
  auto expected = truth.kernel.evaluate("f0", inputs);
  for (size_t i = 0; i < wrong.size(); ++i)
    EXPECT_NE(Accuracy().check(right, inputs, forms.run(i, inputs), expected),
              "")
        << "form " << i;
  // One row is missing in a sum, or rrms is another row's.
  auto found = truth.run(0, inputs);
  EXPECT_EQ(Accuracy().check(right, inputs, found, expected), "");
  for (size_t k : {1, 2}) {
    auto less = found;
    less[k].values[77] -= inputs[0].values[19 * 100 + 77];
    EXPECT_NE(Accuracy().check(right, inputs, less, expected), "");
  }
  auto other = inputs;
  std::swap(other[2].values[3], other[2].values[4]);
  EXPECT_NE(Accuracy().check(right, inputs, truth.run(0, other), expected), "");
}

} // namespace
