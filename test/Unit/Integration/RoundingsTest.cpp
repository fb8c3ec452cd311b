//===- RoundingsTest.cpp - Chains of ops on f16 and bf16 -------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// The result of an elementwise op on f16, bf16 or f32 is the exact one, rounded
// once: float64 and then f32 have more than twice the bits of the narrower
// type, which makes a second rounding harmless. So compiled code and evaluator
// agree in each bit, and only a norm op has a tolerance, that of its own tests.
// What stands behind it is evaluated from the result that was found.

#include "ChannelCase.h"
#include "Property.h"
#include "RMSNormGradCase.h"

using namespace norm::test;

namespace {

/// A value in the text of a function.
struct Value {
  std::string name;
  ElementType type;
  /// Those of its type; -1 is a dynamic size.
  Sizes sizes;

  std::string getType() const { return getTensorType(type, sizes); }
};

using Values = std::vector<Value>;

/// `print` of each of `values`, separated by commas.
template <typename Print> std::string join(const Values &values, Print print) {
  std::string text;
  for (const Value &value : values)
    text += (text.empty() ? "" : ", ") + print(value);
  return text;
}

std::string joinNames(const Values &values) {
  return join(values, [](const Value &value) { return value.name; });
}

std::string joinTypes(const Values &values) {
  return join(values, [](const Value &value) { return value.getType(); });
}

std::string getFunction(const std::string &name, const Values &parameters,
                        const std::string &body, const Values &results) {
  return "func.func " + name + "(" +
         join(parameters,
              [](const Value &value) {
                return value.name + ": " + value.getType();
              }) +
         ") -> (" + joinTypes(results) + ") {\n" + body + "  return " +
         joinNames(results) + " : " + joinTypes(results) + "\n}\n";
}

std::string getCall(const std::string &callee, const Values &arguments,
                    const Values &results) {
  return "  " + joinNames(results) + " = func.call @" + callee + "(" +
         joinNames(arguments) + ") : (" + joinTypes(arguments) + ") -> (" +
         joinTypes(results) + ")\n";
}

/// Random elementwise ops, most of them on the result of the one in front.
class Chain {
public:
  /// Begins with the last of `values`.
  explicit Chain(Values values) : values(std::move(values)) {}

  void addRandomOps(int count, bool mayDivide) {
    for (; count > 0; --count) {
      Value a = pick(values);
      switch (*rc::gen::inRange(0, mayDivide ? 11 : 9)) {
      case 0:
        addOp("arith.negf", {a});
        break;
      case 1:
        addBinaryOp("arith.addf", a);
        break;
      case 2:
      case 3:
        addBinaryOp("arith.subf", a);
        break;
      case 4:
      case 5:
        addBinaryOp("arith.mulf", a);
        break;
      case 6:
        convert(a, *rc::gen::element(ElementType::F16, ElementType::BF16,
                                     ElementType::F32));
        break;
      case 7:
        addBinaryOp("arith.maximumf", a);
        break;
      case 8:
        addBinaryOp("arith.minimumf", a);
        break;
      case 9:
        addBinaryOp("arith.divf", a);
        break;
      case 10:
        addOp("norm.reciprocal", {a});
        break;
      }
    }
  }

  /// The last value, in `type`.
  Value getLast(ElementType type) {
    convert(values.back(), type);
    return values.back();
  }
  Value getLast() const { return values.back(); }

  std::string text;

private:
  /// One of `choices`, often the last.
  static Value pick(const Values &choices) {
    if (*rc::gen::inRange(0, 3) > 0)
      return choices.back();
    return *rc::gen::elementOf(choices);
  }

  /// An op on `a` and another value of its type, in any order.
  void addBinaryOp(const std::string &op, const Value &a) {
    Values others;
    for (const Value &value : values)
      if (value.type == a.type && value.sizes == a.sizes)
        others.push_back(value);
    Value b = *rc::gen::elementOf(others);
    if (*rc::gen::arbitrary<bool>())
      addOp(op, {a, b});
    else
      addOp(op, {b, a});
  }

