//===- LinalgOpsTest.cpp - Structured linalg ops --------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <cmath>

using namespace norm::reference;
using namespace norm::reference::test;
using testing::ElementsAre;

static const Tensor matrix = f32({2, 3}, {1, 2, 3, 4, 5, 6});

TEST(LinalgOps, Fill) {
  auto results = evaluateValid(R"mlir(
    func.func @f() -> tensor<3xf32> {
      %c = arith.constant 2.5 : f32
      %e = tensor.empty() : tensor<3xf32>
      %r = linalg.fill ins(%c : f32) outs(%e : tensor<3xf32>) -> tensor<3xf32>
      return %r : tensor<3xf32>
    })mlir");
  EXPECT_THAT(results[0].real, ElementsAre(2.5, 2.5, 2.5));
}

TEST(LinalgOps, TransposeAndBroadcast) {
  auto results = evaluateValid(R"mlir(
    func.func @f(%x: tensor<2x3xf32>, %v: tensor<2xf32>)
        -> (tensor<3x2xf32>, tensor<2x3xf32>) {
      %e = tensor.empty() : tensor<3x2xf32>
      %t = linalg.transpose ins(%x : tensor<2x3xf32>)
        outs(%e : tensor<3x2xf32>) permutation = [1, 0]
      %b = linalg.broadcast ins(%v : tensor<2xf32>)
        outs(%x : tensor<2x3xf32>) dimensions = [1]
      return %t, %b : tensor<3x2xf32>, tensor<2x3xf32>
    })mlir",
                               {matrix, f32({2}, {7, 8})});
  EXPECT_THAT(results[0].shape, ElementsAre(3, 2));
  EXPECT_THAT(results[0].real, ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(results[1].real, ElementsAre(7, 7, 7, 8, 8, 8));
}

TEST(LinalgOps, NamedElementwiseOps) {
  const std::pair<const char *, std::vector<double>> cases[] = {
      {"add", {3, 6}}, {"sub", {1, 2}}, {"mul", {2, 8}},  {"div", {2, 2}},
      {"max", {2, 4}}, {"min", {1, 2}}, {"powf", {2, 16}}};
  for (const auto &[name, expected] : cases) {
    auto results = evaluateValid(
        "func.func @f(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<2xf32> {"
        "\n %e = tensor.empty() : tensor<2xf32>\n %r = linalg." +
            std::string(name) +
            " ins(%a, %b : tensor<2xf32>, tensor<2xf32>)"
            " outs(%e : tensor<2xf32>) -> tensor<2xf32>\n"
            " return %r : tensor<2xf32>\n}",
        {f32({2}, {2, 4}), f32({2}, {1, 2})});
    EXPECT_EQ(results[0].real, expected) << name;
  }
}

TEST(LinalgOps, MapReadsScalarsFromOutside) {
  auto results =
      evaluateValid(R"mlir(
    func.func @f(%x: tensor<2x3xf32>, %s: f32) -> tensor<2x3xf32> {
      %r = linalg.map ins(%x : tensor<2x3xf32>) outs(%x : tensor<2x3xf32>)
        (%a: f32, %o: f32) {
          %two = arith.constant 2.0 : f32
          %m = arith.mulf %a, %two : f32
          %n = arith.addf %m, %s : f32
          linalg.yield %n : f32
        }
      return %r : tensor<2x3xf32>
    })mlir",
                    {matrix, Tensor::getFloat(ElementType::F32, 0.5)});
  EXPECT_THAT(results[0].real, ElementsAre(2.5, 4.5, 6.5, 8.5, 10.5, 12.5));
}

TEST(LinalgOps, ReduceRowsOntoTheInit) {
  auto results = evaluateValid(R"mlir(
    func.func @f(%x: tensor<2x3xf32>, %i: tensor<2xf32>) -> tensor<2xf32> {
      %r = linalg.reduce { arith.addf } ins(%x : tensor<2x3xf32>)
        outs(%i : tensor<2xf32>) dimensions = [1]
      return %r : tensor<2xf32>
    })mlir",
                               {matrix, f32({2}, {100, 200})});
  EXPECT_THAT(results[0].real, ElementsAre(106, 215));
}

// 1 and 2049 times 2^-12 are 1.5 + 2^-12. A sum rounded to f16 (neighbours
// of 1 are 2^-10 apart) at each step would stay 1.
TEST(LinalgOps, ReductionsAreRoundedOnceAtTheEnd) {
  auto results = evaluateValid(
      R"mlir(
    func.func @f(%x: tensor<?xf16>, %i: tensor<f16>) -> tensor<f16> {
      %r = linalg.reduce { arith.addf } ins(%x : tensor<?xf16>)
        outs(%i : tensor<f16>) dimensions = [0]
      return %r : tensor<f16>
    })mlir",
      {Tensor::getFloat(ElementType::F16, {2049},
                        std::vector<double>(2049, 0x1p-12)),
       Tensor::getFloat(ElementType::F16, 1)});
  EXPECT_EQ(results[0].real[0], 1.5);
  EXPECT_EQ(results[0].getExact(0), 1.5 + 0x1p-12);
}

