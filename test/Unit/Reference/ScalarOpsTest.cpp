//===- ScalarOpsTest.cpp - Arith and math ops -----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <cmath>
#include <limits>

using namespace norm::reference;
using namespace norm::reference::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;

/// The only result of a function with the given arguments ("%a: f32, ..."),
/// result type and one op.
static Tensor evaluateOne(const std::string &arguments, const std::string &type,
                          const std::string &op,
                          const std::vector<Tensor> &values) {
  SCOPED_TRACE(op);
  auto results =
      evaluateValid("func.func @f(" + arguments + ") -> " + type +
                        " {\n  %r = " + op + "\n  return %r : " + type + "\n}",
                    values);
  return results.empty() ? Tensor() : results[0];
}

static Tensor scalar(double value, ElementType type = ElementType::F64) {
  return Tensor::getFloat(type, value);
}

static Tensor integer(int64_t value, ElementType type = ElementType::I32) {
  return Tensor::getInteger(type, value);
}

static double evaluateUnary(const std::string &op, double a) {
  Tensor result = evaluateOne("%a: f64", "f64", op + " %a : f64", {scalar(a)});
  return result.real.empty() ? NAN : result.real[0];
}

static double evaluateBinary(const std::string &op, double a, double b) {
  Tensor result = evaluateOne("%a: f64, %b: f64", "f64", op + " %a, %b : f64",
                              {scalar(a), scalar(b)});
  return result.real.empty() ? NAN : result.real[0];
}

TEST(ScalarOps, FloatUnary) {
  EXPECT_EQ(evaluateUnary("arith.negf", 2), -2);
  EXPECT_EQ(evaluateUnary("math.absf", -2), 2);
  EXPECT_EQ(evaluateUnary("math.ceil", 1.2), 2);
  EXPECT_EQ(evaluateUnary("math.floor", -1.2), -2);
  EXPECT_EQ(evaluateUnary("math.sqrt", 6.25), 2.5);
  EXPECT_EQ(evaluateUnary("math.rsqrt", 6.25), 0.4);
  EXPECT_EQ(evaluateUnary("math.rsqrt", 0), HUGE_VAL);
  EXPECT_EQ(evaluateUnary("math.exp2", 3), 8);
  EXPECT_EQ(evaluateUnary("math.log2", 8), 3);
  EXPECT_DOUBLE_EQ(evaluateUnary("math.exp", 1), 2.718281828459045);
  EXPECT_DOUBLE_EQ(evaluateUnary("math.expm1", 1e-20), 1e-20);
  EXPECT_DOUBLE_EQ(evaluateUnary("math.log", 10), 2.302585092994046);
  EXPECT_DOUBLE_EQ(evaluateUnary("math.log1p", 1e-20), 1e-20);
  EXPECT_DOUBLE_EQ(evaluateUnary("math.tanh", 1), 0.7615941559557649);
  EXPECT_DOUBLE_EQ(evaluateUnary("math.erf", 1), 0.8427007929497149);
  EXPECT_DOUBLE_EQ(evaluateUnary("math.sin", 1), 0.8414709848078965);
  EXPECT_DOUBLE_EQ(evaluateUnary("math.cos", 1), 0.5403023058681398);
}

TEST(ScalarOps, FloatBinary) {
  EXPECT_EQ(evaluateBinary("arith.addf", 3, 4), 7);
  EXPECT_EQ(evaluateBinary("arith.subf", 3, 4), -1);
  EXPECT_EQ(evaluateBinary("arith.mulf", 3, 4), 12);
  EXPECT_EQ(evaluateBinary("arith.divf", 3, 4), 0.75);
  EXPECT_EQ(evaluateBinary("math.powf", 3, 4), 81);
  for (const char *op : {"arith.maximumf", "arith.maxnumf"}) {
    EXPECT_EQ(evaluateBinary(op, 3, 4), 4);
    EXPECT_EQ(evaluateBinary(op, 4, 3), 4);
    EXPECT_FALSE(std::signbit(evaluateBinary(op, 0.0, -0.0))) << op;
    EXPECT_FALSE(std::signbit(evaluateBinary(op, -0.0, 0.0))) << op;
  }
  for (const char *op : {"arith.minimumf", "arith.minnumf"}) {
    EXPECT_EQ(evaluateBinary(op, 3, 4), 3);
    EXPECT_EQ(evaluateBinary(op, 4, 3), 3);
    EXPECT_TRUE(std::signbit(evaluateBinary(op, 0.0, -0.0))) << op;
    EXPECT_TRUE(std::signbit(evaluateBinary(op, -0.0, 0.0))) << op;
  }
  for (const char *op : {"arith.maximumf", "arith.minimumf"}) {
    EXPECT_THAT(evaluateBinary(op, NAN, 1), IsNan());
    EXPECT_THAT(evaluateBinary(op, 1, NAN), IsNan());
  }
  for (const char *op : {"arith.maxnumf", "arith.minnumf"}) {
    EXPECT_EQ(evaluateBinary(op, NAN, 1), 1);
    EXPECT_EQ(evaluateBinary(op, 1, NAN), 1);
  }
}

