//===- ChannelSpecialValuesTest.cpp - Zeros, inf, NaN ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelCase.h"
#include "Forms.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

using namespace norm::test;

namespace {

using Op = ChannelCase::Op;

/// Five channels of 3 x 70 elements, one of which is special; the others must
/// keep their bits. Forms 0 to 2 are the ops in NCHW, 3 to 5 in NHWC.
class ChannelSpecialValues : public testing::TestWithParam<ElementType> {
protected:
  static constexpr int64_t channels = 5, special = 3;

  /// Compiled once for all tests.
  static FormsOf<ChannelCase> &getForms() {
    static std::map<ElementType, FormsOf<ChannelCase>> all;
    auto found = all.find(GetParam());
    if (found == all.end()) {
      auto cases = makeChannelCases(GetParam(), 3);
      for (ChannelCase &form : cases)
        form.epsilon = 0;
      found = all.try_emplace(GetParam(), cases).first;
    }
    return found->second;
  }

  /// Sets the elements of the special channel: element `n` to `value(n)`,
  /// unless that is empty.
  template <typename Value>
  static void setChannel(const ChannelCase &form, Array &array, Value value) {
    int64_t n = 0;
    form.forEachElement(array.sizes, [&](int64_t i, int64_t c) {
      if (c != special)
        return;
      if (std::optional<double> replaced = value(n++))
        array.values[i] = norm::reference::roundTo(array.type, *replaced);
    });
  }

  /// The results of form `i` for `inputs`; the other channels must have the
  /// bits that they have without the special values.
  std::vector<Array> run(size_t i, const std::vector<Array> &inputs) {
    const ChannelCase &form = forms.cases[i];
    auto ordinary = forms.run(i, form.makeInputs(inputs[0].sizes));
    auto results = forms.run(i, inputs);
    for (size_t k = 0; k < results.size(); ++k) {
      auto expectSame = [&](int64_t at, int64_t c) {
        if (c != special)
          EXPECT_EQ(results[k].values[at], ordinary[k].values[at])
              << "result " << k << ", channel " << c;
      };
      if (form.op == Op::Backprop)
        form.forEachElement(inputs[0].sizes, expectSame);
      else
        for (int64_t c = 0; c < channels; ++c)
          expectSame(c, c);
    }
    return results;
  }

  /// mean and inv_std of the special channel with these elements, in both
  /// layouts.
  template <typename Value>
  void expectStats(Value value, double mean, double invStd) {
    for (size_t i : {0, 3}) {
      const ChannelCase &form = forms.cases[i];
      auto inputs = form.makeInputs(form.inLayout({3, channels, 70}));
      setChannel(form, inputs[0], value);
      auto results = run(i, inputs);
      ASSERT_EQ(results.size(), 2u);
      auto isSame = [](double found, double expected) {
        return found == expected || (std::isnan(found) && std::isnan(expected));
      };
      EXPECT_TRUE(isSame(results[0].values[special], mean))
          << results[0].values[special] << ", expected " << mean;
      EXPECT_TRUE(isSame(results[1].values[special], invStd))
          << results[1].values[special] << ", expected " << invStd;
    }
  }

  /// The same forms with the sizes of x (batch, channels, spatial dim) in its
  /// type.
  FormsOf<ChannelCase> withStaticSizes(const Sizes &sizes) const {
    std::vector<ChannelCase> cases = forms.cases;
    for (ChannelCase &form : cases)
      form.staticSizes = form.inLayout(sizes);
    return FormsOf<ChannelCase>(cases);
  }

