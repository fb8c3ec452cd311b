//===- ChannelTest.cpp - Compiled ops over channels ------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelCase.h"
#include "Forms.h"

#include "norm/Runtime/norm_runtime.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace norm::test;

namespace {

using Op = ChannelCase::Op;
using ChannelForms = FormsOf<ChannelCase>;

class Channels : public testing::TestWithParam<ElementType> {
protected:
  /// Each op over images of any size in both layouts, compiled once for all
  /// tests: statistics, sums and dx in NCHW, then in NHWC.
  static ChannelForms &getImages() {
    static std::map<ElementType, ChannelForms> all;
    auto found = all.find(GetParam());
    if (found == all.end())
      found =
          all.try_emplace(GetParam(), makeChannelCases(GetParam(), 4)).first;
    return found->second;
  }
  ChannelForms &images = getImages();

  /// Checks each form for an x of these sizes (batch, channels, spatial dims).
  static void expectAgreement(ChannelForms &forms, const Sizes &sizes) {
    for (size_t i = 0; i < forms.cases.size(); ++i)
      EXPECT_EQ(forms.check(i, forms.cases[i].inLayout(sizes), i + 1), "")
          << "sizes " << printSizes(sizes);
  }
};
INSTANTIATE_TEST_SUITE_P(Types, Channels, testing::ValuesIn(floatTypes),
                         TypeName());

// All heights and widths, with batches from 0 to 5 and 1 to 10 channels in
// turns. Then the maps at the end of a network, one pixel, one long line, and
// channels of several blocks.
TEST_P(Channels, Images) {
  for (int64_t i = 0; i < 144; ++i)
    expectAgreement(images, {i % 7 % 6, 1 + i % 10, 1 + i / 12, 1 + i % 12});
  for (const Sizes &sizes :
       {Sizes{8, 70, 7, 7}, Sizes{64, 129, 1, 1}, Sizes{1, 5, 1, 1},
        Sizes{3, 2, 1, 4099}, Sizes{33, 3, 56, 56}, Sizes{2, 1, 129, 257},
        Sizes{70001, 1, 1, 1}})
    expectAgreement(images, sizes);
  // Of the 1158114 elements of dx.
  if (norm::reference::getBitWidth(GetParam()) < 32)
    EXPECT_GE(images.accuracy.getCorrectShare(), 0.999);
}

// All depths, heights and widths.
TEST_P(Channels, Volumes) {
  ChannelForms volumes(makeChannelCases(GetParam(), 5));
  for (int64_t i = 0; i < 216; ++i)
    expectAgreement(
        volumes, {i % 7 % 6, 1 + i % 10, 1 + i / 36, 1 + i / 6 % 6, 1 + i % 6});
}

// Of elements and of channels.
TEST_P(Channels, AMillionAndThree) {
  for (const Sizes &sizes : {Sizes{1, 1, 1, 1000003}, Sizes{1, 1000003, 1, 1}})
    expectAgreement(images, sizes);
}

TEST_P(Channels, EveryOption) {
  std::vector<ChannelCase> cases;
  for (bool isNHWC : {false, true}) {
    ChannelCase form = {.type = GetParam(), .rank = 3, .isNHWC = isNHWC};
    form.numResults = 1;
    cases.push_back(form);
    form.op = Op::BackpropStats;
    cases.push_back(form);
    form.op = Op::Backprop;
    form.withCount = true;
    cases.push_back(form);
    form.gamma = RowVector{.inAccumulator = isNHWC};
    cases.push_back(form);
    form.withCount = false;
    form.gamma = RowVector{.inAccumulator = !isNHWC};
    cases.push_back(form);
  }
  ChannelForms forms(cases);
  for (const Sizes &sizes :
       {Sizes{3, 9, 50}, Sizes{700, 2, 49}, Sizes{0, 4, 9}, Sizes{2, 100, 1}})
    expectAgreement(forms, sizes);
}

// A mean of a million standard deviations, of 64 and 4 in the narrow types,
// which hold no more.
TEST_P(Channels, StatsOfALargeMean) {
  double offset = GetParam() == ElementType::F16    ? 64
                  : GetParam() == ElementType::BF16 ? 4
                                                    : 1e6;
  for (const Sizes &sizes : {Sizes{2, 3, 4, 5}, Sizes{40, 2, 56, 56},
                             Sizes{2000, 5, 7, 7}, Sizes{1, 1, 1, 1000003}})
    for (size_t i : {0, 3}) {
      auto inputs = images.cases[i].makeInputs(images.cases[i].inLayout(sizes));
      // Uniform values in [-1, 1) have a deviation of 0.58.
      for (double &value : inputs[0].values)
        value = norm::reference::roundTo(GetParam(), value + offset * 0.58);
      EXPECT_EQ(images.check(i, inputs), "") << "sizes " << printSizes(sizes);
    }
}

// In one block and in several, and of a mean that has to be rounded.
TEST_P(Channels, StatsOfEqualValues) {
  const double root = std::sqrt(double(static_cast<float>(1e-5)));
  for (const Sizes &sizes :
       {Sizes{2, 1, 3, 5}, Sizes{43, 1, 56, 56}, Sizes{1, 1, 1, 100003}})
    for (double value : {0.1, -37.3, 60000.0})
      for (size_t i : {0, 3}) {
        Array x = makeRandom(GetParam(), images.cases[i].inLayout(sizes), 1);
        x.values.assign(x.values.size(),
                        norm::reference::roundTo(GetParam(), value));
        auto found = images.run(i, {x});
        EXPECT_EQ(found.at(0).values[0], x.values[0]) << printSizes(sizes);
        EXPECT_NEAR(found.at(1).values[0], 1 / root, 1e-4) << printSizes(sizes);
      }
}

// The evaluator, the loops and the vectors: three ways of which no two share
// code.
TEST_P(Channels, AffineLoopsAgreeWithTheEvaluator) {
  ChannelForms loops(makeChannelCases(GetParam(), 4), {.isAffine = true});
  for (const Sizes &sizes :
       {Sizes{3, 5, 4, 7}, Sizes{1, 1, 1, 1}, Sizes{0, 2, 3, 3},
        Sizes{4, 0, 2, 2}, Sizes{2, 3, 0, 5}, Sizes{9, 3, 56, 56}})
    expectAgreement(loops, sizes);
}

/// Compiles each of the forms with the sizes of x in its type, all of them or
/// all but the batch. They must give the bits of `dynamic`, which is checked.
void expectStaticAgrees(ChannelForms &dynamic, const Sizes &sizes) {
  std::vector<ChannelCase> cases = dynamic.cases;
  for (size_t i = 0; i < cases.size(); ++i) {
    cases[i].staticSizes = cases[i].inLayout(sizes);
    if (i % 2 != 0)
      cases[i].staticSizes[0] = -1;
  }
  ChannelForms fixed(cases);
  for (size_t i = 0; i < cases.size(); ++i) {
    auto inputs = cases[i].makeInputs(cases[i].inLayout(sizes));
    EXPECT_EQ(dynamic.check(i, inputs), "");
    auto expected = dynamic.run(i, inputs), found = fixed.run(i, inputs);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t k = 0; k < found.size(); ++k)
      EXPECT_TRUE(identical(found[k], expected[k]))
          << "result " << k << " of " << cases[i].describe();
  }
}