TEST(ScalarOps, FusedMultiplyAddRoundsOnce) {
  // (1 + 2^-30)^2 - 1 = 2^-29 + 2^-60; with a rounded product the last is lost.
  Tensor result =
      evaluateOne("%a: f64, %b: f64", "f64", "math.fma %a, %a, %b : f64",
                  {scalar(1 + 0x1p-30), scalar(-1)});
  EXPECT_EQ(result.real[0], 0x1p-29 + 0x1p-60);
}

TEST(ScalarOps, ResultsAreRoundedToTheirType) {
  auto f16 = [](double value) { return scalar(value, ElementType::F16); };
  Tensor sum = evaluateOne("%a: f16, %b: f16", "f16", "arith.addf %a, %b : f16",
                           {f16(2048), f16(1)});
  EXPECT_EQ(sum.real[0], 2048);
  EXPECT_EQ(sum.getExact(0), 2049);
  Tensor product = evaluateOne("%a: f16, %b: f16", "f16",
                               "arith.mulf %a, %b : f16", {f16(300), f16(300)});
  EXPECT_EQ(product.real[0], HUGE_VAL);
}

TEST(ScalarOps, FloatConversions) {
  Tensor wide = evaluateOne("%a: bf16", "f32", "arith.extf %a : bf16 to f32",
                            {scalar(1.5, ElementType::BF16)});
  EXPECT_EQ(wide.type, ElementType::F32);
  EXPECT_EQ(wide.real[0], 1.5);
  Tensor narrow =
      evaluateOne("%a: f32", "bf16", "arith.truncf %a : f32 to bf16",
                  {scalar(1 + 0x3p-8, ElementType::F32)});
  EXPECT_EQ(narrow.real[0], 1 + 0x1p-6);
}

TEST(ScalarOps, TruncationTowardsZeroIsRefused) {
  Outcome outcome = evaluateText("func.func @f(%a: f32) -> bf16 {\n"
                                 " %r = arith.truncf %a toward_zero"
                                 " : f32 to bf16\n return %r : bf16\n}",
                                 {scalar(1, ElementType::F32)});
  EXPECT_THAT(outcome.error, HasSubstr("expected rounding to nearest even"));
}

TEST(ScalarOps, IntegerArithmeticWraps) {
  auto evaluate = [](const std::string &op, int64_t a, int64_t b) {
    return evaluateOne(
               "%a: i8, %b: i8", "i8", op + " %a, %b : i8",
               {integer(a, ElementType::I8), integer(b, ElementType::I8)})
        .integer[0];
  };
  EXPECT_EQ(evaluate("arith.addi", 127, 1), -128);
  EXPECT_EQ(evaluate("arith.subi", -128, 1), 127);
  EXPECT_EQ(evaluate("arith.muli", 100, 3), 44);
  EXPECT_EQ(evaluate("arith.divsi", -7, 2), -3);
  EXPECT_EQ(evaluate("arith.andi", 12, 10), 8);
  EXPECT_EQ(evaluate("arith.ori", 12, 10), 14);
  EXPECT_EQ(evaluate("arith.xori", 12, 10), 6);
}

