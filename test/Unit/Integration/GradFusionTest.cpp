//===- GradFusionTest.cpp - Gradients among other ops ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RMSNormGradCase.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace norm::test;

namespace {

using Bounds = std::vector<std::vector<double>>;

/// Runs @f of `text` on `inputs` and compares each result with the evaluator's:
/// the errors before the last rounding are at most `bounds`.
void expectAgreement(const std::string &text, const std::vector<Array> &inputs,
                     const Bounds &bounds) {
  Kernel kernel(text);
  auto found = kernel.run("f", inputs), expected = kernel.evaluate("f", inputs);
  ASSERT_EQ(found.size(), bounds.size());
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_EQ(Accuracy().check(found[i], expected[i], bounds[i]), "")
        << "result " << i;
}

/// The elementwise product, rounded as the evaluator rounds it.
Array multiply(Array a, const Array &b) {
  for (size_t i = 0; i < a.values.size(); ++i)
    a.values[i] = norm::reference::roundTo(a.type, a.values[i] * b.values[i]);
  return a;
}

/// `bounds` with an error of `numUlps` of `type` of each value added.
std::vector<double> addUlps(std::vector<double> bounds, const Array &values,
                            ElementType type, double numUlps) {
  for (size_t i = 0; i < bounds.size(); ++i)
    bounds[i] += numUlps * norm::reference::getUlp(
                               type, std::fabs(values.values[i]) + bounds[i]);
  return bounds;
}

/// `text` with T for the name of a type.
std::string withType(std::string text, ElementType type) {
  const std::string name = norm::reference::getName(type);
  for (size_t at = 0; (at = text.find('T', at)) != text.npos; at += name.size())
    text.replace(at, 1, name);
  return text;
}

class GradFusion : public testing::TestWithParam<ElementType> {
protected:
  RMSNormGradCase form = {.type = GetParam(),
                          .gamma = RowVector{.inAccumulator = true}};
};
// The texts name the accumulator's type.
INSTANTIATE_TEST_SUITE_P(Types, GradFusion,
                         testing::Values(ElementType::F16, ElementType::BF16,
                                         ElementType::F32),
                         [](const auto &info) {
                           return norm::reference::getName(info.param);
                         });

// The derivative of an activation behind the norm op, times its gradient. The
// product is rounded to T in compiled code too.
TEST_P(GradFusion, ProductInFront) {
  for (const Sizes &sizes : {Sizes{21, 67}, Sizes{2, 4097}}) {
    auto inputs = form.makeInputs(sizes, 5);
    Array derivative = makeRandom(GetParam(), sizes, 9);
    auto given = inputs;
    given[0] = multiply(inputs[0], derivative);
    inputs.push_back(derivative);
    expectAgreement(withType(R"mlir(
      func.func @f(%dz: tensor<?x?xT>, %x: tensor<?x?xT>, %r: tensor<?xf32>,
                   %g: tensor<?xf32>, %d: tensor<?x?xT>)
          -> (tensor<?x?xT>, tensor<?xf32>, tensor<?xf32>) {
        %dy = arith.mulf %dz, %d : tensor<?x?xT>
        %0:3 = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(-1)
          : (tensor<?x?xT>, tensor<?x?xT>, tensor<?xf32>, tensor<?xf32>)
            -> (tensor<?x?xT>, tensor<?xf32>, tensor<?xf32>)
        return %0#0, %0#1, %0#2 : tensor<?x?xT>, tensor<?xf32>, tensor<?xf32>
      })mlir",
                             GetParam()),
                    inputs, form.getBounds(given));
  }
}

