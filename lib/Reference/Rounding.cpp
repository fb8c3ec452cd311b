//===- Rounding.cpp - Rounding float64 to narrower types ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Reference/Rounding.h"

#include "llvm/ADT/bit.h"

#include <cmath>

using namespace norm::reference;

namespace {
/// A binary interchange format: `precision` counts the hidden bit; the normal
/// numbers are those from 2^minExponent to below 2^(maxExponent + 1).
struct Format {
  int precision;
  int minExponent;
  int maxExponent;
};
} // namespace

static Format getFormat(ElementType type) {
  switch (type) {
  case ElementType::F16:
    return {11, -14, 15};
  case ElementType::BF16:
    return {8, -126, 127};
  case ElementType::F32:
    return {24, -126, 127};
  default:
    return {53, -1022, 1023};
  }
}

bool norm::reference::isFloat(ElementType type) {
  return type <= ElementType::F64;
}

unsigned norm::reference::getBitWidth(ElementType type) {
  static constexpr unsigned widths[] = {16, 16, 32, 64, 1, 8, 16, 32, 64, 64};
  return widths[static_cast<int>(type)];
}

const char *norm::reference::getName(ElementType type) {
  static constexpr const char *names[] = {"f16", "bf16", "f32", "f64", "i1",
                                          "i8",  "i16",  "i32", "i64", "index"};
  return names[static_cast<int>(type)];
}

ElementType norm::reference::getAccumulatorType(ElementType type) {
  return type == ElementType::F64 ? ElementType::F64 : ElementType::F32;
}

/// Rounds to a format of fewer bits than float64 has, both in precision and in
/// range, so that its subnormals are normal numbers of float64.
static double roundToNarrow(Format format, double value) {
  double magnitude = std::fabs(value);
  if (!(magnitude <= std::numeric_limits<double>::max()))
    return value; // infinity or NaN
  double rounded;
  if (magnitude < std::ldexp(1.0, format.minExponent)) {
    // Neighbours of `anchor` are as far apart as the format's subnormals: the
    // addition rounds, and the subtraction is exact.
    double quantum = std::ldexp(1.0, format.minExponent - format.precision + 1);
    double anchor = quantum * 0x1p52;
    rounded = (magnitude + anchor) - anchor;
  } else {
    // Adding just below half of the last bit that stays, and one more where
    // that bit is odd, carries exactly when the value must go up.
    int dropped = 53 - format.precision;
    auto bits = llvm::bit_cast<uint64_t>(magnitude);
    uint64_t odd = bits >> dropped & 1;
    bits += (uint64_t(1) << (dropped - 1)) - 1 + odd;
    bits = bits >> dropped << dropped;
    rounded = llvm::bit_cast<double>(bits);
    if (rounded >= std::ldexp(1.0, format.maxExponent + 1))
      rounded = std::numeric_limits<double>::infinity();
  }
  return std::copysign(rounded, value);
}

double norm::reference::roundTo(ElementType type, double value) {
  switch (type) {
  case ElementType::F16:
    return roundToNarrow({11, -14, 15}, value);
  case ElementType::BF16:
    return roundToNarrow({8, -126, 127}, value);
  case ElementType::F32:
    return static_cast<float>(value);
  default:
    return value;
  }
}

int64_t norm::reference::wrapTo(ElementType type, int64_t value) {
  switch (type) {
  case ElementType::I1:
    return value & 1;
  case ElementType::I8:
    return static_cast<int8_t>(value);
  case ElementType::I16:
    return static_cast<int16_t>(value);
  case ElementType::I32:
    return static_cast<int32_t>(value);
  default:
    return value;
  }
}

double norm::reference::decodeFloat(ElementType type, uint64_t bits) {
  switch (type) {
  case ElementType::F64:
    return llvm::bit_cast<double>(bits);
  case ElementType::F32:
    return llvm::bit_cast<float>(static_cast<uint32_t>(bits));
  case ElementType::BF16:
    return llvm::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  default:
    break;
  }
  int exponent = bits >> 10 & 0x1f;
  auto fraction = static_cast<double>(bits & 0x3ff);
  double magnitude =
      exponent == 0x1f
          ? (fraction == 0 ? std::numeric_limits<double>::infinity()
                           : std::numeric_limits<double>::quiet_NaN())
      : exponent == 0 ? std::ldexp(fraction, -24)
                      : std::ldexp(fraction + 1024, exponent - 25);
  return bits >> 15 & 1 ? -magnitude : magnitude;
}

uint64_t norm::reference::encodeFloat(ElementType type, double value) {
  double rounded = roundTo(type, value);
  switch (type) {
  case ElementType::F64:
    return llvm::bit_cast<uint64_t>(rounded);
  case ElementType::F32:
    return llvm::bit_cast<uint32_t>(static_cast<float>(rounded));
  case ElementType::BF16:
    return llvm::bit_cast<uint32_t>(static_cast<float>(rounded)) >> 16;
  default:
    break;
  }
  uint64_t sign = std::signbit(rounded) ? 0x8000 : 0;
  double magnitude = std::fabs(rounded);
  if (std::isnan(rounded))
    return sign | 0x7e00;
  if (std::isinf(rounded))
    return sign | 0x7c00;
  if (magnitude < 0x1p-14)
    return sign | static_cast<uint64_t>(magnitude * 0x1p24);
  int exponent = std::ilogb(magnitude);
  auto significand =
      static_cast<uint64_t>(std::ldexp(magnitude, 10 - exponent));
  return sign | static_cast<uint64_t>(exponent + 15) << 10 |
         (significand & 0x3ff);
}

double norm::reference::getUlp(ElementType type, double value) {
  if (std::isnan(value))
    return value;
  Format format = getFormat(type);
  int exponent = value == 0 ? format.minExponent : std::ilogb(value);
  exponent =
      std::min(std::max(exponent, format.minExponent), format.maxExponent);
  return std::ldexp(1.0, exponent - format.precision + 1);
}
