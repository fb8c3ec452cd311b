//===- TensorOpsTest.cpp - Ops of the tensor dialect ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

using namespace norm::reference;
using namespace norm::reference::test;
using testing::Each;
using testing::ElementsAre;
using testing::IsNan;

static const Tensor matrix = f32({2, 3}, {1, 2, 3, 4, 5, 6});

static Tensor index(int64_t value) {
  return Tensor::getInteger(ElementType::Index, value);
}

TEST(TensorOps, EmptyIsUnspecified) {
  auto results = evaluateValid(R"mlir(
    func.func @f(%n: index) -> tensor<2x?xf32> {
      %r = tensor.empty(%n) : tensor<2x?xf32>
      return %r : tensor<2x?xf32>
    })mlir",
                               {index(3)});
  EXPECT_THAT(results[0].shape, ElementsAre(2, 3));
  EXPECT_THAT(results[0].real, Each(IsNan()));
}

TEST(TensorOps, SplatAndFromElements) {
  auto results = evaluateValid(R"mlir(
    func.func @f(%n: index, %a: f32, %b: f32)
        -> (tensor<2x?xf32>, tensor<1x2xf32>) {
      %r = tensor.splat %a[%n] : tensor<2x?xf32>
      %s = tensor.from_elements %b, %a : tensor<1x2xf32>
      return %r, %s : tensor<2x?xf32>, tensor<1x2xf32>
    })mlir",
                               {index(1), Tensor::getFloat(ElementType::F32, 5),
                                Tensor::getFloat(ElementType::F32, 6)});
  EXPECT_THAT(results[0].shape, ElementsAre(2, 1));
  EXPECT_THAT(results[0].real, ElementsAre(5, 5));
  EXPECT_THAT(results[1].shape, ElementsAre(1, 2));
  EXPECT_THAT(results[1].real, ElementsAre(6, 5));
}

TEST(TensorOps, DimExtractAndCast) {
  auto results = evaluateValid(R"mlir(
    func.func @f(%x: tensor<?x?xf32>, %i: index)
        -> (index, f32, tensor<2x3xf32>) {
      %d = tensor.dim %x, %i : tensor<?x?xf32>
      %c0 = arith.constant 0 : index
      %e = tensor.extract %x[%i, %c0] : tensor<?x?xf32>
      %c = tensor.cast %x : tensor<?x?xf32> to tensor<2x3xf32>
      return %d, %e, %c : index, f32, tensor<2x3xf32>
    })mlir",
                               {matrix, index(1)});
  EXPECT_THAT(results[0].integer, ElementsAre(3));
  EXPECT_THAT(results[1].real, ElementsAre(4));
  EXPECT_EQ(results[2].real, matrix.real);
}

TEST(TensorOps, ExtractSliceWithStridesAndDroppedDims) {
  auto results = evaluateValid(R"mlir(
    func.func @f(%x: tensor<2x3xf32>, %o: index)
        -> (tensor<2x2xf32>, tensor<?xf32>) {
      %r = tensor.extract_slice %x[0, 0] [2, 2] [1, 2]
        : tensor<2x3xf32> to tensor<2x2xf32>
      %s = tensor.extract_slice %x[1, %o] [1, %o] [1, 1]
        : tensor<2x3xf32> to tensor<?xf32>
      return %r, %s : tensor<2x2xf32>, tensor<?xf32>
    })mlir",
                               {matrix, index(1)});
  EXPECT_THAT(results[0].real, ElementsAre(1, 3, 4, 6));
  EXPECT_THAT(results[1].shape, ElementsAre(1));
  EXPECT_THAT(results[1].real, ElementsAre(5));
}

TEST(TensorOps, InsertSlice) {
  auto results = evaluateValid(R"mlir(
    func.func @f(%x: tensor<2x3xf32>, %v: tensor<2xf32>) -> tensor<2x3xf32> {
      %r = tensor.insert_slice %v into %x[1, 0] [1, 2] [1, 2]
        : tensor<2xf32> into tensor<2x3xf32>
      return %r : tensor<2x3xf32>
    })mlir",
                               {matrix, f32({2}, {-1, -2})});
  EXPECT_THAT(results[0].real, ElementsAre(1, 2, 3, -1, 5, -2));
}

