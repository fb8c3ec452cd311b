//===- StridesTest.cpp - Views with gaps, in place, broadcast --*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffer.h"
#include "Forms.h"

#include "gtest/gtest.h"

#include <algorithm>

using namespace norm::test;

namespace {

class Strides : public testing::TestWithParam<ElementType> {
protected:
  /// Runs form `i` of `forms` on an x and a y with these strides and expects
  /// the bits of the dense tensors, and gaps of y that keep what they hold.
  void expectDenseBits(const Forms &forms, size_t i, const Sizes &sizes,
                       const Sizes &xStrides, const Sizes &yStrides) {
    const RMSNormCase &form = forms.cases[i];
    auto inputs = form.makeInputs(sizes, 3);
    std::vector<Array> results = forms.run(i, inputs);
    ASSERT_EQ(results.size(), 2u);
    std::vector<Buffer> buffers;
    buffers.emplace_back(form.type, sizes, xStrides);
    for (size_t k = 1; k < inputs.size(); ++k)
      buffers.emplace_back(inputs[k].type, inputs[k].sizes);
    buffers.emplace_back(form.type, sizes, yStrides);
    buffers.emplace_back(results[1].type, results[1].sizes);
    std::vector<Operand> operands;
    for (size_t k = 0; k < buffers.size(); ++k) {
      if (k < inputs.size())
        buffers[k].write(inputs[k]);
      operands.push_back(buffers[k].operand());
    }
    ASSERT_EQ(forms.kernel.call(Forms::getName(i), operands), "");
    std::string strides;
    for (size_t dim = 0; dim < sizes.size(); ++dim)
      strides += " " + std::to_string(xStrides[dim]) + "/" +
                 std::to_string(yStrides[dim]);
    const Buffer &y = buffers[inputs.size()];
    EXPECT_TRUE(identical(y.read(), results[0])) << "y, strides" << strides;
    EXPECT_TRUE(identical(buffers.back().read(), results[1]))
        << "rrms, strides" << strides;
    EXPECT_TRUE(y.areGapsUntouched()) << "strides" << strides;
  }
};
INSTANTIATE_TEST_SUITE_P(Types, Strides, testing::ValuesIn(floatTypes),
                         TypeName());

TEST_P(Strides, OfRowsAndElements) {
  RMSNormCase form = {.type = GetParam(), .gamma = RowVector{}};
  std::vector<RMSNormCase> cases = {form, form};
  cases[1].strategy = "vector_bits = 256, stream_bytes = 0";
  for (const std::string &cpu : getTestedCPUs()) {
    Forms forms(cases, {cpu, 2});
    for (int64_t width : {1, 9, 64, 131}) {
      const Sizes all[] = {{width, 1},      {width + 13, 1},   {2 * width, 2},
                           {-width - 3, 1}, {width, -1},       {1, 5},
                           {-1, -5},        {3 * width + 1, 3}};
      for (const Sizes &x : all)
        for (const Sizes &y : all)
          for (size_t i = 0; i < cases.size(); ++i)
            expectDenseBits(forms, i, {5, width}, x, y);
    }
  }
}

TEST_P(Strides, RowsOfSeveralDimsWithGaps) {
  Forms forms({{.type = GetParam(),
                .rank = 3,
                .axis = 1,
                .gamma = RowVector{},
                .beta = RowVector{.isFlat = true}},
               {.type = GetParam(), .rank = 3, .axis = 0},
               {.type = GetParam(), .rank = 3, .axis = 2}});
  const Sizes all[] = {{35, 7, 1}, {80, 7, 1}, {80, 11, 1},  {70, 14, 2},
                       {1, 21, 3}, {7, 21, 1}, {-35, -7, -1}};
  for (const Sizes &x : all)
    for (const Sizes &y : all)
      for (size_t i = 0; i < forms.cases.size(); ++i)
        expectDenseBits(forms, i, {3, 5, 7}, x, y);
}

// The stride of a dim of one element means nothing.
TEST_P(Strides, OfDimsOfOneElement) {
  Forms forms({{.type = GetParam()},
               {.type = GetParam(), .rank = 3, .axis = 1},
               {.type = GetParam(), .rank = 3, .axis = 2},
               {.type = GetParam(), .staticSizes = {1, 9}},
               {.type = GetParam(), .staticSizes = {9, 1}}});
  for (int64_t odd : {0, 1, 12345, -7}) {
    expectDenseBits(forms, 0, {1, 9}, {odd, 1}, {odd, 1});
    expectDenseBits(forms, 0, {9, 1}, {1, odd}, {2, odd});
    expectDenseBits(forms, 1, {4, 1, 9}, {9, odd, 1}, {9, odd, 1});
    expectDenseBits(forms, 1, {4, 9, 1}, {9, 1, odd}, {10, 1, odd});
    expectDenseBits(forms, 1, {4, 9, 1}, {18, 2, odd}, {9, 1, odd});
    expectDenseBits(forms, 1, {1, 3, 5}, {odd, 5, 1}, {odd, 5, 1});
    expectDenseBits(forms, 2, {4, 1, 9}, {9, odd, 1}, {9, odd, 1});
    expectDenseBits(forms, 3, {1, 9}, {odd, 1}, {odd, 2});
    expectDenseBits(forms, 4, {9, 1}, {1, odd}, {3, odd});
  }
}

// Q, K and V in one buffer, normalized where they lie.
TEST_P(Strides, SlicesOfOneBuffer) {
  const int64_t tokens = 6, width = 48;
  Forms forms({{.type = GetParam(), .gamma = RowVector{}, .withRrms = false}});
  Buffer buffer(GetParam(), {tokens, 3, width});
  Array all = makeRandom(GetParam(), {tokens, 3, width}, 5);
  buffer.write(all);
  Array gamma = makeRandom(GetParam(), {width}, 6);
  Buffer weights(GetParam(), {width});
  weights.write(gamma);
  // Q is read and written to V's place; K stays.
  Operand q = buffer.operand();
  q.sizes = {tokens, width};
  q.strides = {3 * width, 1};
  Operand v = q;
  v.data = static_cast<char *>(q.data) + 2 * width * getBytes(GetParam());
  ASSERT_EQ(forms.kernel.call("f0", {q, weights.operand(), v}), "");
  Array x{GetParam(), {tokens, width}, {}};
  for (int64_t t = 0; t < tokens; ++t)
    x.values.insert(x.values.end(), all.values.begin() + 3 * t * width,
                    all.values.begin() + (3 * t + 1) * width);
  Array y = forms.run(0, {x, gamma})[0];
  for (int64_t t = 0; t < tokens; ++t)
    std::copy_n(y.values.begin() + t * width, width,
                all.values.begin() + (3 * t + 2) * width);
  EXPECT_TRUE(identical(buffer.read(), all));
}

TEST_P(Strides, InPlace) {
  RMSNormCase form = {.type = GetParam(), .gamma = RowVector{}};
  std::vector<RMSNormCase> cases(4, form);
  cases[1].strategy = "vector_bits = 256, stream_bytes = 0";
  cases[2].rank = 3;
  cases[2].axis = 1;
  cases[3].roundsBeforeGamma = true;
  Forms forms(cases);
  const std::pair<Sizes, Sizes> views[] = {
      {{5, 70}, {70, 1}},         {{5, 70}, {83, 1}},
      {{5, 70}, {1, 5}},          {{5, 70}, {140, 2}},
      {{5, 4097}, {4097, 1}},     {{4, 5, 14}, {70, 14, 1}},
      {{4, 5, 14}, {100, 20, 1}}, {{4, 5, 14}, {1, 4, 20}}};
  for (const auto &[sizes, strides] : views)
    for (size_t i = 0; i < cases.size(); ++i) {
      if (cases[i].rank != static_cast<int64_t>(sizes.size()))
        continue;
      auto inputs = cases[i].makeInputs(sizes);
      auto expected = forms.run(i, inputs);
      ASSERT_EQ(expected.size(), 2u);
      Buffer x(GetParam(), sizes, strides), gamma(GetParam(), inputs[1].sizes);
      Buffer rrms(expected[1].type, expected[1].sizes);
      x.write(inputs[0]);
      gamma.write(inputs[1]);
      ASSERT_EQ(
          forms.kernel.call(Forms::getName(i), {x.operand(), gamma.operand(),
                                                x.operand(), rrms.operand()}),
          "");
      EXPECT_TRUE(identical(x.read(), expected[0])) << cases[i].describe();
      EXPECT_TRUE(identical(rrms.read(), expected[1])) << cases[i].describe();
      EXPECT_TRUE(x.areGapsUntouched());
    }
}

// An input with strides of zero: one row for all, one element for all, one
// gamma for all.
TEST_P(Strides, BroadcastInputs) {
  RMSNormCase form = {.type = GetParam(), .gamma = RowVector{}};
  Forms forms({form});
  const Sizes sizes = {4, 75};
  auto inputs = form.makeInputs(sizes);
  for (const Sizes &strides : {Sizes{0, 1}, Sizes{1, 0}, Sizes{0, 0}}) {
    Array x = inputs[0];
    for (int64_t i = 0; i < 4; ++i)
      for (int64_t j = 0; j < 75; ++j)
        x.values[i * 75 + j] =
            inputs[0].values[i * strides[0] + j * strides[1]];
    Array gamma = inputs[1];
    std::fill(gamma.values.begin(), gamma.values.end(), gamma.values[0]);
    auto expected = forms.run(0, {x, gamma});
    ASSERT_EQ(expected.size(), 2u);
    Buffer shared(GetParam(), sizes, strides), one(GetParam(), {75}, Sizes{0});
    Buffer y(GetParam(), sizes), rrms(expected[1].type, {4});
    shared.write(x);
    one.write(gamma);
    ASSERT_EQ(forms.kernel.call("f0", {shared.operand(), one.operand(),
                                       y.operand(), rrms.operand()}),
              "");
    EXPECT_TRUE(identical(y.read(), expected[0]));
    EXPECT_TRUE(identical(rrms.read(), expected[1]));
  }
}

TEST_P(Strides, OfRrms) {
  Forms forms({{.type = GetParam(), .rank = 3, .axis = 2}});
  auto inputs = forms.cases[0].makeInputs({3, 4, 10});
  auto expected = forms.run(0, inputs);
  ASSERT_EQ(expected.size(), 2u);
  for (const Sizes &strides :
       {Sizes{4, 1}, Sizes{9, 2}, Sizes{1, 3}, Sizes{-4, -1}}) {
    Buffer x(GetParam(), {3, 4, 10}), y(GetParam(), {3, 4, 10});
    Buffer rrms(expected[1].type, {3, 4}, strides);
    x.write(inputs[0]);
    ASSERT_EQ(
        forms.kernel.call("f0", {x.operand(), y.operand(), rrms.operand()}),
        "");
    EXPECT_TRUE(identical(rrms.read(), expected[1]));
    EXPECT_TRUE(identical(y.read(), expected[0]));
    EXPECT_TRUE(rrms.areGapsUntouched());
  }
}

} // namespace
