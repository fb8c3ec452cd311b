//===- MagnitudeTest.cpp - What the errors of sums are relative to --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <cmath>

using namespace norm::reference;
using namespace norm::reference::test;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Magnitude, RMSNormGrad) {
  // h = (2, -4), g = dy * 3, target_rms 2: m = (6 - 24) / 2, of magnitude 15.
  auto results = evaluateValid(R"mlir(
    func.func @f(%dy: tensor<?x2xf64>, %x: tensor<?x2xf64>, %r: tensor<?xf64>)
        -> (tensor<?x2xf64>, tensor<2xf64>, tensor<2xf64>) {
      %0:3 = norm.rmsnorm_grad %dy, %x, %r axis(1) target_rms(2.0) weight_offset(2.0)
        : (tensor<?x2xf64>, tensor<?x2xf64>, tensor<?xf64>)
          -> (tensor<?x2xf64>, tensor<2xf64>, tensor<2xf64>)
      return %0#0, %0#1, %0#2 : tensor<?x2xf64>, tensor<2xf64>, tensor<2xf64>
    })mlir",
                               {f64({2, 2}, {1, 2, -1, 2}),
                                f64({2, 2}, {1, -2, 1, -2}), f64({2}, {2, 2})});
  // |r t| (|g| + |h| 15): the same in both rows.
  EXPECT_THAT(results[0].magnitude, ElementsAre(132, 264, 132, 264));
  EXPECT_EQ(results[0].numSummands, 2);
  EXPECT_THAT(results[1].real, ElementsAre(0, -32));
  EXPECT_THAT(results[1].magnitude, ElementsAre(8, 32));
  EXPECT_EQ(results[1].numSummands, 2);
  EXPECT_THAT(results[2].real, ElementsAre(0, 4));
  EXPECT_THAT(results[2].magnitude, ElementsAre(2, 4));
  EXPECT_EQ(results[1].getScale(0), 8);
}

TEST(Magnitude, ChannelOps) {
  auto results =
      evaluateValid(R"mlir(
    func.func @f(%x: tensor<?x1x3xf32>, %m: tensor<1xf32>, %i: tensor<1xf32>,
                 %dy: tensor<?x1x3xf32>, %g: tensor<1xf32>)
        -> (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<?x1x3xf32>) {
      %mean, %std = norm.channel_stats %x epsilon(0.0) layout(NCHW)
        : (tensor<?x1x3xf32>) -> (tensor<1xf32>, tensor<1xf32>)
      %s, %b = norm.channel_backprop_stats %x, %m, %i, %dy layout(NCHW)
        : (tensor<?x1x3xf32>, tensor<1xf32>, tensor<1xf32>, tensor<?x1x3xf32>)
          -> (tensor<1xf32>, tensor<1xf32>)
      %dx = norm.channel_backprop %x, %m, %i, %i, %m, %dy gamma(%g) layout(NCHW)
        : (tensor<?x1x3xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>,
           tensor<?x1x3xf32>, tensor<1xf32>) -> tensor<?x1x3xf32>
      return %mean, %std, %s, %b, %dx
        : tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<?x1x3xf32>
    })mlir",
                    {f32({1, 1, 3}, {1, -3, 2}), f32({1}, {1}), f32({1}, {2}),
                     f32({1, 1, 3}, {5, 1, -4}), f32({1}, {-3})});
  EXPECT_EQ(results[0].real[0], 0);
  EXPECT_THAT(results[0].magnitude, ElementsAre(2));
  EXPECT_EQ(results[0].getScale(0), 2);
  // A sum of squares cancels nothing.
  EXPECT_THAT(results[1].magnitude, IsEmpty());
  EXPECT_EQ(results[1].getScale(0), std::fabs(results[1].getExact(0)));
  // h = (0, -8, 2).
  EXPECT_THAT(results[2].real, ElementsAre(-16));
  EXPECT_THAT(results[2].magnitude, ElementsAre(16));
  EXPECT_THAT(results[3].real, ElementsAre(2));
  EXPECT_THAT(results[3].magnitude, ElementsAre(10));
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(results[i].numSummands, 3);
  // 6 (|dy| + (1 + |2 h|) / 3).
  EXPECT_THAT(
      results[4].magnitude,
      ElementsAre(DoubleEq(30 + 2), DoubleEq(6 + 34), DoubleEq(24 + 10)));
  EXPECT_EQ(results[4].numSummands, 0);
}

