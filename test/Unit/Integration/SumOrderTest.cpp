//===- SumOrderTest.cpp - The bits of a row's sum of squares ---*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffer.h"
#include "Forms.h"
#include "RowSum.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>

using namespace norm::test;

namespace {

template <typename Acc>
double getModelRrms(const double *row, int64_t width, double epsilon) {
  std::vector<Acc> x(row, row + width);
  Acc meanSquare = RowSum<Acc>(x, x).get() / static_cast<Acc>(width);
  return Acc(1) / std::sqrt(meanSquare + static_cast<Acc>(epsilon));
}
double getModelRrms(ElementType type, const double *row, int64_t width,
                    double epsilon) {
  return type == ElementType::F64 ? getModelRrms<double>(row, width, epsilon)
                                  : getModelRrms<float>(row, width, epsilon);
}

const std::vector<int64_t> &getWidths() {
  static const std::vector<int64_t> widths = [] {
    std::vector<int64_t> result;
    for (int64_t width = 1; width <= 200; ++width)
      result.push_back(width);
    // Around blocks, and as many blocks as make trees of every form up to 13.
    for (int64_t blocks = 1; blocks <= 13; ++blocks)
      for (int64_t rest : {-1, 0, 1, 33, 64, 1000})
        result.push_back(blocks * 4096 + rest);
    result.push_back(100003);
    return result;
  }();
  return widths;
}

class SumOrder : public testing::TestWithParam<ElementType> {};
INSTANTIATE_TEST_SUITE_P(Types, SumOrder, testing::ValuesIn(floatTypes),
                         TypeName());

TEST_P(SumOrder, IsTheDocumentedOneOnEveryCPUAndLevel) {
  RMSNormCase form = {.type = GetParam(), .epsilon = 1e-5};
  std::vector<std::vector<Array>> first;
  for (const std::string &cpu : getTestedCPUs())
    for (unsigned level : {0u, 2u, 3u}) {
      Forms forms({form}, {cpu, level});
      for (size_t i = 0; i < getWidths().size(); ++i) {
        int64_t width = getWidths()[i];
        auto inputs = form.makeInputs({2, width}, width);
        auto found = forms.run(0, inputs);
        ASSERT_EQ(found.size(), 2u);
        if (first.size() == i) {
          first.push_back(found);
          for (int64_t row = 0; row < 2; ++row)
            EXPECT_EQ(found[1].values[row],
                      getModelRrms(GetParam(),
                                   inputs[0].values.data() + row * width, width,
                                   form.epsilon))
                << "width " << width;
        }
        EXPECT_TRUE(identical(found[0], first[i][0]) &&
                    identical(found[1], first[i][1]))
            << cpu << " -O" << level << " differs at width " << width;
      }
    }
}

TEST_P(SumOrder, StaticRowsHaveTheDocumentedOne) {
  std::vector<RMSNormCase> cases;
  for (int64_t width : {1, 33, 64, 100, 4097, 9000, 20481, 32768, 32769, 40000})
    cases.push_back(
        {.type = GetParam(), .epsilon = 1e-5, .staticSizes = {1, width}});
  Forms forms(cases);
  for (size_t i = 0; i < cases.size(); ++i) {
    int64_t width = cases[i].staticSizes[1];
    auto inputs = cases[i].makeInputs({1, width}, width);
    auto found = forms.run(i, inputs);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[1].values[0],
              getModelRrms(GetParam(), inputs[0].values.data(), width, 1e-5))
        << "width " << width;
  }
}

/// Row `i` of a matrix.
Array getRow(const Array &matrix, int64_t i) {
  int64_t width = matrix.sizes[1];
  auto begin = matrix.values.begin() + i * width;
  return {matrix.type, {1, width}, {begin, begin + width}};
}

TEST_P(SumOrder, RowsDoNotDependOnEachOther) {
  RMSNormCase form = {.type = GetParam(), .gamma = RowVector{}};
  Forms forms({form});
  for (int64_t width : {1, 37, 64, 129, 1000, 4097}) {
    const int64_t rows = 7;
    auto inputs = form.makeInputs({rows, width}, width);
    auto all = forms.run(0, inputs);
    ASSERT_EQ(all.size(), 2u);
    // Alone, and in the opposite order.
    auto turned = inputs;
    for (int64_t i = 0; i < rows; ++i) {
      Array row = getRow(inputs[0], i);
      auto alone = forms.run(0, {row, inputs[1]});
      ASSERT_EQ(alone.size(), 2u);
      EXPECT_TRUE(identical(alone[0], getRow(all[0], i)))
          << "row " << i << " of width " << width;
      EXPECT_EQ(alone[1].values[0], all[1].values[i]);
      std::copy(row.values.begin(), row.values.end(),
                turned[0].values.begin() + (rows - 1 - i) * width);
    }
    auto other = forms.run(0, turned);
    ASSERT_EQ(other.size(), 2u);
    for (int64_t i = 0; i < rows; ++i)
      EXPECT_TRUE(identical(getRow(other[0], rows - 1 - i), getRow(all[0], i)))
          << "row " << i << " of width " << width << " moved";
  }
}

// Pointers need the alignment of an element only, and the bits do not depend on
// them: with ordinary stores and with those past the caches.
TEST_P(SumOrder, MisalignmentChangesNoBits) {
  RMSNormCase form = {.type = GetParam(), .gamma = RowVector{}};
  std::vector<RMSNormCase> cases(4, form);
  cases[1].strategy = "vector_bits = 256, stream_bytes = 0";
  cases[2].strategy = "vector_bits = 512, stream_bytes = 0";
  cases[3].strategy = "vector_bits = 128";
  for (const std::string &cpu : getTestedCPUs()) {
    Forms forms(cases, {cpu, 2});
    for (int64_t width : {1, 5, 64, 131, 1027}) {
      const Sizes sizes = {3, width};
      auto inputs = form.makeInputs(sizes, width);
      auto expected = forms.run(0, inputs);
      ASSERT_EQ(expected.size(), 2u);
      for (int64_t shift = 0; shift < 64; ++shift)
        for (size_t i = 0; i < cases.size(); ++i) {
          // Each tensor at another offset.
          Buffer x(form.type, sizes, Place{Place::At::Inside, shift});
          Buffer gamma(form.type, {width},
                       Place{Place::At::Inside, (shift * 7 + 3) % 64});
          Buffer y(form.type, sizes,
                   Place{Place::At::Inside, (shift * 5 + width) % 64});
          Buffer rrms(expected[1].type, {3},
                      Place{Place::At::Inside, shift % 3});
          x.write(inputs[0]);
          gamma.write(inputs[1]);
          ASSERT_EQ(forms.kernel.call(Forms::getName(i),
                                      {x.operand(), gamma.operand(),
                                       y.operand(), rrms.operand()}),
                    "");
          ASSERT_TRUE(identical(y.read(), expected[0]) &&
                      identical(rrms.read(), expected[1]))
              << cpu << " width " << width << " shift " << shift << "\n"
              << cases[i].describe();
          ASSERT_TRUE(y.areGapsUntouched() && rrms.areGapsUntouched());
        }
    }
  }
}

} // namespace
