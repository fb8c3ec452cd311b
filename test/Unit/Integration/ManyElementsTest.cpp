//===- ManyElementsTest.cpp - More than 2^31 elements ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Tensors of more elements than 32 bits count, which strides of zero make of a
// few in memory, so that a 32-bit size or offset would be noticed. All results
// have a value for a row, a column or a channel: others would need the memory.

#include "Kernel.h"

#include "gtest/gtest.h"

#include <algorithm>

using namespace norm::test;

namespace {

Operand tensorOf(ElementType type, void *data, Sizes sizes, Sizes strides) {
  return {Operand::Kind::Tensor, type, data, std::move(sizes),
          std::move(strides)};
}

// 2^32 + 65 elements.
TEST(ManyElements, RMSNorm) {
  Kernel kernel(R"mlir(
    func.func @f(%x: tensor<?x?xf32>) -> tensor<?xf32> {
      %y, %r = norm.rmsnorm %x axis(-1) epsilon(0.0)
        : (tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
      return %r : tensor<?xf32>
    })mlir");
  const int64_t rows = (int64_t(1) << 26) + 1, width = 65;
  std::vector<float> row(width, 0.5f), rrms(rows, 0.0f);
  ASSERT_EQ(
      kernel.call(
          "f", {tensorOf(ElementType::F32, row.data(), {rows, width}, {0, 1}),
                tensorOf(ElementType::F32, rrms.data(), {rows}, {1})}),
      "");
  EXPECT_EQ(std::count(rrms.begin(), rrms.end(), 2.0f), rows);
}

// 2^31 + 1024 elements, whose sums are exact in any order. dx is not a result.
TEST(ManyElements, RMSNormGrad) {
  Kernel kernel(R"mlir(
    func.func @f(%x: tensor<?x?xf32>, %r: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
      %0:3 = norm.rmsnorm_grad %x, %x, %r axis(1)
        : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>)
          -> (tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>)
      return %0#1, %0#2 : tensor<?xf32>, tensor<?xf32>
    })mlir");
  const int64_t rows = (int64_t(1) << 25) + 16, width = 64;
  std::vector<float> row(width, 0.25f), dgamma(width), dbeta(width);
  float rrms = 1;
  ASSERT_EQ(
      kernel.call(
          "f", {tensorOf(ElementType::F32, row.data(), {rows, width}, {0, 1}),
                tensorOf(ElementType::F32, &rrms, {rows}, {0}),
                tensorOf(ElementType::F32, dgamma.data(), {width}, {1}),
                tensorOf(ElementType::F32, dbeta.data(), {width}, {1})}),
      "");
  // A sixteenth and a fourth of the rows.
  EXPECT_EQ(dgamma, std::vector<float>(width, 0x1p21f + 1));
  EXPECT_EQ(dbeta, std::vector<float>(width, 0x1p23f + 4));
}

// 2^31 + 65 elements, of which each row has a sum of squares.
TEST(ManyElements, Reciprocals) {
  Kernel kernel(R"mlir(
    func.func @f(%x: tensor<?x?xf32>) -> tensor<?xf32> {
      %y = norm.reciprocal %x : (tensor<?x?xf32>) -> tensor<?x?xf32>
      %dx = norm.reciprocal_grad %y, %x : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
      %z, %r = norm.rmsnorm %dx axis(-1) epsilon(0.0)
        : (tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>)
      return %r : tensor<?xf32>
    })mlir");
  const int64_t rows = (int64_t(1) << 25) + 1, width = 65;
  std::vector<float> row(width, 0.5f), rrms(rows, 0.0f);
  ASSERT_EQ(
      kernel.call(
          "f", {tensorOf(ElementType::F32, row.data(), {rows, width}, {0, 1}),
                tensorOf(ElementType::F32, rrms.data(), {rows}, {1})}),
      "");
  // y is 2 and dx -2.
  EXPECT_EQ(std::count(rrms.begin(), rrms.end(), 0.5f), rows);
}

// 2^31 + 4096 elements of two channels with means of 0.5 and 2.5.
TEST(ManyElements, ChannelOps) {
  Kernel kernel(R"mlir(
    func.func @f(%x: tensor<?x2x?xf32>, %i: tensor<2xf32>)
        -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
      %mean = norm.channel_stats %x epsilon(1.0) layout(NCHW) : (tensor<?x2x?xf32>) -> tensor<2xf32>
      %s, %b = norm.channel_backprop_stats %x, %mean, %i, %x layout(NCHW)
        : (tensor<?x2x?xf32>, tensor<2xf32>, tensor<2xf32>, tensor<?x2x?xf32>)
          -> (tensor<2xf32>, tensor<2xf32>)
      return %mean, %s, %b : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
    })mlir");
  const int64_t images = (int64_t(1) << 19) + 1, length = 2048;
  std::vector<float> x;
  for (float mean : {0.5f, 2.5f})
    for (int64_t i = 0; i < length; ++i)
      x.push_back(i % 2 == 0 ? mean - 0.5f : mean + 0.5f);
  std::vector<float> invStd = {1, 2}, mean(2), scaleGrad(2), biasGrad(2);
  ASSERT_EQ(
      kernel.call("f", {tensorOf(ElementType::F32, x.data(),
                                 {images, 2, length}, {0, length, 1}),
                        tensorOf(ElementType::F32, invStd.data(), {2}, {1}),
                        tensorOf(ElementType::F32, mean.data(), {2}, {1}),
                        tensorOf(ElementType::F32, scaleGrad.data(), {2}, {1}),
                        tensorOf(ElementType::F32, biasGrad.data(), {2}, {1})}),
      "");
  EXPECT_EQ(mean, std::vector<float>({0.5f, 2.5f}));
  // Of a pair of elements: (1 - 0) / 2 * inv_std and (3 - 2) / 2 * inv_std.
  const double pairs = double(images) * length / 2;
  EXPECT_EQ(scaleGrad, std::vector<float>({static_cast<float>(pairs / 2),
                                           static_cast<float>(pairs)}));
  EXPECT_EQ(biasGrad, std::vector<float>({static_cast<float>(pairs),
                                          static_cast<float>(5 * pairs)}));
}

} // namespace
