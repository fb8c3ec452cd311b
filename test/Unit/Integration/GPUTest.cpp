//===- GPUTest.cpp - Kernels for GPUs and the evaluator --------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The emulator runs each thread, so sizes are kept small. It checks bounds,
// alignments, barriers and races in all that runs here.

#include "Buffer.h"
#include "ChannelCase.h"
#include "DeviceMemory.h"
#include "Forms.h"
#include "RMSNormGradCase.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>

using namespace norm::test;

namespace {

using GradForms = FormsOf<RMSNormGradCase>;
using ChannelForms = FormsOf<ChannelCase>;

const Options emulated = {.isEmulated = true};

class GPU : public testing::TestWithParam<ElementType> {};
INSTANTIATE_TEST_SUITE_P(Types, GPU, testing::ValuesIn(floatTypes), TypeName());

TEST_P(GPU, RMSNormOfDynamicWidths) {
  Forms forms({{.type = GetParam(), .gamma = RowVector{}}}, emulated);
  for (int64_t width :
       {0, 1, 2, 3, 7, 8, 9, 32, 127, 128, 1000, 4096, 4097, 8200})
    EXPECT_EQ(forms.check(0, {3, width}, width), "") << "width " << width;
  EXPECT_EQ(forms.check(0, {0, 8}), "");
}

// Rows in a part of a warp, in a warp, in a block, and longer than a block's
// registers.
TEST_P(GPU, RMSNormOfStaticWidths) {
  std::vector<RMSNormCase> cases;
  for (int64_t width : {1, 2, 24, 63, 128, 250, 1024, 4095, 8192, 33000})
    cases.push_back(
        {.type = GetParam(), .gamma = RowVector{}, .staticSizes = {-1, width}});
  Forms forms(cases, emulated);
  for (size_t i = 0; i < cases.size(); ++i) {
    int64_t width = cases[i].staticSizes[1];
    EXPECT_EQ(forms.check(i, {width < 256 ? 19 : 2, width}, i), "");
  }
}

// Each way to give gamma and beta, with both roundings and several axes.
TEST_P(GPU, RMSNormOptions) {
  std::vector<RMSNormCase> cases;
  for (const auto &gamma :
       {std::optional<RowVector>(), std::optional(RowVector{}),
        std::optional(RowVector{.inAccumulator = true, .isFlat = true})})
    for (bool roundsBeforeGamma : {false, true}) {
      int64_t i = cases.size();
      cases.push_back({.type = GetParam(),
                       .rank = 3,
                       .axis = 1 + i % 2,
                       .gamma = gamma,
                       .beta = i % 3 == 0 ? gamma : RowVector{},
                       .withRrms = i % 2 == 0,
                       .roundsBeforeGamma = roundsBeforeGamma,
                       .epsilon = 0.5,
                       .targetRms = 0.7,
                       .weightOffset = i % 4 >= 2 ? 1.0 : 0.0});
    }
  Forms forms(cases, emulated);
  for (size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(forms.check(i, {2, 5, 11}, i), "");
  }
}

/// The first `rows` rows of a tensor.
Array firstRows(const Array &whole, int64_t rows) {
  Array part = whole;
  part.values.resize(whole.values.size() / whole.sizes[0] * rows);
  part.sizes[0] = rows;
  return part;
}

// In one chunk, in some, in more than a warp has lanes, and in more than a row
// may have of 512 elements; cut between two threads and within one.
TEST_P(GPU, RMSNormOfRowsInChunks) {
  std::string strategy = getChunkStrategy(4);
  std::vector<RMSNormCase> cases{
      {.type = GetParam(), .gamma = RowVector{}, .strategy = strategy},
      {.type = GetParam(),
       .rank = 3,
       .axis = 2,
       .beta = RowVector{},
       .strategy = strategy}};
  for (int64_t width : {512, 1300, 2048})
    for (int64_t rows : {-1, 1, 5})
      cases.push_back({.type = GetParam(),
                       .gamma = RowVector{},
                       .staticSizes = {rows, width},
                       .strategy = strategy});
  Forms forms(cases, emulated);
  for (int64_t width : {0, 1, 511, 512, 513, 1300, 20001})
    for (int64_t rows : {0, 1, 3, 5})
      if (rows * width < 50000) {
        EXPECT_EQ(forms.check(0, {rows, width}), "")
            << rows << " rows of " << width;
      }
  EXPECT_EQ(forms.check(1, {1, 3, 700}), "");
  EXPECT_EQ(forms.check(1, {2, 3, 700}), "");
  for (size_t i = 2; i < cases.size(); ++i) {
    int64_t rows = cases[i].staticSizes[0];
    EXPECT_EQ(forms.check(i, {rows < 0 ? 2 : rows, cases[i].staticSizes[1]}, i),
              "");
  }
}

// A row has the same bits in a batch of many, where one block has it, and of
// few, where several share it.
TEST_P(GPU, RowsInChunksHaveTheSameBitsInEachBatch) {
  std::vector<RMSNormCase> cases;
  for (int64_t splitRows : {0, 4})
    cases.push_back({.type = GetParam(),
                     .gamma = RowVector{},
                     .strategy = getChunkStrategy(splitRows)});
  // In a cluster of blocks.
  constexpr int64_t ofCluster = 2048;
  cases.push_back({.type = GetParam(),
                   .gamma = RowVector{},
                   .staticSizes = {-1, ofCluster},
                   .strategy = getChunkStrategy(4)});
  Forms forms(cases, emulated);
  for (int64_t width : {int64_t(513), ofCluster, int64_t(17000)}) {
    auto inputs = cases[0].makeInputs({4, width}, width);
    auto expected = forms.run(0, inputs);
    for (size_t number = 1; number < (width == ofCluster ? 3 : 2); ++number)
      for (int64_t rows : {1, 3, 4}) {
        auto found = forms.run(number, {firstRows(inputs[0], rows), inputs[1]});
        for (size_t i = 0; i < found.size(); ++i)
          EXPECT_TRUE(identical(found[i], firstRows(expected[i], rows)))
              << "result " << i << " of " << rows << " rows of " << width;
      }
  }
}

// Its chunks are longer than the strategy's, since there would be too many.
TEST(GPUChunks, RowOfTheMostChunks) {
  std::vector<RMSNormCase> cases;
  for (int64_t splitRows : {0, 2})
    for (int64_t width : {-1, 70001})
      cases.push_back(
          {.staticSizes = {-1, width},
           .strategy = "vector_bits = 128, gpu = <row_threads = 32, "
                       "block_rows = 1, thread_elements = 2, row_tile = "
                       "64, row_blocks = 264, row_chunk = 64, split_rows "
                       "= " +
                       std::to_string(splitRows) + ">"});
  Forms forms(cases, emulated);
  auto inputs = cases[0].makeInputs({1, 70001});
  auto expected = forms.run(0, inputs);
  for (size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(forms.check(i, inputs), "");
    EXPECT_TRUE(identical(forms.run(i, inputs)[0], expected[0])) << i;
  }
}

TEST_P(GPU, RMSNormGradOfRowsInChunks) {
  GradForms forms({{.type = GetParam(),
                    .gamma = RowVector{},
                    .numResults = 1,
                    .strategy = getChunkStrategy(4)}},
                  emulated);
  for (const Sizes &sizes :
       {Sizes{1, 1300}, Sizes{3, 512}, Sizes{5, 1030}, Sizes{2, 17000}})
    EXPECT_EQ(forms.check(0, sizes), "") << printSizes(sizes);
}

// Sums of a row that need another one first, a value behind one that is dear,
// and one that is a result itself.
TEST(GPUChunks, SumsBehindSums) {
  std::string attribute =
      "{strategy = #norm.strategy<" + getChunkStrategy(4) + ">}";
  Kernel kernel(
      R"mlir(
    func.func @f(%x: tensor<?x?xf32>, %r: tensor<?x?xf32>)
        -> (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>) {
      %h = arith.addf %x, %r : tensor<?x?xf32>
      %a = norm.rmsnorm %h axis(1) epsilon(1.0e-5) )mlir" +
          attribute +
          R"mlir( : (tensor<?x?xf32>) -> tensor<?x?xf32>
      %e = math.exp %a : tensor<?x?xf32>
      %y, %s = norm.rmsnorm %e axis(1) epsilon(1.0e-5) )mlir" +
          attribute +
          R"mlir( : (tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
      return %y, %h, %s : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>
    })mlir",
      emulated);
  for (const Sizes &sizes : {Sizes{2, 1300}, Sizes{4, 1300}, Sizes{1, 100}}) {
    std::vector<Array> inputs{makeRandom(ElementType::F32, sizes, 1),
                              makeRandom(ElementType::F32, sizes, 2)};
    auto found = kernel.run("f", inputs), exact = kernel.evaluate("f", inputs);
    Accuracy accuracy;
    for (size_t i = 0; i < found.size(); ++i)
      EXPECT_EQ(accuracy.check(found[i], exact[i], /*maxUlps=*/16), "")
          << printSizes(sizes);
  }
}