TEST(ScalarOps, QuotientsThatDoNotFitAreErrors) {
  for (const char *type : {"i8", "i16", "i32", "i64"}) {
    std::string t = type;
    int width = std::stoi(t.substr(1));
    ElementType element = width == 8    ? ElementType::I8
                          : width == 16 ? ElementType::I16
                          : width == 32 ? ElementType::I32
                                        : ElementType::I64;
    int64_t lowest = std::numeric_limits<int64_t>::min() >> (64 - width);
    Outcome outcome =
        evaluateText("func.func @f(%a: " + t + ", %b: " + t + ") -> " + t +
                         " {\n %r = arith.divsi %a, %b : " + t +
                         "\n return %r : " + t + "\n}",
                     {integer(lowest, element), integer(-1, element)});
    EXPECT_THAT(outcome.error, HasSubstr("is undefined")) << type;
  }
}

TEST(ScalarOps, IntegerConversions) {
  auto convert = [](const std::string &op, const std::string &from,
                    const std::string &to, Tensor value) {
    return evaluateOne("%a: " + from, to, op + " %a : " + from + " to " + to,
                       {value});
  };
  Tensor minusOne = integer(-1, ElementType::I8);
  Tensor isTrue = integer(1, ElementType::I1);
  EXPECT_EQ(convert("arith.extsi", "i8", "i32", minusOne).integer[0], -1);
  EXPECT_EQ(convert("arith.extui", "i8", "i32", minusOne).integer[0], 255);
  EXPECT_EQ(convert("arith.extsi", "i1", "i32", isTrue).integer[0], -1);
  EXPECT_EQ(convert("arith.extui", "i1", "i32", isTrue).integer[0], 1);
  EXPECT_EQ(convert("arith.trunci", "i32", "i8", integer(511)).integer[0], -1);
  EXPECT_EQ(convert("arith.index_cast", "i8", "index", minusOne).integer[0],
            -1);
  EXPECT_EQ(convert("arith.index_castui", "i8", "index", minusOne).integer[0],
            255);
  EXPECT_EQ(convert("arith.sitofp", "i8", "f32", minusOne).real[0], -1);
  EXPECT_EQ(convert("arith.uitofp", "i8", "f32", minusOne).real[0], 255);
  EXPECT_EQ(convert("arith.fptosi", "f64", "i8", scalar(-3.9)).integer[0], -3);
  EXPECT_EQ(convert("arith.fptoui", "f64", "i8", scalar(255)).integer[0], -1);
  // Through float64 this one would be rounded down twice: it is just above the
  // middle of two f32 values.
  int64_t value = (int64_t(1) << 60) + (int64_t(1) << 36) + 1;
  EXPECT_EQ(
      convert("arith.sitofp", "i64", "f32", integer(value, ElementType::I64))
          .real[0],
      0x1p60 + 0x1p37);
}

TEST(ScalarOps, FloatComparisons) {
  // Results for (1,2), (2,2), (3,2), (nan,2).
  const std::pair<const char *, std::vector<int64_t>> cases[] = {
      {"false", {0, 0, 0, 0}}, {"oeq", {0, 1, 0, 0}}, {"ogt", {0, 0, 1, 0}},
      {"oge", {0, 1, 1, 0}},   {"olt", {1, 0, 0, 0}}, {"ole", {1, 1, 0, 0}},
      {"one", {1, 0, 1, 0}},   {"ord", {1, 1, 1, 0}}, {"ueq", {0, 1, 0, 1}},
      {"ugt", {0, 0, 1, 1}},   {"uge", {0, 1, 1, 1}}, {"ult", {1, 0, 0, 1}},
      {"ule", {1, 1, 0, 1}},   {"une", {1, 0, 1, 1}}, {"uno", {0, 0, 0, 1}},
      {"true", {1, 1, 1, 1}}};
  for (const auto &[predicate, expected] : cases) {
    Tensor result = evaluateOne(
        "%a: tensor<4xf64>, %b: tensor<4xf64>", "tensor<4xi1>",
        std::string("arith.cmpf ") + predicate + ", %a, %b : tensor<4xf64>",
        {f64({4}, {1, 2, 3, NAN}), f64({4}, {2, 2, 2, 2})});
    EXPECT_EQ(result.integer, expected) << predicate;
  }
}

