//===- ChannelOpsTest.cpp - The ops over channels against closed forms ----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <cmath>
#include <random>

using namespace norm::reference;
using namespace norm::reference::test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsNan;

static const double inf = HUGE_VAL;

/// `dims` dynamic sizes of `type` as a tensor type.
static std::string getType(size_t dims, ElementType type) {
  std::string text = "tensor<";
  for (size_t i = 0; i < dims; ++i)
    text += "?x";
  return text + getName(type) + ">";
}

/// mean and inv_std.
static std::vector<Tensor> getStats(const Tensor &x,
                                    const std::string &layout = "NCHW",
                                    const std::string &epsilon = "0.0") {
  std::string type = getType(x.shape.size(), x.type);
  std::string v = getType(1, getAccumulatorType(x.type));
  return evaluateValid("func.func @f(%x: " + type + ") -> (" + v + ", " + v +
                           ") {\n %m, %s = norm.channel_stats %x epsilon(" +
                           epsilon + ") layout(" + layout + ") : (" + type +
                           ") -> (" + v + ", " + v +
                           ")\n return %m, %s : " + v + ", " + v + "\n}",
                       {x});
}

/// scale_grad and bias_grad.
static std::vector<Tensor> getSums(const Tensor &x, const Tensor &mean,
                                   const Tensor &invStd, const Tensor &dy,
                                   const std::string &layout = "NCHW") {
  std::string type = getType(x.shape.size(), x.type);
  std::string v = getType(1, mean.type);
  return evaluateValid("func.func @f(%x: " + type + ", %m: " + v + ", %s: " +
                           v + ", %dy: " + type + ") -> (" + v + ", " + v +
                           ") {\n %0:2 = norm.channel_backprop_stats %x, %m, "
                           "%s, %dy layout(" +
                           layout + ") : (" + type + ", " + v + ", " + v +
                           ", " + type + ") -> (" + v + ", " + v +
                           ")\n return %0#0, %0#1 : " + v + ", " + v + "\n}",
                       {x, mean, invStd, dy});
}

/// dx. `sums` holds scale_grad and bias_grad; a negative count is absent.
static Tensor getDx(const Tensor &x, const Tensor &mean, const Tensor &invStd,
                    const std::vector<Tensor> &sums, const Tensor &dy,
                    const Tensor *gamma = nullptr, int64_t count = -1,
                    const std::string &layout = "NCHW") {
  std::string type = getType(x.shape.size(), x.type);
  std::string v = getType(1, mean.type);
  std::string parameters, clauses, types;
  std::vector<Tensor> arguments = {x, mean, invStd, sums[0], sums[1], dy};
  if (gamma) {
    parameters += ", %g: " + v;
    clauses += "gamma(%g) ";
    types += ", " + v;
    arguments.push_back(*gamma);
  }
  if (count >= 0) {
    parameters += ", %n: index";
    clauses += "count(%n) ";
    types += ", index";
    arguments.push_back(Tensor::getInteger(ElementType::Index, count));
  }
  auto results = evaluateValid(
      "func.func @f(%x: " + type + ", %m: " + v + ", %s: " + v + ", %sg: " + v +
          ", %bg: " + v + ", %dy: " + type + parameters + ") -> " + type +
          " {\n %0 = norm.channel_backprop %x, %m, %s, %sg, %bg, %dy " +
          clauses + "layout(" + layout + ") : (" + type + ", " + v + ", " + v +
          ", " + v + ", " + v + ", " + type + types + ") -> " + type +
          "\n return %0 : " + type + "\n}",
      arguments);
  return results.empty() ? Tensor() : results[0];
}

static Tensor makeRandom(llvm::ArrayRef<int64_t> shape, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-2, 2);
  int64_t n = 1;
  for (int64_t size : shape)
    n *= size;
  std::vector<double> values(n);
  for (double &value : values)
    value = uniform(random);
  return f64(shape, values);
}

