//===- RMSNormGradLayoutTest.cpp - Strides, addresses, order ---*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// What must not change a bit of a gradient: where its tensors lie, the CPU and
// its level of optimization.

#include "Buffer.h"
#include "Forms.h"
#include "RMSNormGradCase.h"
#include "RowSum.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace norm::test;

namespace {

using GradForms = FormsOf<RMSNormGradCase>;

class RMSNormGradLayout : public testing::TestWithParam<ElementType> {
protected:
  /// Runs form `i` with each list of layouts: of dy, x, rrms, gamma, dx, dgamma
  /// and dbeta. Results must have the bits that they have for dense tensors.
  static void expectDenseBits(const GradForms &forms, size_t i,
                              const Sizes &sizes,
                              const std::vector<std::vector<Layout>> &layouts) {
    auto inputs = forms.cases[i].makeInputs(sizes, 3);
    auto expected = forms.run(i, inputs);
    ASSERT_EQ(expected.size(), 3u);
    for (size_t k = 0; k < layouts.size(); ++k)
      EXPECT_EQ(checkBitsAt(forms.kernel, GradForms::getName(i), inputs,
                            layouts[k], expected),
                "")
          << "layout " << k << " of " << sizes[0] << "x" << sizes[1] << "\n"
          << forms.cases[i].describe();
  }
};
INSTANTIATE_TEST_SUITE_P(Types, RMSNormGradLayout,
                         testing::ValuesIn(floatTypes), TypeName());

TEST_P(RMSNormGradLayout, StridesOfRowsAndElements) {
  RMSNormGradCase form = {.type = GetParam(), .gamma = RowVector{}};
  std::vector<RMSNormGradCase> cases = {form, form};
  cases[1].strategy = "vector_bits = 256, stream_bytes = 0";
  GradForms forms(cases);
  for (int64_t width : {1, 9, 64, 131}) {
    const Sizes all[] = {{width, 1},      {width + 13, 1}, {2 * width, 2},
                         {-width - 3, 1}, {width, -1},     {1, 11}};
    std::vector<std::vector<Layout>> layouts;
    for (const Sizes &x : all)
      for (const Sizes &dx : all)
        for (const Sizes &dy : {x, dx})
          layouts.push_back({{dy}, {x}, {}, {}, {dx}, {}, {}});
    // Vectors with gaps and backwards, which only the strided kernel takes.
    for (int64_t stride : {2, -1, -3})
      layouts.push_back(
          {{}, {}, {{stride}}, {{stride}}, {}, {{stride}}, {{2 * stride}}});
    layouts.push_back({{}, {}, {{3}}, {}, {}, {}, {}});
    for (size_t i = 0; i < cases.size(); ++i)
      expectDenseBits(forms, i, {11, width}, layouts);
  }
}

TEST_P(RMSNormGradLayout, RowsOfSeveralDimsWithGaps) {
  GradForms forms({{.type = GetParam(),
                    .rank = 3,
                    .axis = 1,
                    .gamma = RowVector{.inAccumulator = true}},
                   {.type = GetParam(),
                    .rank = 3,
                    .axis = 1,
                    .gamma = RowVector{.isFlat = true},
                    .dgammaInAccumulator = false}});
  const Sizes all[] = {{35, 7, 1}, {80, 7, 1}, {80, 11, 1},  {70, 14, 2},
                       {1, 21, 3}, {7, 21, 1}, {-35, -7, -1}};
  std::vector<std::vector<Layout>> layouts;
  for (const Sizes &x : all)
    for (const Sizes &dx : all)
      layouts.push_back({{dx}, {x}, {}, {}, {dx}, {}, {}});
  for (size_t i : {0, 1})
    expectDenseBits(forms, i, {3, 5, 7}, layouts);
  // The sums in a larger matrix.
  layouts.clear();
  for (const Sizes &sums : {Sizes{9, 1}, Sizes{14, 2}, Sizes{1, 5}})
    layouts.push_back({{}, {}, {}, {sums}, {}, {sums}, {{1, 6}}});
  expectDenseBits(forms, 0, {3, 5, 7}, layouts);
}

TEST_P(RMSNormGradLayout, RowsInSeveralDimsWithGaps) {
  GradForms forms(
      {{.type = GetParam(), .rank = 3, .axis = 2, .gamma = RowVector{}}});
  std::vector<std::vector<Layout>> layouts;
  for (const Sizes &x :
       {Sizes{50, 10, 1}, Sizes{77, 15, 1}, Sizes{10, 30, 1}, Sizes{1, 3, 15}})
    for (const Sizes &rrms : {Sizes{5, 1}, Sizes{9, 2}, Sizes{1, 3}})
      layouts.push_back({{x}, {}, {rrms}, {}, {x}, {}, {}});
  expectDenseBits(forms, 0, {3, 5, 10}, layouts);
}

// The stride of a dim of one element means nothing.
TEST_P(RMSNormGradLayout, DimsOfOneElement) {
  GradForms forms(
      {{.type = GetParam(), .gamma = RowVector{}},
       {.type = GetParam(), .gamma = RowVector{}, .staticSizes = {1, 9}}});
  for (int64_t odd : {0, 12345, -7}) {
    Layout row{{odd, 1}}, column{{1, odd}}, one{{odd}};
    expectDenseBits(forms, 0, {1, 9}, {{row, row, one, {}, row, {}, {}}});
    expectDenseBits(forms, 1, {1, 9}, {{row, row, one, {}, row, {}, {}}});
    expectDenseBits(forms, 0, {9, 1},
                    {{column, column, {}, one, column, one, one}});
  }
}

// An input of strides zero: one row, one element and one weight for all.
TEST_P(RMSNormGradLayout, BroadcastInputs) {
  RMSNormGradCase form = {.type = GetParam(), .gamma = RowVector{}};
  GradForms forms({form});
  auto inputs = form.makeInputs({9, 75});
  std::fill(inputs[0].values.begin(), inputs[0].values.end(),
            inputs[0].values[0]);
  for (int64_t i = 75; i < 9 * 75; ++i)
    inputs[1].values[i] = inputs[1].values[i - 75];
  for (size_t k : {2, 3})
    std::fill(inputs[k].values.begin(), inputs[k].values.end(),
              inputs[k].values[0]);
  EXPECT_EQ(checkBitsAt(forms.kernel, "f0", inputs,
                        {{{0, 0}}, {{0, 1}}, {{0}}, {{0}}, {}, {}, {}},
                        forms.run(0, inputs)),
            "");
}

TEST_P(RMSNormGradLayout, AnyAddressAndNothingBesideTheTensors) {
  RMSNormGradCase form = {
      .type = GetParam(), .gamma = RowVector{}, .dbetaInAccumulator = false};
  std::vector<RMSNormGradCase> cases = {form, form};
  cases[1].strategy = "vector_bits = 256, stream_bytes = 0";
  for (const std::string &cpu : getTestedCPUs()) {
    GradForms forms(cases, {cpu, 2});
    for (int64_t width : {1, 2, 5, 8, 15, 17, 33, 64, 65, 131}) {
      std::vector<std::vector<Layout>> layouts;
      for (auto at : {Place::At::Start, Place::At::End})
        for (int64_t gap : {0, 5}) {
          Layout all{{}, {at, 0}}, rows{{width + gap, 1}, {at, 0}};
          layouts.push_back({rows, rows, all, all, rows, all, all});
        }
      for (int64_t shift : {1, 2, 7, 8, 33}) {
        std::vector<Layout> shifted;
        for (int64_t factor : {1, 3, 5, 7, 9, 11, 13})
          shifted.push_back({{}, {Place::At::Inside, shift * factor % 64}});
        layouts.push_back(shifted);
      }
      for (size_t i = 0; i < cases.size(); ++i)
        expectDenseBits(forms, i, {10, width}, layouts);
    }
  }
}

// An output over an input is refused, since a row of x is read twice.
TEST_P(RMSNormGradLayout, OutputsOverInputsAreRefused) {
  RMSNormGradCase form = {.type = GetParam(), .gamma = RowVector{}};
  GradForms forms({form});
  auto inputs = form.makeInputs({3, 20});
  for (size_t input : {0, 1}) {
    auto results = form.makeResults({3, 20});
    std::string error =
        callAt(forms.kernel, "f0", inputs,
               {{}, {}, {}, {}, {.inPlaceOf = input}, {}, {}}, results);
    EXPECT_NE(error.find("no element in common"), error.npos) << error;
  }
}

/// dx by the numbered steps of the op's description.
template <typename Acc>
std::vector<double> getModelDx(const RMSNormGradCase &form,
                               const std::vector<Array> &inputs, int64_t row) {
  const int64_t width = inputs[1].sizes[1];
  const auto r = static_cast<Acc>(inputs[2].values[row]);
  std::vector<Acc> g, h;
  for (int64_t j = 0; j < width; ++j) {
    h.push_back(static_cast<Acc>(inputs[1].values[row * width + j]) * r);
    Acc weight = static_cast<Acc>(inputs[3].values[j]) +
                 static_cast<Acc>(form.weightOffset);
    g.push_back(static_cast<Acc>(inputs[0].values[row * width + j]) * weight);
  }
  Acc m = RowSum<Acc>(g, h).get() / static_cast<Acc>(width);
  std::vector<double> dx;
  for (int64_t j = 0; j < width; ++j) {
    // In two steps, which the compiler must not contract.
    volatile Acc product = h[j] * m;
    dx.push_back(norm::reference::roundTo(
        form.type, (g[j] - product) * (r * static_cast<Acc>(form.targetRms))));
  }
  return dx;
}

TEST_P(RMSNormGradLayout, DxHasTheDocumentedBitsOnEveryCPUAndLevel) {
  RMSNormGradCase form = {.type = GetParam(),
                          .gamma = RowVector{},
                          .targetRms = 0.7,
                          .weightOffset = 1};
  std::vector<int64_t> widths = {4095, 4097, 8192, 12289, 36900};
  for (int64_t width = 1; width <= 131; width += 10)
    widths.push_back(width);
  std::vector<std::vector<Array>> first;
  for (const std::string &cpu : getTestedCPUs())
    for (unsigned level : {0u, 2u}) {
      GradForms forms({form}, {cpu, level});
      for (size_t i = 0; i < widths.size(); ++i) {
        int64_t width = widths[i];
        auto inputs = form.makeInputs({2, width}, width);
        auto found = forms.run(0, inputs);
        ASSERT_EQ(found.size(), 3u);
        if (first.size() == i) {
          first.push_back(found);
          for (int64_t row : {0, 1}) {
            auto model = GetParam() == ElementType::F64
                             ? getModelDx<double>(form, inputs, row)
                             : getModelDx<float>(form, inputs, row);
            auto begin = found[0].values.begin() + row * width;
            EXPECT_EQ(std::vector<double>(begin, begin + width), model)
                << "row " << row << " of width " << width;
          }
        }
        for (size_t k = 0; k < found.size(); ++k)
          EXPECT_TRUE(identical(found[k], first[i][k]))
              << "result " << k << " of width " << width << " on " << cpu
              << " -O" << level;
      }
    }
}

} // namespace
