//===- FusionTest.cpp - rmsnorm among other ops ----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RMSNormCase.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace norm::test;

namespace {

/// Runs @f of `text` on `inputs` and compares each result: within the bound of
/// its number in `maxUlps`, or the only one.
void expectAgreement(const std::string &text, const std::vector<Array> &inputs,
                     const std::vector<double> &maxUlps) {
  for (const std::string &cpu : getTestedCPUs()) {
    Kernel kernel(text, {cpu, 2});
    auto found = kernel.run("f", inputs);
    auto expected = kernel.evaluate("f", inputs);
    ASSERT_EQ(found.size(), expected.size());
    ASSERT_FALSE(expected.empty());
    for (size_t i = 0; i < found.size(); ++i) {
      double bound = maxUlps.size() == 1 ? maxUlps[0] : maxUlps.at(i);
      EXPECT_EQ(Accuracy().check(found[i], expected[i], bound), "")
          << "result " << i << " for " << cpu;
    }
  }
}

Array random(ElementType type, const Sizes &sizes, uint64_t seed = 1) {
  return makeRandom(type, sizes, seed);
}

Array scalar(ElementType type, double value) { return {type, {}, {value}}; }

// The sum in front rounds to f32 in the evaluator and in compiled code alike,
// so the norm sees the same values.
TEST(Fusion, ResidualSumIsAResult) {
  for (int64_t width : {100, 4097})
    expectAgreement(R"mlir(
      func.func @f(%x: tensor<?x?xf32>, %r: tensor<?x?xf32>, %g: tensor<?xf32>)
          -> (tensor<?x?xf32>, tensor<?x?xf32>) {
        %s = arith.addf %x, %r : tensor<?x?xf32>
        %y = norm.rmsnorm %s gamma(%g) axis(-1) epsilon(1.0e-5)
          : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?x?xf32>
        return %s, %y : tensor<?x?xf32>, tensor<?x?xf32>
      })mlir",
                    {random(ElementType::F32, {3, width}),
                     random(ElementType::F32, {3, width}, 2),
                     random(ElementType::F32, {width}, 3)},
                    {4});
}

TEST(Fusion, ResidualSumInNarrowTypes) {
  for (auto [name, type] : {std::pair("bf16", ElementType::BF16),
                            std::pair("f16", ElementType::F16)}) {
    std::string tensor = std::string("tensor<?x100x") + name + ">";
    expectAgreement("func.func @f(%x: " + tensor + ", %r: " + tensor +
                        ") -> (" + tensor + ", " + tensor + ") {\n" +
                        "%s = arith.addf %x, %r : " + tensor +
                        "\n%y = norm.rmsnorm %s axis(1) epsilon(1.0e-5) : (" +
                        tensor + ") -> " + tensor +
                        "\nreturn %s, %y : " + tensor + ", " + tensor + "\n}",
                    {random(type, {5, 100}), random(type, {5, 100}, 2)}, {1});
  }
}

// exp multiplies a relative error of y by y, at most 4 here: 4 ULP of y are 16
// of exp(y), beside 3 of exp itself and 1 of each product.
TEST(Fusion, ElementwiseOpsBehind) {
  expectAgreement(
      R"mlir(
    func.func @f(%x: tensor<?x?xf32>, %o: tensor<?x?xf32>) -> tensor<?x?xf32> {
      %y = norm.rmsnorm %x axis(-1) epsilon(1.0e-5)
        : (tensor<?x?xf32>) -> tensor<?x?xf32>
      %n = arith.negf %y : tensor<?x?xf32>
      %e = math.exp %n : tensor<?x?xf32>
      %m = arith.mulf %e, %o : tensor<?x?xf32>
      return %m : tensor<?x?xf32>
    })mlir",
      {random(ElementType::F32, {4, 77}), random(ElementType::F32, {4, 77}, 2)},
      {20});
}

// The casts fuse: an f32 norm between bf16 tensors is rounded twice, to f32 and
// to bf16.
TEST(Fusion, CastsAround) {
  expectAgreement(
      R"mlir(
    func.func @f(%x: tensor<?x?xbf16>, %g: tensor<?xf32>) -> tensor<?x?xbf16> {
      %w = arith.extf %x : tensor<?x?xbf16> to tensor<?x?xf32>
      %y = norm.rmsnorm %w gamma(%g) axis(-1) epsilon(1.0e-5)
        : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?x?xf32>
      %n = arith.truncf %y : tensor<?x?xf32> to tensor<?x?xbf16>
      return %n : tensor<?x?xbf16>
    })mlir",
      {random(ElementType::BF16, {4, 131}), random(ElementType::F32, {131}, 2)},
      {1});
}

