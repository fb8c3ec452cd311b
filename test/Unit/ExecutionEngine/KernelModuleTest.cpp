//===- KernelModuleTest.cpp - Tests of compiling and calling in C++ -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/ExecutionEngine/KernelModule.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cmath>
#include <fstream>

using namespace norm;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

constexpr const char *source = R"mlir(
func.func @rms(%x: tensor<?x3xf32>, %gamma: tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<?xf32>) {
  %y, %r = norm.rmsnorm %x gamma(%gamma) axis(1) epsilon(0.0)
    : (tensor<?x3xf32>, tensor<3xf32>) -> (tensor<?x3xf32>, tensor<?xf32>)
  return %y, %r : tensor<?x3xf32>, tensor<?xf32>
}
func.func @scalars(%a: f32, %b: f64, %c: i32, %d: i64, %e: index)
    -> (f32, f64, i32, i64, index) {
  %0 = arith.addf %a, %a : f32
  %1 = arith.addf %b, %b : f64
  %2 = arith.addi %c, %c : i32
  %3 = arith.addi %d, %d : i64
  %4 = arith.addi %e, %e : index
  return %0, %1, %2, %3, %4 : f32, f64, i32, i64, index
}
)mlir";

/// The function `name` of `text`; a failure ends the test program's run of it.
KernelFunction compile(const std::string &text, const std::string &name) {
  Result<KernelModule> module = KernelModule::parse(text);
  EXPECT_TRUE(module) << module.error();
  Result<KernelFunction> function = module->function(name);
  EXPECT_TRUE(function) << function.error();
  return *function;
}

// Rows whose mean of squares is a power of 4, so that all is exact.
const float rows[2][3] = {{1, 1, -1}, {4, -4, 4}};

TEST(KernelModule, CallsWithViews) {
  KernelFunction rms = compile(source, "rms");
  const float gamma[3] = {1, 2, 3};
  float y[2][3], r[2];
  Result<void> called = rms.call(
      {View<const float, 2>(rows[0], {2, 3}), View<const float, 1>(gamma, {3}),
       View<float, 2>(y[0], {2, 3}), View<float, 1>(r, {2})});
  ASSERT_TRUE(called) << called.error();
  EXPECT_THAT(y[0], ElementsAre(1, 2, -3));
  EXPECT_THAT(y[1], ElementsAre(1, -2, 3));
  EXPECT_THAT(r, ElementsAre(1, 0.25));
}

TEST(KernelModule, CallsWithStrides) {
  KernelFunction rms = compile(source, "rms");
  const float gamma[3] = {1, 2, 3};
  float y[8] = {}, r[4] = {};
  // The rows in reverse order; the result by columns, with a gap; every second
  // element of r.
  std::vector<Argument> arguments = {
      Argument::tensor(rows[1], {2, 3}, {-3, 1}), Argument::tensor(gamma, {3}),
      Argument::tensor(y, {2, 3}, {1, 3}), Argument::tensor(r, {2}, {2})};
  Result<void> called = rms.call(arguments);
  ASSERT_TRUE(called) << called.error();
  EXPECT_THAT(y, ElementsAre(1, 1, 0, -2, 2, 0, 3, -3));
  EXPECT_THAT(r, ElementsAre(0.25, 0, 1, 0));
}

TEST(KernelModule, CallsWithScalars) {
  KernelFunction scalars = compile(source, "scalars");
  float a = 0;
  double b = 0;
  int32_t c = 0;
  long long d = 0;
  int64_t e = 0;
  Result<void> called = scalars.call(
      {1.5f, 0.1, -7, 1LL << 40, uint64_t(3), Argument::scalarResult(&a),
       Argument::scalarResult(&b), Argument::scalarResult(&c),
       Argument::scalarResult(&d), Argument::scalarResult(&e)});
  ASSERT_TRUE(called) << called.error();
  EXPECT_EQ(a, 3.0f);
  EXPECT_EQ(b, 0.2);
  EXPECT_EQ(c, -14);
  EXPECT_EQ(d, 1LL << 41);
  EXPECT_EQ(e, 6);
}

TEST(KernelModule, TellsShapesOfResults) {
  KernelFunction rms = compile(source, "rms");
  const float *none = nullptr;
  auto shapes = rms.resultShapes(
      {Argument::tensor(none, {7, 3}), Argument::tensor(none, {3})});
  ASSERT_TRUE(shapes) << shapes.error();
  EXPECT_THAT(*shapes, ElementsAre(ElementsAre(7, 3), ElementsAre(7)));
  shapes = compile(source, "scalars")
               .resultShapes({0.0f, 0.0, 0, int64_t(0), int64_t(0)});
  ASSERT_TRUE(shapes) << shapes.error();
  EXPECT_THAT(*shapes, testing::Each(testing::IsEmpty()));
  EXPECT_EQ(shapes->size(), 5u);
}