TEST(TensorOps, ExpandCollapseAndReshape) {
  auto results =
      evaluateValid(R"mlir(
    func.func @f(%x: tensor<?x6xf32>, %n: index, %s: tensor<2xindex>)
        -> (tensor<?x2x3xf32>, tensor<?xf32>, tensor<?x?xf32>) {
      %r = tensor.expand_shape %x [[0], [1, 2]] output_shape [%n, 2, 3]
        : tensor<?x6xf32> into tensor<?x2x3xf32>
      %c = tensor.collapse_shape %x [[0, 1]] : tensor<?x6xf32> into tensor<?xf32>
      %t = tensor.reshape %x(%s) : (tensor<?x6xf32>, tensor<2xindex>)
        -> tensor<?x?xf32>
      return %r, %c, %t : tensor<?x2x3xf32>, tensor<?xf32>, tensor<?x?xf32>
    })mlir",
                    {f32({1, 6}, {1, 2, 3, 4, 5, 6}), index(1),
                     Tensor::getInteger(ElementType::Index, {2}, {3, 2})});
  EXPECT_THAT(results[0].shape, ElementsAre(1, 2, 3));
  EXPECT_THAT(results[1].shape, ElementsAre(6));
  EXPECT_THAT(results[2].shape, ElementsAre(3, 2));
  for (const Tensor &result : results)
    EXPECT_THAT(result.real, ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(TensorOps, ExpandToSizesThatDisagree) {
  Outcome outcome = evaluateText(R"mlir(
    func.func @f(%x: tensor<?xf32>, %n: index) -> tensor<?x4xf32> {
      %r = tensor.expand_shape %x [[0, 1]] output_shape [%n, 4]
        : tensor<?xf32> into tensor<?x4xf32>
      return %r : tensor<?x4xf32>
    })mlir",
                                 {f32({6}, {1, 2, 3, 4, 5, 6}), index(1)});
  EXPECT_THAT(outcome.error,
              testing::HasSubstr("expected sizes with product 6 for dim 0, "
                                 "found product 4"));
}

TEST(TensorOps, Concat) {
  auto results = evaluateValid(R"mlir(
    func.func @f(%x: tensor<2x3xf32>, %y: tensor<2x1xf32>) -> tensor<2x4xf32> {
      %r = tensor.concat dim(1) %x, %y
        : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
      return %r : tensor<2x4xf32>
    })mlir",
                               {matrix, f32({2, 1}, {-1, -2})});
  EXPECT_THAT(results[0].real, ElementsAre(1, 2, 3, -1, 4, 5, 6, -2));
}

TEST(TensorOps, Pad) {
  auto results = evaluateValid(
      R"mlir(
    func.func @f(%x: tensor<2xf32>, %p: f32, %n: index) -> tensor<?xf32> {
      %r = tensor.pad %x low[1] high[%n] {
        ^bb0(%i: index):
          tensor.yield %p : f32
      } : tensor<2xf32> to tensor<?xf32>
      return %r : tensor<?xf32>
    })mlir",
      {f32({2}, {1, 2}), Tensor::getFloat(ElementType::F32, 9), index(2)});
  EXPECT_THAT(results[0].real, ElementsAre(9, 1, 2, 9, 9));
}

TEST(TensorOps, AroundANormOp) {
  // Split into two groups of 2, normalise each, join again, and add the input.
  auto results = evaluateValid(R"mlir(
    func.func @f(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
      %g = tensor.expand_shape %x [[0], [1, 2]] output_shape [1, 2, 2]
        : tensor<1x4xf32> into tensor<1x2x2xf32>
      %y = norm.rmsnorm %g axis(-1) epsilon(0.0)
        : (tensor<1x2x2xf32>) -> tensor<1x2x2xf32>
      %c = tensor.collapse_shape %y [[0], [1, 2]]
        : tensor<1x2x2xf32> into tensor<1x4xf32>
      %r = arith.addf %c, %x : tensor<1x4xf32>
      return %r : tensor<1x4xf32>
    })mlir",
                               {f32({1, 4}, {2, -2, 7, 7})});
  EXPECT_THAT(results[0].real, ElementsAre(3, -3, 8, 8));
}
