//===- OperandErrorsTest.cpp - Wrong operands of every op ------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Each operand of each op in turn with every size that does not fit, without
// memory, at a wrong address and over other operands. A call that is refused
// must have written nothing.

#include "Buffer.h"
#include "ChannelCase.h"
#include "RMSNormGradCase.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <functional>
#include <set>

using namespace norm::test;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

namespace {

/// A function of one op with dynamic sizes, and what fits it.
struct OpFunction {
  std::string name, text;
  std::vector<Array> inputs, results;
  /// The names of the inputs in errors. That of the operand which the others
  /// are compared with is empty.
  std::vector<std::string> names;
  /// The inputs that the first result may be written over.
  std::set<size_t> inPlace = {};
};

constexpr ElementType type = ElementType::F32;

/// The op that `form` describes, for an x of `sizes`.
template <typename Case>
OpFunction describe(const std::string &name, const Case &form,
                    const Sizes &sizes, std::vector<std::string> names,
                    std::set<size_t> inPlace) {
  return {name,
          form.getText(name),
          form.makeInputs(sizes),
          form.makeResults(sizes),
          std::move(names),
          std::move(inPlace)};
}

OpFunction describeReciprocal(const std::string &name, const Sizes &sizes,
                              std::vector<std::string> names) {
  OpText op("norm." + name);
  const std::string tensor = getTensorType(type, Sizes(sizes.size(), -1));
  std::vector<Array> inputs;
  std::set<size_t> inPlace;
  for (size_t i = 0; i < names.size(); ++i) {
    op.addOperand("a" + std::to_string(i), tensor);
    inputs.push_back(makeRandom(type, sizes, i + 1));
    inPlace.insert(i);
  }
  std::string text =
      op.getFunction(name, {{type, Sizes(sizes.size(), -1), {}}});
  return {name, text, inputs, {{type, sizes, {}}}, std::move(names), inPlace};
}

/// All ops, for tensors with `rows` rows or images. Sizes of different meaning
/// differ, except for channels and spatial dims, so that values of channels can
/// lie over each other.
std::vector<OpFunction> describeOps(int64_t rows) {
  using Op = ChannelCase::Op;
  std::vector<OpFunction> ops = {
      describe("rmsnorm",
               RMSNormCase{.gamma = RowVector{}, .beta = RowVector{}},
               {rows, 7}, {"", "gamma", "beta"}, {0}),
      describe("rmsnorm_grad", RMSNormGradCase{.gamma = RowVector{}}, {rows, 7},
               {"dy", "", "rrms", "gamma"}, {}),
      describeReciprocal("reciprocal", {rows, 7}, {""}),
      describeReciprocal("reciprocal_grad", {rows, 7}, {"", "dy"})};
  for (bool isNHWC : {false, true}) {
    const std::string suffix = isNHWC ? "_nhwc" : "_nchw";
    ChannelCase form = {.rank = 3, .isNHWC = isNHWC};
    const Sizes sizes = form.inLayout({rows, 3, 5});
    ops.push_back(describe("channel_stats" + suffix, form, sizes, {""}, {}));
    form.op = Op::BackpropStats;
    ops.push_back(describe("channel_backprop_stats" + suffix, form, sizes,
                           {"", "mean", "inv_std", "dy"}, {}));
    form.op = Op::Backprop;
    form.gamma = RowVector{};
    ops.push_back(describe(
        "channel_backprop" + suffix, form, sizes,
        {"", "mean", "inv_std", "scale_grad", "bias_grad", "dy", "gamma"},
        {5}));
  }
  return ops;
}

class OperandErrors : public testing::Test {
protected:
  /// Compiled once for all tests.
  static const Kernel &getKernel() {
    static const Kernel kernel([] {
      std::string text;
      for (const OpFunction &op : describeOps(2))
        text += op.text;
      return text;
    }());
    return kernel;
  }

  /// Calls `op` with operands that fit but for what `change` does to them.
  /// Unless the call succeeds, everything must have its value afterwards.
  static std::string
  call(const OpFunction &op,
       const std::function<void(std::vector<Operand> &)> &change) {
    std::vector<Buffer> buffers;
    std::vector<Operand> operands;
    for (const auto *list : {&op.inputs, &op.results})
      for (const Array &array : *list) {
        buffers.emplace_back(array.type, array.sizes);
        buffers.back().write(array);
        operands.push_back(buffers.back().operand());
      }
    change(operands);
    std::string error = getKernel().call(op.name, operands);
    for (size_t i = 0; i < buffers.size() && !error.empty(); ++i) {
      if (i >= op.inputs.size())
        EXPECT_TRUE(buffers[i].isUntouched()) << error;
      else
        EXPECT_TRUE(identical(buffers[i].read(), op.inputs[i])) << error;
    }
    return error;
  }

  /// "argument 1" or "result 0" for the operand number `i`.
  static std::string getPosition(const OpFunction &op, size_t i) {
    return i < op.inputs.size()
               ? "argument " + std::to_string(i)
               : "result " + std::to_string(i - op.inputs.size());
  }

  static size_t getNumOperands(const OpFunction &op) {
    return op.inputs.size() + op.results.size();
  }