TEST(LinalgOps, Matmul) {
  auto results = evaluateValid(
      R"mlir(
    func.func @f(%a: tensor<2x3xf32>, %b: tensor<3x2xf32>, %c: tensor<2x2xf32>)
        -> tensor<2x2xf32> {
      %r = linalg.matmul ins(%a, %b : tensor<2x3xf32>, tensor<3x2xf32>)
        outs(%c : tensor<2x2xf32>) -> tensor<2x2xf32>
      return %r : tensor<2x2xf32>
    })mlir",
      {matrix, f32({3, 2}, {1, 0, 0, 1, 1, 1}), f32({2, 2}, {0, 0, 0, 1})});
  EXPECT_THAT(results[0].real, ElementsAre(4, 5, 10, 12));
}

TEST(LinalgOps, GenericWithIndexAndTwoResults) {
  auto results =
      evaluateValid(R"mlir(
    #id = affine_map<(i, j) -> (i, j)>
    #row = affine_map<(i, j) -> (i)>
    #last = affine_map<(i, j) -> (0, j)>
    func.func @f(%x: tensor<2x3xf32>, %v: tensor<1x3xf32>, %s: tensor<2xindex>)
        -> (tensor<2x3xf32>, tensor<2xindex>) {
      %e = tensor.empty() : tensor<2x3xf32>
      %r:2 = linalg.generic {indexing_maps = [#id, #last, #id, #row],
          iterator_types = ["parallel", "reduction"]}
          ins(%x, %v : tensor<2x3xf32>, tensor<1x3xf32>)
          outs(%e, %s : tensor<2x3xf32>, tensor<2xindex>) {
        ^bb0(%a: f32, %b: f32, %o: f32, %n: index):
          %i = linalg.index 0 : index
          %j = linalg.index 1 : index
          %p = arith.muli %i, %j : index
          %q = arith.addi %n, %p : index
          %t = arith.mulf %a, %b : f32
          linalg.yield %t, %q : f32, index
      } -> (tensor<2x3xf32>, tensor<2xindex>)
      return %r#0, %r#1 : tensor<2x3xf32>, tensor<2xindex>
    })mlir",
                    {matrix, f32({1, 3}, {1, 10, 100}),
                     Tensor::getInteger(ElementType::Index, {2}, {5, 5})});
  EXPECT_THAT(results[0].real, ElementsAre(1, 20, 300, 4, 50, 600));
  EXPECT_THAT(results[1].integer, ElementsAre(5, 8));
}

TEST(LinalgOps, ConvolutionMap) {
  auto results = evaluateValid(
      R"mlir(
    func.func @f(%x: tensor<4xf32>, %k: tensor<2xf32>, %o: tensor<3xf32>)
        -> tensor<3xf32> {
      %r = linalg.conv_1d ins(%x, %k : tensor<4xf32>, tensor<2xf32>)
        outs(%o : tensor<3xf32>) -> tensor<3xf32>
      return %r : tensor<3xf32>
    })mlir",
      {f32({4}, {1, 2, 3, 4}), f32({2}, {10, 1}), f32({3}, {0, 0, 0})});
  EXPECT_THAT(results[0].real, ElementsAre(12, 23, 34));
}

TEST(LinalgOps, MapsWithDivisionAndRemainder) {
  auto results = evaluateValid(R"mlir(
    func.func @f(%x: tensor<2x3xf32>, %o: tensor<6xf32>) -> tensor<6xf32> {
      %r = linalg.generic {indexing_maps = [
          affine_map<(i) -> (i mod 2, i floordiv 2)>, affine_map<(i) -> (i)>],
          iterator_types = ["parallel"]}
          ins(%x : tensor<2x3xf32>) outs(%o : tensor<6xf32>) {
        ^bb0(%a: f32, %b: f32):
          linalg.yield %a : f32
      } -> tensor<6xf32>
      return %r : tensor<6xf32>
    })mlir",
                               {matrix, f32({6}, {0, 0, 0, 0, 0, 0})});
  EXPECT_THAT(results[0].real, ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST(LinalgOps, EmptyReductionGivesTheInit) {
  auto results = evaluateValid(R"mlir(
    func.func @f(%x: tensor<?x?xf32>, %i: tensor<?xf32>) -> tensor<?xf32> {
      %r = linalg.reduce { arith.addf } ins(%x : tensor<?x?xf32>)
        outs(%i : tensor<?xf32>) dimensions = [1]
      return %r : tensor<?xf32>
    })mlir",
                               {f32({2, 0}, {}), f32({2}, {1, 2})});
  EXPECT_THAT(results[0].real, ElementsAre(1, 2));
}