TEST(Fusion, NormOfNorm) {
  expectAgreement(R"mlir(
    func.func @f(%x: tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>) {
      %y = norm.rmsnorm %x axis(-1) epsilon(1.0e-5)
        : (tensor<?x?xf32>) -> tensor<?x?xf32>
      %z, %r = norm.rmsnorm %y axis(-1) epsilon(1.0e-5) weight_offset(1.0)
        : (tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
      return %z, %r : tensor<?x?xf32>, tensor<?xf32>
    })mlir",
                  {random(ElementType::F32, {4, 131})}, {8});
}

TEST(Fusion, NormsOfDifferentTensors) {
  expectAgreement(R"mlir(
    func.func @f(%q: tensor<?x4x32xf16>, %k: tensor<?x64xf16>,
                 %g: tensor<32xf16>)
        -> (tensor<?x4x32xf16>, tensor<?x64xf16>, tensor<?x4xf32>) {
      %y, %r = norm.rmsnorm %q gamma(%g) axis(-1) epsilon(1.0e-6)
        : (tensor<?x4x32xf16>, tensor<32xf16>)
        -> (tensor<?x4x32xf16>, tensor<?x4xf32>)
      %z = norm.rmsnorm %k axis(1) epsilon(1.0e-6)
        : (tensor<?x64xf16>) -> tensor<?x64xf16>
      return %y, %z, %r : tensor<?x4x32xf16>, tensor<?x64xf16>, tensor<?x4xf32>
    })mlir",
                  {random(ElementType::F16, {3, 4, 32}),
                   random(ElementType::F16, {5, 64}, 2),
                   random(ElementType::F16, {32}, 3)},
                  {1, 1, 4});
}

TEST(Fusion, NormsOfTheSameTensor) {
  expectAgreement(R"mlir(
    func.func @f(%x: tensor<?x6x10xf32>)
        -> (tensor<?x6x10xf32>, tensor<?x6x10xf32>) {
      %y = norm.rmsnorm %x axis(2) epsilon(1.0e-6)
        : (tensor<?x6x10xf32>) -> tensor<?x6x10xf32>
      %z = norm.rmsnorm %x axis(1) epsilon(1.0e-6)
        : (tensor<?x6x10xf32>) -> tensor<?x6x10xf32>
      return %y, %z : tensor<?x6x10xf32>, tensor<?x6x10xf32>
    })mlir",
                  {random(ElementType::F32, {3, 6, 10})}, {4});
}

TEST(Fusion, OnlyRrmsIsAResult) {
  expectAgreement(R"mlir(
    func.func @f(%x: tensor<?x?xbf16>) -> tensor<?xf32> {
      %y, %r = norm.rmsnorm %x axis(-1) epsilon(1.0e-5)
        : (tensor<?x?xbf16>) -> (tensor<?x?xbf16>, tensor<?xf32>)
      return %r : tensor<?xf32>
    })mlir",
                  {random(ElementType::BF16, {4, 131})}, {4});
}

TEST(Fusion, YTwiceAndXItself) {
  expectAgreement(R"mlir(
    func.func @f(%x: tensor<?x?xf32>)
        -> (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>) {
      %y = norm.rmsnorm %x axis(-1) epsilon(1.0e-5)
        : (tensor<?x?xf32>) -> tensor<?x?xf32>
      return %y, %x, %y : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
    })mlir",
                  {random(ElementType::F32, {4, 131})}, {4});
}

TEST(Fusion, NoNormAtAll) {
  expectAgreement(R"mlir(
    func.func @f(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
      return %x : tensor<?x3xf32>
    })mlir",
                  {random(ElementType::F32, {4, 3})}, {0});
}

TEST(Fusion, NoTensors) {
  expectAgreement(R"mlir(
    func.func @f(%a: f32, %b: f64, %c: i32, %d: i64, %e: index)
        -> (f32, f64, i32, i64, index) {
      %0 = arith.addf %a, %a : f32
      %1 = arith.mulf %b, %b : f64
      %2 = arith.addi %c, %c : i32
      %3 = arith.muli %d, %d : i64
      %4 = arith.addi %e, %e : index
      return %0, %1, %2, %3, %4 : f32, f64, i32, i64, index
    })mlir",
                  {scalar(ElementType::F32, 1.5), scalar(ElementType::F64, 0.1),
                   scalar(ElementType::I32, -7), scalar(ElementType::I64, 1e9),
                   scalar(ElementType::I64, 12)},
                  {0.5});
}