TEST_P(GPU, RMSNormGrad) {
  std::vector<RMSNormGradCase> cases = {
      {.type = GetParam(), .gamma = RowVector{}}};
  for (int64_t width : {1, 100, 4096})
    cases.push_back({.type = GetParam(),
                     .gamma = RowVector{},
                     .numResults = 2,
                     .staticSizes = {-1, width}});
  GradForms forms(cases, emulated);
  for (const Sizes &sizes : {Sizes{3, 5}, Sizes{40, 33}, Sizes{2, 4100},
                             Sizes{0, 9}, Sizes{1, 1}, Sizes{300, 3}})
    EXPECT_EQ(forms.check(0, sizes), "");
  for (size_t i = 1; i < cases.size(); ++i) {
    int64_t width = cases[i].staticSizes[1];
    EXPECT_EQ(forms.check(i, {width < 256 ? 35 : 3, width}, i), "");
  }
}

// More partial sums than a block adds at once, and a part of a tile left over.
TEST_P(GPU, RMSNormGradOfManyPartialSums) {
  std::vector<RMSNormGradCase> cases;
  for (int64_t rows : {-1, 1100})
    for (int64_t width : {3, 20})
      cases.push_back({.type = GetParam(),
                       .gamma = RowVector{},
                       .numResults = 2,
                       .staticSizes = {rows, width}});
  GradForms forms(cases, emulated);
  for (size_t i = 0; i < cases.size(); ++i)
    EXPECT_EQ(forms.check(i, {1100, cases[i].staticSizes[1]}, i), "");
}

