//===- AffineTest.cpp - Code by affine loops -------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// The evaluator, the affine lowering and the vector lowering share no loop, so
// where they agree none has an error that the others do not have.

#include "Buffer.h"
#include "Forms.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace norm::test;

namespace {

const Options affine = {.isAffine = true};

/// Integers from -3 to 3, whose products and sums are exact in any order.
Array makeIntegers(ElementType type, const Sizes &sizes, uint64_t seed) {
  Array array = makeRandom(type, sizes, seed);
  for (double &value : array.values)
    value = std::round(value * 3.4);
  return array;
}

class Affine : public testing::TestWithParam<ElementType> {
protected:
  /// "f16" and the accumulator's "f32".
  std::string type = norm::reference::getName(GetParam());
  ElementType accType = norm::reference::getAccumulatorType(GetParam());
  std::string acc = norm::reference::getName(accType);

  /// `text` with T and A for the types of data and accumulator.
  std::string withTypes(std::string text) const {
    for (size_t at = 0; (at = text.find_first_of("TA", at)) != text.npos;) {
      const std::string &name = text[at] == 'T' ? type : acc;
      text.replace(at, 1, name);
      at += name.size();
    }
    return text;
  }

  /// Runs @f of `text` and expects the values of the evaluator, correctly
  /// rounded; of zeros the signs where `withSigns`.
  void expectExact(const std::string &text, const std::vector<Array> &inputs,
                   bool withSigns = false) {
    Kernel kernel(withTypes(text), affine);
    auto found = kernel.run("f", inputs),
         expected = kernel.evaluate("f", inputs);
    ASSERT_EQ(found.size(), expected.size());
    ASSERT_FALSE(found.empty());
    for (size_t i = 0; i < found.size(); ++i) {
      for (Array *array : {&found[i], &expected[i]})
        for (double &value : array->values)
          if (value == 0 && !withSigns)
            value = 0;
      EXPECT_TRUE(identical(found[i], expected[i])) << "result " << i;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Types, Affine, testing::ValuesIn(floatTypes),
                         TypeName());

/// Each way to give gamma and beta, with each of the other options.
std::vector<RMSNormCase> makeCases(ElementType type) {
  std::vector<std::optional<RowVector>> vectors = {
      std::nullopt, RowVector{},
      RowVector{.inAccumulator = true, .isFlat = true}};
  std::vector<RMSNormCase> cases;
  for (const auto &gamma : vectors)
    for (const auto &beta : vectors) {
      size_t i = cases.size();
      cases.push_back({.type = type,
                       .rank = 3,
                       .axis = static_cast<int64_t>(i % 3),
                       .gamma = gamma,
                       .beta = beta,
                       .withRrms = i % 4 != 0,
                       .roundsBeforeGamma = i % 2 == 0,
                       .epsilon = 0.5,
                       .targetRms = i % 5 == 0 ? 0.7 : 1.0,
                       .weightOffset = i % 4 >= 2 ? 1.0 : 0.0});
      if (i % 2 != 0)
        cases.back().staticSizes = {5, -1, 11};
    }
  return cases;
}

TEST_P(Affine, RMSNormAgreesWithTheEvaluator) {
  Forms forms(makeCases(GetParam()), affine);
  for (size_t i = 0; i < forms.cases.size(); ++i) {
    EXPECT_EQ(forms.check(i, {5, 7, 11}, i), "");
    EXPECT_EQ(forms.check(i, {5, 1, 11}, i), "");
    if (forms.cases[i].staticSizes.empty())
      EXPECT_EQ(forms.check(i, {1, 2, 3000}, i), "");
  }
}

TEST_P(Affine, RMSNormHasTheBitsOfTheVectorLoweringWhereSumsAreExact) {
  auto cases = makeCases(GetParam());
  Forms loops(cases, affine), vectors(cases);
  for (size_t i = 0; i < cases.size(); ++i) {
    std::vector<Array> inputs = cases[i].makeInputs({5, 7, 11}, i);
    inputs[0] = makeIntegers(GetParam(), {5, 7, 11}, i);
    auto found = loops.run(i, inputs), expected = vectors.run(i, inputs);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t k = 0; k < found.size(); ++k)
      EXPECT_TRUE(identical(found[k], expected[k]))
          << "result " << k << " of " << cases[i].describe();
  }
}

TEST_P(Affine, NoRowsAndNoElements) {
  Forms forms({{.type = GetParam(), .gamma = RowVector{}}}, affine);
  EXPECT_EQ(forms.check(0, {0, 5}), "");
  auto results = forms.run(0, forms.cases[0].makeInputs({3, 0}));
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].sizes, Sizes({3, 0}));
  for (double rrms : results[1].values)
    EXPECT_TRUE(std::isnan(rrms));
}