TEST_P(Channels, StaticAndDynamicFormsGiveTheSameBits) {
  expectStaticAgrees(images, {37, 3, 31, 31});
}

TEST(ChannelsOfF32, EveryRankStaticAndDynamic) {
  for (const Sizes &sizes :
       {Sizes{70, 1}, Sizes{1, 3, 65}, Sizes{2, 3, 4, 1, 5}}) {
    ChannelForms forms(
        makeChannelCases(ElementType::F32, static_cast<int64_t>(sizes.size())));
    expectStaticAgrees(forms, sizes);
  }
}

TEST_P(Channels, AnyNumberOfThreadsGivesTheSameBits) {
  for (const Sizes &sizes : {Sizes{45, 3, 56, 56}, Sizes{3, 130, 7, 7},
                             Sizes{40000, 2, 1, 1}, Sizes{1, 1, 1, 100003}})
    for (size_t i = 0; i < images.cases.size(); ++i) {
      auto inputs = images.cases[i].makeInputs(images.cases[i].inLayout(sizes));
      norm_set_num_threads(1);
      auto expected = images.run(i, inputs);
      for (int threads : {2, 5}) {
        norm_set_num_threads(threads);
        auto found = images.run(i, inputs);
        for (size_t k = 0; k < expected.size(); ++k)
          EXPECT_TRUE(identical(found.at(k), expected[k]))
              << "result " << k << " by " << threads << " threads, sizes "
              << printSizes(sizes);
      }
      norm_set_num_threads(0);
    }
}