TEST(Fusion, ScalarsBesideTensors) {
  expectAgreement(R"mlir(
    func.func @f(%x: tensor<?x?xf32>, %a: f32, %n: i64)
        -> (tensor<?x?xf32>, i64, f32) {
      %y = norm.rmsnorm %x axis(-1) epsilon(1.0e-5)
        : (tensor<?x?xf32>) -> tensor<?x?xf32>
      return %y, %n, %a : tensor<?x?xf32>, i64, f32
    })mlir",
                  {random(ElementType::F32, {4, 19}),
                   scalar(ElementType::F32, 2.5), scalar(ElementType::I64, 9)},
                  {4});
}

TEST(Fusion, ScalarForEveryElement) {
  expectAgreement(
      R"mlir(
    func.func @f(%x: tensor<?x40xf32>, %a: f32) -> tensor<?x40xf32> {
      %c0 = arith.constant 0 : index
      %m = tensor.dim %x, %c0 : tensor<?x40xf32>
      %s = tensor.splat %a[%m] : tensor<?x40xf32>
      %p = arith.mulf %x, %s : tensor<?x40xf32>
      %y = norm.rmsnorm %p axis(-1) epsilon(1.0e-5)
        : (tensor<?x40xf32>) -> tensor<?x40xf32>
      return %y : tensor<?x40xf32>
    })mlir",
      {random(ElementType::F32, {4, 40}), scalar(ElementType::F32, 2.5)}, {4});
}

TEST(Fusion, FunctionWithoutUsedResult) {
  Kernel kernel(R"mlir(
    func.func @f(%x: tensor<?x?xf32>) {
      %y = norm.rmsnorm %x axis(-1) epsilon(1.0e-5)
        : (tensor<?x?xf32>) -> tensor<?x?xf32>
      return
    })mlir");
  EXPECT_TRUE(kernel.run("f", {random(ElementType::F32, {4, 19})}).empty());
}

TEST(Fusion, GroupsOfARow) {
  // TensorRT-LLM's num_groups.
  expectAgreement(
      R"mlir(
    func.func @f(%x: tensor<?x64xf32>, %g: tensor<64xf32>) -> tensor<?x64xf32> {
      %c0 = arith.constant 0 : index
      %m = tensor.dim %x, %c0 : tensor<?x64xf32>
      %e = tensor.expand_shape %x [[0], [1, 2]] output_shape [%m, 4, 16]
        : tensor<?x64xf32> into tensor<?x4x16xf32>
      %y = norm.rmsnorm %e axis(-1) epsilon(1.0e-5)
        : (tensor<?x4x16xf32>) -> tensor<?x4x16xf32>
      %c = tensor.collapse_shape %y [[0], [1, 2]]
        : tensor<?x4x16xf32> into tensor<?x64xf32>
      %d = tensor.empty(%m) : tensor<?x64xf32>
      %b = linalg.broadcast ins(%g : tensor<64xf32>) outs(%d : tensor<?x64xf32>)
        dimensions = [0]
      %z = arith.mulf %c, %b : tensor<?x64xf32>
      return %z : tensor<?x64xf32>
    })mlir",
      {random(ElementType::F32, {5, 64}), random(ElementType::F32, {64}, 2)},
      {5});
}

TEST(Fusion, GroupsOfDynamicRows) {
  const char *text = R"mlir(
    func.func @f(%x: tensor<?x?xf32>, %g: tensor<?xf32>) -> tensor<?x?xf32> {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c4 = arith.constant 4 : index
      %m = tensor.dim %x, %c0 : tensor<?x?xf32>
      %n = tensor.dim %x, %c1 : tensor<?x?xf32>
      %q = arith.divsi %n, %c4 : index
      %e = tensor.expand_shape %x [[0], [1, 2]] output_shape [%m, 4, %q]
        : tensor<?x?xf32> into tensor<?x4x?xf32>
      %y = norm.rmsnorm %e axis(-1) epsilon(1.0e-5)
        : (tensor<?x4x?xf32>) -> tensor<?x4x?xf32>
      %c = tensor.collapse_shape %y [[0], [1, 2]]
        : tensor<?x4x?xf32> into tensor<?x?xf32>
      %d = tensor.empty(%m, %n) : tensor<?x?xf32>
      %b = linalg.broadcast ins(%g : tensor<?xf32>) outs(%d : tensor<?x?xf32>)
        dimensions = [0]
      %z = arith.mulf %c, %b : tensor<?x?xf32>
      return %z : tensor<?x?xf32>
    })mlir";
  for (int64_t width : {4, 12, 512})
    expectAgreement(text,
                    {random(ElementType::F32, {5, width}),
                     random(ElementType::F32, {width}, 2)},
                    {5});
  expectAgreement(
      text, {{ElementType::F32, {0, 8}, {}}, random(ElementType::F32, {8}, 2)},
      {0});
}

