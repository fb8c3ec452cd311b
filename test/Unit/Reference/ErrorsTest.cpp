//===- ErrorsTest.cpp - Errors of the evaluator ---------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

using namespace norm::reference;
using namespace norm::reference::test;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

static std::string getError(llvm::StringRef module,
                            llvm::ArrayRef<Tensor> arguments = {}) {
  Outcome outcome = evaluateText(module, arguments);
  EXPECT_TRUE(outcome.results.empty());
  return outcome.error;
}

TEST(Errors, UnknownOpWithItsPlaceAndName) {
  EXPECT_EQ(getError("func.func @f(%a: index) {\n"
                     "  scf.for %i = %a to %a step %a {\n  }\n"
                     "  return\n}",
                     {Tensor::getInteger(ElementType::Index, 1)}),
            "test.mlir:2:3: 'scf.for': the evaluator does not know this op");
}

TEST(Errors, UnknownOpInABodyWithItsPlaceAndName) {
  EXPECT_THAT(getError("func.func @f(%a: tensor<2xf32>) -> tensor<2xf32> {\n"
                       "  %r = linalg.map ins(%a : tensor<2xf32>)"
                       " outs(%a : tensor<2xf32>)\n"
                       "  (%x: f32, %o: f32) {\n"
                       "    %y = math.acosh %x : f32\n"
                       "    linalg.yield %y : f32\n"
                       "  }\n  return %r : tensor<2xf32>\n}",
                       {f32({2}, {1, 2})}),
              HasSubstr("test.mlir:4:10: 'math.acosh': the evaluator does not "
                        "know this op"));
}

TEST(Errors, UnknownArithOpOnTensors) {
  EXPECT_EQ(getError("func.func @f(%a: tensor<2xf32>) -> tensor<2xf32> {\n"
                     "  %y = math.acosh %a : tensor<2xf32>\n"
                     "  return %y : tensor<2xf32>\n}",
                     {f32({2}, {1, 2})}),
            "test.mlir:2:8: 'math.acosh': the evaluator does not know this op");
}

TEST(Errors, ArgumentCount) {
  EXPECT_EQ(getError("func.func @f(%a: f32) {\n  return\n}"),
            "test.mlir:1:1: 'func.func': function 'f': expected 1 arguments, "
            "found 0");
}

TEST(Errors, ArgumentType) {
  EXPECT_THAT(getError("func.func @f(%a: tensor<?x4xf32>) {\n  return\n}",
                       {f64({1, 4}, {1, 2, 3, 4})}),
              HasSubstr("argument 0: expected ?x4xf32, found 1x4xf64"));
}

TEST(Errors, ArgumentShape) {
  EXPECT_THAT(getError("func.func @f(%a: tensor<?x4xf32>) {\n  return\n}",
                       {f32({1, 3}, {1, 2, 3})}),
              HasSubstr("argument 0: expected ?x4xf32, found 1x3xf32"));
}

TEST(Errors, ArgumentWithoutItsElements) {
  EXPECT_THAT(getError("func.func @f(%a: tensor<4xf32>) {\n  return\n}",
                       {f32({4}, {1, 2, 3})}),
              HasSubstr("expected 4 elements in 4xf32, found 3"));
}

TEST(Errors, UnsupportedTypes) {
  Tensor one = Tensor::getFloat(ElementType::F32, 1);
  for (const char *type : {"tensor<4xf8E5M2>", "complex<f32>", "tensor<*xf32>",
                           "memref<4xf32>", "i7", "vector<4xf32>"})
    EXPECT_THAT(
        getError(std::string("func.func @f(%a: ") + type + ") {\n  return\n}",
                 {one}),
        AllOf(HasSubstr("argument 0: expected a ranked tensor"),
              HasSubstr(std::string("found ") + type)));
}

static const char *withGamma = R"mlir(func.func @f(
    %x: tensor<?x?xf32>, %g: tensor<?xf32>, %b: tensor<?xf32>)
    -> tensor<?x?xf32> {
  %y = norm.rmsnorm %x gamma(%g) beta(%b) axis(1) epsilon(0.0)
    : (tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
})mlir";

TEST(Errors, GammaOfTheWrongLength) {
  EXPECT_EQ(getError(withGamma, {f32({1, 2}, {1, 2}), f32({3}, {1, 2, 3}),
                                 f32({2}, {1, 2})}),
            "test.mlir:4:8: 'norm.rmsnorm': expected gamma of 2xf32, found "
            "3xf32");
}

TEST(Errors, BetaOfTheWrongLength) {
  EXPECT_EQ(getError(withGamma,
                     {f32({1, 2}, {1, 2}), f32({2}, {1, 2}), f32({1}, {1})}),
            "test.mlir:4:8: 'norm.rmsnorm': expected beta of 2xf32, found "
            "1xf32");
}

TEST(Errors, ElementwiseSizesThatDisagree) {
  EXPECT_EQ(getError("func.func @f(%a: tensor<?xf32>, %b: tensor<?xf32>)"
                     " -> tensor<?xf32> {\n"
                     "  %c = arith.addf %a, %b : tensor<?xf32>\n"
                     "  return %c : tensor<?xf32>\n}",
                     {f32({2}, {1, 2}), f32({3}, {1, 2, 3})}),
            "test.mlir:2:8: 'arith.addf': expected operands of the same sizes, "
            "found 2xf32 and 3xf32");
}

