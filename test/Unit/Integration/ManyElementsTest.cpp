//===- ManyElementsTest.cpp - More than 2^31 elements ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Tensors of more elements than 32 bits count, which strides of zero make of a
// few in memory, so that a 32-bit size or offset would be noticed. Results of
// as many elements lie at addresses that share memory.

#include "Kernel.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <list>
#include <sys/mman.h>
#include <unistd.h>

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

/// Addresses for as many f16 as 2^31 and one block more. All blocks but the
/// last are the same memory.
class RepeatedMemory {
public:
  static constexpr int64_t blockSize = int64_t(1) << 24, numBlocks = 129;
  static constexpr int64_t size = numBlocks * blockSize;

  RepeatedMemory() {
    const size_t bytes = blockSize * 2;
    int file = memfd_create("norm-test", 0);
    void *all = mmap(nullptr, bytes * numBlocks, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED || ftruncate(file, 2 * bytes) != 0)
      return;
    first = static_cast<uint16_t *>(all);
    for (int64_t i = 0; i < numBlocks; ++i) {
      off_t offset = i + 1 < numBlocks ? 0 : bytes;
      isMapped = mmap(first + i * blockSize, bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_FIXED, file, offset) != MAP_FAILED;
      if (!isMapped)
        break;
    }
    close(file);
  }
  RepeatedMemory(const RepeatedMemory &) = delete;
  RepeatedMemory &operator=(const RepeatedMemory &) = delete;
  ~RepeatedMemory() {
    if (first)
      munmap(first, size * 2);
  }

  /// Expects the values `row`, a divisor of the block long, again and again.
  void expectRows(const std::vector<double> &row) const {
    for (const uint16_t *block : {first, first + size - blockSize})
      for (int64_t i = 0; i < blockSize; ++i)
        ASSERT_EQ(norm::reference::decodeFloat(ElementType::F16, block[i]),
                  row[i % row.size()])
            << "element " << i << (block == first ? "" : " of the last block");
  }

  uint16_t *first = nullptr;
  bool isMapped = false;
};

/// A call with results of more than 2^31 f16: of rows of 4096, or over channels
/// of images of 2x32. Values repeat after 64.
class ManyResults : public testing::Test {
protected:
  /// Values that repeat `row` as sizes say, by strides of zero.
  Operand repeat(const std::vector<double> &row, Sizes sizes, Sizes strides) {
    std::vector<uint16_t> &bits = inputs.emplace_back();
    for (double value : row)
      bits.push_back(static_cast<uint16_t>(
          norm::reference::encodeFloat(ElementType::F16, value)));
    return tensorOf(ElementType::F16, bits.data(), std::move(sizes),
                    std::move(strides));
  }
  Operand rowsOf(const std::vector<double> &row) {
    return repeat(row, {rows, width}, {0, 1});
  }
  Operand imagesOf(const std::vector<double> &row) {
    return repeat(row, {RepeatedMemory::size / 64, 2, 32}, {0, 32, 1});
  }
  /// A row whose element j is `value` of j mod 64.
  static std::vector<double> makeRow(const std::function<double(int)> &value) {
    std::vector<double> row;
    for (int j = 0; j < width; ++j)
      row.push_back(value(j % 64));
    return row;
  }

  /// Runs the only function of `text`, whose result has the sizes of the first
  /// operand.
  void call(const std::string &text, std::vector<Operand> operands) {
    ASSERT_TRUE(result.isMapped);
    Sizes strides(operands[0].sizes.size(), 1);
    for (size_t dim = strides.size(); dim-- > 1;)
      strides[dim - 1] = strides[dim] * operands[0].sizes[dim];
    operands.push_back(tensorOf(ElementType::F16, result.first,
                                operands[0].sizes, std::move(strides)));
    EXPECT_EQ(Kernel(text).call("f", operands), "");
  }

  static constexpr int64_t width = 4096, rows = RepeatedMemory::size / width;
  RepeatedMemory result;
  std::list<std::vector<uint16_t>> inputs;
};