// The sum is added again for y, in the same way, so that the evaluator's
// rounding of it is that of both.
TEST(Fusion, ResidualSumIsNoResult) {
  for (auto [name, type] : {std::pair("bf16", ElementType::BF16),
                            std::pair("f32", ElementType::F32)})
    for (int64_t width : {1, 100, 4097}) {
      std::string tensor = std::string("tensor<?x?x") + name + ">";
      expectAgreement(
          "func.func @f(%x: " + tensor + ", %r: " + tensor +
              ") -> tensor<?x?xf64> {\n%s = arith.addf %x, %r : " + tensor +
              "\n%y = norm.rmsnorm %s axis(1) epsilon(1.0e-5) : (" + tensor +
              ") -> " + tensor + "\n%w = arith.extf %y : " + tensor +
              " to tensor<?x?xf64>\nreturn %w : tensor<?x?xf64>\n}",
          {random(type, {3, width}), random(type, {3, width}, 2)},
          // In ULP of f64: 1 of bf16 and 4 of f32.
          {type == ElementType::BF16 ? 0x1p45 : 0x1p31});
    }
}

// maximumf and minimumf give NaN for NaN: the row of one stays NaN.
TEST(Fusion, ScaleAndClampKeepNaN) {
  Array x = random(ElementType::F32, {3, 70});
  x.values[75] = NAN;
  x.values[145] = INFINITY;
  expectAgreement(
      R"mlir(
    func.func @f(%x: tensor<?x70xf32>, %scale: f32) -> tensor<?x70xf32> {
      %y = norm.rmsnorm %x axis(-1) epsilon(1.0e-5)
        : (tensor<?x70xf32>) -> tensor<?x70xf32>
      %c0 = arith.constant 0 : index
      %m = tensor.dim %x, %c0 : tensor<?x70xf32>
      %one = arith.constant 1.0 : f32
      %s = tensor.splat %scale[%m] : tensor<?x70xf32>
      %high = tensor.splat %one[%m] : tensor<?x70xf32>
      %low = arith.negf %high : tensor<?x70xf32>
      %0 = arith.mulf %y, %s : tensor<?x70xf32>
      %1 = arith.maximumf %0, %low : tensor<?x70xf32>
      %2 = arith.minimumf %1, %high : tensor<?x70xf32>
      return %2 : tensor<?x70xf32>
    })mlir",
      {x, scalar(ElementType::F32, 0.75)}, {5});
}

// Two norm ops that meet in a sum share a loop.
TEST(Fusion, SumOfTwoNorms) {
  expectAgreement(
      R"mlir(
    func.func @f(%q: tensor<?x?xf32>, %k: tensor<?x?xf32>, %g: tensor<?xf32>)
        -> (tensor<?x?xf32>, tensor<?xf32>) {
      %y = norm.rmsnorm %q gamma(%g) axis(-1) epsilon(1.0e-5)
        : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?x?xf32>
      %z, %r = norm.rmsnorm %k axis(-1) epsilon(1.0e-6)
        : (tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
      %a = math.absf %y : tensor<?x?xf32>
      %b = math.absf %z : tensor<?x?xf32>
      %s = arith.addf %a, %b : tensor<?x?xf32>
      return %s, %r : tensor<?x?xf32>, tensor<?xf32>
    })mlir",
      {random(ElementType::F32, {4, 131}),
       random(ElementType::F32, {4, 131}, 2),
       random(ElementType::F32, {131}, 3)},
      {5, 4});
}