TEST_P(Affine, SpecialRows) {
  Forms forms({{.type = GetParam(), .gamma = RowVector{}, .epsilon = 0}},
              affine);
  Array x{GetParam(), {5, 2}, {0, 0, 3, 4, INFINITY, 1, NAN, 1, 4, 3}};
  Array gamma{GetParam(), {2}, {1, 1}};
  auto results = forms.run(0, {x, gamma});
  ASSERT_EQ(results.size(), 2u);
  const std::vector<double> &y = results[0].values, &rrms = results[1].values;
  EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[1]) && rrms[0] == INFINITY);
  EXPECT_TRUE(std::isnan(y[4]) && y[5] == 0 && rrms[2] == 0);
  EXPECT_TRUE(std::isnan(y[6]) && std::isnan(y[7]) && std::isnan(rrms[3]));
  // Their neighbours are as they are alone: 3 / sqrt(12.5).
  EXPECT_NEAR(y[2], 0.8485, 0.004);
  EXPECT_NEAR(y[9], 0.8485, 0.004);
}

// Operands with gaps, in another order, backwards, and dims of one element.
TEST_P(Affine, Strides) {
  RMSNormCase form = {.type = GetParam(), .rank = 3, .axis = 1};
  form.gamma = RowVector{.isFlat = true};
  Forms forms({form}, affine);
  const std::pair<Sizes, Sizes> views[] = {
      {{3, 5, 7}, {35, 7, 1}},    {{3, 5, 7}, {40, 7, 1}},
      {{3, 5, 7}, {70, 14, 2}},   {{3, 5, 7}, {1, 21, 3}},
      {{3, 5, 7}, {-35, -7, -1}}, {{3, 1, 7}, {7, 12345, 1}},
      {{1, 5, 7}, {-3, 7, 1}},    {{3, 5, 1}, {5, 1, 0}}};
  for (const auto &[sizes, strides] : views)
    for (bool isInPlace : {false, true}) {
      auto inputs = form.makeInputs(sizes, 3);
      auto expected = forms.run(0, inputs);
      ASSERT_EQ(expected.size(), 2u);
      Buffer x(GetParam(), sizes, strides), y(GetParam(), sizes, strides);
      Buffer gamma(GetParam(), inputs[1].sizes, {-2});
      Buffer rrms(accType, {sizes[0]}, {3});
      x.write(inputs[0]);
      gamma.write(inputs[1]);
      const Buffer &out = isInPlace ? x : y;
      ASSERT_EQ(forms.kernel.call("f0", {x.operand(), gamma.operand(),
                                         out.operand(), rrms.operand()}),
                "");
      EXPECT_TRUE(identical(out.read(), expected[0])) << strides[0];
      EXPECT_TRUE(identical(rrms.read(), expected[1])) << strides[0];
      EXPECT_TRUE(out.areGapsUntouched() && rrms.areGapsUntouched());
    }
}

// In place without gaps, and in the middle of a larger tensor.
TEST_P(Affine, InPlaceWithAnOffset) {
  Forms forms({{.type = GetParam(), .withRrms = false}}, affine);
  Array all = makeRandom(GetParam(), {6, 9}, 1), rows = all;
  rows.sizes = {2, 9};
  rows.values.assign(all.values.begin() + 27, all.values.begin() + 45);
  Array y = forms.run(0, {rows}).front();
  std::copy(y.values.begin(), y.values.end(), all.values.begin() + 27);
  Buffer buffer(GetParam(), {6, 9});
  buffer.write(makeRandom(GetParam(), {6, 9}, 1));
  Operand view = buffer.operand();
  view.data = static_cast<char *>(view.data) + 27 * getBytes(GetParam());
  view.sizes = {2, 9};
  ASSERT_EQ(forms.kernel.call("f0", {view, view}), "");
  EXPECT_TRUE(identical(buffer.read(), all));
}

