//===- GuardPageTest.cpp - No access beside a tensor -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffer.h"
#include "Forms.h"

#include "gtest/gtest.h"

using namespace norm::test;

namespace {

class GuardPage : public testing::TestWithParam<ElementType> {};
INSTANTIATE_TEST_SUITE_P(Types, GuardPage, testing::ValuesIn(floatTypes),
                         TypeName());

/// Runs a form of `forms` with every tensor at `at` a page that ends the
/// process when it is touched, and compares the bits with `expected`.
/// `rowGap`: elements between the rows of x and y.
void expectSameBits(const Forms &forms, size_t form, int64_t width,
                    Place::At at, int64_t rowGap,
                    const std::vector<Array> &inputs,
                    const std::vector<Array> &expected) {
  Place place{at, 0};
  ElementType type = forms.cases[form].type;
  const Sizes sizes = {3, width}, strides = {width + rowGap, 1};
  Buffer x(type, sizes, strides, place), y(type, sizes, strides, place);
  Buffer gamma(inputs[1].type, {width}, place);
  Buffer beta(inputs[2].type, {width}, place);
  Buffer rrms(expected[1].type, {3}, place);
  x.write(inputs[0]);
  gamma.write(inputs[1]);
  beta.write(inputs[2]);
  ASSERT_EQ(forms.kernel.call(Forms::getName(form),
                              {x.operand(), gamma.operand(), beta.operand(),
                               y.operand(), rrms.operand()}),
            "");
  EXPECT_TRUE(identical(y.read(), expected[0]) &&
              identical(rrms.read(), expected[1]))
      << "width " << width << "\n"
      << forms.cases[form].describe();
  EXPECT_TRUE(y.areGapsUntouched()) << "width " << width;
}

TEST_P(GuardPage, OnEitherSideOfEveryTensor) {
  RMSNormCase form = {.type = GetParam(),
                      .gamma = RowVector{},
                      .beta = RowVector{.inAccumulator = true}};
  std::vector<RMSNormCase> cases = {form, form};
  cases[1].strategy = "vector_bits = 256, stream_bytes = 0";
  for (const std::string &cpu : getTestedCPUs()) {
    Forms forms(cases, {cpu, 2});
    for (int64_t width = 1; width <= 130; ++width) {
      auto inputs = form.makeInputs({3, width}, width);
      auto expected = forms.run(0, inputs);
      ASSERT_EQ(expected.size(), 2u);
      for (size_t i = 0; i < cases.size(); ++i)
        for (Place::At at : {Place::At::Start, Place::At::End})
          expectSameBits(forms, i, width, at, width % 2 * 5, inputs, expected);
    }
    for (int64_t width : {4095, 4097}) {
      auto inputs = form.makeInputs({3, width}, width);
      auto expected = forms.run(0, inputs);
      ASSERT_EQ(expected.size(), 2u);
      for (size_t i = 0; i < cases.size(); ++i)
        for (Place::At at : {Place::At::Start, Place::At::End})
          expectSameBits(forms, i, width, at, 0, inputs, expected);
    }
  }
}

TEST_P(GuardPage, StaticWidths) {
  std::vector<RMSNormCase> cases;
  for (int64_t width : {1, 3, 15, 17, 40, 63, 65, 130})
    cases.push_back({.type = GetParam(),
                     .gamma = RowVector{},
                     .beta = RowVector{.inAccumulator = true},
                     .staticSizes = {-1, width}});
  for (const std::string &cpu : getTestedCPUs()) {
    Forms forms(cases, {cpu, 2});
    for (size_t i = 0; i < cases.size(); ++i) {
      int64_t width = cases[i].staticSizes[1];
      auto inputs = cases[i].makeInputs({3, width}, width);
      auto expected = forms.run(i, inputs);
      ASSERT_EQ(expected.size(), 2u);
      for (Place::At at : {Place::At::Start, Place::At::End})
        expectSameBits(forms, i, width, at, 0, inputs, expected);
    }
  }
}

} // namespace
