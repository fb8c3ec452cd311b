//===- RuleTest.cpp - Each rule against central differences ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Gradient.h"

#include "gtest/gtest.h"

using namespace norm::test;

namespace {

/// An op on a and b that makes y, all of the type TYPE.
struct ElementwiseCase {
  const char *name, *text;
  /// The range of the operands.
  double low = -1.5, high = 1.5;
};

/// Runs on scalars, tensors of static and of dynamic sizes.
class ElementwiseRuleTest : public testing::TestWithParam<ElementwiseCase> {
protected:
  void check(const std::string &type, const std::vector<int64_t> &shape) {
    std::string text = "func.func @f(%a: TYPE, %b: TYPE) -> TYPE {\n" +
                       std::string(GetParam().text) + "\nreturn %y : TYPE\n}";
    for (size_t at; (at = text.find("TYPE")) != std::string::npos;)
      text.replace(at, 4, type);
    // The type of a condition is only written where it is a tensor.
    if (size_t at = text.find("BOOLS"); at != std::string::npos) {
      size_t element = type.find("f64");
      text.replace(at, 5, element ? type.substr(0, element) + "i1>," : "");
    }
    double low = GetParam().low, high = GetParam().high;
    EXPECT_EQ(compareWithDifferences(text,
                                     {makeArray(shape, 1, low, high),
                                      makeArray(shape, 2, low, high)},
                                     {makeArray(shape, 3)}),
              "");
  }
};

struct FunctionCase {
  const char *name, *text;
  std::vector<Array> arguments, cotangents;
};

class FunctionRuleTest : public testing::TestWithParam<FunctionCase> {};

template <typename Case>
std::string getName(const testing::TestParamInfo<Case> &info) {
  return info.param.name;
}

} // namespace

TEST_P(ElementwiseRuleTest, Scalar) { check("f64", {}); }
TEST_P(ElementwiseRuleTest, Static) { check("tensor<2x3xf64>", {2, 3}); }
TEST_P(ElementwiseRuleTest, Dynamic) { check("tensor<?x?xf64>", {2, 3}); }

INSTANTIATE_TEST_SUITE_P(
    , ElementwiseRuleTest,
    testing::ValuesIn(std::vector<ElementwiseCase>{
        {"Add", "%y = arith.addf %a, %b : TYPE"},
        {"Sub", "%y = arith.subf %a, %b : TYPE"},
        {"Mul", "%y = arith.mulf %a, %b : TYPE"},
        {"Square", "%y = arith.mulf %a, %a : TYPE"},
        {"Div", "%y = arith.divf %a, %b : TYPE", 0.5, 3},
        {"Neg", "%y = arith.negf %a : TYPE"},
        {"Maximum", "%y = arith.maximumf %a, %b : TYPE"},
        {"MaximumOfEqual", "%y = arith.maximumf %a, %a : TYPE"},
        {"Minimum", "%y = arith.minimumf %a, %b : TYPE"},
        {"Select", "%t = arith.constant true\n"
                   "%y = arith.select %t, %a, %b : TYPE"},
        {"SelectByElement", "%c = arith.cmpf ogt, %a, %b : TYPE\n"
                            "%y = arith.select %c, %a, %b : BOOLS TYPE"},
        {"Abs", "%y = math.absf %a : TYPE"},
        {"Ceil", "%y = math.ceil %a : TYPE"},
        {"Cos", "%y = math.cos %a : TYPE"},
        {"Erf", "%y = math.erf %a : TYPE"},
        {"Exp", "%y = math.exp %a : TYPE"},
        {"Exp2", "%y = math.exp2 %a : TYPE"},
        {"ExpM1", "%y = math.expm1 %a : TYPE"},
        {"Floor", "%y = math.floor %a : TYPE"},
        {"Log", "%y = math.log %a : TYPE", 0.5, 3},
        {"Log1p", "%y = math.log1p %a : TYPE", -0.5, 3},
        {"Log2", "%y = math.log2 %a : TYPE", 0.5, 3},
        {"Pow", "%y = math.powf %a, %b : TYPE", 0.5, 3},
        {"Rsqrt", "%y = math.rsqrt %a : TYPE", 0.5, 3},
        {"Sin", "%y = math.sin %a : TYPE"},
        {"Sqrt", "%y = math.sqrt %a : TYPE", 0.5, 3},
        {"Tanh", "%y = math.tanh %a : TYPE"},
        {"UnusedArgument", "%y = arith.addf %b, %b : TYPE"},
    }),
    getName<ElementwiseCase>);

