//===- Conversions.cpp - Intrinsics that convert numbers ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuntimeTable.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/bit.h"

#include <cmath>
#include <limits>

using namespace llvm;
using namespace norm::emulator;

namespace {
/// The bits of `value` rounded to 16 bits, ties to even.
uint32_t encode(double value, const fltSemantics &semantics) {
  APFloat number(value);
  bool losesInfo;
  number.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  return number.bitcastToAPInt().getZExtValue();
}
double decode(uint32_t bits, const fltSemantics &semantics) {
  APFloat number(semantics, APInt(16, bits & 0xffff));
  bool losesInfo;
  number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return number.convertToDouble();
}

uint32_t doubleToHalf(double x) { return encode(x, APFloat::IEEEhalf()); }
uint32_t floatToHalf(float x) { return doubleToHalf(x); }
uint32_t doubleToBFloat(double x) { return encode(x, APFloat::BFloat()); }
/// Kernels convert every element, so without APFloat.
uint32_t floatToBFloat(float x) {
  uint32_t bits = bit_cast<uint32_t>(x);
  if (std::isnan(x))
    return bits >> 16 | 0x40;
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}
float halfToFloat(uint32_t bits) {
  return float(decode(bits, APFloat::IEEEhalf()));
}

template <uint32_t (*convert)(float)> uint32_t pair(float high, float low) {
  return convert(high) << 16 | convert(low);
}
template <uint32_t (*convert)(float)> uint32_t positive(float x) {
  return convert(x > 0 || std::isnan(x) ? x : 0);
}

template <const fltSemantics &(*semantics)()>
uint32_t multiplyAdd(uint32_t a, uint32_t b, uint32_t c) {
  return encode(std::fma(decode(a, semantics()), decode(b, semantics()),
                         decode(c, semantics())),
                semantics());
}
template <const fltSemantics &(*semantics)()>
uint32_t multiplyAddPair(uint32_t a, uint32_t b, uint32_t c) {
  return multiplyAdd<semantics>(a >> 16, b >> 16, c >> 16) << 16 |
         multiplyAdd<semantics>(a, b, c);
}

double roundEven(double x) { return std::nearbyint(x); }
double roundToZero(double x) { return std::trunc(x); }

/// Values beyond the type become its nearest one, a NaN becomes 0.
template <typename To, typename From, double (*round)(double)>
To toInteger(From x) {
  if (std::isnan(x))
    return 0;
  double value = round(x);
  if (value <= double(std::numeric_limits<To>::min()))
    return std::numeric_limits<To>::min();
  if (value >= double(std::numeric_limits<To>::max()))
    return std::numeric_limits<To>::max();
  return To(value);
}
template <typename To, typename From> To convert(From x) { return To(x); }

template <typename From>
void addToInteger(RuntimeTable &table, const std::string &from) {
  table.addPure(from + "2i.rn", &toInteger<int32_t, From, roundEven>);
  table.addPure(from + "2i.rz", &toInteger<int32_t, From, roundToZero>);
  table.addPure(from + "2ui.rn", &toInteger<uint32_t, From, roundEven>);
  table.addPure(from + "2ui.rz", &toInteger<uint32_t, From, roundToZero>);
  table.addPure(from + "2ll.rn", &toInteger<int64_t, From, roundEven>);
  table.addPure(from + "2ll.rz", &toInteger<int64_t, From, roundToZero>);
  table.addPure(from + "2ull.rn", &toInteger<uint64_t, From, roundEven>);
  table.addPure(from + "2ull.rz", &toInteger<uint64_t, From, roundToZero>);
}
template <typename To>
void addFromInteger(RuntimeTable &table, const std::string &to) {
  table.addPure("i2" + to + ".rn", &convert<To, int32_t>);
  table.addPure("ui2" + to + ".rn", &convert<To, uint32_t>);
  table.addPure("ll2" + to + ".rn", &convert<To, int64_t>);
  table.addPure("ull2" + to + ".rn", &convert<To, uint64_t>);
}
} // namespace

void norm::emulator::addConversions(RuntimeTable &table) {
  table.addPure("f2h.rn", &floatToHalf);
  table.addPure("f2f16.rn", &floatToHalf);
  table.addPure("f2bf16.rn", &floatToBFloat);
  table.addPure("f2f16.rn.relu", &positive<floatToHalf>);
  table.addPure("f2bf16.rn.relu", &positive<floatToBFloat>);
  table.addPure("ff2f16x2.rn", &pair<floatToHalf>);
  table.addPure("ff2bf16x2.rn", &pair<floatToBFloat>);
  table.addPure("fma.rn.f16", &multiplyAdd<APFloat::IEEEhalf>);
  table.addPure("fma.rn.bf16", &multiplyAdd<APFloat::BFloat>);
  table.addPure("fma.rn.f16x2", &multiplyAddPair<APFloat::IEEEhalf>);
  table.addPure("fma.rn.bf16x2", &multiplyAddPair<APFloat::BFloat>);
  table.addPure("d2f.rn", &convert<float, double>);
  addToInteger<float>(table, "f");
  addToInteger<double>(table, "d");
  addFromInteger<float>(table, "f");
  addFromInteger<double>(table, "d");
  // What the host's compiler calls for conversions that the CPU has not.
  table.addPure("half.from.float", &floatToHalf);
  table.addPure("half.from.double", &doubleToHalf);
  table.addPure("half.to.float", &halfToFloat);
  table.addPure("bfloat.from.float", &floatToBFloat);
  table.addPure("bfloat.from.double", &doubleToBFloat);
}