TEST_P(Affine, Reciprocal) {
  Array x = makeIntegers(GetParam(), {3, 1, 50}, 7); // Zeros are among them.
  x.values[5] = INFINITY;
  x.values[6] = NAN;
  x.values[7] = -0.0;
  expectExact(R"mlir(func.func @f(%x: tensor<?x1x50xT>) -> tensor<?x1x50xT> {
      %y = norm.reciprocal %x : (tensor<?x1x50xT>) -> tensor<?x1x50xT>
      return %y : tensor<?x1x50xT>
    })mlir",
              {x}, /*withSigns=*/true);
  expectExact(R"mlir(func.func @f(%x: tensor<T>, %d: tensor<T>) -> tensor<T> {
      %y = norm.reciprocal_grad %x, %d : (tensor<T>, tensor<T>) -> tensor<T>
      return %y : tensor<T>
    })mlir",
              {{GetParam(), {}, {0.5}}, {GetParam(), {}, {-3}}});
}

// Everything is exact: small integers, and powers of two for rrms and the
// number of elements.
TEST_P(Affine, RMSNormGrad) {
  Array rrms{accType, {3}, {0.5, 1, 2}};
  Array dy = makeIntegers(GetParam(), {3, 4, 8}, 1);
  Array x = makeIntegers(GetParam(), {3, 4, 8}, 2);
  expectExact(
      R"mlir(func.func @f(%d: tensor<?x4x?xT>, %x: tensor<?x4x?xT>, %r: tensor<?xA>, %g: tensor<?xA>)
          -> (tensor<?x4x?xT>, tensor<?xA>, tensor<?xT>) {
        %0:3 = norm.rmsnorm_grad %d, %x, %r gamma(%g) axis(1) target_rms(2.0) weight_offset(1.0)
          : (tensor<?x4x?xT>, tensor<?x4x?xT>, tensor<?xA>, tensor<?xA>)
            -> (tensor<?x4x?xT>, tensor<?xA>, tensor<?xT>)
        return %0#0, %0#1, %0#2 : tensor<?x4x?xT>, tensor<?xA>, tensor<?xT>
      })mlir",
      {dy, x, rrms, makeIntegers(accType, {32}, 3)});
  dy.sizes = x.sizes = {3, 32};
  for (const char *results :
       {"(tensor<3x32xT>)", "(tensor<3x32xT>, tensor<32xA>)"}) {
    std::string list = results,
                values = list.find("32xA") == list.npos ? "%0" : "%0#0, %0#1";
    std::string bare = list.substr(1, list.size() - 2);
    expectExact("func.func @f(%d: tensor<3x32xT>, %x: tensor<3x32xT>, %r: "
                "tensor<3xA>) -> " +
                    list + " {\n%0" + (values == "%0" ? "" : ":2") +
                    " = norm.rmsnorm_grad %d, %x, %r axis(1) : "
                    "(tensor<3x32xT>, tensor<3x32xT>, tensor<3xA>) -> " +
                    list + "\nreturn " + values + " : " + bare + "\n}",
                {dy, x, rrms});
  }
}

const char *const layouts[] = {"NCHW", "NHWC"};

/// `text` with S for the sizes of an x with 5 channels, and the layout for L.
std::string forLayout(std::string text, const std::string &layout) {
  std::string sizes = layout == "NCHW" ? "?x5x2x4" : "4x?x2x5";
  for (size_t at; (at = text.find('S')) != text.npos;)
    text.replace(at, 1, sizes);
  text.replace(text.find("layout(L)"), 9, "layout(" + layout + ")");
  return text;
}
Sizes sizesFor(const std::string &layout) {
  return layout == "NCHW" ? Sizes{4, 5, 2, 4} : Sizes{4, 4, 2, 5};
}

TEST_P(Affine, ChannelBackpropStats) {
  Array mean = makeIntegers(accType, {5}, 3),
        scale{accType, {5}, {1, 2, 4, 8, 0.5}};
  for (const char *layout : layouts)
    expectExact(
        forLayout(
            R"mlir(func.func @f(%x: tensor<SxT>, %m: tensor<5xA>, %i: tensor<5xA>, %d: tensor<SxT>)
            -> (tensor<5xA>, tensor<5xA>) {
          %s, %b = norm.channel_backprop_stats %x, %m, %i, %d layout(L)
            : (tensor<SxT>, tensor<5xA>, tensor<5xA>, tensor<SxT>) -> (tensor<5xA>, tensor<5xA>)
          return %s, %b : tensor<5xA>, tensor<5xA>
        })mlir",
            layout),
        {makeIntegers(GetParam(), sizesFor(layout), 1), mean, scale,
         makeIntegers(GetParam(), sizesFor(layout), 2)});
}

