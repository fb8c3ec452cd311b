//===- RoundingTest.cpp - Rounding against APFloat ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/bit.h"

#include <cmath>
#include <random>

using namespace norm::reference;

static const llvm::fltSemantics &getSemantics(ElementType type) {
  return type == ElementType::F16    ? llvm::APFloat::IEEEhalf()
         : type == ElementType::BF16 ? llvm::APFloat::BFloat()
         : type == ElementType::F32  ? llvm::APFloat::IEEEsingle()
                                     : llvm::APFloat::IEEEdouble();
}

/// The bits of `value` in `type`, by LLVM's software floats.
static uint64_t encodeByAPFloat(ElementType type, double value) {
  llvm::APFloat number(value);
  bool losesInfo;
  number.convert(getSemantics(type), llvm::APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return number.bitcastToAPInt().getZExtValue();
}

static double decodeByAPFloat(ElementType type, uint64_t bits) {
  llvm::APFloat number(getSemantics(type),
                       llvm::APInt(getBitWidth(type), bits));
  bool losesInfo;
  number.convert(llvm::APFloat::IEEEdouble(),
                 llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return number.convertToDouble();
}

/// Compares the rounding of `value`, its sign included, with APFloat's.
static void expectRounds(ElementType type, double value) {
  uint64_t expected = encodeByAPFloat(type, value);
  ASSERT_EQ(encodeFloat(type, value), expected)
      << getName(type) << " of " << llvm::bit_cast<uint64_t>(value);
  ASSERT_EQ(llvm::bit_cast<uint64_t>(roundTo(type, value)),
            llvm::bit_cast<uint64_t>(decodeByAPFloat(type, expected)))
      << getName(type) << " of " << llvm::bit_cast<uint64_t>(value);
}

TEST(Rounding, EveryPatternOf16Bits) {
  for (ElementType type : {ElementType::F16, ElementType::BF16})
    for (uint64_t bits = 0; bits < 65536; ++bits) {
      double value = decodeFloat(type, bits);
      double expected = decodeByAPFloat(type, bits);
      if (std::isnan(expected)) {
        ASSERT_TRUE(std::isnan(value)) << bits;
        ASSERT_TRUE(std::isnan(decodeFloat(type, encodeFloat(type, value))));
        continue;
      }
      ASSERT_EQ(llvm::bit_cast<uint64_t>(value),
                llvm::bit_cast<uint64_t>(expected));
      ASSERT_EQ(encodeFloat(type, value), bits);
    }
}

TEST(Rounding, HalfwayBetweenNeighboursOf16Bits) {
  for (ElementType type : {ElementType::F16, ElementType::BF16}) {
    // The last finite pattern and infinity are neighbours too: halfway between
    // the largest value and the next power of two rounds to infinity.
    uint64_t infinity = type == ElementType::F16 ? 0x7c00 : 0x7f80;
    for (uint64_t bits = 0; bits < infinity; ++bits) {
      double low = decodeFloat(type, bits);
      double half = low + getUlp(type, low) / 2;
      for (double value :
           {half, std::nextafter(half, 0.0), std::nextafter(half, HUGE_VAL)}) {
        expectRounds(type, value);
        expectRounds(type, -value);
      }
    }
  }
}

TEST(Rounding, RandomPatternsOfFloat64) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; ++i) {
    auto wide = llvm::bit_cast<double>(random());
    // Exponents near those of the narrow types are rare in the first.
    double near = std::ldexp(double(random()), int(random() % 300) - 214);
    for (ElementType type : {ElementType::F16, ElementType::BF16,
                             ElementType::F32, ElementType::F64})
      for (double value : {wide, near})
        if (!std::isnan(value))
          expectRounds(type, value);
  }
}

TEST(Rounding, Ulp) {
  EXPECT_EQ(getUlp(ElementType::F32, 1.0), 0x1p-23);
  EXPECT_EQ(getUlp(ElementType::F32, -1.99), 0x1p-23);
  EXPECT_EQ(getUlp(ElementType::F32, 0.0), 0x1p-149);
  EXPECT_EQ(getUlp(ElementType::F32, 1e300), 0x1p104);
  EXPECT_EQ(getUlp(ElementType::F16, 2.0), 0x1p-9);
  EXPECT_EQ(getUlp(ElementType::F16, 1e-7), 0x1p-24);
  EXPECT_EQ(getUlp(ElementType::BF16, 1.0), 0x1p-7);
  EXPECT_EQ(getUlp(ElementType::F64, 1.0), 0x1p-52);
  EXPECT_TRUE(std::isnan(getUlp(ElementType::F64, NAN)));
}

TEST(Rounding, IntegersWrap) {
  EXPECT_EQ(wrapTo(ElementType::I8, 200), -56);
  EXPECT_EQ(wrapTo(ElementType::I16, 65537), 1);
  EXPECT_EQ(wrapTo(ElementType::I32, int64_t(1) << 31), -(int64_t(1) << 31));
  EXPECT_EQ(wrapTo(ElementType::I1, -1), 1);
  EXPECT_EQ(wrapTo(ElementType::Index, -1), -1);
}