TEST(ChannelStats, EachChannelOfBothLayouts) {
  // Channel 0 holds 1, 3, 5, 7 and channel 1 holds -1, -1, 1, 1.
  auto first = getStats(f32({2, 2, 2}, {1, 3, -1, -1, 5, 7, 1, 1}));
  auto last = getStats(f32({2, 2, 2}, {1, -1, 3, -1, 5, 1, 7, 1}), "NHWC");
  for (const auto &stats : {first, last}) {
    EXPECT_THAT(stats[0].real, ElementsAre(4, 0));
    EXPECT_DOUBLE_EQ(stats[1].getExact(0), 1 / std::sqrt(5.0));
    EXPECT_EQ(stats[1].real[1], 1);
  }
}

TEST(ChannelStats, EpsilonIsAddedToTheVariance) {
  auto stats = getStats(f32({2, 1}, {1, 3}), "NCHW", "3.0");
  EXPECT_THAT(stats[0].real, ElementsAre(2));
  EXPECT_THAT(stats[1].real, ElementsAre(0.5));
}

TEST(ChannelStats, LargeMeanCostsNoAccuracy) {
  // Integers 0..n-1 around 2^40: their variance is (n^2 - 1) / 12 exactly.
  constexpr int64_t n = 1001;
  std::vector<double> values(n);
  for (int64_t i = 0; i < n; ++i)
    values[i] = 0x1p40 + double(i);
  auto stats = getStats(f64({n, 1}, values));
  EXPECT_EQ(stats[0].real[0], 0x1p40 + 500);
  EXPECT_DOUBLE_EQ(stats[1].real[0], 1 / std::sqrt((double(n * n) - 1) / 12));
}

TEST(ChannelStats, EmptyBatchSpatialDimsAndChannels) {
  for (llvm::SmallVector<int64_t> shape :
       {llvm::SmallVector<int64_t>{0, 2, 3}, {5, 2, 0}}) {
    auto stats = getStats(f32(shape, {}));
    EXPECT_THAT(stats[0].real, ElementsAre(0, 0));
    EXPECT_THAT(stats[1].real, ElementsAre(IsNan(), IsNan()));
  }
  auto stats = getStats(f32({5, 0, 3}, {}));
  EXPECT_THAT(stats[0].real, IsEmpty());
  EXPECT_THAT(stats[1].shape, ElementsAre(0));
}

TEST(ChannelStats, SpecialChannels) {
  // Equal values, an infinity, both infinities, a NaN, and a plain channel.
  auto stats = getStats(f32({2, 5}, {7, inf, inf, NAN, 1, 7, 1, -inf, 1, -1}));
  EXPECT_THAT(stats[0].real, ElementsAre(7, inf, IsNan(), IsNan(), 0));
  EXPECT_THAT(stats[1].real, ElementsAre(inf, IsNan(), IsNan(), IsNan(), 1));
}

TEST(ChannelStats, SquaredDeviationOverflowsTheAccumulator) {
  auto stats = getStats(f32({2, 1}, {1e20, -1e20}));
  EXPECT_THAT(stats[0].real, ElementsAre(0));
  EXPECT_THAT(stats[1].real, ElementsAre(0));
}

TEST(ChannelBackpropStats, EachChannelOfBothLayouts) {
  // h of channel 0 is (x - 1) * 2, of channel 1 (x + 1) / 2.
  Tensor mean = f32({2}, {1, -1}), invStd = f32({2}, {2, 0.5});
  auto first = getSums(f32({1, 2, 2}, {2, 3, 1, 3}), mean, invStd,
                       f32({1, 2, 2}, {10, 1, 4, 5}));
  auto last = getSums(f32({1, 2, 2}, {2, 1, 3, 3}), mean, invStd,
                      f32({1, 2, 2}, {10, 4, 1, 5}), "NHWC");
  for (const auto &sums : {first, last}) {
    EXPECT_THAT(sums[0].real, ElementsAre(24, 14));
    EXPECT_THAT(sums[1].real, ElementsAre(11, 9));
  }
}