TEST(ScalarOps, IntegerComparisons) {
  // Results for (1,2), (2,2), (-1,2).
  const std::pair<const char *, std::vector<int64_t>> cases[] = {
      {"eq", {0, 1, 0}},  {"ne", {1, 0, 1}},  {"slt", {1, 0, 1}},
      {"sle", {1, 1, 1}}, {"sgt", {0, 0, 0}}, {"sge", {0, 1, 0}},
      {"ult", {1, 0, 0}}, {"ule", {1, 1, 0}}, {"ugt", {0, 0, 1}},
      {"uge", {0, 1, 1}}};
  for (const auto &[predicate, expected] : cases) {
    Tensor result = evaluateOne(
        "%a: tensor<3xi32>, %b: tensor<3xi32>", "tensor<3xi1>",
        std::string("arith.cmpi ") + predicate + ", %a, %b : tensor<3xi32>",
        {Tensor::getInteger(ElementType::I32, {3}, {1, 2, -1}),
         Tensor::getInteger(ElementType::I32, {3}, {2, 2, 2})});
    EXPECT_EQ(result.integer, expected) << predicate;
  }
}

TEST(ScalarOps, SelectByElementAndByScalar) {
  Tensor a = f32({2}, {1, 2}), b = f32({2}, {3, 4});
  EXPECT_THAT(
      evaluateOne("%c: tensor<2xi1>, %a: tensor<2xf32>, %b: tensor<2xf32>",
                  "tensor<2xf32>",
                  "arith.select %c, %a, %b : tensor<2xi1>, tensor<2xf32>",
                  {Tensor::getInteger(ElementType::I1, {2}, {1, 0}), a, b})
          .real,
      ElementsAre(1, 4));
  EXPECT_THAT(evaluateOne("%c: i1, %a: tensor<2xf32>, %b: tensor<2xf32>",
                          "tensor<2xf32>",
                          "arith.select %c, %a, %b : tensor<2xf32>",
                          {integer(0, ElementType::I1), a, b})
                  .real,
              ElementsAre(3, 4));
}

TEST(ScalarOps, Constants) {
  auto results = evaluateValid(R"mlir(
    func.func @f() -> (f16, index, i1, tensor<3xf32>, tensor<2x2xbf16>,
                       tensor<2xi32>, tensor<0xf32>) {
      %0 = arith.constant 1.5 : f16
      %1 = arith.constant -7 : index
      %2 = arith.constant true
      %3 = arith.constant dense<0.25> : tensor<3xf32>
      %4 = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xbf16>
      %5 = arith.constant dense<[5, -6]> : tensor<2xi32>
      %6 = arith.constant dense<> : tensor<0xf32>
      return %0, %1, %2, %3, %4, %5, %6 : f16, index, i1, tensor<3xf32>,
        tensor<2x2xbf16>, tensor<2xi32>, tensor<0xf32>
    })mlir");
  ASSERT_EQ(results.size(), 7u);
  EXPECT_THAT(results[0].real, ElementsAre(1.5));
  EXPECT_THAT(results[1].integer, ElementsAre(-7));
  EXPECT_THAT(results[2].integer, ElementsAre(1));
  EXPECT_THAT(results[3].real, ElementsAre(0.25, 0.25, 0.25));
  EXPECT_THAT(results[4].real, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(results[5].integer, ElementsAre(5, -6));
  EXPECT_TRUE(results[6].real.empty());
}

TEST(ScalarOps, CallsToOtherFunctions) {
  auto results = evaluateValid(R"mlir(
    func.func private @double(%a: f32) -> f32 {
      %r = arith.addf %a, %a : f32
      return %r : f32
    }
    func.func @f(%a: f32) -> f32 {
      %b = func.call @double(%a) : (f32) -> f32
      %c = func.call @double(%b) : (f32) -> f32
      return %c : f32
    })mlir",
                               {scalar(3, ElementType::F32)});
  EXPECT_THAT(results[0].real, ElementsAre(12));
}

// A value between two ops is rounded to its type: 1 + 2^-9 is 1 in bf16.
TEST(ScalarOps, ValuesBetweenOpsAreRounded) {
  auto results = evaluateValid(
      R"mlir(
    func.func @f(%a: bf16, %b: bf16) -> bf16 {
      %r = arith.addf %a, %b : bf16
      %s = arith.subf %r, %a : bf16
      return %s : bf16
    })mlir",
      {scalar(1, ElementType::BF16), scalar(0x1p-9, ElementType::BF16)});
  EXPECT_EQ(results[0].real[0], 0);
  EXPECT_EQ(results[0].getExact(0), 0);
}