// dx of the norm op and the gradient that goes around it. The sum rounds dx to
// T first, with half a ULP, and the difference of two neighbours is another
// one.
TEST_P(GradFusion, SumBehind) {
  for (int64_t numResults : {1, 3})
    for (const Sizes &sizes : {Sizes{21, 67}}) {
      form.numResults = numResults;
      auto inputs = form.makeInputs(sizes, 5);
      Kernel plain(form.getText("f"));
      Array dx = plain.evaluate("f", inputs).front();
      Bounds bounds = {addUlps(form.getBounds(inputs)[0], dx, GetParam(), 1)};
      inputs.push_back(makeRandom(GetParam(), sizes, 9));
      std::string sums =
          numResults == 3 ? ", tensor<?xf32>, tensor<?xf32>" : "";
      expectAgreement(
          withType("func.func @f(%dy: tensor<?x?xT>, %x: tensor<?x?xT>, "
                   "%r: tensor<?xf32>, %g: tensor<?xf32>, %d: tensor<?x?xT>) "
                   "-> tensor<?x?xT> {\n%0:" +
                       std::to_string(numResults) +
                       " = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(-1) : "
                       "(tensor<?x?xT>, tensor<?x?xT>, tensor<?xf32>, "
                       "tensor<?xf32>) -> (tensor<?x?xT>" +
                       sums +
                       ")\n%s = arith.addf %0#0, %d : tensor<?x?xT>\n"
                       "return %s : tensor<?x?xT>\n}",
                   GetParam()),
          inputs, bounds);
    }
}

// A gradient in f32 of tensors in bf16, as in mixed precision without support
// of the op: casts on either side.
TEST(GradFusionOfCasts, CastsInFrontAndBehind) {
  RMSNormGradCase form = {.type = ElementType::F32, .gamma = RowVector{}};
  for (const Sizes &sizes : {Sizes{21, 67}, Sizes{2, 4097}}) {
    auto inputs = form.makeInputs(sizes, 5);
    for (size_t i : {0, 1})
      for (double &value : inputs[i].values)
        value = norm::reference::roundTo(ElementType::BF16, value);
    Kernel plain(form.getText("f"));
    auto exact = plain.evaluate("f", inputs);
    Bounds bounds = form.getBounds(inputs);
    for (size_t i : {0, 1}) // Rounded to f32 first: half a ULP on each side.
      bounds[i] = addUlps(bounds[i], exact[i], ElementType::F32, 1);
    for (size_t i : {0, 1})
      inputs[i].type = ElementType::BF16;
    expectAgreement(R"mlir(
      func.func @f(%a: tensor<?x?xbf16>, %b: tensor<?x?xbf16>, %r: tensor<?xf32>,
                   %g: tensor<?xf32>)
          -> (tensor<?x?xbf16>, tensor<?xbf16>, tensor<?xf32>) {
        %dy = arith.extf %a : tensor<?x?xbf16> to tensor<?x?xf32>
        %x = arith.extf %b : tensor<?x?xbf16> to tensor<?x?xf32>
        %0:3 = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(-1)
          : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>)
            -> (tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>)
        %dx = arith.truncf %0#0 : tensor<?x?xf32> to tensor<?x?xbf16>
        %dg = arith.truncf %0#1 : tensor<?xf32> to tensor<?xbf16>
        return %dx, %dg, %0#2 : tensor<?x?xbf16>, tensor<?xbf16>, tensor<?xf32>
      })mlir",
                    inputs, bounds);
  }
}

// rrms comes out of the forward op within 4 ULP, a relative error of 8u: dx is
// wrong by 8u |r t| (|g| + 3 |h m|) more, at most 3 times its bound, and dgamma
// by 8u of its magnitude, less than its bound once more.
TEST_P(GradFusion, ForwardAndBackwardInOneFunction) {
  for (const Sizes &sizes : {Sizes{21, 67}, Sizes{1, 4097}}) {
    auto inputs = form.makeInputs(sizes, 5);
    Bounds bounds = form.getBounds(inputs);
    for (size_t i : {0, 1})
      for (double &bound : bounds[i])
        bound *= 4;
    inputs.erase(inputs.begin() + 2);
    expectAgreement(withType(R"mlir(
      func.func @f(%dy: tensor<?x?xT>, %x: tensor<?x?xT>, %g: tensor<?xf32>)
          -> (tensor<?x?xT>, tensor<?xf32>, tensor<?xf32>) {
        %y, %r = norm.rmsnorm %x gamma(%g) axis(-1) epsilon(1.0e-3)
          : (tensor<?x?xT>, tensor<?xf32>) -> (tensor<?x?xT>, tensor<?xf32>)
        %0:3 = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(-1)
          : (tensor<?x?xT>, tensor<?x?xT>, tensor<?xf32>, tensor<?xf32>)
            -> (tensor<?x?xT>, tensor<?xf32>, tensor<?xf32>)
        return %0#0, %0#1, %0#2 : tensor<?x?xT>, tensor<?xf32>, tensor<?xf32>
      })mlir",
                             GetParam()),
                    inputs, bounds);
  }
}