TEST(Errors, LinalgSizesThatDisagree) {
  EXPECT_THAT(getError("func.func @f(%a: tensor<?xf32>, %b: tensor<?xf32>)"
                       " -> tensor<?xf32> {\n"
                       "  %c = linalg.exp ins(%a : tensor<?xf32>)"
                       " outs(%b : tensor<?xf32>) -> tensor<?xf32>\n"
                       "  return %c : tensor<?xf32>\n}",
                       {f32({2}, {1, 2}), f32({3}, {1, 2, 3})}),
              HasSubstr("'linalg.exp': expected size 2 in operand 1, found 3"));
}

TEST(Errors, LinalgIndexOutsideOfAnOperand) {
  EXPECT_THAT(getError(R"mlir(
    func.func @f(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
      %r = linalg.generic {indexing_maps = [
          affine_map<(i) -> (i + 1)>, affine_map<(i) -> (i)>],
          iterator_types = ["parallel"]}
          ins(%a : tensor<?xf32>) outs(%b : tensor<?xf32>) {
        ^bb0(%x: f32, %o: f32):
          linalg.yield %x : f32
      } -> tensor<?xf32>
      return %r : tensor<?xf32>
    })mlir",
                       {f32({2}, {1, 2}), f32({2}, {0, 0})}),
              HasSubstr("'linalg.generic': an index is outside operand 0 of "
                        "2xf32"));
}

TEST(Errors, CastToOtherSizes) {
  EXPECT_THAT(
      getError("func.func @f(%a: tensor<?xf32>) -> tensor<4xf32> {\n"
               "  %c = tensor.cast %a : tensor<?xf32> to tensor<4xf32>\n"
               "  return %c : tensor<4xf32>\n}",
               {f32({2}, {1, 2})}),
      HasSubstr("'tensor.cast': result 0: expected 4xf32, found 2xf32"));
}

TEST(Errors, IndexOutOfBounds) {
  EXPECT_THAT(
      getError("func.func @f(%a: tensor<?xf32>, %i: index) -> f32 {\n"
               "  %c = tensor.extract %a[%i] : tensor<?xf32>\n"
               "  return %c : f32\n}",
               {f32({2}, {1, 2}), Tensor::getInteger(ElementType::Index, 2)}),
      HasSubstr("'tensor.extract': expected index 0 in [0, 2), found 2"));
}

TEST(Errors, SliceOutOfBounds) {
  const char *module =
      "func.func @f(%a: tensor<?xf32>, %o: index) -> tensor<3xf32> {\n"
      "  %c = tensor.extract_slice %a[%o] [3] [2]"
      " : tensor<?xf32> to tensor<3xf32>\n"
      "  return %c : tensor<3xf32>\n}";
  Tensor six = f32({6}, {0, 1, 2, 3, 4, 5});
  for (int64_t offset : {int64_t(-1), int64_t(2), INT64_MAX})
    EXPECT_THAT(
        getError(module, {six, Tensor::getInteger(ElementType::Index, offset)}),
        HasSubstr("expected a slice inside of dim 0 of size 6, found offset " +
                  std::to_string(offset) + ", size 3, stride 2"));
}

TEST(Errors, DivisionByZeroAndConversionsThatDoNotFit) {
  EXPECT_THAT(getError("func.func @f(%a: i32) -> i32 {\n"
                       "  %z = arith.constant 0 : i32\n"
                       "  %c = arith.divsi %a, %z : i32\n"
                       "  return %c : i32\n}",
                       {Tensor::getInteger(ElementType::I32, 1)}),
              HasSubstr("'arith.divsi': the result is undefined"));
  EXPECT_THAT(getError("func.func @f(%a: f32) -> i8 {\n"
                       "  %c = arith.fptosi %a : f32 to i8\n"
                       "  return %c : i8\n}",
                       {Tensor::getFloat(ElementType::F32, 128)}),
              HasSubstr("'arith.fptosi': the result is undefined"));
}

TEST(Errors, TooManyElements) {
  EXPECT_THAT(
      getError("func.func @f(%n: index) -> tensor<?x?xf32> {\n"
               "  %c = tensor.empty(%n, %n) : tensor<?x?xf32>\n"
               "  return %c : tensor<?x?xf32>\n}",
               {Tensor::getInteger(ElementType::Index, int64_t(1) << 40)}),
      HasSubstr("'tensor.empty': expected at most 2147483648 elements"));
}

TEST(Errors, NegativeSize) {
  EXPECT_THAT(getError("func.func @f(%n: index) -> tensor<?xf32> {\n"
                       "  %c = tensor.empty(%n) : tensor<?xf32>\n"
                       "  return %c : tensor<?xf32>\n}",
                       {Tensor::getInteger(ElementType::Index, -1)}),
              HasSubstr("'tensor.empty': expected sizes >= 0, found -1"));
}

TEST(Errors, EndlessRecursion) {
  EXPECT_EQ(getError("func.func @f() {\n"
                     "  func.call @f() : () -> ()\n"
                     "  return\n}"),
            "test.mlir:2:3: 'func.call': calls are nested more than 64 deep");
}

TEST(Errors, CalleeWithoutBody) {
  EXPECT_THAT(getError("func.func private @g()\n"
                       "func.func @f() {\n"
                       "  func.call @g() : () -> ()\n"
                       "  return\n}"),
              AllOf(StartsWith("test.mlir:1:1:"),
                    HasSubstr("function 'g': expected a body of one block")));
}
