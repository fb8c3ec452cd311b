//===- GPUTest.cpp - Kernels for GPUs and the evaluator --------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The emulator runs each thread, so sizes are kept small.

#include "ChannelCase.h"
#include "Forms.h"
#include "RMSNormGradCase.h"

#include "gtest/gtest.h"

using namespace norm::test;

namespace {

using GradForms = FormsOf<RMSNormGradCase>;
using ChannelForms = FormsOf<ChannelCase>;

const Options emulated = {.isEmulated = true};

class GPU : public testing::TestWithParam<ElementType> {};
INSTANTIATE_TEST_SUITE_P(Types, GPU, testing::ValuesIn(floatTypes), TypeName());

TEST_P(GPU, RMSNormOfDynamicWidths) {
  Forms forms({{.type = GetParam(), .gamma = RowVector{}}}, emulated);
  for (int64_t width : {1, 2, 3, 7, 8, 9, 31, 32, 33, 127, 128, 1000, 4096,
                        4097, 8200})
    EXPECT_EQ(forms.check(0, {3, width}, width), "") << "width " << width;
}

// Rows in a part of a warp, in a warp, in a block, and longer than a block's
// registers.
TEST_P(GPU, RMSNormOfStaticWidths) {
  std::vector<RMSNormCase> cases;
  for (int64_t width :
       {1, 2, 8, 24, 63, 64, 128, 250, 256, 1024, 2048, 4095, 4096, 8192,
        33000})
    cases.push_back({.type = GetParam(),
                     .gamma = RowVector{},
                     .staticSizes = {-1, width}});
  Forms forms(cases, emulated);
  for (size_t i = 0; i < cases.size(); ++i)
    EXPECT_EQ(forms.check(i, {cases[i].staticSizes[1] < 256 ? 19 : 2,
                              cases[i].staticSizes[1]},
                          i),
              "");
}

TEST_P(GPU, RMSNormGrad) {
  std::vector<RMSNormGradCase> cases = {
      {.type = GetParam(), .gamma = RowVector{}}};
  for (int64_t width : {1, 8, 64, 100, 128, 512, 1024, 4096})
    cases.push_back({.type = GetParam(),
                     .gamma = RowVector{},
                     .staticSizes = {-1, width}});
  GradForms forms(cases, emulated);
  for (const Sizes &sizes : {Sizes{3, 5}, Sizes{40, 33}, Sizes{2, 4100},
                             Sizes{0, 9}, Sizes{1, 1}, Sizes{300, 3}})
    EXPECT_EQ(forms.check(0, sizes), "");
  for (size_t i = 1; i < cases.size(); ++i)
    EXPECT_EQ(forms.check(i, {cases[i].staticSizes[1] < 256 ? 70 : 5,
                              cases[i].staticSizes[1]},
                          i),
              "");
}

TEST_P(GPU, Channels) {
  ChannelForms forms(makeChannelCases(GetParam(), 4), emulated);
  for (const Sizes &sizes :
       {Sizes{2, 3, 4, 5}, Sizes{0, 3, 2, 2}, Sizes{1, 1, 1, 1},
        Sizes{8, 70, 7, 7}, Sizes{64, 9, 1, 1}, Sizes{3, 2, 1, 4099}})
    for (size_t i = 0; i < forms.cases.size(); ++i)
      EXPECT_EQ(forms.check(i, forms.cases[i].inLayout(sizes), i + 1), "")
          << "sizes " << printSizes(sizes);
}

} // namespace
