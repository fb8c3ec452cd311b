//===- ReciprocalTest.cpp - Compiled reciprocals ---------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffer.h"
#include "Forms.h"

#include "norm/Runtime/norm_runtime.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <tuple>

using namespace norm::test;

namespace {

/// @y (x) -> y and @dx (y, dy) -> dx of x's sizes, named with `suffix`.
std::string getText(ElementType type, const Sizes &sizes,
                    const std::string &suffix = "",
                    const std::string &precision = "exact") {
  std::string tensor = getTensorType(type, sizes);
  OpText forward("norm.reciprocal"), backward("norm.reciprocal_grad");
  forward.addOperand("x", tensor);
  forward.addClause("precision(" + precision + ")");
  backward.addOperand("y", tensor);
  backward.addOperand("dy", tensor);
  return forward.getFunction("y" + suffix, {{type, sizes, {}}}) +
         backward.getFunction("dx" + suffix, {{type, sizes, {}}});
}

/// The division of IEEE 754: float64 has more than twice the bits of the
/// narrower types, so that its rounding changes no result of theirs.
Array invert(Array x) {
  for (double &value : x.values)
    value = norm::reference::roundTo(x.type, 1 / value);
  return x;
}

/// The documented steps of the gradient in the accumulator's type.
Array getGrad(Array y, const Array &dy) {
  ElementType acc = norm::reference::getAccumulatorType(y.type);
  for (size_t i = 0; i < y.values.size(); ++i) {
    double t = norm::reference::roundTo(acc, -dy.values[i] * y.values[i]);
    y.values[i] = norm::reference::roundTo(
        y.type, norm::reference::roundTo(acc, t * y.values[i]));
  }
  return y;
}

/// Every value of a type of 16 bits. Of wider types: random bits, so every
/// exponent, and the neighbours of powers of two.
Array makeEveryValue(ElementType type) {
  Array all{type, {1 << 16}, {}};
  std::mt19937_64 random(1);
  unsigned width = norm::reference::getBitWidth(type);
  unsigned mantissa = type == ElementType::F64 ? 52 : 23;
  for (uint64_t i = 0; i < 1 << 16; ++i) {
    uint64_t bits = i;
    if (width > 16) {
      bits = random() >> (64 - width);
      if (i % 4 == 0) {
        uint64_t last = (uint64_t(1) << mantissa) - 1;
        bits = (bits & ~last) | (i % 16 == 0 ? last : i % 16 / 4 - 1);
      }
    }
    all.values.push_back(norm::reference::decodeFloat(type, bits));
  }
  return all;
}

/// Expects of reciprocals that may be approximate at most 2 ULP and the zeros,
/// infinities and NaNs of the exact ones.
void expectApprox(const std::string &cpu, const Array &x) {
  Kernel kernel(getText(x.type, {-1}, "", "approx"), {cpu, 2});
  Array found = kernel.run("y", {x}).front();
  for (size_t i = 0; i < x.values.size(); ++i) {
    double exact = 1 / x.values[i], y = found.values[i];
    double rounded = norm::reference::roundTo(x.type, exact);
    if (std::isfinite(rounded) && rounded != 0)
      ASSERT_LE(std::fabs(y - exact),
                2 * norm::reference::getUlp(x.type, exact))
          << x.values[i] << " on " << cpu;
    else
      ASSERT_TRUE(identical({x.type, {}, {y}}, {x.type, {}, {rounded}}))
          << x.values[i] << " on " << cpu;
  }
}

/// The sizes after `sizes` where each goes from 1 to 5; empty after the last.
Sizes getNext(Sizes sizes) {
  for (int64_t &size : sizes) {
    if (++size <= 5)
      return sizes;
    size = 1;
  }
  return {};
}

class Reciprocal : public testing::TestWithParam<ElementType> {
protected:
  Array random(const Sizes &sizes, uint64_t seed = 1) const {
    return makeRandom(GetParam(), sizes, seed);
  }