TEST_F(ManyResults, RMSNorm) {
  auto gamma = makeRow([](int j) { return j - 20; });
  call(R"mlir(
    func.func @f(%x: tensor<?x?xf16>, %g: tensor<?xf16>) -> tensor<?x?xf16> {
      %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
        : (tensor<?x?xf16>, tensor<?xf16>) -> tensor<?x?xf16>
      return %y : tensor<?x?xf16>
    })mlir",
       {rowsOf(makeRow([](int) { return 0.5; })), repeat(gamma, {width}, {1})});
  result.expectRows(gamma);
}

// g is as often positive as negative, so that dx is its double.
TEST_F(ManyResults, RMSNormGrad) {
  auto dy = makeRow([](int j) { return j % 2 == 0 ? j : 1 - j; });
  std::vector<float> rrms(rows, 2);
  call(R"mlir(
    func.func @f(%dy: tensor<?x?xf16>, %x: tensor<?x?xf16>, %r: tensor<?xf32>)
        -> tensor<?x?xf16> {
      %dx = norm.rmsnorm_grad %dy, %x, %r axis(1)
        : (tensor<?x?xf16>, tensor<?x?xf16>, tensor<?xf32>) -> tensor<?x?xf16>
      return %dx : tensor<?x?xf16>
    })mlir",
       {rowsOf(dy), rowsOf(makeRow([](int) { return 0.5; })),
        tensorOf(ElementType::F32, rrms.data(), {rows}, {1})});
  for (double &value : dy)
    value *= 2;
  result.expectRows(dy);
}

TEST_F(ManyResults, Reciprocal) {
  call(R"mlir(
    func.func @f(%x: tensor<?x?xf16>) -> tensor<?x?xf16> {
      %y = norm.reciprocal %x : (tensor<?x?xf16>) -> tensor<?x?xf16>
      return %y : tensor<?x?xf16>
    })mlir",
       {rowsOf(makeRow([](int j) { return std::exp2(j % 10); }))});
  result.expectRows(makeRow([](int j) { return std::exp2(-(j % 10)); }));
}

TEST_F(ManyResults, ReciprocalGrad) {
  call(R"mlir(
    func.func @f(%y: tensor<?x?xf16>, %dy: tensor<?x?xf16>) -> tensor<?x?xf16> {
      %dx = norm.reciprocal_grad %y, %dy
        : (tensor<?x?xf16>, tensor<?x?xf16>) -> tensor<?x?xf16>
      return %dx : tensor<?x?xf16>
    })mlir",
       {rowsOf(makeRow([](int) { return 2; })),
        rowsOf(makeRow([](int j) { return j; }))});
  result.expectRows(makeRow([](int j) { return -4 * j; }));
}

// With x - mean = 1 and scale_grad / count = 1, dx is inv_std (dy - 1).
TEST_F(ManyResults, ChannelBackprop) {
  std::vector<float> zeros = {0, 0}, invStd = {1, 2}, scaleGrad = {4, 2};
  auto perChannel = [](std::vector<float> &values) {
    return tensorOf(ElementType::F32, values.data(), {2}, {1});
  };
  call(R"mlir(
    func.func @f(%x: tensor<?x2x?xf16>, %m: tensor<2xf32>, %i: tensor<2xf32>,
                 %s: tensor<2xf32>, %b: tensor<2xf32>, %dy: tensor<?x2x?xf16>,
                 %n: index) -> tensor<?x2x?xf16> {
      %dx = norm.channel_backprop %x, %m, %i, %s, %b, %dy count(%n) layout(NCHW)
        : (tensor<?x2x?xf16>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>,
           tensor<2xf32>, tensor<?x2x?xf16>, index) -> tensor<?x2x?xf16>
      return %dx : tensor<?x2x?xf16>
    })mlir",
       {imagesOf(makeRow([](int) { return 1; })),
        perChannel(zeros),
        perChannel(invStd),
        perChannel(scaleGrad),
        perChannel(zeros),
        imagesOf(makeRow([](int j) { return j; })),
        {.kind = Operand::Kind::Scalar, .type = ElementType::I64, .value = 4}});
  result.expectRows(makeRow([](int j) { return (j < 32 ? 1 : 2) * (j - 1); }));
}

} // namespace
