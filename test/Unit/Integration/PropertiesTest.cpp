//===- PropertiesTest.cpp - Random forms, sizes and strides ----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffer.h"
#include "ChannelCase.h"
#include "Forms.h"
#include "Property.h"
#include "RMSNormGradCase.h"

using namespace norm::test;

namespace {

std::optional<RowVector> pickRowVector() {
  if (*rc::gen::arbitrary<bool>())
    return std::nullopt;
  return RowVector{*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()};
}

RMSNormCase pickCase() {
  RMSNormCase form;
  form.type = *rc::gen::elementOf(
      std::vector<ElementType>(std::begin(floatTypes), std::end(floatTypes)));
  form.rank = *rc::gen::inRange<int64_t>(1, 5);
  form.axis = *rc::gen::inRange<int64_t>(-form.rank, form.rank);
  form.gamma = pickRowVector();
  form.beta = pickRowVector();
  form.withRrms = *rc::gen::arbitrary<bool>();
  form.roundsBeforeGamma = *rc::gen::arbitrary<bool>();
  form.epsilon = *rc::gen::element(0.0, 1e-6, 1e-3, 0.5);
  form.targetRms = *rc::gen::element(1.0, 0.25, 1.7);
  form.weightOffset = *rc::gen::element(0.0, 1.0);
  form.strategy = *rc::gen::element<std::string>(
      "", "vector_bits = 128", "vector_bits = 256, stream_bytes = 0",
      "vector_bits = 512, stream_bytes = 4096");
  return form;
}

/// Sizes up to 40, in one case of three with one of up to 9000. There may be no
/// row, but no row of no elements, which static sizes cannot have.
Sizes pickSizes(const RMSNormCase &form) {
  Sizes sizes;
  for (int64_t dim = 0; dim < form.rank; ++dim) {
    int64_t low = dim < form.getCanonicalAxis() ? 0 : 1;
    int64_t high = form.rank > 2 ? 13 : 41;
    sizes.push_back(*rc::gen::inRange<int64_t>(low, high));
  }
  if (*rc::gen::inRange(0, 3) == 0)
    sizes[*rc::gen::inRange<size_t>(0, sizes.size())] =
        *rc::gen::inRange<int64_t>(1, form.rank > 2 ? 300 : 9001);
  return sizes;
}

/// The strides of a tensor whose dims lie in memory in any order, with gaps,
/// forward or backward.
Sizes pickStrides(const Sizes &sizes) {
  std::vector<size_t> order(sizes.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = order.size() - 1 - i;
  if (*rc::gen::inRange(0, 3) == 0 && order.size() > 1)
    std::swap(order[0], order[*rc::gen::inRange<size_t>(0, order.size())]);
  Sizes strides(sizes.size());
  int64_t next = *rc::gen::element<int64_t>(1, 1, 1, 2, 3);
  for (size_t dim : order) {
    strides[dim] = *rc::gen::element<int64_t>(1, 1, 1, 1, -1) * next;
    next *= std::max<int64_t>(sizes[dim], 1);
    next += *rc::gen::element<int64_t>(0, 0, 1, 5);
  }
  return strides;
}

Place pickPlace() {
  return {
      *rc::gen::element(Place::At::Inside, Place::At::Start, Place::At::End),
      *rc::gen::inRange<int64_t>(0, 17)};
}

/// Strides and places of any kind for the tensors `arrays` and then `more`.
std::vector<Layout> pickLayouts(const std::vector<Array> &arrays,
                                const std::vector<Array> &more) {
  std::vector<Layout> layouts;
  for (const auto *list : {&arrays, &more})
    for (const Array &array : *list)
      layouts.push_back({pickStrides(array.sizes), pickPlace()});
  return layouts;
}

Options pickOptions() {
  auto cpus = getTestedCPUs();
  return {*rc::gen::elementOf(cpus), 2, *rc::gen::arbitrary<bool>()};
}

/// `sizes`, some of them -1.
Sizes pickStaticSizes(Sizes sizes) {
  for (int64_t &size : sizes)
    if (*rc::gen::arbitrary<bool>())
      size = -1;
  return sizes;
}

/// Compiles one kernel with dynamic and one with static sizes, and runs them on
/// tensors of random strides and addresses, in place of the input `inPlaceOf`
/// if there is one and it likes.
template <typename Case>
void checkStaticAndDynamic(const Case &form, const Sizes &sizes,
                           std::optional<size_t> inPlaceOf = std::nullopt) {
  Case fixed = form;
  fixed.staticSizes = pickStaticSizes(sizes);
  Options options = pickOptions();
  FormsOf<Case> forms({form, fixed}, options);
  auto inputs = form.makeInputs(sizes, *rc::gen::inRange(1, 1000));
  auto expected = forms.kernel.evaluate("f0", inputs);

  std::vector<Array> first;
  for (size_t i = 0; i < forms.cases.size(); ++i) {
    std::vector<Array> found = form.makeResults(sizes);
    auto layouts = pickLayouts(inputs, found);
    if (inPlaceOf && *rc::gen::arbitrary<bool>())
      layouts[inputs.size()] = {.inPlaceOf = inPlaceOf};
    RC_ASSERT(callAt(forms.kernel, forms.getName(i), inputs, layouts, found) ==
              "");
    RC_ASSERT(Accuracy().check(forms.cases[i], inputs, found, expected,
                               options.isAffine) == "");
    if (i == 0)
      first = found;
    for (size_t k = 0; k < found.size(); ++k)
      RC_ASSERT(identical(found[k], first[k]));
  }
}

void checkAnyForm() {
  RMSNormCase form = pickCase();
  checkStaticAndDynamic(form, pickSizes(form), 0);
}

void checkAnyGradient() {
  RMSNormCase forward = pickCase();
  RMSNormGradCase form = {.type = forward.type,
                          .rank = forward.rank,
                          .axis = forward.axis,
                          .gamma = forward.gamma,
                          .numResults = *rc::gen::inRange<int64_t>(1, 4),
                          .dgammaInAccumulator = *rc::gen::arbitrary<bool>(),
                          .dbetaInAccumulator = *rc::gen::arbitrary<bool>(),
                          .targetRms = forward.targetRms,
                          .weightOffset = forward.weightOffset,
                          .strategy = forward.strategy};
  checkStaticAndDynamic(form, pickSizes(forward));
}

void checkAnyChannelOp() {
  using Op = ChannelCase::Op;
  RMSNormCase other = pickCase();
  ChannelCase form = {
      .op = *rc::gen::element(Op::Stats, Op::BackpropStats, Op::Backprop),
      .type = other.type,
      .rank = *rc::gen::inRange<int64_t>(2, 6),
      .isNHWC = *rc::gen::arbitrary<bool>(),
      .numResults = *rc::gen::inRange<int64_t>(1, 3),
      .gamma = other.gamma,
      .withCount = *rc::gen::arbitrary<bool>(),
      .strategy = other.strategy};
  if (form.gamma)
    form.gamma->isFlat = false;
  Sizes sizes;
  for (int64_t dim = 0; dim < form.rank; ++dim)
    sizes.push_back(*rc::gen::inRange<int64_t>(0, form.rank > 3 ? 8 : 41));
  if (*rc::gen::inRange(0, 3) == 0)
    sizes[*rc::gen::inRange<size_t>(0, sizes.size())] =
        *rc::gen::inRange<int64_t>(1, 300);
  checkStaticAndDynamic(form, sizes,
                        form.op == Op::Backprop ? std::optional<size_t>(5)
                                                : std::nullopt);
}

// Both reciprocals with any sizes, some of them static, on tensors anywhere,
// the result perhaps in place.
void checkAnyReciprocal() {
  auto type = *rc::gen::elementOf(
      std::vector<ElementType>(std::begin(floatTypes), std::end(floatTypes)));
  Sizes sizes;
  for (int64_t dims = *rc::gen::inRange(0, 5); dims > 0; --dims)
    sizes.push_back(*rc::gen::inRange<int64_t>(0, 14));
  if (!sizes.empty() && *rc::gen::inRange(0, 3) == 0)
    sizes.back() = *rc::gen::inRange<int64_t>(1, 300);
  Sizes known = pickStaticSizes(sizes);
  OpText forward("norm.reciprocal"), backward("norm.reciprocal_grad");
  forward.addOperand("x", getTensorType(type, known));
  backward.addOperand("y", getTensorType(type, known));
  backward.addOperand("dy", getTensorType(type, known));
  std::string text = forward.getFunction("f1", {{type, known, {}}}) +
                     backward.getFunction("f2", {{type, known, {}}});
  Kernel kernel(text, pickOptions());
  for (size_t numInputs : {1, 2}) {
    std::vector<Array> inputs;
    for (size_t i = 0; i < numInputs; ++i)
      inputs.push_back(
          makeRandom(type, sizes, *rc::gen::inRange<uint64_t>(1, 1000)));
    std::string name = "f" + std::to_string(numInputs);
    auto expected = kernel.evaluate(name, inputs);
    auto layouts = pickLayouts(inputs, expected);
    if (*rc::gen::arbitrary<bool>())
      layouts.back() = {.inPlaceOf = numInputs - 1};
    auto found = expected;
    RC_ASSERT(callAt(kernel, name, inputs, layouts, found) == "");
    if (numInputs == 1)
      RC_ASSERT(identical(found[0], expected[0]));
    // The gradient has two roundings, the evaluator one.
    RC_ASSERT(Accuracy().check(found[0], expected[0], 1.5) == "");
  }
}

TEST(Properties, AnyFormAgreesWithTheEvaluator) {
  expectHolds("rmsnorm of any form", &checkAnyForm, 40);
}

TEST(Properties, AnyGradientAgreesWithTheEvaluator) {
  expectHolds("rmsnorm_grad of any form", &checkAnyGradient, 15);
}

TEST(Properties, AnyChannelOpAgreesWithTheEvaluator) {
  expectHolds("ops over channels of any form", &checkAnyChannelOp, 25);
}

TEST(Properties, AnyReciprocalAgreesWithTheEvaluator) {
  expectHolds("reciprocals of any sizes", &checkAnyReciprocal, 25);
}

} // namespace
