//===- NaNBitsTest.cpp - NaNs of any bits, rounded to bf16 -----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// A bf16 is the upper half of an f32. To round a NaN with all bits set as if it
// were a number makes a zero of it, and one whose upper half is that of an
// infinity is that infinity: wherever an f32 comes from, both stay NaNs.

#include "Kernel.h"

#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace norm::test;

namespace {

class NaNBits : public testing::TestWithParam<uint32_t> {
protected:
  double getNaN() const { return llvm::bit_cast<float>(GetParam()); }

  /// Calls f of `text`: each element of its first `nanResults` results is NaN.
  void expectNaNs(const std::string &text,
                  const std::vector<std::vector<Array>> &calls,
                  size_t nanResults = 1) const {
    for (const std::string &cpu : getTestedCPUs()) {
      Kernel kernel(text, {cpu, 2});
      for (const std::vector<Array> &inputs : calls) {
        std::vector<Array> found = kernel.run("f", inputs);
        ASSERT_GE(found.size(), nanResults);
        for (size_t i = 0; i < nanResults; ++i)
          for (double value : found[i].values)
            ASSERT_TRUE(std::isnan(value))
                << "result " << i << " for " << cpu << ": " << value;
      }
    }
  }

  static Array fill(ElementType type, const Sizes &sizes, double value) {
    return {type, sizes, std::vector<double>(count(sizes), value)};
  }
};

// One vector of lanes with a rest, and one element.
TEST_P(NaNBits, AreNarrowed) {
  for (int64_t width : {1, 100})
    expectNaNs(R"mlir(
      func.func @f(%x: tensor<?xf32>) -> tensor<?xbf16> {
        %y = arith.truncf %x : tensor<?xf32> to tensor<?xbf16>
        return %y : tensor<?xbf16>
      })mlir",
               {{fill(ElementType::F32, {width}, getNaN())}});
}

TEST_P(NaNBits, OfAScalar) {
  expectNaNs(R"mlir(
    func.func @f(%x: tensor<3x100xbf16>, %scale: f32) -> tensor<3x100xbf16> {
      %s = tensor.splat %scale : tensor<3x100xf32>
      %w = arith.extf %x : tensor<3x100xbf16> to tensor<3x100xf32>
      %p = arith.mulf %s, %w : tensor<3x100xf32>
      %y = arith.truncf %p : tensor<3x100xf32> to tensor<3x100xbf16>
      return %y : tensor<3x100xbf16>
    })mlir",
             {{fill(ElementType::BF16, {3, 100}, 0.5),
               {ElementType::F32, {}, {getNaN()}}}});
}

TEST_P(NaNBits, OfAConstant) {
  std::string bits = std::to_string(GetParam());
  expectNaNs("func.func @f(%x: tensor<3x100xbf16>) -> tensor<3x100xbf16> {\n"
             "  %i = arith.constant dense<" +
                 bits + R"mlir(> : tensor<3x100xi32>
      %s = arith.bitcast %i : tensor<3x100xi32> to tensor<3x100xf32>
      %w = arith.extf %x : tensor<3x100xbf16> to tensor<3x100xf32>
      %p = arith.mulf %s, %w : tensor<3x100xf32>
      %y = arith.truncf %p : tensor<3x100xf32> to tensor<3x100xbf16>
      return %y : tensor<3x100xbf16>
    })mlir",
             {{fill(ElementType::BF16, {3, 100}, 0.5)}});
}

TEST_P(NaNBits, OfGamma) {
  expectNaNs(R"mlir(
    func.func @f(%x: tensor<?x100xbf16>, %gamma: tensor<100xf32>)
        -> tensor<?x100xbf16> {
      %y = norm.rmsnorm %x gamma(%gamma) axis(-1) epsilon(1.0e-5)
        : (tensor<?x100xbf16>, tensor<100xf32>) -> tensor<?x100xbf16>
      return %y : tensor<?x100xbf16>
    })mlir",
             {{fill(ElementType::BF16, {3, 100}, 0.5),
               fill(ElementType::F32, {100}, getNaN())}});
}

TEST_P(NaNBits, OfRrms) {
  expectNaNs(R"mlir(
    func.func @f(%dy: tensor<?x100xbf16>, %x: tensor<?x100xbf16>,
                 %rrms: tensor<?xf32>, %gamma: tensor<100xbf16>)
        -> (tensor<?x100xbf16>, tensor<100xbf16>) {
      %dx, %dgamma = norm.rmsnorm_grad %dy, %x, %rrms gamma(%gamma) axis(-1)
        : (tensor<?x100xbf16>, tensor<?x100xbf16>, tensor<?xf32>,
           tensor<100xbf16>) -> (tensor<?x100xbf16>, tensor<100xbf16>)
      return %dx, %dgamma : tensor<?x100xbf16>, tensor<100xbf16>
    })mlir",
             {{fill(ElementType::BF16, {3, 100}, 0.5),
               fill(ElementType::BF16, {3, 100}, 0.25),
               fill(ElementType::F32, {3}, getNaN()),
               fill(ElementType::BF16, {100}, 1)}},
             2);
}

// Of each operand in turn that has one value for a channel.
TEST_P(NaNBits, OfAChannel) {
  for (bool isLast : {false, true}) {
    std::string tensor =
        isLast ? "tensor<2x9x7x100xbf16>" : "tensor<2x100x9x7xbf16>";
    std::string text =
        "!T = " + tensor + "\n!C = tensor<100xf32>\n" +
        "func.func @f(%x: !T, %mean: !C, %inv_std: !C, %scale: !C, "
        "%bias: !C, %dy: !T) -> !T {\n  %dx = norm.channel_backprop %x, "
        "%mean, %inv_std, %scale, %bias, %dy layout(" +
        (isLast ? "NHWC" : "NCHW") +
        ") : (!T, !C, !C, !C, !C, !T) -> !T\n  return %dx : !T\n}\n";
    Sizes sizes = isLast ? Sizes{2, 9, 7, 100} : Sizes{2, 100, 9, 7};
    std::vector<Array> numbers(6, fill(ElementType::F32, {100}, 0.5));
    numbers.front() = numbers.back() = fill(ElementType::BF16, sizes, 0.5);
    std::vector<std::vector<Array>> calls(4, numbers);
    for (size_t i = 0; i < calls.size(); ++i)
      calls[i][i + 1] = fill(ElementType::F32, {100}, getNaN());
    expectNaNs(text, calls);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Any, NaNBits,
    // All bits, the least that round up to a zero, the least quiet ones.
    testing::Values(0x7fffffff, 0xffffffff, 0x7fff8000, 0xffff8000, 0x7fc00001,
                    0xffc00001),
    [](const auto &info) {
      char text[16];
      std::snprintf(text, sizeof text, "%08x", info.param);
      return std::string(text);
    });

} // namespace
