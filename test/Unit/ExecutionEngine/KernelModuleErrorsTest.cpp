//===- KernelModuleErrorsTest.cpp - Tests of bad input in C++ -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/ExecutionEngine/KernelModule.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace norm;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

constexpr const char *source = R"mlir(
func.func @add(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %z = arith.addf %x, %y : tensor<?x?xf32>
  return %z : tensor<?x?xf32>
}
func.func @sum(%x: f64, %y: f64) -> f64 {
  %z = arith.addf %x, %y : f64
  return %z : f64
}
func.func @rms(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6)
    : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
)mlir";

std::string errorOf(const std::string &text,
                    const KernelOptions &options = {}) {
  return KernelModule::parse(text, options).error();
}

TEST(KernelModuleErrors, SourcesThatAreWrong) {
  EXPECT_THAT(errorOf("func.func @f("), StartsWith("<source>:1:"));
  EXPECT_THAT(errorOf("\n  nothing.of_this"),
              StartsWith("<source>:2:3: error: "));
  EXPECT_THAT(errorOf("func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n"
                      "%y = norm.rmsnorm %x axis(3) epsilon(1.0)"
                      " : (tensor<4xf32>) -> tensor<4xf32>\n"
                      "return %y : tensor<4xf32> }"),
              StartsWith("<source>:2:6: error: "));
  EXPECT_THAT(errorOf("func.func @f(%x: i8) { return }"), HasSubstr("i8"));
  EXPECT_EQ(KernelModule::parseFile("/no/such.mlir").error(),
            "/no/such.mlir: No such file or directory");
}

TEST(KernelModuleErrors, OptionsThatAreWrong) {
  KernelOptions options;
  options.cpu = "x86-65";
  EXPECT_THAT(errorOf(source, options), HasSubstr("x86-65"));
  options = {};
  options.optLevel = 4;
  EXPECT_EQ(errorOf(source, options),
            "expected an optimization level of 0 to 3, found 4");
  options = {};
  options.lowering = "fast";
  EXPECT_EQ(errorOf(source, options),
            "unknown lowering 'fast', expected vector or affine");
  options.lowering = "affine";
  EXPECT_TRUE(KernelModule::parse(source, options));
}

class KernelFunctionErrors : public testing::Test {
protected:
  static KernelModule compile() {
    Result<KernelModule> module = KernelModule::parse(source);
    EXPECT_TRUE(module) << module.error();
    return *module;
  }

  std::string call(const char *name, std::vector<Argument> arguments) {
    return module.function(name)->call(arguments).error();
  }

  /// Like `good` with other sizes or strides.
  Argument tensor(std::vector<int64_t> sizes, std::vector<int64_t> strides) {
    return Argument::tensor(x, std::move(sizes), std::move(strides));
  }

  KernelModule module = compile();
  float x[16] = {}, y[16] = {}, z[16] = {};
  Argument a = Argument::tensor(x, {2, 3}), b = Argument::tensor(y, {2, 3}),
           c = Argument::tensor(z, {2, 3});
};

TEST_F(KernelFunctionErrors, UnknownNameListsTheKnown) {
  EXPECT_EQ(module.function("ad").error(),
            "no public function 'ad' in the module, which has: add, sum, rms");
  EXPECT_THAT(module.function("").error(), HasSubstr("add, sum, rms"));
}

TEST_F(KernelFunctionErrors, NumberOfArguments) {
  EXPECT_EQ(call("add", {a, b}), "function 'add': expected 2 inputs and 1 "
                                 "outputs, found 2 arguments");
  EXPECT_EQ(call("add", {}), "function 'add': expected 2 inputs and 1 outputs, "
                             "found 0 arguments");
  EXPECT_THAT(module.function("add")->resultShapes({a}).error(),
              HasSubstr("found 1 arguments"));
}

TEST_F(KernelFunctionErrors, Types) {
  EXPECT_EQ(call("add", {a, Argument::tensor(y, {6}), c}),
            "function 'add': argument 1: expected a tensor of rank 2 of f32, "
            "found a tensor of rank 1 of f32");
  double d[6];
  EXPECT_EQ(call("add", {a, b, Argument::tensor(d, {2, 3})}),
            "function 'add': result 0: expected a tensor of rank 2 of f32, "
            "found a tensor of rank 2 of f64");
  EXPECT_EQ(call("add", {1.0f, b, c}),
            "function 'add': argument 0: expected a tensor of rank 2 of f32, "
            "found a scalar f32");
  EXPECT_THAT(
      call("sum", {1.0, 2, Argument::scalarResult(d)}),
      HasSubstr("argument 1: expected a scalar f64, found a scalar i32"));
  EXPECT_THAT(call("sum", {1.0, 2.0, 3.0}),
              HasSubstr("result 0: expected the place of a scalar result"));
  EXPECT_EQ(call("rms", {Argument::tensor(x, {2, 5}), a}),
            "function 'rms': argument 0: dim 1: expected size 4, found 5");
}

TEST_F(KernelFunctionErrors, StridesForEachDim) {
  EXPECT_EQ(call("add", {tensor({2, 3}, {1}), b, c}),
            "function 'add': argument 0: expected a stride for each of 2 dims, "
            "found 1 strides");
}

TEST_F(KernelFunctionErrors, OutputThatIsConstant) {
  const float *constant = z;
  EXPECT_EQ(call("add", {a, b, Argument::tensor(constant, {2, 3})}),
            "function 'add': result 0: expected a tensor that can be written, "
            "found a constant one");
  EXPECT_EQ(call("add", {Argument::tensor(constant, {2, 3}), b, a}), "");
}

// What the function itself finds out is passed on with its text.

TEST_F(KernelFunctionErrors, Sizes) {
  EXPECT_THAT(call("add", {tensor({-2, 3}, {3, 1}), b, c}), HasSubstr("-2"));
  EXPECT_THAT(call("add", {a, Argument::tensor(y, {2, 4}), c}),
              testing::AllOf(HasSubstr("3"), HasSubstr("4")));
  EXPECT_THAT(call("add", {a, b, Argument::tensor(z, {4, 3})}),
              testing::AllOf(HasSubstr("2"), HasSubstr("4")));
  EXPECT_NE(module.function("add")
                ->resultShapes({tensor({-2, 3}, {3, 1}), b})
                .error(),
            "");
}

} // namespace
TEST_F(KernelFunctionErrors, NullPointers) {
  float *none = nullptr;
  EXPECT_THAT(call("add", {a, Argument::tensor(none, {2, 3}), c}),
              HasSubstr("null"));
  EXPECT_THAT(call("add", {a, b, Argument::tensor(none, {2, 3})}),
              HasSubstr("null"));
  EXPECT_THAT(
      call("sum", {1.0, 2.0, Argument::scalarResult(DataType::F64, nullptr)}),
      HasSubstr("null"));
  Argument empty = Argument::tensor(none, {0, 3});
  EXPECT_EQ(call("add", {empty, empty, empty}), "");
}

TEST_F(KernelFunctionErrors, Overlaps) {
  EXPECT_THAT(call("add", {a, b, Argument::tensor(x + 1, {2, 3})}),
              HasSubstr("no element in common"));
  EXPECT_NE(call("add", {a, b, Argument::tensor(z, {2, 3}, {0, 1})}), "");
  EXPECT_NE(call("add", {a, b, Argument::tensor(z, {2, 3}, {1, 1})}), "");
  // Every second row of one buffer.
  EXPECT_EQ(call("add", {tensor({2, 3}, {6, 1}), b,
                         Argument::tensor(x + 3, {2, 3}, {6, 1})}),
            "");
}