  FormsOf<ChannelCase> &forms = getForms();
  static constexpr double inf = std::numeric_limits<double>::infinity();
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();
};
INSTANTIATE_TEST_SUITE_P(Types, ChannelSpecialValues,
                         testing::ValuesIn(floatTypes), TypeName());

TEST_P(ChannelSpecialValues, StatsOfNaNAndInfinity) {
  for (int64_t place : {0, 13, 69, 70, 209}) {
    auto at = [&](double value) {
      return [=](int64_t n) {
        return n == place ? std::optional(value) : std::nullopt;
      };
    };
    expectStats(at(nan), nan, nan);
    expectStats(at(inf), inf, nan);
    expectStats(at(-inf), -inf, nan);
  }
  auto bothSigns = [](int64_t n) {
    return n == 5 || n == 120 ? std::optional(n == 5 ? inf : -inf)
                              : std::nullopt;
  };
  expectStats(bothSigns, nan, nan);
  expectStats([](int64_t) { return std::optional(inf); }, inf, nan);
}

TEST_P(ChannelSpecialValues, StatsOfEqualValues) {
  for (double value : {0.0, -0.0, 0.1, 1.0, -3.7, 60000.0}) {
    double rounded = norm::reference::roundTo(GetParam(), value);
    expectStats([&](int64_t) { return std::optional(value); }, rounded, inf);
  }
}

// Squares that the accumulator cannot hold; f16 reaches none.
TEST_P(ChannelSpecialValues, StatsWhoseSquaresOverflow) {
  if (GetParam() == ElementType::F16)
    return;
  double large = GetParam() == ElementType::F64 ? 0x1p600 : 0x1p90;
  expectStats([&](int64_t n) { return n % 2 == 0 ? large : -large; }, 0, 0);
}

// Deviations of one unit beside a mean that hardly holds them.
TEST_P(ChannelSpecialValues, StatsOfTheSmallestDeviation) {
  double ulp = norm::reference::getUlp(GetParam(), 1);
  expectStats([&](int64_t n) { return 1.5 + (n % 2 == 0 ? ulp : -ulp); }, 1.5,
              1 / ulp);
}

TEST_P(ChannelSpecialValues, BackpropStatsOfNaNAndInfinity) {
  for (size_t i : {1, 4})
    for (int64_t place : {0, 69, 209})
      for (double value : {nan, inf, -inf}) {
        const ChannelCase &form = forms.cases[i];
        auto at = [&](int64_t n) {
          return n == place ? std::optional(value) : std::nullopt;
        };
        auto inputs = form.makeInputs(form.inLayout({3, channels, 70}));
        setChannel(form, inputs[0], at);
        auto ofX = run(i, inputs);
        EXPECT_FALSE(std::isfinite(ofX[0].values[special]));
        EXPECT_TRUE(std::isfinite(ofX[1].values[special]));
        EXPECT_EQ(forms.check(i, inputs), "");
        inputs = form.makeInputs(form.inLayout({3, channels, 70}));
        setChannel(form, inputs[3], at);
        auto ofDy = run(i, inputs);
        EXPECT_FALSE(std::isfinite(ofDy[0].values[special]));
        EXPECT_FALSE(std::isfinite(ofDy[1].values[special]));
        EXPECT_EQ(forms.check(i, inputs), "");
        for (size_t vector : {1, 2}) {
          inputs = form.makeInputs(form.inLayout({3, channels, 70}));
          inputs[vector].values[special] = value;
          EXPECT_FALSE(std::isfinite(run(i, inputs)[0].values[special]));
          EXPECT_EQ(forms.check(i, inputs), "");
        }
      }
}

TEST_P(ChannelSpecialValues, BackpropOfNaNAndInfinity) {
  for (size_t i : {2, 5})
    for (double value : {nan, inf, -inf}) {
      const ChannelCase &form = forms.cases[i];
      const Sizes sizes = form.inLayout({3, channels, 70});
      // An element of x or dy is the only one of dx that it touches.
      for (size_t k : {0, 5}) {
        auto inputs = form.makeInputs(sizes);
        setChannel(form, inputs[k], [&](int64_t n) {
          return n == 77 ? std::optional(value) : std::nullopt;
        });
        Array dx = run(i, inputs).front();
        EXPECT_EQ(std::count_if(dx.values.begin(), dx.values.end(),
                                [](double v) { return !std::isfinite(v); }),
                  1);
        EXPECT_EQ(forms.check(i, inputs), "");
      }
      // A value of a channel touches all of it.
      for (size_t k : {1, 2, 3, 4}) {
        auto inputs = form.makeInputs(sizes);
        inputs[k].values[special] = value;
        Array dx = run(i, inputs).front();
        EXPECT_EQ(std::count_if(dx.values.begin(), dx.values.end(),
                                [](double v) { return !std::isfinite(v); }),
                  210);
        EXPECT_EQ(forms.check(i, inputs), "");
      }
    }
}

// Where the sums are zero, dx is dy with its sign, times a positive factor.
TEST_P(ChannelSpecialValues, SignsOfZeroInDx) {
  for (size_t i : {2, 5}) {
    const ChannelCase &form = forms.cases[i];
    auto inputs = form.makeInputs(form.inLayout({2, channels, 9}));
    for (size_t k : {3, 4})
      inputs[k].values.assign(channels, 0.0);
    for (size_t n = 0; n < inputs[5].values.size(); ++n)
      inputs[5].values[n] = n % 2 == 0 ? 0.0 : -0.0;
    EXPECT_TRUE(identical(forms.run(i, inputs).front(), inputs[5]));
  }
}

// Subnormal elements are not taken for zeros.
TEST_P(ChannelSpecialValues, SubnormalGradientsAreKept) {
  double tiny = norm::reference::getUlp(GetParam(), 0);
  for (size_t i : {1, 4}) {
    const ChannelCase &form = forms.cases[i];
    auto inputs = form.makeInputs(form.inLayout({3, channels, 70}));
    setChannel(form, inputs[3],
               [&](int64_t n) { return double(n % 2 == 0 ? 3 : -1) * tiny; });
    EXPECT_EQ(run(i, inputs)[1].values[special], 210 * tiny);
  }
}

// With dynamic and with static sizes, which fold to other code.
TEST_P(ChannelSpecialValues, NoElementsInAChannel) {
  for (const Sizes &sizes : {Sizes{0, channels, 7}, Sizes{3, channels, 0}}) {
    FormsOf<ChannelCase> fixed = withStaticSizes(sizes);
    for (FormsOf<ChannelCase> *all : {&forms, &fixed})
      for (size_t i = 0; i < all->cases.size(); ++i) {
        const ChannelCase &form = all->cases[i];
        auto results = all->run(i, form.makeInputs(form.inLayout(sizes)));
        if (form.op == Op::Backprop) {
          EXPECT_TRUE(results.at(0).values.empty());
          continue;
        }
        ASSERT_EQ(results.size(), 2u);
        EXPECT_EQ(results[0].values, std::vector<double>(channels, 0));
        for (double value : results[1].values)
          EXPECT_TRUE(form.op == Op::Stats ? std::isnan(value) : value == 0);
      }
  }
}

TEST_P(ChannelSpecialValues, NoChannels) {
  FormsOf<ChannelCase> fixed = withStaticSizes({3, 0, 7});
  for (FormsOf<ChannelCase> *all : {&forms, &fixed})
    for (size_t i = 0; i < all->cases.size(); ++i) {
      const ChannelCase &form = all->cases[i];
      for (const Array &result :
           all->run(i, form.makeInputs(form.inLayout({3, 0, 7}))))
        EXPECT_TRUE(result.values.empty());
    }
}

} // namespace