  /// Images of two rows.
  const std::vector<OpFunction> ops = describeOps(2);
};

TEST_F(OperandErrors, OperandsThatFitAreTaken) {
  for (int64_t rows : {0, 1, 2})
    for (const OpFunction &op : describeOps(rows))
      EXPECT_EQ(call(op, [](auto &) {}), "") << op.name;
}

TEST_F(OperandErrors, EverySizeThatDoesNotFit) {
  for (const OpFunction &op : ops)
    for (size_t i = 0; i < getNumOperands(op); ++i) {
      bool isInput = i < op.inputs.size();
      if (isInput && op.names[i].empty())
        continue;
      const Sizes &sizes =
          isInput ? op.inputs[i].sizes : op.results[i - op.inputs.size()].sizes;
      for (size_t dim = 0; dim < sizes.size(); ++dim)
        for (int64_t wrong : {sizes[dim] - 1, sizes[dim] + 1})
          EXPECT_THAT(
              call(op,
                   [&](auto &all) {
                     all[i].sizes[dim] = wrong;
                     all[i].strides = getDenseStrides(all[i].sizes);
                   }),
              AllOf(HasSubstr("dim " + std::to_string(dim) + " of " +
                              (isInput ? op.names[i] : getPosition(op, i))),
                    HasSubstr(std::to_string(sizes[dim]) + " elements"),
                    HasSubstr("found " + std::to_string(wrong))))
              << op.name;
    }
}

TEST_F(OperandErrors, NegativeSizes) {
  for (const OpFunction &op : ops)
    for (size_t i = 0; i < getNumOperands(op); ++i)
      EXPECT_THAT(call(op, [&](auto &all) { all[i].sizes.back() = -7; }),
                  AllOf(HasSubstr(getPosition(op, i)), HasSubstr("found -7")))
          << op.name;
}

TEST_F(OperandErrors, NullPointers) {
  for (const OpFunction &op : ops)
    for (size_t i = 0; i < getNumOperands(op); ++i)
      EXPECT_THAT(
          call(op, [&](auto &all) { all[i].data = nullptr; }),
          AllOf(HasSubstr(getPosition(op, i)), HasSubstr("null pointer")))
          << op.name;
}

TEST_F(OperandErrors, NullPointersOfEmptyTensorsAreTaken) {
  for (const OpFunction &op : describeOps(0))
    EXPECT_EQ(call(op,
                   [](auto &all) {
                     for (Operand &operand : all)
                       if (count(operand.sizes) == 0)
                         operand.data = nullptr;
                   }),
              "")
        << op.name;
}

TEST_F(OperandErrors, AddressesThatNoElementHas) {
  for (const OpFunction &op : ops)
    for (size_t i = 0; i < getNumOperands(op); ++i)
      EXPECT_THAT(
          call(op,
               [&](auto &all) {
                 all[i].data = static_cast<char *>(all[i].data) + 2;
               }),
          AllOf(HasSubstr(getPosition(op, i)), HasSubstr("aligned to 4 bytes")))
          << op.name;
}

TEST_F(OperandErrors, ResultsThatOverlapThemselves) {
  for (const OpFunction &op : ops)
    for (size_t i = op.inputs.size(); i < getNumOperands(op); ++i)
      EXPECT_THAT(call(op, [&](auto &all) { all[i].strides.back() = 0; }),
                  AllOf(HasSubstr(getPosition(op, i)),
                        HasSubstr("an address of its own")))
          << op.name;
}

// Only the same view is taken, and only where the op allows it.
TEST_F(OperandErrors, ResultsOverOtherOperands) {
  for (const OpFunction &op : ops)
    for (size_t result = op.inputs.size(); result < getNumOperands(op);
         ++result)
      for (size_t other = 0; other < result; ++other) {
        auto writeOver = [&](int64_t shift) {
          return call(op, [&](auto &all) {
            all[result].data = static_cast<char *>(all[other].data) + 4 * shift;
            if (all[result].sizes == all[other].sizes)
              all[result].strides = all[other].strides;
          });
        };
        const auto isRefused = AllOf(HasSubstr("no element in common"),
                                     AnyOf(HasSubstr(getPosition(op, result)),
                                           HasSubstr(getPosition(op, other))));
        if (result == op.inputs.size() && op.inPlace.count(other) != 0)
          EXPECT_EQ(writeOver(0), "") << op.name << " over " << other;
        else
          EXPECT_THAT(writeOver(0), isRefused) << op.name << " over " << other;
        EXPECT_THAT(writeOver(1), isRefused) << op.name << " over " << other;
      }
}

// Every second element of one buffer belongs to the result.
TEST_F(OperandErrors, ResultsBetweenTheElementsOfInputsAreTaken) {
  for (const OpFunction &op : ops)
    for (size_t result = op.inputs.size(); result < getNumOperands(op);
         ++result)
      for (size_t input = 0; input < op.inputs.size(); ++input) {
        const Array &array = op.inputs[input];
        Sizes sizes = array.sizes;
        if (sizes != op.results[result - op.inputs.size()].sizes)
          continue;
        sizes.push_back(2);
        Buffer both(type, sizes);
        EXPECT_EQ(call(op,
                       [&](auto &all) {
                         Operand view = both.operand();
                         view.sizes.pop_back();
                         view.strides.pop_back();
                         for (int64_t i = 0; i < count(array.sizes); ++i)
                           static_cast<float *>(view.data)[2 * i] = 1;
                         all[input] = view;
                         view.data = static_cast<float *>(view.data) + 1;
                         all[result] = view;
                       }),
                  "")
            << op.name;
        Array found = both.read();
        for (size_t i = 0; i < found.values.size(); i += 2)
          EXPECT_EQ(found.values[i], 1) << op.name;
      }
}

} // namespace