/// The relative error of y, at most two of the roundoff for each ULP, is that
/// of 1 / y.
TEST_P(GradFusion, ReciprocalBehindRMSNorm) {
  bool isNarrow = GetParam() != ElementType::F32;
  for (const Sizes &sizes : {Sizes{21, 67}, Sizes{2, 4097}}) {
    Array x = makeRandom(GetParam(), sizes, 3);
    std::string text = withType(R"mlir(
      func.func @f(%x: tensor<?x?xT>) -> tensor<?x?xT> {
        %y = norm.rmsnorm %x axis(-1) epsilon(1.0e-5)
          : (tensor<?x?xT>) -> tensor<?x?xT>
        %z = norm.reciprocal %y : (tensor<?x?xT>) -> tensor<?x?xT>
        return %z : tensor<?x?xT>
      })mlir",
                                GetParam());
    Kernel kernel(text);
    EXPECT_EQ(Accuracy().check(kernel.run("f", {x}).front(),
                               kernel.evaluate("f", {x}).front(),
                               isNarrow ? 3 : 9),
              "");
  }
}

TEST_P(GradFusion, ReciprocalInFrontOfRMSNorm) {
  Array x = makeRandom(GetParam(), {9, 131}, 3);
  Kernel kernel(withType(R"mlir(
    func.func @f(%x: tensor<?x?xT>) -> (tensor<?x?xT>, tensor<?x?xT>) {
      %z = norm.reciprocal %x : (tensor<?x?xT>) -> tensor<?x?xT>
      %y = norm.rmsnorm %z axis(-1) epsilon(1.0e-5)
        : (tensor<?x?xT>) -> tensor<?x?xT>
      return %z, %y : tensor<?x?xT>, tensor<?x?xT>
    })mlir",
                         GetParam()));
  auto found = kernel.run("f", {x}), expected = kernel.evaluate("f", {x});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(identical(found[0], expected[0]));
  EXPECT_EQ(Accuracy().check(found[1], expected[1],
                             GetParam() == ElementType::F32 ? 4 : 1),
            "");
}

// Elementwise ops on either side of both reciprocals round as the evaluator
// does, so only the gradient's own two roundings are left.
TEST_P(GradFusion, ElementwiseOpsAroundReciprocals) {
  Array x = makeRandom(GetParam(), {5, 7, 11}, 3), dy = x;
  for (double &value : x.values)
    value = norm::reference::roundTo(GetParam(), std::exp2(value));
  Kernel kernel(withType(R"mlir(
    func.func @f(%x: tensor<?x7x?xT>, %dz: tensor<?x7x?xT>)
        -> (tensor<?x7x?xT>, tensor<?x7x?xT>) {
      %s = arith.addf %x, %x : tensor<?x7x?xT>
      %y = norm.reciprocal %s : (tensor<?x7x?xT>) -> tensor<?x7x?xT>
      %dy = arith.negf %dz : tensor<?x7x?xT>
      %dx = norm.reciprocal_grad %y, %dy
        : (tensor<?x7x?xT>, tensor<?x7x?xT>) -> tensor<?x7x?xT>
      return %y, %dx : tensor<?x7x?xT>, tensor<?x7x?xT>
    })mlir",
                         GetParam()));
  auto found = kernel.run("f", {x, dy}),
       expected = kernel.evaluate("f", {x, dy});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(identical(found[0], expected[0]));
  EXPECT_EQ(Accuracy().check(found[1], expected[1], 1.5), "");
}

} // namespace