// Both sums start from the same tensor of zeros, which must not become one
// result's memory before the other has been read.
TEST(Fusion, ResultsThatGrowFromOneTensor) {
  // Sums of small integers are exact.
  auto integers = [](int64_t rows, int64_t columns, double first) {
    Array array{ElementType::F32, {rows, columns}, {}};
    for (int64_t i = 0; i < rows * columns; ++i)
      array.values.push_back(first + i);
    return array;
  };
  expectAgreement(R"mlir(
    #matrix = affine_map<(r, c) -> (r, c)>
    #column = affine_map<(r, c) -> (c)>
    func.func @f(%x: tensor<?x100xf32>, %z: tensor<?x100xf32>)
        -> (tensor<100xf32>, tensor<100xf32>) {
      %zero = arith.constant 0.0 : f32
      %e = tensor.empty() : tensor<100xf32>
      %zeros = linalg.fill ins(%zero : f32) outs(%e : tensor<100xf32>) -> tensor<100xf32>
      %a = linalg.generic {indexing_maps = [#matrix, #column],
          iterator_types = ["reduction", "parallel"]}
          ins(%x : tensor<?x100xf32>) outs(%zeros : tensor<100xf32>) {
        ^bb0(%v: f32, %acc: f32):
          %s = arith.addf %acc, %v : f32
          linalg.yield %s : f32
      } -> tensor<100xf32>
      %b = linalg.generic {indexing_maps = [#matrix, #column],
          iterator_types = ["reduction", "parallel"]}
          ins(%z : tensor<?x100xf32>) outs(%zeros : tensor<100xf32>) {
        ^bb0(%v: f32, %acc: f32):
          %s = arith.addf %acc, %v : f32
          linalg.yield %s : f32
      } -> tensor<100xf32>
      return %a, %b : tensor<100xf32>, tensor<100xf32>
    })mlir",
                  {integers(3, 100, 1), integers(3, 100, -7)}, {0});
}

// Both sums of squares start from one tensor of zeros.
TEST(Fusion, NormOfANormOfSeveralRowDims) {
  expectAgreement(R"mlir(
    func.func @f(%x: tensor<?x?x?xf16>) -> tensor<?x?x?xf16> {
      %a = norm.rmsnorm %x axis(2) epsilon(1.0e-05) : (tensor<?x?x?xf16>) -> tensor<?x?x?xf16>
      %b = arith.maximumf %a, %x : tensor<?x?x?xf16>
      %c = norm.rmsnorm %b axis(2) epsilon(1.0e-05) : (tensor<?x?x?xf16>) -> tensor<?x?x?xf16>
      return %c : tensor<?x?x?xf16>
    })mlir",
                  {random(ElementType::F16, {2, 3, 70})}, {2});
}

// Reshapes between the two norms and the sum must not move to and fro.
TEST(Fusion, TwoNormsOfAllDims) {
  expectAgreement(R"mlir(
    func.func @f(%x: tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?x?xf32>) {
      %a = norm.rmsnorm %x axis(0) epsilon(1.0e-05) : (tensor<?x?xf32>) -> tensor<?x?xf32>
      %b = norm.rmsnorm %x axis(0) epsilon(1.0e-01) : (tensor<?x?xf32>) -> tensor<?x?xf32>
      %c = arith.addf %a, %b : tensor<?x?xf32>
      %d = arith.maximumf %a, %b : tensor<?x?xf32>
      return %c, %d : tensor<?x?xf32>, tensor<?x?xf32>
    })mlir",
                  {random(ElementType::F32, {5, 7})}, {5, 4});
}

// The only row has no loop: what stands before the norm streams nothing.
TEST(Fusion, OneStaticRowOfAnyLength) {
  expectAgreement(
      R"mlir(
    func.func @f(%a: tensor<1x?xf32>, %b: tensor<1x?xf32>) -> (tensor<1x?xf32>, tensor<1x?xf32>) {
      %s = arith.addf %a, %b : tensor<1x?xf32>
      %t = arith.subf %s, %b : tensor<1x?xf32>
      %y = norm.rmsnorm %s axis(1) epsilon(1.0e-05) : (tensor<1x?xf32>) -> tensor<1x?xf32>
      return %y, %t : tensor<1x?xf32>, tensor<1x?xf32>
    })mlir",
      {random(ElementType::F32, {1, 70}), random(ElementType::F32, {1, 70}, 2)},
      {4});
}

TEST(Fusion, StaticallyEmptyTensors) {
  Kernel kernel(R"mlir(
    func.func @f(%a: tensor<?x0x32xf32>) -> tensor<?x0xf32> {
      %y, %r = norm.rmsnorm %a axis(2) epsilon(1.0e-06) : (tensor<?x0x32xf32>) -> (tensor<?x0x32xf32>, tensor<?x0xf32>)
      %n = arith.negf %r : tensor<?x0xf32>
      return %n : tensor<?x0xf32>
    }
    func.func @g(%a: tensor<?x0xf32>) -> tensor<?x0xf32> {
      %y = norm.reciprocal %a : (tensor<?x0xf32>) -> tensor<?x0xf32>
      return %y : tensor<?x0xf32>
    })mlir");
  EXPECT_EQ(kernel.run("f", {{ElementType::F32, {3, 0, 32}, {}}})[0].sizes,
            (Sizes{3, 0}));
  EXPECT_EQ(kernel.run("g", {{ElementType::F32, {3, 0}, {}}})[0].sizes,
            (Sizes{3, 0}));
}

} // namespace