TEST(KernelModule, TellsTypes) {
  KernelFunction rms = compile(source, "rms");
  EXPECT_EQ(rms.getName(), "rms");
  std::vector<OperandType> arguments = rms.getArguments();
  ASSERT_EQ(arguments.size(), 2u);
  EXPECT_EQ(arguments[0].name, "x");
  EXPECT_EQ(arguments[0].type, DataType::F32);
  EXPECT_TRUE(arguments[0].isTensor);
  EXPECT_THAT(arguments[0].sizes, ElementsAre(-1, 3));
  EXPECT_EQ(arguments[1].name, "gamma");
  std::vector<OperandType> results = rms.getResults();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[1].name, "r");
  EXPECT_THAT(results[1].sizes, ElementsAre(-1));
  EXPECT_FALSE(compile(source, "scalars").getArguments()[3].isTensor);
}

TEST(KernelModule, FunctionsOutliveTheirModule) {
  auto function = std::make_unique<KernelFunction>(compile(source, "scalars"));
  KernelFunction copy = *function;
  function.reset();
  EXPECT_EQ(copy.getName(), "scalars");
  auto shapes = copy.resultShapes({0.0f, 0.0, 0, int64_t(0), int64_t(0)});
  EXPECT_TRUE(shapes) << shapes.error();
}

TEST(KernelModule, ReadsFiles) {
  std::string path = testing::TempDir() + "/norm-kernel-module.mlir";
  std::ofstream(path) << source;
  Result<KernelModule> module = KernelModule::parseFile(path);
  ASSERT_TRUE(module) << module.error();
  EXPECT_THAT(module->getFunctionNames(), ElementsAre("rms", "scalars"));
  std::remove(path.c_str());
}

TEST(KernelModule, RemarksAreCollected) {
  std::string messages;
  KernelOptions options;
  options.messages = &messages;
  options.showRemarks = true;
  // Nothing joins a transposition to the loop of the norm.
  ASSERT_TRUE(KernelModule::parse(R"mlir(
    func.func @f(%x: tensor<4x?xf32>, %s: f32) -> tensor<?x4xf32> {
      %c1 = arith.constant 1 : index
      %n = tensor.dim %x, %c1 : tensor<4x?xf32>
      %e = tensor.empty(%n) : tensor<?x4xf32>
      %t = linalg.transpose ins(%x : tensor<4x?xf32>)
        outs(%e : tensor<?x4xf32>) permutation = [1, 0]
      %y = norm.rmsnorm %t axis(1) epsilon(1.0e-6)
        : (tensor<?x4xf32>) -> tensor<?x4xf32>
      return %y : tensor<?x4xf32>
    })mlir",
                                  options));
  EXPECT_THAT(messages, HasSubstr("remark: "));
}

/// Doubles tensors of one type.
template <typename T> class ElementTypes : public testing::Test {};

template <typename T, int Which> struct Element {
  using Type = T;
  static constexpr const char *name[] = {"f16", "bf16", "f32", "f64",
                                         "i8",  "i16",  "i32", "i64"};
  static constexpr const char *type = name[Which];
  static constexpr bool isFloat = Which < 4;
};

using AllTypes = testing::Types<Element<norm_f16, 0>, Element<norm_bf16, 1>,
                                Element<float, 2>, Element<double, 3>,
                                Element<int8_t, 4>, Element<uint16_t, 5>,
                                Element<int32_t, 6>, Element<long long, 7>>;
TYPED_TEST_SUITE(ElementTypes, AllTypes);

TYPED_TEST(ElementTypes, AreReadAndWritten) {
  using T = typename TypeParam::Type;
  std::string type = "tensor<?x" + std::string(TypeParam::type) + ">";
  std::string add = TypeParam::isFloat ? "arith.addf" : "arith.addi";
  KernelFunction twice = compile(
      "func.func @twice(%x: " + type + ") -> " + type + " { %y = " + add +
          " %x, %x : " + type + " return %y : " + type + " }",
      "twice");
  T x[3], y[3];
  // The bits of 1, and of 2 after doubling.
  if constexpr (std::is_same_v<T, norm_f16>) {
    x[0] = x[1] = x[2] = {0x3c00};
  } else if constexpr (std::is_same_v<T, norm_bf16>) {
    x[0] = x[1] = x[2] = {0x3f80};
  } else {
    x[0] = x[1] = x[2] = 1;
  }
  Result<void> called =
      twice.call({Argument::tensor(x, {3}), Argument::tensor(y, {3})});
  ASSERT_TRUE(called) << called.error();
  for (T value : y) {
    if constexpr (std::is_same_v<T, norm_f16> || std::is_same_v<T, norm_bf16>)
      EXPECT_EQ(value.bits, 0x4000);
    else
      EXPECT_EQ(value, T(2));
  }
}

} // namespace