TEST(ChannelBackpropStats, EmptyIsZeroAndNaNStaysInItsChannel) {
  Tensor mean = f32({2}, {1, 1}), invStd = f32({2}, {1, 1});
  Tensor empty = f32({0, 2, 3}, {});
  for (const Tensor &sum : getSums(empty, mean, invStd, empty))
    EXPECT_THAT(sum.real, ElementsAre(0, 0));
  auto sums = getSums(f32({1, 2}, {NAN, 3}), mean, invStd, f32({1, 2}, {1, 1}));
  EXPECT_THAT(sums[0].real, ElementsAre(IsNan(), 2));
  EXPECT_THAT(sums[1].real, ElementsAre(1, 1));
}

/// The sum of dy * (gamma * (x - mean) / sqrt(var + epsilon) + beta) with plain
/// float64 sums over the dims of an NCHW tensor of three dims.
static double getLoss(const Tensor &x, const Tensor &dy, const Tensor &gamma,
                      double epsilon) {
  int64_t outer = x.shape[0], channels = x.shape[1], inner = x.shape[2];
  double loss = 0;
  for (int64_t c = 0; c < channels; ++c) {
    auto sum = [&](auto value) {
      double total = 0;
      for (int64_t o = 0; o < outer; ++o)
        for (int64_t i = 0; i < inner; ++i)
          total += value((o * channels + c) * inner + i);
      return total;
    };
    double count = double(outer * inner);
    double mean = sum([&](int64_t i) { return x.real[i]; }) / count;
    double variance = sum([&](int64_t i) {
                        return (x.real[i] - mean) * (x.real[i] - mean);
                      }) /
                      count;
    double scale = gamma.real[c] / std::sqrt(variance + epsilon);
    loss +=
        sum([&](int64_t i) { return dy.real[i] * scale * (x.real[i] - mean); });
  }
  return loss;
}

// The error of a central difference is bounded as in the test of rmsnorm_grad.
TEST(ChannelBackprop, AgreesWithCentralDifferences) {
  const double h = 0x1p-17, bound = 0x1p-26;
  Tensor x = makeRandom({3, 2, 5}, 1), dy = makeRandom({3, 2, 5}, 2);
  Tensor gamma = makeRandom({2}, 3);
  auto stats = getStats(x, "NCHW", "0.25");
  auto sums = getSums(x, stats[0], stats[1], dy);
  Tensor dx = getDx(x, stats[0], stats[1], sums, dy, &gamma);
  auto differentiate = [&](double &element) {
    double value = element;
    element = value + h;
    double above = getLoss(x, dy, gamma, 0.25);
    element = value - h;
    double below = getLoss(x, dy, gamma, 0.25);
    element = value;
    return (above - below) / (2 * h);
  };
  for (int64_t i = 0; i < x.getNumElements(); ++i)
    EXPECT_NEAR(dx.real[i], differentiate(x.real[i]), bound) << i;
  for (int64_t c = 0; c < 2; ++c)
    EXPECT_NEAR(sums[0].real[c], differentiate(gamma.real[c]), bound) << c;
}

// y has mean 0 and, without epsilon, a fixed length whatever x is.
TEST(ChannelBackprop, IsOrthogonalToOnesAndToX) {
  Tensor x = makeRandom({4, 1, 9}, 4), dy = makeRandom({4, 1, 9}, 5);
  auto stats = getStats(x);
  auto sums = getSums(x, stats[0], stats[1], dy);
  Tensor dx = getDx(x, stats[0], stats[1], sums, dy);
  double ones = 0, along = 0, magnitude = 0;
  for (auto [a, b] : llvm::zip(dx.real, x.real)) {
    ones += a;
    along += a * b;
    magnitude += std::fabs(a);
  }
  // |x| <= 2; the vectors and dx are rounded once, the sums here 36 times.
  EXPECT_LE(std::fabs(ones), 40 * 0x1p-53 * magnitude);
  EXPECT_LE(std::fabs(along), 2 * 40 * 0x1p-53 * magnitude);
}