TEST_P(GPU, Channels) {
  ChannelForms forms(makeChannelCases(GetParam(), 4), emulated);
  for (const Sizes &sizes :
       {Sizes{2, 3, 4, 5}, Sizes{0, 3, 2, 2}, Sizes{1, 1, 1, 1},
        Sizes{4, 33, 3, 3}, Sizes{40, 9, 1, 1}, Sizes{1, 2, 1, 4099}})
    for (size_t i = 0; i < forms.cases.size(); ++i)
      EXPECT_EQ(forms.check(i, forms.cases[i].inLayout(sizes), i + 1), "")
          << "sizes " << printSizes(sizes);
}

// Of a warp's lanes, more than they keep at once, cut in images and in pieces
// of one; rows of channels that are more than a thread's.
TEST_P(GPU, ChannelsInManyBlocks) {
  std::vector<ChannelCase> cases;
  for (const ChannelCase &form : makeChannelCases(GetParam(), 3))
    if (form.op != ChannelCase::Op::Backprop)
      for (const Sizes &staticSizes : {Sizes{}, form.inLayout({7, 3, 20})}) {
        cases.push_back(form);
        cases.back().staticSizes = staticSizes;
        cases.back().strategy =
            "vector_bits = 128, gpu = <row_threads = 8, block_rows = 4, "
            "thread_elements = 2, row_tile = 32, row_blocks = 1, "
            "channel_block = 16>";
      }
  ChannelForms forms(cases, emulated);
  for (const Sizes &sizes :
       {Sizes{7, 3, 20}, Sizes{1, 2, 4099}, Sizes{90, 1, 7}, Sizes{0, 3, 1},
        Sizes{5000, 2, 1}})
    for (size_t i = 0; i < cases.size(); ++i)
      if (cases[i].staticSizes.empty() || sizes[0] == 7) {
        EXPECT_EQ(forms.check(i, cases[i].inLayout(sizes), i + 1), "")
            << "sizes " << printSizes(sizes);
      }
}

/// @y (x) -> y and @dx (y, dy) -> dx of any two sizes.
std::string getReciprocals(ElementType type) {
  const Sizes sizes = {-1, -1};
  std::string tensor = getTensorType(type, sizes);
  OpText forward("norm.reciprocal"), backward("norm.reciprocal_grad");
  forward.addOperand("x", tensor);
  backward.addOperand("y", tensor);
  backward.addOperand("dy", tensor);
  return forward.getFunction("y", {{type, sizes, {}}}) +
         backward.getFunction("dx", {{type, sizes, {}}});
}

// Divisions and products are rounded alike everywhere. Zeros,
// infinities, NaNs and subnormals are among the values.
TEST_P(GPU, Reciprocals) {
  Kernel kernel(getReciprocals(GetParam()), emulated);
  Kernel cpu(getReciprocals(GetParam()));
  for (const Sizes &sizes :
       {Sizes{1, 1}, Sizes{3, 5}, Sizes{2, 4099}, Sizes{0, 4}}) {
    Array x = makeRandom(GetParam(), sizes, 1);
    const double specials[] = {0., -0., HUGE_VAL, -HUGE_VAL, NAN, 1e-310, 6e-8};
    for (size_t i = 0; i < std::min(x.values.size(), std::size(specials)); ++i)
      x.values[i] = norm::reference::roundTo(GetParam(), specials[i]);
    EXPECT_TRUE(
        identical(kernel.run("y", {x})[0], kernel.evaluate("y", {x})[0]));
    Array y = makeRandom(GetParam(), sizes, 2);
    Array dy = makeRandom(GetParam(), sizes, 3);
    EXPECT_TRUE(
        identical(kernel.run("dx", {y, dy})[0], cpu.run("dx", {y, dy})[0]));
  }
}

