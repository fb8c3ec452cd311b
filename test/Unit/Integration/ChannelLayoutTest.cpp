//===- ChannelLayoutTest.cpp - Strides, addresses, in place ----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// What must not change a bit of the ops over channels: where their tensors lie,
// the CPU and its level of optimization.

#include "Buffer.h"
#include "ChannelCase.h"
#include "Forms.h"

#include "gtest/gtest.h"

#include <algorithm>

using namespace norm::test;

namespace {

using Op = ChannelCase::Op;
using ChannelForms = FormsOf<ChannelCase>;

class ChannelLayouts : public testing::TestWithParam<ElementType> {
protected:
  /// The layout of each argument of form `i`: `x` and `dy` for those, `vector`
  /// for those with one value for each channel, `result` for the results.
  static std::vector<Layout> getLayouts(const ChannelCase &form,
                                        const Layout &x, const Layout &dy,
                                        const Layout &vector,
                                        const Layout &result) {
    if (form.op == Op::Stats)
      return {x, result, result};
    if (form.op == Op::BackpropStats)
      return {x, vector, vector, dy, result, result};
    return {x, vector, vector, vector, vector, dy, result};
  }

  /// Runs form `i` and expects the bits that it has for dense tensors.
  static void expectDenseBits(const ChannelForms &forms, size_t i,
                              const std::vector<Array> &inputs,
                              const std::vector<std::vector<Layout>> &layouts) {
    auto expected = forms.run(i, inputs);
    for (size_t k = 0; k < layouts.size(); ++k)
      EXPECT_EQ(checkBitsAt(forms.kernel, ChannelForms::getName(i), inputs,
                            layouts[k], expected),
                "")
          << "layout " << k << " of sizes " << printSizes(inputs[0].sizes)
          << "\n"
          << forms.cases[i].describe();
  }