  void addOp(const std::string &op, const Values &operands) {
    Value result = addResult(operands[0], operands[0].type);
    text += "  " + result.name + " = " + op + " " + joinNames(operands) + " : ";
    text += op == "norm.reciprocal"
                ? "(" + result.getType() + ") -> " + result.getType()
                : result.getType();
    text += "\n";
  }

  /// `value` in `type`, by way of f32 if both have 16 bits.
  void convert(Value value, ElementType type) {
    if (value.type == type)
      return;
    if (value.type != ElementType::F32)
      value = addConversion("arith.extf", value, ElementType::F32);
    if (type != ElementType::F32)
      addConversion("arith.truncf", value, type);
  }

  Value addConversion(const std::string &op, const Value &value,
                      ElementType type) {
    Value result = addResult(value, type);
    text += "  " + result.name + " = " + op + " " + value.name + " : " +
            value.getType() + " to " + result.getType() + "\n";
    return result;
  }

  Value addResult(const Value &operand, ElementType type) {
    values.push_back(
        {"%v" + std::to_string(values.size()), type, operand.sizes});
    return values.back();
  }

  Values values;
};

/// A chain in front of the first operand of a norm op and one behind its
/// results, as functions of the chains' inputs %a and %b, shaped as that
/// operand, and of the other operands: @front, @norm, @behind, and those that
/// are compiled: @all, of all values, and `withLast`, @last, of the last alone.
template <typename Case>
std::string makeText(const Case &form, const std::vector<Array> &inputs,
                     const Sizes &sizes, bool mayDivide, bool withLast) {
  auto makeValue = [&](const std::string &name, const Array &array) {
    bool isStatic = !form.staticSizes.empty();
    return Value{name, array.type,
                 isStatic ? array.sizes : Sizes(array.sizes.size(), -1)};
  };
  Value a = makeValue("%a", inputs[0]), b = makeValue("%b", inputs[0]),
        x = makeValue("%x", inputs[0]);
  Values others, found;
  for (size_t i = 1; i < inputs.size(); ++i)
    others.push_back(makeValue("%i" + std::to_string(i), inputs[i]));
  for (const Array &result : form.makeResults(sizes))
    found.push_back(makeValue("%f" + std::to_string(found.size()), result));

  Chain front({b, a});
  front.addRandomOps(*rc::gen::inRange(1, 5), mayDivide);
  Value operand = front.getLast(form.type);
  Values known = {a, b, x};
  known.insert(known.end(), found.rbegin(), found.rend());
  Chain behind(known);
  behind.addRandomOps(*rc::gen::inRange(1, 6), true);
  Value last = behind.getLast();

  std::string text =
      getFunction("private @front", {a, b}, front.text, {operand}) +
      form.getText("norm") +
      getFunction("private @behind", known, behind.text, {last});
  const std::string name = "@norm(";
  text.insert(text.find(name), "private ");

  Values parameters = {a, b}, operands = {x}, results = {x};
  parameters.insert(parameters.end(), others.begin(), others.end());
  operands.insert(operands.end(), others.begin(), others.end());
  results.insert(results.end(), found.begin(), found.end());
  last.name = "%last";
  results.push_back(last);
  std::string body = getCall("front", {a, b}, {x}) +
                     getCall("norm", operands, found) +
                     getCall("behind", known, {last});
  text += getFunction("@all", parameters, body, results);
  if (withLast)
    text += getFunction("@last", parameters, body, {last});
  return text;
}

/// Checks `form` between random chains, for an x of `sizes`.
template <typename Case>
void checkBetweenChains(Case form, const Sizes &sizes, bool mayDivide,
                        const Options &options) {
  if (*rc::gen::arbitrary<bool>())
    form.staticSizes = sizes;
  auto seed = *rc::gen::inRange<uint64_t>(1, 1000);
  std::vector<Array> inputs = form.makeInputs(sizes, seed);
  // The kernels of one function take seconds to compile for the emulator.
  bool withLast = !options.isEmulated;
  std::string text = makeText(form, inputs, sizes, mayDivide, withLast);
  Kernel kernel(text, options);

  Array a = inputs[0], b = makeRandom(form.type, sizes, seed + 5000);
  std::vector<Array> arguments = {a, b};
  arguments.insert(arguments.end(), inputs.begin() + 1, inputs.end());
  std::vector<Array> found = kernel.run("all", arguments);
  if (found.size() < 3)
    RC_FAIL("not run:\n" + text);
  if (!identical(found[0], kernel.evaluate("front", {a, b})[0]))
    RC_FAIL("the value in front of the norm op is wrong:\n" + text);

  inputs[0] = found[0];
  Array last = found.back();
  std::vector<Array> results(found.begin() + 1, found.end() - 1);
  std::string error = Accuracy().check(
      form, inputs, results, kernel.evaluate("norm", inputs), options.isAffine);
  if (!error.empty())
    RC_FAIL(error + "\nin\n" + text);

  std::vector<Array> known = {a, b, found[0]};
  known.insert(known.end(), results.rbegin(), results.rend());
  if (!identical(last, kernel.evaluate("behind", known)[0]))
    RC_FAIL("the value behind the norm op is wrong:\n" + text);
  if (!withLast)
    return;
  std::vector<Array> alone = kernel.run("last", arguments);
  if (alone.size() != 1 || !identical(last, alone[0]))
    RC_FAIL("the value depends on what else is a result:\n" + text);
}

ElementType pickNarrowType() {
  return *rc::gen::element(ElementType::F16, ElementType::BF16);
}

std::optional<RowVector> pickRowVector() {
  if (*rc::gen::arbitrary<bool>())
    return std::nullopt;
  return RowVector{*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()};
}

void checkRMSNorm(const Options &options) {
  RMSNormCase form = {.type = pickNarrowType(),
                      .gamma = pickRowVector(),
                      .beta = pickRowVector(),
                      .withRrms = *rc::gen::arbitrary<bool>(),
                      .roundsBeforeGamma = *rc::gen::arbitrary<bool>(),
                      .weightOffset = *rc::gen::element(0.0, 1.0)};
  Sizes sizes = {*rc::gen::inRange<int64_t>(1, 5),
                 *rc::gen::element<int64_t>(1, 7, 64, 130, 300)};
  checkBetweenChains(form, sizes, true, options);
}

void checkGradient(const Options &options) {
  RMSNormGradCase form = {.type = pickNarrowType(),
                          .gamma = pickRowVector(),
                          .numResults = *rc::gen::inRange<int64_t>(1, 4),
                          .dgammaInAccumulator = *rc::gen::arbitrary<bool>()};
  Sizes sizes = {*rc::gen::inRange<int64_t>(1, 12),
                 *rc::gen::element<int64_t>(1, 7, 64, 130, 300)};
  checkBetweenChains(form, sizes, false, options);
}

void checkChannelOp(const Options &options) {
  using Op = ChannelCase::Op;
  ChannelCase form = {
      .op = *rc::gen::element(Op::Stats, Op::BackpropStats, Op::Backprop),
      .type = pickNarrowType(),
      .rank = 3,
      .isNHWC = *rc::gen::arbitrary<bool>()};
  Sizes sizes = {*rc::gen::inRange<int64_t>(1, 4),
                 *rc::gen::inRange<int64_t>(1, 20),
                 *rc::gen::element<int64_t>(1, 7, 64, 130)};
  checkBetweenChains(form, sizes, false, options);
}

Options pickOptions() {
  return {.cpu = *rc::gen::elementOf(getTestedCPUs()),
          .isAffine = *rc::gen::inRange(0, 4) == 0};
}

const Options emulated = {.isEmulated = true};

TEST(Roundings, OfChainsAroundRMSNorm) {
  expectHolds("rmsnorm", [] { checkRMSNorm(pickOptions()); }, 24);
}

TEST(Roundings, OfChainsAroundGradients) {
  expectHolds("rmsnorm_grad", [] { checkGradient(pickOptions()); }, 8);
}

TEST(Roundings, OfChainsAroundChannelOps) {
  expectHolds("ops over channels", [] { checkChannelOp(pickOptions()); }, 12);
}

TEST(Roundings, OfChainsOnTheEmulator) {
  expectHolds("rmsnorm on a GPU", [] { checkRMSNorm(emulated); }, 2);
  expectHolds(
      "ops over channels on a GPU", [] { checkChannelOp(emulated); }, 1);
}

} // namespace