TEST(ChannelBackprop, LayoutsAgree) {
  Tensor x = makeRandom({2, 3, 4}, 6), dy = makeRandom({2, 3, 4}, 7);
  auto transpose = [](const Tensor &t) {
    Tensor result = f64({2, 4, 3}, t.real);
    for (int64_t n = 0; n < 2; ++n)
      for (int64_t c = 0; c < 3; ++c)
        for (int64_t i = 0; i < 4; ++i)
          result.real[(n * 4 + i) * 3 + c] = t.real[(n * 3 + c) * 4 + i];
    return result;
  };
  auto stats = getStats(x);
  auto sums = getSums(x, stats[0], stats[1], dy);
  Tensor dx = getDx(x, stats[0], stats[1], sums, dy);
  Tensor last = getDx(transpose(x), stats[0], stats[1], sums, transpose(dy),
                      nullptr, -1, "NHWC");
  EXPECT_EQ(transpose(dx).real, last.real);
}

TEST(ChannelBackprop, CountOverridesTheProductOfTheDims) {
  // h = x, so that m = (8 + 4 * x) / count.
  Tensor x = f32({2, 1}, {1, -1}), zero = f32({1}, {0}), one = f32({1}, {1});
  Tensor dy = f32({2, 1}, {10, 20});
  std::vector<Tensor> sums = {f32({1}, {4}), f32({1}, {8})};
  EXPECT_THAT(getDx(x, zero, one, sums, dy).real, ElementsAre(4, 18));
  EXPECT_THAT(getDx(x, zero, one, sums, dy, nullptr, 4).real,
              ElementsAre(7, 19));
  EXPECT_THAT(getDx(x, zero, one, sums, dy, nullptr, 0).real,
              ElementsAre(-inf, -inf));
}

TEST(ChannelBackprop, NarrowTypesAreRoundedOnce) {
  // In bf16 the weight 3 * (1 + 2^-8) = 3.01171875 rounds to 3.015625.
  Tensor x = Tensor::getFloat(ElementType::BF16, {1, 1}, {0});
  Tensor dy = Tensor::getFloat(ElementType::BF16, {1, 1}, {3});
  Tensor zero = f32({1}, {0}), one = f32({1}, {1});
  Tensor gamma = f32({1}, {1.00390625});
  Tensor dx = getDx(x, zero, one, {zero, zero}, dy, &gamma);
  EXPECT_EQ(dx.getExact(0), 3.01171875);
  EXPECT_EQ(dx.real[0], 3.015625);
}

TEST(ChannelBackprop, EqualValuesAndEmptyTensors) {
  Tensor x = f32({2, 2}, {5, 1, 5, -1}), mean = f32({2}, {5, 0});
  Tensor invStd = f32({2}, {inf, 1}), zero = f32({2}, {0, 0});
  EXPECT_THAT(getDx(x, mean, invStd, {zero, zero}, x).real,
              ElementsAre(IsNan(), 1, IsNan(), -1));
  Tensor empty = f32({0, 2, 3}, {});
  EXPECT_THAT(getDx(empty, mean, invStd, {zero, zero}, empty).real, IsEmpty());
}

TEST(ChannelBackprop, SizesThatDisagreeAreAnError) {
  Outcome outcome = evaluateText(
      "func.func @f(%x: tensor<?x?xf32>, %v: tensor<?xf32>) -> "
      "tensor<?x?xf32> {\n"
      " %0 = norm.channel_backprop %x, %v, %v, %v, %v, %x layout(NCHW) : "
      "(tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, "
      "tensor<?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>\n"
      " return %0 : tensor<?x?xf32>\n}",
      {f32({1, 2}, {1, 2}), f32({3}, {1, 2, 3})});
  EXPECT_EQ(outcome.error, "test.mlir:2:7: 'norm.channel_backprop': expected "
                           "mean of 2xf32, found 3xf32");
}