TEST_P(FunctionRuleTest, EqualsDifferences) {
  EXPECT_EQ(compareWithDifferences(GetParam().text, GetParam().arguments,
                                   GetParam().cotangents),
            "");
}

INSTANTIATE_TEST_SUITE_P(
    , FunctionRuleTest,
    testing::ValuesIn(std::vector<FunctionCase>{
        {"ArgumentsReturned",
         R"(
    func.func @f(%x: tensor<2xf64>, %s: f64) -> (tensor<2xf64>, f64, tensor<2xf64>) {
      return %x, %s, %x : tensor<2xf64>, f64, tensor<2xf64>
    })",
         {makeArray({2}, 1), makeArray({}, 2)},
         {makeArray({2}, 3), makeArray({}, 4), makeArray({2}, 5)}},
        {"RMSNormAllOperands",
         R"(
    func.func @f(%x: tensor<2x3x2xf64>, %g: tensor<3x2xf64>, %b: tensor<6xf64>)
        -> tensor<2x3x2xf64> {
      %y = norm.rmsnorm %x gamma(%g) beta(%b) axis(1) epsilon(0.1)
          target_rms(1.5) weight_offset(1.0)
        : (tensor<2x3x2xf64>, tensor<3x2xf64>, tensor<6xf64>) -> tensor<2x3x2xf64>
      return %y : tensor<2x3x2xf64>
    })",
         {makeArray({2, 3, 2}, 1), makeArray({3, 2}, 2), makeArray({6}, 3)},
         {makeArray({2, 3, 2}, 4)}},
        {"RMSNormBetaOfRowDims",
         R"(
    func.func @f(%x: tensor<2x?x2xf64>, %g: tensor<?xf64>, %b: tensor<?x2xf64>)
        -> tensor<2x?x2xf64> {
      %y = norm.rmsnorm %x gamma(%g) beta(%b) axis(1) epsilon(0.1)
        : (tensor<2x?x2xf64>, tensor<?xf64>, tensor<?x2xf64>) -> tensor<2x?x2xf64>
      return %y : tensor<2x?x2xf64>
    })",
         {makeArray({2, 3, 2}, 1), makeArray({6}, 2), makeArray({3, 2}, 3)},
         {makeArray({2, 3, 2}, 4)}},
        {"RMSNormBetaAlone",
         R"(
    func.func @f(%x: tensor<2x3x2xf64>, %b: tensor<6xf64>) -> tensor<2x3x2xf64> {
      %y = norm.rmsnorm %x beta(%b) axis(-2) epsilon(0.1)
        : (tensor<2x3x2xf64>, tensor<6xf64>) -> tensor<2x3x2xf64>
      return %y : tensor<2x3x2xf64>
    })",
         {makeArray({2, 3, 2}, 1), makeArray({6}, 2)},
         {makeArray({2, 3, 2}, 3)}},
        {"Reciprocal",
         R"(
    func.func @f(%x: tensor<4xf64>) -> tensor<4xf64> {
      %y = norm.reciprocal %x : (tensor<4xf64>) -> tensor<4xf64>
      return %y : tensor<4xf64>
    })",
         {makeArray({4}, 1, 0.5, 2)},
         {makeArray({4}, 2)}},
        {"ReciprocalGrad",
         R"(
    func.func @f(%y: tensor<4xf64>, %dy: tensor<4xf64>) -> tensor<4xf64> {
      %dx = norm.reciprocal_grad %y, %dy : (tensor<4xf64>, tensor<4xf64>) -> tensor<4xf64>
      return %dx : tensor<4xf64>
    })",
         {makeArray({4}, 1), makeArray({4}, 2)},
         {makeArray({4}, 3)}},
        {"ChannelStatsNCHW",
         R"(
    func.func @f(%x: tensor<3x2x2xf64>) -> (tensor<2xf64>, tensor<2xf64>) {
      %m, %s = norm.channel_stats %x epsilon(0.1) layout(NCHW)
        : (tensor<3x2x2xf64>) -> (tensor<2xf64>, tensor<2xf64>)
      return %m, %s : tensor<2xf64>, tensor<2xf64>
    })",
         {makeArray({3, 2, 2}, 1)},
         {makeArray({2}, 2), makeArray({2}, 3)}},
        {"ChannelStatsNHWCDynamic",
         R"(
    func.func @f(%x: tensor<?x?x?xf64>) -> tensor<?xf64> {
      %m, %s = norm.channel_stats %x epsilon(0.1) layout(NHWC)
        : (tensor<?x?x?xf64>) -> (tensor<?xf64>, tensor<?xf64>)
      return %s : tensor<?xf64>
    })",
         {makeArray({3, 2, 2}, 1)},
         {makeArray({2}, 2)}},
        {"ChannelMean",
         R"(
    func.func @f(%x: tensor<3x2xf64>) -> tensor<2xf64> {
      %m = norm.channel_stats %x epsilon(0.1) layout(NCHW)
        : (tensor<3x2xf64>) -> tensor<2xf64>
      return %m : tensor<2xf64>
    })",
         {makeArray({3, 2}, 1)},
         {makeArray({2}, 2)}},
        {"Reshapes",
         R"(
    func.func @f(%x: tensor<?x6xf64>) -> tensor<?x2x3xf64> {
      %c = tensor.cast %x : tensor<?x6xf64> to tensor<2x6xf64>
      %s = math.sin %c : tensor<2x6xf64>
      %f = tensor.collapse_shape %s [[0, 1]] : tensor<2x6xf64> into tensor<12xf64>
      %e = tensor.expand_shape %f [[0, 1, 2]] output_shape [2, 2, 3]
        : tensor<12xf64> into tensor<2x2x3xf64>
      %y = tensor.cast %e : tensor<2x2x3xf64> to tensor<?x2x3xf64>
      return %y : tensor<?x2x3xf64>
    })",
         {makeArray({2, 6}, 1)},
         {makeArray({2, 2, 3}, 2)}},
        {"DynamicReshapes",
         R"(
    func.func @f(%x: tensor<?x2x3xf64>) -> tensor<?x2x3xf64> {
      %c0 = arith.constant 0 : index
      %n = tensor.dim %x, %c0 : tensor<?x2x3xf64>
      %c = tensor.collapse_shape %x [[0, 1], [2]] : tensor<?x2x3xf64> into tensor<?x3xf64>
      %s = math.sin %c : tensor<?x3xf64>
      %y = tensor.expand_shape %s [[0, 1], [2]] output_shape [%n, 2, 3]
        : tensor<?x3xf64> into tensor<?x2x3xf64>
      return %y : tensor<?x2x3xf64>
    })",
         {makeArray({2, 2, 3}, 1)},
         {makeArray({2, 2, 3}, 2)}},
        {"Slices",
         R"(
    func.func @f(%x: tensor<4x6xf64>, %d: tensor<2x?xf64>) -> tensor<2x?xf64> {
      %a = tensor.extract_slice %x[1, 2] [1, 3] [1, 1] : tensor<4x6xf64> to tensor<3xf64>
      %s = math.sin %a : tensor<3xf64>
      %y = tensor.insert_slice %s into %d[1, 0] [1, 3] [1, 1] : tensor<3xf64> into tensor<2x?xf64>
      return %y : tensor<2x?xf64>
    })",
         {makeArray({4, 6}, 1), makeArray({2, 4}, 2)},
         {makeArray({2, 4}, 3)}},
        {"Broadcast",
         R"(
    func.func @f(%x: tensor<3xf64>) -> tensor<2x3x4xf64> {
      %e = tensor.empty() : tensor<2x3x4xf64>
      %y = linalg.broadcast ins(%x : tensor<3xf64>) outs(%e : tensor<2x3x4xf64>) dimensions = [0, 2]
      return %y : tensor<2x3x4xf64>
    })",
         {makeArray({3}, 1)},
         {makeArray({2, 3, 4}, 2)}},
        {"Transpose",
         R"(
    func.func @f(%x: tensor<2x3xf64>) -> tensor<3x2xf64> {
      %e = tensor.empty() : tensor<3x2xf64>
      %y = linalg.transpose ins(%x : tensor<2x3xf64>) outs(%e : tensor<3x2xf64>) permutation = [1, 0]
      return %y : tensor<3x2xf64>
    })",
         {makeArray({2, 3}, 1)},
         {makeArray({3, 2}, 2)}},
        {"ReduceWithInitialValue",
         R"(
    func.func @f(%x: tensor<?x3xf64>, %i: tensor<3xf64>) -> tensor<3xf64> {
      %y = linalg.reduce { arith.addf } ins(%x : tensor<?x3xf64>)
        outs(%i : tensor<3xf64>) dimensions = [0]
      return %y : tensor<3xf64>
    })",
         {makeArray({2, 3}, 1), makeArray({3}, 2)},
         {makeArray({3}, 3)}},
        {"Fill",
         R"(
    func.func @f(%s: f64) -> tensor<2x3xf64> {
      %e = tensor.empty() : tensor<2x3xf64>
      %y = linalg.fill ins(%s : f64) outs(%e : tensor<2x3xf64>) -> tensor<2x3xf64>
      return %y : tensor<2x3xf64>
    })",
         {makeArray({}, 1)},
         {makeArray({2, 3}, 2)}},
        {"Matmul",
         R"(
    func.func @f(%a: tensor<2x?xf64>, %b: tensor<?x4xf64>, %c: tensor<2x4xf64>)
        -> tensor<2x4xf64> {
      %y = linalg.matmul ins(%a, %b : tensor<2x?xf64>, tensor<?x4xf64>)
        outs(%c : tensor<2x4xf64>) -> tensor<2x4xf64>
      return %y : tensor<2x4xf64>
    })",
         {makeArray({2, 3}, 1), makeArray({3, 4}, 2), makeArray({2, 4}, 3)},
         {makeArray({2, 4}, 4)}},
        // Two results, an output that is read, a captured scalar, one operand
        // by two maps, and a transposed broadcast.
        {"Generic",
         R"(
    #id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
    #back = affine_map<(d0, d1, d2) -> (d2, d0)>
    #last = affine_map<(d0, d1, d2) -> (d2)>
    #swap = affine_map<(d0, d1, d2) -> (d2, d1, d0)>
    func.func @f(%x: tensor<2x2x3xf64>, %b: tensor<3x2xf64>, %v: tensor<3xf64>,
                 %o: tensor<3x2x2xf64>, %s: f64)
        -> (tensor<2x2x3xf64>, tensor<3x2x2xf64>) {
      %e = tensor.empty() : tensor<2x2x3xf64>
      %y:2 = linalg.generic {indexing_maps = [#id, #back, #last, #id, #swap],
          iterator_types = ["parallel", "parallel", "parallel"]}
          ins(%x, %b, %v : tensor<2x2x3xf64>, tensor<3x2xf64>, tensor<3xf64>)
          outs(%e, %o : tensor<2x2x3xf64>, tensor<3x2x2xf64>) {
      ^bb0(%p: f64, %q: f64, %r: f64, %unused: f64, %out: f64):
        %0 = arith.mulf %p, %q : f64
        %1 = arith.addf %0, %r : f64
        %2 = math.tanh %1 : f64
        %3 = arith.mulf %2, %s : f64
        %4 = arith.mulf %p, %out : f64
        linalg.yield %3, %4 : f64, f64
      } -> (tensor<2x2x3xf64>, tensor<3x2x2xf64>)
      return %y#0, %y#1 : tensor<2x2x3xf64>, tensor<3x2x2xf64>
    })",
         {makeArray({2, 2, 3}, 1), makeArray({3, 2}, 2), makeArray({3}, 3),
          makeArray({3, 2, 2}, 4), makeArray({}, 5)},
         {makeArray({2, 2, 3}, 6), makeArray({3, 2, 2}, 7)}},
        {"GenericOfOneTensorTwice",
         R"(
    #id = affine_map<(d0, d1) -> (d0, d1)>
    #swap = affine_map<(d0, d1) -> (d1, d0)>
    #row = affine_map<(d0, d1) -> (d0)>
    func.func @f(%x: tensor<3x3xf64>, %i: tensor<3xf64>) -> tensor<3xf64> {
      %y = linalg.generic {indexing_maps = [#id, #swap, #row],
          iterator_types = ["parallel", "reduction"]}
          ins(%x, %x : tensor<3x3xf64>, tensor<3x3xf64>) outs(%i : tensor<3xf64>) {
      ^bb0(%p: f64, %q: f64, %out: f64):
        %0 = arith.mulf %p, %q : f64
        %1 = arith.addf %out, %0 : f64
        linalg.yield %1 : f64
      } -> tensor<3xf64>
      return %y : tensor<3xf64>
    })",
         {makeArray({3, 3}, 1), makeArray({3}, 2)},
         {makeArray({3}, 3)}},
    }),
    getName<FunctionCase>);