  /// Expects each form to write nothing beside its results and to have the same
  /// bits wherever its tensors begin.
  static void expectAnyAddress(const ChannelForms &forms) {
    for (int64_t width : {1, 2, 5, 8, 15, 33, 64, 131})
      for (size_t i = 0; i < forms.cases.size(); ++i) {
        const ChannelCase &form = forms.cases[i];
        std::vector<std::vector<Layout>> layouts;
        for (auto at : {Place::At::Start, Place::At::End}) {
          Layout all{{}, {at, 0}};
          layouts.push_back(getLayouts(form, all, all, all, all));
        }
        for (int64_t shift : {1, 2, 7, 33}) {
          auto shifted = [&](int64_t factor) {
            return Layout{{}, {Place::At::Inside, shift * factor % 64}};
          };
          layouts.push_back(
              getLayouts(form, shifted(1), shifted(3), shifted(5), shifted(7)));
        }
        expectDenseBits(forms, i, form.makeInputs({3, 5, width}), layouts);
        expectDenseBits(forms, i, form.makeInputs({2, width, 3}), layouts);
      }
  }
};
INSTANTIATE_TEST_SUITE_P(Types, ChannelLayouts, testing::ValuesIn(floatTypes),
                         TypeName());

// Gaps behind each dim, in any order of dims, between elements and backwards;
// dims of one element, whose strides mean nothing.
TEST_P(ChannelLayouts, Strides) {
  ChannelForms forms(makeChannelCases(GetParam(), 4));
  const std::pair<Sizes, std::vector<Sizes>> views[] = {
      {{3, 5, 4, 7},
       {{140, 28, 7, 1},
        {300, 50, 11, 1},
        {140, 1, 35, 5},
        {28, 84, 7, 1},
        {280, 56, 14, 2},
        {-140, -28, -7, -1}}},
      {{2, 3, 33, 9}, {{891, 297, 9, 1}, {900, 300, 9, 1}, {1, 2, 6, 198}}},
      {{1, 4, 1, 70}, {{12345, 70, -7, 1}, {0, 71, 0, 1}, {7, 140, 9, 2}}},
      {{6, 1, 5, 1}, {{5, 12345, 1, 0}, {6, 1, 1, 7}}}};
  for (const auto &[sizes, strides] : views)
    for (size_t i = 0; i < forms.cases.size(); ++i) {
      const ChannelCase &form = forms.cases[i];
      std::vector<std::vector<Layout>> layouts;
      for (const Sizes &x : strides)
        for (const Sizes &other : strides)
          layouts.push_back(
              getLayouts(form, {x}, {other}, {},
                         form.op == Op::Backprop ? Layout{other} : Layout{}));
      // Vectors with gaps and backwards, of at least two values.
      for (int64_t stride : {2, -1, -3})
        layouts.push_back(getLayouts(
            form, {}, {}, {{stride}},
            form.op == Op::Backprop ? Layout{} : Layout{{2 * stride}}));
      expectDenseBits(forms, i, form.makeInputs(sizes, 3), layouts);
    }
}

// One image, one pixel or one channel for all.
TEST_P(ChannelLayouts, BroadcastInputs) {
  ChannelForms forms(makeChannelCases(GetParam(), 3));
  const Sizes sizes = {4, 5, 67};
  for (size_t i = 0; i < forms.cases.size(); ++i)
    for (const Sizes &strides :
         {Sizes{0, 67, 1}, Sizes{0, 1, 0}, Sizes{1, 0, 4}, Sizes{0, 0, 0}}) {
      auto inputs = forms.cases[i].makeInputs(sizes);
      for (Array &array : inputs) {
        Array source = array;
        for (size_t k = 0; k < array.values.size(); ++k) {
          auto at = static_cast<int64_t>(k);
          array.values[k] = array.sizes.size() == 1
                                ? source.values[0]
                                : source.values[at / 335 * strides[0] +
                                                at / 67 % 5 * strides[1] +
                                                at % 67 * strides[2]];
        }
      }
      expectDenseBits(
          forms, i, inputs,
          {getLayouts(forms.cases[i], {strides}, {strides}, {{0}}, {})});
    }
}

// dx over dy, with and without gaps; over anything else it is refused.
TEST_P(ChannelLayouts, InPlace) {
  ChannelCase form = {.op = Op::Backprop, .type = GetParam(), .rank = 3};
  ChannelCase last = form;
  last.isNHWC = true;
  ChannelForms forms({form, last});
  for (size_t i : {0, 1})
    for (const Sizes &strides :
         {Sizes{268, 67, 1}, Sizes{300, 70, 1}, Sizes{536, 134, 2},
          Sizes{1, 3, 12}, Sizes{-268, -67, -1}}) {
      auto inputs = forms.cases[i].makeInputs({3, 4, 67});
      expectDenseBits(forms, i, inputs,
                      {{{}, {}, {}, {}, {}, {strides}, {.inPlaceOf = 5}}});
      std::vector<Array> results = forms.cases[i].makeResults({3, 4, 67});
      std::string error =
          callAt(forms.kernel, forms.getName(i), inputs,
                 {{strides}, {}, {}, {}, {}, {}, {.inPlaceOf = 0}}, results);
      EXPECT_NE(error.find("no element in common"), error.npos) << error;
    }
}

TEST_P(ChannelLayouts, SumsOverInputsAreRefused) {
  ChannelForms forms({{.op = Op::BackpropStats, .type = GetParam()}});
  auto inputs = forms.cases[0].makeInputs({2, 6, 3, 3});
  for (size_t input : {1, 2}) {
    auto results = forms.cases[0].makeResults({2, 6, 3, 3});
    std::string error =
        callAt(forms.kernel, "f0", inputs,
               {{}, {}, {}, {}, {.inPlaceOf = input}, {}}, results);
    EXPECT_NE(error.find("no element in common"), error.npos) << error;
  }
}

// Right before and behind pages that must not be touched, and at any multiple
// of the element's size; with stores past the caches too.
TEST_P(ChannelLayouts, AnyAddressOnEveryCPU) {
  std::vector<ChannelCase> cases = makeChannelCases(GetParam(), 3);
  for (ChannelCase &form : cases)
    form.strategy = form.isNHWC ? "vector_bits = 256, stream_bytes = 0" : "";
  const Sizes shapes[] = {{37, 3, 1000}, {5, 67, 49},  {3, 130, 1},
                          {1, 2, 40001}, {4097, 1, 9}, {2, 5, 131}};
  std::vector<std::vector<Array>> first;
  std::vector<std::pair<std::string, unsigned>> targets = {{"native", 0}};
  for (const std::string &cpu : getTestedCPUs())
    targets.emplace_back(cpu, 2);
  for (const auto &[cpu, level] : targets) {
    ChannelForms forms(cases, {cpu, level});
    std::vector<std::vector<Array>> all;
    for (const Sizes &sizes : shapes)
      for (size_t i = 0; i < cases.size(); ++i)
        all.push_back(
            forms.run(i, cases[i].makeInputs(cases[i].inLayout(sizes))));
    if (first.empty())
      first = all;
    for (size_t n = 0; n < all.size(); ++n)
      for (size_t k = 0; k < all[n].size(); ++k)
        EXPECT_TRUE(identical(all[n][k], first[n].at(k)))
            << "result " << k << ", sizes "
            << printSizes(shapes[n / cases.size()]) << " on " << cpu << " -O"
            << level << "\n"
            << cases[n % cases.size()].describe();
    if (level != 0)
      expectAnyAddress(forms);
  }
}

} // namespace