// Closed forms: 1..n has the mean (n + 1) / 2 and the variance (n^2 - 1) / 12.
TEST(ChannelsClosedForm, StatsOfConsecutiveNumbers) {
  ChannelForms forms(
      {{.type = ElementType::F64, .rank = 3, .epsilon = 0},
       {.type = ElementType::F64, .rank = 3, .isNHWC = true, .epsilon = 0}});
  const int64_t n = 1024;
  for (size_t i : {0, 1}) {
    Array x{ElementType::F64, forms.cases[i].inLayout({n / 4, 1, 4}), {}};
    for (int64_t k = 1; k <= n; ++k)
      x.values.push_back(static_cast<double>(k));
    auto found = forms.run(i, {x});
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].values[0], (n + 1) / 2.0);
    EXPECT_NEAR(found[1].values[0], std::sqrt(12.0 / (double(n) * n - 1)),
                1e-17);
  }
}

// dx is orthogonal to ones and to the normalized x, where the sums are those of
// this x.
TEST(ChannelsClosedForm, DxIsOrthogonalToOnesAndToX) {
  std::vector<ChannelCase> cases = makeChannelCases(ElementType::F64, 3);
  for (ChannelCase &form : cases)
    form.epsilon = 0;
  ChannelForms forms(cases);
  for (size_t first : {0, 3}) {
    const Sizes sizes = cases[first].inLayout({20, 3, 7});
    Array x = makeRandom(ElementType::F64, sizes, 1);
    Array dy = makeRandom(ElementType::F64, sizes, 2);
    auto stats = forms.run(first, {x});
    auto sums = forms.run(first + 1, {x, stats.at(0), stats.at(1), dy});
    Array dx =
        forms
            .run(first + 2, {x, stats[0], stats[1], sums.at(0), sums.at(1), dy})
            .front();
    std::vector<double> ones(3), products(3);
    cases[first].forEachElement(sizes, [&](int64_t i, int64_t c) {
      ones[c] += dx.values[i];
      products[c] += dx.values[i] * (x.values[i] - stats[0].values[c]);
    });
    // 140 values of about 2, each with some roundings.
    for (size_t c : {0, 1, 2}) {
      EXPECT_NEAR(ones[c], 0, 140 * 16 * 0x1p-53);
      EXPECT_NEAR(products[c], 0, 140 * 16 * 0x1p-53);
    }
  }
}

// The checks must be able to fail: results of other inputs or with one error.
TEST_P(Channels, WrongResultsAreCaught) {
  for (size_t i = 0; i < images.cases.size(); ++i) {
    const ChannelCase &form = images.cases[i];
    auto inputs = form.makeInputs(form.inLayout({20, 4, 3, 3}));
    auto expected = images.kernel.evaluate(images.getName(i), inputs);
    auto isCaught = [&](const std::vector<Array> &found) {
      return !Accuracy().check(form, inputs, found, expected).empty();
    };
    EXPECT_FALSE(isCaught(images.run(i, inputs)));
    // A sum without one element, or the values of a neighbour.
    for (size_t k = 0; k < inputs.size(); ++k) {
      auto wrong = inputs;
      if (wrong[k].values.size() > 4)
        wrong[k].values[77] = 0;
      else
        std::swap(wrong[k].values[1], wrong[k].values[2]);
      EXPECT_TRUE(isCaught(images.run(i, wrong)))
          << "input " << k << " of " << form.describe();
    }
  }
}

} // namespace