// An error of a sum reaches the values made of it; two sums one behind the
// other have the errors of both.
TEST(Magnitude, SummandsOfOperandsCount) {
  auto results = evaluateValid(R"mlir(
    func.func private @norm(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
      %y = norm.rmsnorm %x axis(1) epsilon(0.0) : (tensor<?x3xf32>) -> tensor<?x3xf32>
      return %y : tensor<?x3xf32>
    }
    func.func @f(%x: tensor<?x3xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<3xf32>) {
      %a = arith.addf %x, %x : tensor<?x3xf32>
      %b = func.call @norm(%a) : (tensor<?x3xf32>) -> tensor<?x3xf32>
      %c = arith.mulf %x, %b : tensor<?x3xf32>
      %m = norm.channel_stats %c epsilon(0.0) layout(NHWC) : (tensor<?x3xf32>) -> tensor<3xf32>
      return %a, %c, %m : tensor<?x3xf32>, tensor<?x3xf32>, tensor<3xf32>
    })mlir",
                               {f32({2, 3}, {1, 2, 3, 4, 5, 6})});
  EXPECT_EQ(results[0].numSummands, 0);
  EXPECT_EQ(results[1].numSummands, 3);
  EXPECT_EQ(results[2].numSummands, 5);
}

// What was summed says nothing of a slice or of a value put over it.
TEST(Magnitude, IsThatOfTheOpThatMadeTheValue) {
  auto results =
      evaluateValid(R"mlir(
    func.func @f(%x: tensor<3x2xf32>, %v: tensor<1xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
      %m = norm.channel_stats %x epsilon(0.0) layout(NHWC) : (tensor<3x2xf32>) -> tensor<2xf32>
      %i = tensor.insert_slice %v into %m[1] [1] [1] : tensor<1xf32> into tensor<2xf32>
      return %m, %i : tensor<2xf32>, tensor<2xf32>
    })mlir",
                    {f32({3, 2}, {1, 2, -1, 5, 1, -6}), f32({1}, {7})});
  EXPECT_THAT(results[0].magnitude, ElementsAre(1, DoubleEq(13 / 3.0)));
  EXPECT_THAT(results[1].magnitude, IsEmpty());
  EXPECT_THAT(results[1].exact, IsEmpty());
  EXPECT_EQ(results[1].getExact(1), 7);
  EXPECT_EQ(results[1].numSummands, 3);
}

// rmsnorm rounds x * rrms and, with beta, the product before it; what it
// returns is rounded to f16 in front of the addition.
TEST(Magnitude, RoundingsOnTheWayToAnElement) {
  auto results = evaluateValid(R"mlir(
    func.func @f(%x: tensor<?x3xf16>, %v: tensor<3xf16>)
        -> (tensor<?x3xf16>, tensor<?x3xf16>, tensor<?x3xf16>, tensor<?x3xf16>) {
      %a = norm.rmsnorm %x gamma(%v) axis(1) epsilon(0.0)
        : (tensor<?x3xf16>, tensor<3xf16>) -> tensor<?x3xf16>
      %b = norm.rmsnorm %x gamma(%v) axis(1) epsilon(0.0) rounding(before_gamma)
        : (tensor<?x3xf16>, tensor<3xf16>) -> tensor<?x3xf16>
      %c = norm.rmsnorm %x gamma(%v) beta(%v) axis(1) epsilon(0.0) rounding(before_gamma)
        : (tensor<?x3xf16>, tensor<3xf16>, tensor<3xf16>) -> tensor<?x3xf16>
      %d = arith.addf %x, %b : tensor<?x3xf16>
      return %a, %b, %c, %d : tensor<?x3xf16>, tensor<?x3xf16>, tensor<?x3xf16>, tensor<?x3xf16>
    })mlir",
                               {f16({1, 3}, {1, 2, 3}), f16({3}, {3, 5, 7})});
  EXPECT_EQ(results[0].priorRounding, 0);
  EXPECT_EQ(results[1].priorRounding, 0x1p-10);
  EXPECT_EQ(results[2].priorRounding, 0x2p-10);
  EXPECT_EQ(results[3].priorRounding, 0x2p-10);
}