/// Where x and y lie whose rows have `width` elements: rows and elements with
/// gaps, in reverse, columns first, at addresses that are not multiples of 16.
std::vector<Layout> makeLayouts(const Sizes &sizes) {
  int64_t rows = sizes[0], width = sizes[1];
  return {{},
          {.strides = {width + 3, 1}},
          {.strides = {2 * width, 2}},
          {.strides = {-width, 1}},
          {.strides = {width, -1}},
          {.strides = {1, rows}},
          {.place = {.shift = 1}},
          {.strides = {width + 5, 1}, .place = {.at = Place::At::End}}};
}

TEST(GPULayouts, EachGivesTheSameBits) {
  Forms forward({{.type = ElementType::BF16, .gamma = RowVector{}}}, emulated);
  GradForms backward({{.gamma = RowVector{}}}, emulated);
  for (const Sizes &sizes : {Sizes{3, 130}, Sizes{2, 8}}) {
    auto inputs = forward.cases[0].makeInputs(sizes);
    auto expected = forward.run(0, inputs);
    auto gradInputs = backward.cases[0].makeInputs(sizes);
    auto gradExpected = backward.run(0, gradInputs);
    for (const Layout &layout : makeLayouts(sizes)) {
      EXPECT_EQ(checkBitsAt(forward.kernel, "f0", inputs,
                            {layout, {}, layout, {}}, expected),
                "");
      EXPECT_EQ(checkBitsAt(backward.kernel, "f0", gradInputs,
                            {layout, layout, {}, {}, layout, {}, {}},
                            gradExpected),
                "");
    }
    // y over x.
    EXPECT_EQ(checkBitsAt(forward.kernel, "f0", inputs,
                          {{}, {}, {.inPlaceOf = 0}, {}}, expected),
              "");
  }
}

TEST(GPULayouts, OfChannelsGiveTheSameBits) {
  ChannelForms forms(makeChannelCases(ElementType::F32, 3), emulated);
  for (size_t i = 0; i < forms.cases.size(); ++i) {
    Sizes sizes = forms.cases[i].inLayout({3, 4, 10});
    auto inputs = forms.cases[i].makeInputs(sizes);
    auto expected = forms.run(i, inputs);
    for (const Layout &layout :
         {Layout{.strides = {4000, 100, 3}}, Layout{.place = {.shift = 1}}}) {
      std::vector<Layout> layouts(inputs.size() + expected.size());
      layouts[0] = layout;
      EXPECT_EQ(checkBitsAt(forms.kernel, "f" + std::to_string(i), inputs,
                            layouts, expected),
                "")
          << forms.cases[i].describe();
    }
  }
}

// A row that is NaN, infinite or zero does not touch others.
TEST_P(GPU, SpecialRows) {
  Forms forms({{.type = GetParam(), .gamma = RowVector{}, .epsilon = 0}},
              emulated);
  auto inputs = forms.cases[0].makeInputs({4, 40});
  for (int64_t j = 0; j < 40; ++j)
    inputs[0].values[j] = 0;
  inputs[0].values[47] = NAN;
  inputs[0].values[93] = HUGE_VAL;
  auto found = forms.run(0, inputs);
  auto expected = forms.kernel.evaluate("f0", inputs);
  for (size_t i = 0; i < 120; ++i) {
    double y = found[0].values[i], exact = expected[0].values[i];
    EXPECT_TRUE(y == exact || (std::isnan(y) && std::isnan(exact))) << i;
  }
  EXPECT_EQ(forms.accuracy.check(forms.cases[0], inputs, found, expected), "");
}

// The order in which threads run changes nothing.
TEST(GPUDeterminism, AnyOrderOfThreadsGivesTheSameBits) {
  GradForms forms({{.gamma = RowVector{}}}, emulated);
  auto inputs = forms.cases[0].makeInputs({280, 37});
  auto expected = forms.run(0, inputs);
  for (uint64_t seed : {2, 3}) {
    setThreadOrder(seed);
    auto found = forms.run(0, inputs);
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_TRUE(identical(found[i], expected[i])) << "result " << i;
  }
}

} // namespace
