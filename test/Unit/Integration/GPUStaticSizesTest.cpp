//===- GPUStaticSizesTest.cpp - GPU kernels that fold ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Loops of one iteration, results without elements and constants are simplified
// away where sizes are static: what is left must still be kernels of their own,
// on memory of the device.

#include "ChannelCase.h"
#include "Forms.h"
#include "RMSNormGradCase.h"

#include "gtest/gtest.h"

using namespace norm::test;

namespace {

const Options emulated = {.isEmulated = true};

class GPUStaticSizes : public testing::TestWithParam<ElementType> {};
// One that sums in itself, and one that does not.
INSTANTIATE_TEST_SUITE_P(Types, GPUStaticSizes,
                         testing::Values(ElementType::BF16, ElementType::F64),
                         TypeName());

// One or no channel, image, pixel or row, and one block of all.
TEST_P(GPUStaticSizes, Channels) {
  for (const Sizes &sizes : {Sizes{1, 1, 1}, Sizes{4, 1, 3}, Sizes{3, 5, 1},
                             Sizes{9, 1, 1}, Sizes{1, 5, 1}, Sizes{2, 4, 6},
                             Sizes{0, 4, 1}, Sizes{4, 1, 0}, Sizes{0, 1, 1}}) {
    std::vector<ChannelCase> cases = makeChannelCases(GetParam(), 3);
    for (ChannelCase &form : cases)
      form.staticSizes = form.inLayout(sizes);
    FormsOf<ChannelCase> forms(cases, emulated);
    for (size_t i = 0; i < cases.size(); ++i)
      EXPECT_EQ(forms.check(i, cases[i].inLayout(sizes), i), "")
          << printSizes(sizes);
  }
}

// More rows than one block of sums takes, of one channel and of several.
TEST_P(GPUStaticSizes, ChannelsOfOnePixelInBlocks) {
  std::vector<ChannelCase> cases;
  for (const Sizes &sizes : {Sizes{70, 5, 1}, Sizes{600, 1, 1}})
    for (ChannelCase form : makeChannelCases(GetParam(), 3))
      if (form.op == ChannelCase::Op::Stats) {
        form.staticSizes = form.inLayout(sizes);
        form.strategy =
            "vector_bits = 128, gpu = <row_threads = 8, block_rows = 4, "
            "thread_elements = 2, row_tile = 32, row_blocks = 1, "
            "channel_block = 64>";
        cases.push_back(form);
      }
  FormsOf<ChannelCase> forms(cases, emulated);
  for (size_t i = 0; i < cases.size(); ++i)
    EXPECT_EQ(forms.check(i, cases[i].staticSizes, i), "");
}

TEST_P(GPUStaticSizes, GradientOfOneRow) {
  std::vector<RMSNormGradCase> cases;
  for (int64_t width : {-1, 1, 4, 33, 300})
    cases.push_back(
        {.type = GetParam(), .gamma = RowVector{}, .staticSizes = {1, width}});
  FormsOf<RMSNormGradCase> forms(cases, emulated);
  for (size_t i = 0; i < cases.size(); ++i) {
    int64_t width = cases[i].staticSizes[1];
    EXPECT_EQ(forms.check(i, {1, width < 0 ? 40 : width}, i), "");
  }
}

// The sums are rounded where they are added. Rows of 1026 and 1028 are a little
// longer than 128 threads of eight 2-byte elements.
TEST_P(GPUStaticSizes, GradientsInTheTypeOfTheTensor) {
  std::vector<RMSNormGradCase> cases;
  for (int64_t width : {1, 1026, 1028})
    cases.push_back({.type = GetParam(),
                     .gamma = RowVector{},
                     .dgammaInAccumulator = false,
                     .dbetaInAccumulator = false,
                     .staticSizes = {-1, width}});
  FormsOf<RMSNormGradCase> forms(cases, emulated);
  for (size_t i = 0; i < cases.size(); ++i)
    EXPECT_EQ(forms.check(i, {3, cases[i].staticSizes[1]}, i), "");
}

// No kernel is launched at all.
TEST_P(GPUStaticSizes, NoRows) {
  Forms forms({{.type = GetParam(), .staticSizes = {0, 8}}}, emulated);
  EXPECT_EQ(forms.check(0, {0, 8}), "");
}

// Between ops of one row each.
TEST(GPUOneRow, ValuesBetweenKernels) {
  Kernel kernel(R"mlir(
    func.func @f(%x: tensor<1x1x4xf32>, %dy: tensor<1x1x4xf32>)
        -> (tensor<1x1x4xf32>, tensor<1xf32>) {
      %m, %i = norm.channel_stats %x epsilon(1.0e-5) layout(NCHW)
        : (tensor<1x1x4xf32>) -> (tensor<1xf32>, tensor<1xf32>)
      %s, %b = norm.channel_backprop_stats %x, %m, %i, %dy layout(NCHW)
        : (tensor<1x1x4xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1x1x4xf32>)
        -> (tensor<1xf32>, tensor<1xf32>)
      %dx = norm.channel_backprop %x, %m, %i, %s, %b, %dy layout(NCHW)
        : (tensor<1x1x4xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>,
           tensor<1xf32>, tensor<1x1x4xf32>) -> tensor<1x1x4xf32>
      return %dx, %b : tensor<1x1x4xf32>, tensor<1xf32>
    })mlir",
                emulated);
  std::vector<Array> inputs{makeRandom(ElementType::F32, {1, 1, 4}, 1),
                            makeRandom(ElementType::F32, {1, 1, 4}, 2)};
  auto found = kernel.run("f", inputs), exact = kernel.evaluate("f", inputs);
  Accuracy accuracy;
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_EQ(accuracy.check(found[i], exact[i], /*maxUlps=*/16), "") << i;
}

// As gamma, in another shape, and as a result.
TEST(GPUConstants, AreInMemoryOfTheDevice) {
  Kernel kernel(R"mlir(
    func.func @f(%x: tensor<3x2x2xf32>) -> (tensor<3x2x2xf32>, tensor<4xf32>) {
      %c = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
      %g = tensor.expand_shape %c [[0, 1]] output_shape [2, 2]
        : tensor<4xf32> into tensor<2x2xf32>
      %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(1.0e-5)
        : (tensor<3x2x2xf32>, tensor<2x2xf32>) -> tensor<3x2x2xf32>
      return %y, %c : tensor<3x2x2xf32>, tensor<4xf32>
    })mlir",
                emulated);
  std::vector<Array> inputs{makeRandom(ElementType::F32, {3, 2, 2}, 1)};
  auto found = kernel.run("f", inputs), exact = kernel.evaluate("f", inputs);
  Accuracy accuracy;
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_EQ(accuracy.check(found[i], exact[i], /*maxUlps=*/4), "") << i;
}

} // namespace