TEST_P(Affine, ChannelBackprop) {
  Array vector = makeIntegers(accType, {5}, 3),
        scale{accType, {5}, {1, 2, 4, 8, 0.5}};
  for (const char *layout : layouts) {
    std::vector<Array> inputs = {makeIntegers(GetParam(), sizesFor(layout), 1),
                                 vector,
                                 scale,
                                 vector,
                                 vector,
                                 makeIntegers(GetParam(), sizesFor(layout), 2)};
    std::string
        parameters =
            "func.func @f(%x: tensor<SxT>, %m: tensor<5xA>, %i: tensor<5xA>, "
            "%s: tensor<5xA>, %b: tensor<5xA>, %d: tensor<SxT>",
        op = "%y = norm.channel_backprop %x, %m, %i, %s, %b, %d ",
        types = ": (tensor<SxT>, tensor<5xA>, tensor<5xA>, tensor<5xA>, "
                "tensor<5xA>, tensor<SxT>",
        rest = ") -> tensor<SxT>\nreturn %y : tensor<SxT>\n}";
    expectExact(forLayout(parameters + ") -> tensor<SxT> {\n" + op +
                              "layout(L) " + types + rest,
                          layout),
                inputs);
    inputs.push_back(makeIntegers(GetParam(), {5}, 4));
    inputs.push_back({ElementType::I64, {}, {64}});
    expectExact(
        forLayout(parameters +
                      ", %g: tensor<5xT>, %n: index) -> tensor<SxT> {\n" + op +
                      "gamma(%g) count(%n) layout(L) " + types +
                      ", tensor<5xT>, index" + rest,
                  layout),
        inputs);
  }
}

std::string getStatsText(const std::string &sizes, const std::string &layout) {
  return "func.func @f(%x: tensor<" + sizes +
         "T>) -> (tensor<?xA>, tensor<?xA>) {\n"
         "%m, %i = norm.channel_stats %x epsilon(0.0) layout(" +
         layout + ") : (tensor<" + sizes +
         "T>) -> (tensor<?xA>, tensor<?xA>)\n"
         "return %m, %i : tensor<?xA>, tensor<?xA>\n}";
}

// A mean of a million deviations, as far as the type can hold it.
TEST_P(Affine, ChannelStatsOfALargeMean) {
  double offset = norm::reference::getBitWidth(GetParam()) < 32 ? 100 : 1e6;
  for (const char *layout : layouts) {
    Kernel kernel(withTypes(getStatsText("?x?x?x", layout)), affine);
    Array x = makeRandom(GetParam(), {16, 3, 32}, 1);
    for (double &value : x.values)
      value = norm::reference::roundTo(GetParam(), value + offset);
    auto found = kernel.run("f", {x}), expected = kernel.evaluate("f", {x});
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(Accuracy().check(found[0], expected[0], 1), "");
    // At most 511 additions and 4 more roundings are in the sum of squares, of
    // which the root halves the error; 2 roundings follow.
    EXPECT_EQ(Accuracy().check(found[1], expected[1], 515 / 2 + 2), "");
  }
}

TEST_P(Affine, ChannelStatsOfSpecialChannels) {
  Kernel kernel(withTypes(getStatsText("?x?x", "NHWC")), affine);
  const double inf = INFINITY;
  Array x{
      GetParam(), {2, 6}, {0.1, inf, inf, NAN, 1, -inf, 0.1, 0, -inf, 0, 3, 0}};
  for (double &value : x.values)
    value = norm::reference::roundTo(GetParam(), value);
  auto found = kernel.run("f", {x});
  ASSERT_EQ(found.size(), 2u);
  const std::vector<double> &mean = found[0].values, &invStd = found[1].values;
  EXPECT_TRUE(mean[0] == x.values[0] && invStd[0] == inf);
  EXPECT_TRUE(mean[1] == inf && std::isnan(invStd[1]));
  EXPECT_TRUE(std::isnan(mean[2]) && std::isnan(invStd[2]));
  EXPECT_TRUE(std::isnan(mean[3]) && std::isnan(invStd[3]));
  EXPECT_TRUE(mean[4] == 2 && invStd[4] == 1);
  EXPECT_TRUE(mean[5] == -inf && std::isnan(invStd[5]));
  found = kernel.run("f", {Array{GetParam(), {0, 2}, {}}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found[0].values[0] == 0 && std::isnan(found[1].values[1]));
}

} // namespace
