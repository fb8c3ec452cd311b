//===- BFloat16RoundingTest.cpp - Every bf16 and its ties ------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// A bf16 is the upper half of an f32. Behind each upper half, lower halves
// below, at and above one half of the last place are rounded as APFloat rounds
// them: to nearest, ties to even.

#include "Kernel.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace norm::test;

namespace {

double roundToBFloat16(float value) {
  llvm::APFloat rounded(value);
  bool losesInfo;
  rounded.convert(llvm::APFloat::BFloat(), llvm::APFloat::rmNearestTiesToEven,
                  &losesInfo);
  return rounded.convertToFloat();
}

/// Calls f of `text`, which computes `exact` from `inputs` in f32 and rounds.
void expectRounded(const std::string &text, const std::vector<Array> &inputs,
                   const std::vector<float> &exact) {
  for (const std::string &cpu : getTestedCPUs()) {
    Kernel kernel(text, {cpu, 2});
    std::vector<Array> found = kernel.run("f", inputs);
    ASSERT_EQ(found.size(), 1u);
    for (auto [i, value] : llvm::enumerate(exact)) {
      double expected = roundToBFloat16(value), y = found[0].values[i];
      ASSERT_TRUE(std::isnan(expected) ? std::isnan(y)
                                       : llvm::bit_cast<uint64_t>(expected) ==
                                             llvm::bit_cast<uint64_t>(y))
          << value << " for " << cpu << ": expected " << expected << ", found "
          << y;
    }
  }
}

TEST(BFloat16Rounding, OfEveryUpperHalf) {
  std::vector<float> x;
  for (uint32_t upper = 0; upper < 0x10000; ++upper)
    for (uint32_t lower : {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff})
      x.push_back(llvm::bit_cast<float>(upper << 16 | lower));
  expectRounded(R"mlir(
    func.func @f(%x: tensor<?xf32>) -> tensor<?xbf16> {
      %y = arith.truncf %x : tensor<?xf32> to tensor<?xbf16>
      return %y : tensor<?xbf16>
    })mlir",
                {{ElementType::F32, {int64_t(x.size())}, {x.begin(), x.end()}}},
                x);
}

// Sums of two bf16 have the lower halves. No NaN is looked for where all comes
// from bf16: those that there are have to stay NaNs.
TEST(BFloat16Rounding, OfSumsOfBFloat16) {
  std::vector<float> upper, lower, sum;
  auto add = [&](float a, float b, float exact) {
    upper.push_back(a);
    lower.push_back(b);
    sum.push_back(exact);
  };
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    auto value = llvm::bit_cast<float>(bits << 16);
    if (!std::isfinite(value))
      add(value, 1, value);
    // Of smaller ones, the lower half may be no bf16.
    if (!std::isfinite(value) || std::abs(value) < 0x1p-100f)
      continue;
    for (uint32_t part : {0x0001, 0x7f80, 0x8000, 0x8100, 0xff00}) {
      auto exact = llvm::bit_cast<float>(bits << 16 | part);
      add(value, exact - value, exact);
    }
  }
  Sizes sizes{int64_t(sum.size())};
  expectRounded(R"mlir(
    func.func @f(%a: tensor<?xbf16>, %b: tensor<?xbf16>) -> tensor<?xbf16> {
      %y = arith.addf %a, %b : tensor<?xbf16>
      return %y : tensor<?xbf16>
    })mlir",
                {{ElementType::BF16, sizes, {upper.begin(), upper.end()}},
                 {ElementType::BF16, sizes, {lower.begin(), lower.end()}}},
                sum);
}

} // namespace