  /// Expects the bits of the definitions for dense operands and for others.
  void expectBits(const Kernel &kernel, const Sizes &sizes,
                  const std::vector<std::vector<Layout>> &layouts = {},
                  const std::string &suffix = "") {
    Array x = random(sizes, 1), dy = random(sizes, 2);
    Array y = invert(x), dx = getGrad(y, dy);
    std::string text;
    for (int64_t size : sizes)
      text += std::to_string(size) + " ";
    EXPECT_EQ(checkBitsAt(kernel, "y" + suffix, {x}, {{}, {}}, {y}), "")
        << text;
    EXPECT_EQ(checkBitsAt(kernel, "dx" + suffix, {y, dy}, {{}, {}, {}}, {dx}),
              "")
        << text;
    for (size_t i = 0; i < layouts.size(); ++i) {
      const auto &[first, second, third] =
          std::tie(layouts[i][0], layouts[i][1], layouts[i][2]);
      EXPECT_EQ(checkBitsAt(kernel, "y" + suffix, {x}, {first, third}, {y}), "")
          << text << "layout " << i;
      EXPECT_EQ(checkBitsAt(kernel, "dx" + suffix, {y, dy},
                            {first, second, third}, {dx}),
                "")
          << text << "layout " << i;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Types, Reciprocal, testing::ValuesIn(floatTypes),
                         TypeName());

TEST_P(Reciprocal, IsCorrectlyRoundedForEveryValue) {
  Array x = makeEveryValue(GetParam()), y = invert(x);
  for (const std::string &cpu : getTestedCPUs()) {
    Kernel kernel(getText(GetParam(), {-1}), {cpu, 2});
    Array found = kernel.run("y", {x}).front();
    for (size_t i = 0; i < x.values.size(); ++i)
      ASSERT_TRUE(identical({x.type, {}, {found.values[i]}},
                            {x.type, {}, {y.values[i]}}))
          << "1 / " << x.values[i] << " is " << found.values[i] << " on "
          << cpu;
    EXPECT_TRUE(identical(found, kernel.evaluate("y", {x}).front()));
  }
}

// The contract of approx, for every result that is no zero and finite.
TEST_P(Reciprocal, ApproxKeepsItsBoundAndSpecialValues) {
  Array x = makeEveryValue(GetParam());
  for (const std::string &cpu : getTestedCPUs())
    expectApprox(cpu, x);
}

// Every 1021st number of f32, and all around the borders of estimates: zero,
// 2^-128, 2^-127, 2^-126, 1, 2^126, 2^127, infinity.
TEST(ReciprocalOfManyFloats, ApproxKeepsItsBoundAndSpecialValues) {
  Array x{ElementType::F32, {}, {}};
  auto add = [&](uint64_t bits) {
    x.values.push_back(norm::reference::decodeFloat(x.type, bits));
  };
  for (uint64_t bits = 0; bits < uint64_t(1) << 32; bits += 1021)
    add(bits);
  for (uint64_t sign : {uint64_t(0), uint64_t(1) << 31})
    for (uint64_t border : {0x00000000, 0x00200000, 0x00400000, 0x00800000,
                            0x3f800000, 0x7e800000, 0x7f000000, 0x7f800000})
      for (uint64_t distance = 0; distance < 2048; ++distance)
        add(sign | ((border + distance - 1024) & 0x7fffffff));
  x.sizes = {static_cast<int64_t>(x.values.size())};
  for (const std::string &cpu : getTestedCPUs())
    expectApprox(cpu, x);
}

// The estimate's bits are not those of the division, so the rest of a row must
// not divide where its vectors estimate.
TEST_P(Reciprocal, ApproxHasTheSameBitsInEveryForm) {
  constexpr int64_t size = 197;
  std::string text;
  for (size_t rank = 0; rank <= 2; ++rank)
    text +=
        getText(GetParam(), Sizes(rank, -1), std::to_string(rank), "approx");
  const Sizes shapes[] = {{size}, {size, 1}, {1, size}, {1, 1, size, 1}};
  for (size_t i = 0; i < std::size(shapes); ++i)
    text += getText(GetParam(), shapes[i], "_" + std::to_string(i), "approx");
  Kernel kernel(text);
  Array x = random({size});
  Array y = kernel.run("y1", {x}).front();
  auto expectSame = [&](const std::string &function, Sizes sizes,
                        const std::vector<Layout> &layouts) {
    x.sizes = y.sizes = std::move(sizes);
    EXPECT_EQ(checkBitsAt(kernel, function, {x}, layouts, {y}), "") << function;
  };
  for (const Sizes &in : {Sizes{1}, Sizes{3}, Sizes{-1}})
    for (const Sizes &out : {Sizes{1}, Sizes{2}})
      expectSame("y1", {size}, {{in}, {out}});
  expectSame("y1", {size}, {{}, {.inPlaceOf = 0}});
  for (size_t i = 0; i < std::size(shapes); ++i)
    expectSame("y_" + std::to_string(i), shapes[i], {{}, {}});
  expectSame("y2", {size, 1}, {{}, {}});
  expectSame("y2", {1, size}, {{}, {}});
  for (int64_t i = 0; i < size; ++i) {
    Array element{x.type, {}, {x.values[i]}};
    EXPECT_EQ(checkBitsAt(kernel, "y0", {element}, {{}, {}},
                          {{y.type, {}, {y.values[i]}}}),
              "")
        << x.values[i];
  }
}

// Pairs of values that meet every sign, zero, infinity, NaN and subnormal.
TEST_P(Reciprocal, GradOfEveryValueHasTheDocumentedRoundings) {
  Array y = makeEveryValue(GetParam()), dy = y;
  std::shuffle(dy.values.begin(), dy.values.end(), std::mt19937_64(2));
  double tiny = norm::reference::getUlp(GetParam(), 0);
  const double specials[] = {0.0,  -0.0,  INFINITY, -INFINITY, NAN,
                             tiny, -tiny, 1,        -3,        1024};
  size_t i = 0;
  for (double a : specials)
    for (double b : specials) {
      y.values[i] = a;
      dy.values[i++] = b;
    }
  Array dx = getGrad(y, dy);
  for (const std::string &cpu : getTestedCPUs()) {
    Kernel kernel(getText(GetParam(), {-1}), {cpu, 2});
    Array found = kernel.run("dx", {y, dy}).front();
    for (i = 0; i < y.values.size(); ++i)
      ASSERT_TRUE(identical({y.type, {}, {found.values[i]}},
                            {y.type, {}, {dx.values[i]}}))
          << "y " << y.values[i] << ", dy " << dy.values[i] << ": "
          << found.values[i] << ", expected " << dx.values[i] << " on " << cpu;
  }
}

// The evaluator rounds once. Two roundings are an error of one ULP, or reach
// the next value of a narrow type.
TEST_P(Reciprocal, GradAgreesWithTheEvaluator) {
  Kernel kernel(getText(GetParam(), {-1}));
  Array x = random({10000}, 1);
  // From 1/2 to 2, where nothing over- or underflows.
  for (double &value : x.values)
    value = norm::reference::roundTo(GetParam(), std::exp2(value));
  Array y = invert(x), dy = random({10000}, 2);
  Accuracy accuracy;
  EXPECT_EQ(accuracy.check(kernel.run("dx", {y, dy}).front(),
                           kernel.evaluate("dx", {y, dy}).front(), 1.5),
            "");
  if (norm::reference::getBitWidth(GetParam()) < 32)
    EXPECT_GE(accuracy.getCorrectShare(), 0.999);
}

TEST_P(Reciprocal, GradAtZeroAndInfinity) {
  Kernel kernel(getText(GetParam(), {-1}));
  Array x{GetParam(), {6}, {0.0, -0.0, 0.0, -0.0, INFINITY, NAN}};
  Array dy{GetParam(), {6}, {2, 2, 0, -0.0, 3, 1}};
  Array y = kernel.run("y", {x}).front();
  EXPECT_TRUE(y.values[0] == INFINITY && y.values[1] == -INFINITY);
  auto dx = kernel.run("dx", {y, dy}).front().values;
  EXPECT_EQ(dx[0], -INFINITY);
  EXPECT_EQ(dx[1], -INFINITY);
  EXPECT_TRUE(std::isnan(dx[2]) && std::isnan(dx[3]) && std::isnan(dx[5]));
  EXPECT_TRUE(dx[4] == 0 && std::signbit(dx[4]));
}

TEST_P(Reciprocal, EveryRankStaticAndDynamic) {
  const Sizes shapes[] = {{},           {1},          {5},         {67},
                          {3, 5},       {1, 64},      {64, 1},     {2, 3, 4},
                          {3, 1, 129},  {0},          {0, 7},      {3, 0},
                          {2, 3, 4, 5}, {5, 1, 1, 1}, {4, 0, 2, 3}};
  // Each shape all static or, in turns, with every second size.
  std::string text;
  for (size_t i = 0; i < std::size(shapes); ++i) {
    Sizes sizes = shapes[i];
    for (size_t dim = i / 2 % 2; i % 2 != 0 && dim < sizes.size(); dim += 2)
      sizes[dim] = -1;
    text += getText(GetParam(), sizes, "_" + std::to_string(i));
  }
  for (size_t rank = 0; rank <= 4; ++rank)
    text += getText(GetParam(), Sizes(rank, -1), std::to_string(rank));
  Kernel kernel(text);
  for (size_t i = 0; i < std::size(shapes); ++i) {
    expectBits(kernel, shapes[i], {}, "_" + std::to_string(i));
    expectBits(kernel, shapes[i], {}, std::to_string(shapes[i].size()));
  }
}

// One to four dims of one to five elements, values from 1/2 to 2.
TEST_P(Reciprocal, ShapesOfOtherProjects) {
  std::string text;
  for (size_t rank = 1; rank <= 4; ++rank)
    text += getText(GetParam(), Sizes(rank, -1), std::to_string(rank));
  Kernel kernel(text);
  for (size_t rank = 1; rank <= 4; ++rank)
    for (Sizes sizes(rank, 1); !sizes.empty(); sizes = getNext(sizes)) {
      Array x = random(sizes, 1), dy = random(sizes, 2);
      for (double &value : x.values)
        value = norm::reference::roundTo(GetParam(), std::exp2(value));
      Array y = invert(x);
      const std::string suffix = std::to_string(rank);
      EXPECT_EQ(checkBitsAt(kernel, "y" + suffix, {x}, {{}, {}}, {y}), "");
      EXPECT_EQ(checkBitsAt(kernel, "dx" + suffix, {y, dy}, {{}, {}, {}},
                            {getGrad(y, dy)}),
                "");
    }
}

TEST_P(Reciprocal, Strides) {
  Kernel kernel(getText(GetParam(), {-1}, "1") +
                getText(GetParam(), {-1, -1}, "2") +
                getText(GetParam(), {-1, -1, -1}, "3"));
  auto expectAllPairs = [&](const Sizes &sizes,
                            const std::vector<Sizes> &strides) {
    std::vector<std::vector<Layout>> layouts;
    for (const Sizes &in : strides)
      for (const Sizes &out : strides)
        for (const Sizes &second : {in, out})
          layouts.push_back({{in}, {second}, {out}});
    expectBits(kernel, sizes, layouts, std::to_string(sizes.size()));
  };
  expectAllPairs({131}, {{1}, {2}, {-1}, {-3}});
  for (int64_t width : {1, 9, 64, 131})
    expectAllPairs({5, width}, {{width, 1},
                                {width + 13, 1},
                                {2 * width, 2},
                                {-width - 3, 1},
                                {width, -1},
                                {1, 5}});
  expectAllPairs({3, 5, 7}, {{35, 7, 1},
                             {80, 11, 1},
                             {70, 14, 2},
                             {1, 21, 3},
                             {7, 21, 1},
                             {-35, -7, -1}});
  // The stride of a dim of one element means nothing.
  expectAllPairs({4, 1, 9}, {{9, 12345, 1}, {9, 0, 1}, {18, -7, 2}});
  expectAllPairs({1, 4, 9}, {{0, 9, 1}, {777, 9, 1}});
}

TEST_P(Reciprocal, InPlace) {
  Kernel kernel(getText(GetParam(), {-1, -1}, "2") +
                getText(GetParam(), {-1, -1, -1}, "3") +
                getText(GetParam(), {}, "0"));
  const std::pair<Sizes, Sizes> views[] = {{{}, {}},
                                           {{5, 70}, {70, 1}},
                                           {{5, 70}, {83, 1}},
                                           {{5, 70}, {1, 5}},
                                           {{5, 70}, {140, 2}},
                                           {{5, 70}, {-70, -1}},
                                           {{3, 4097}, {4097, 1}},
                                           {{4, 5, 14}, {70, 14, 1}},
                                           {{4, 5, 14}, {100, 20, 1}},
                                           {{4, 5, 14}, {1, 4, 20}}};
  for (const auto &[sizes, strides] : views) {
    std::string suffix = std::to_string(sizes.size());
    Array x = random(sizes, 1), dy = random(sizes, 2);
    Array y = invert(x), dx = getGrad(y, dy);
    EXPECT_EQ(checkBitsAt(kernel, "y" + suffix, {x},
                          {{strides}, {.inPlaceOf = 0}}, {y}),
              "");
    for (const Sizes &other : {strides, getDenseStrides(sizes)}) {
      EXPECT_EQ(checkBitsAt(kernel, "dx" + suffix, {y, dy},
                            {{other}, {strides}, {.inPlaceOf = 1}}, {dx}),
                "");
      EXPECT_EQ(checkBitsAt(kernel, "dx" + suffix, {y, dy},
                            {{strides}, {other}, {.inPlaceOf = 0}}, {dx}),
                "");
    }
  }
}

// An input of one element for all.
TEST_P(Reciprocal, BroadcastInput) {
  Kernel kernel(getText(GetParam(), {-1, -1}));
  Array x = random({4, 75}, 1);
  for (int64_t i = 0; i < 300; ++i)
    x.values[i] = x.values[i % 75];
  EXPECT_EQ(checkBitsAt(kernel, "y", {x}, {{{0, 1}}, {}}, {invert(x)}), "");
  for (double &value : x.values)
    value = x.values[0];
  EXPECT_EQ(checkBitsAt(kernel, "y", {x}, {{{0, 0}}, {}}, {invert(x)}), "");
}

TEST_P(Reciprocal, AnyAddressAndNothingBesideTheTensors) {
  for (const std::string &cpu : getTestedCPUs()) {
    Kernel kernel(getText(GetParam(), {-1, -1}), {cpu, 2});
    for (int64_t width : {1, 2, 5, 8, 15, 17, 33, 64, 65, 131}) {
      std::vector<std::vector<Layout>> layouts;
      for (auto at : {Place::At::Start, Place::At::End})
        for (const Sizes &strides : {Sizes{width, 1}, Sizes{width + 5, 1}})
          layouts.push_back(std::vector<Layout>(3, {strides, {at, 0}}));
      for (int64_t shift : {1, 2, 3, 7, 8, 13, 33, 63})
        layouts.push_back({{{}, {Place::At::Inside, shift}},
                           {{}, {Place::At::Inside, shift * 7 % 64}},
                           {{}, {Place::At::Inside, shift * 5 % 64}}});
      expectBits(kernel, {3, width}, layouts);
    }
  }
}

TEST_P(Reciprocal, ManyElements) {
  Kernel kernel(getText(GetParam(), {-1}));
  expectBits(kernel, {1000003});
}

TEST_P(Reciprocal, AnyNumberOfThreadsGivesTheSameBits) {
  Kernel kernel(getText(GetParam(), {-1}, "1") +
                getText(GetParam(), {-1, -1}, "2"));
  for (int threads : {1, 2, 5}) {
    norm_set_num_threads(threads);
    for (const Sizes &sizes :
         {Sizes{100003}, Sizes{20001, 1}, Sizes{3, 10001}, Sizes{333, 65}})
      expectBits(kernel, sizes, {}, std::to_string(sizes.size()));
  }
  norm_set_num_threads(0);
}

} // namespace
