//===- Arithmetic.cpp - Intrinsics with exact results ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuntimeTable.h"

#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace llvm;
using namespace norm::emulator;

namespace {
float flush(float x) {
  return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x;
}

// The C++ compiler must not contract a*b+c here, so each is a function.
template <typename T> T add(T a, T b) { return a + b; }
template <typename T> T multiply(T a, T b) { return a * b; }
template <typename T> T divide(T a, T b) { return a / b; }
template <typename T> T fusedMultiplyAdd(T a, T b, T c) {
  return std::fma(a, b, c);
}
template <typename T> T squareRoot(T x) { return std::sqrt(x); }
template <typename T> T reciprocal(T x) { return T(1) / x; }
template <typename T> T saturate(T x) {
  return std::isnan(x) ? T(0) : std::min(std::max(x, T(0)), T(1));
}
template <typename T> T absolute(T x) { return std::fabs(x); }
template <typename T> T floorOf(T x) { return std::floor(x); }
template <typename T> T ceilingOf(T x) { return std::ceil(x); }
template <typename T> T truncated(T x) { return std::trunc(x); }
template <typename T> T rounded(T x) { return std::nearbyint(x); }

/// -0 is less than +0; a NaN loses against a number unless it is kept.
template <typename T, bool isMin, bool keepsNaN> T extreme(T a, T b) {
  if (std::isnan(a) || std::isnan(b)) {
    if (keepsNaN || (std::isnan(a) && std::isnan(b)))
      return std::numeric_limits<T>::quiet_NaN();
    return std::isnan(a) ? b : a;
  }
  if (a == b)
    return std::signbit(a) == isMin ? a : b;
  return (a < b) == isMin ? a : b;
}

template <float (*function)(float)> float flushed1(float x) {
  return flush(function(flush(x)));
}
template <float (*function)(float, float)> float flushed2(float a, float b) {
  return flush(function(flush(a), flush(b)));
}
template <float (*function)(float, float, float)>
float flushed3(float a, float b, float c) {
  return flush(function(flush(a), flush(b), flush(c)));
}

template <float (*onFloat)(float), double (*onDouble)(double)>
void add1(RuntimeTable &table, const std::string &name) {
  table.addPure(name + ".f", onFloat);
  table.addPure(name + ".ftz.f", &flushed1<onFloat>);
  table.addPure(name + ".d", onDouble);
}
template <float (*onFloat)(float, float), double (*onDouble)(double, double)>
void add2(RuntimeTable &table, const std::string &name) {
  table.addPure(name + ".f", onFloat);
  table.addPure(name + ".ftz.f", &flushed2<onFloat>);
  table.addPure(name + ".d", onDouble);
}
template <bool isMin>
void addExtreme(RuntimeTable &table, const std::string &name) {
  add2<extreme<float, isMin, false>, extreme<double, isMin, false>>(table,
                                                                    name);
  table.addPure(name + ".nan.f", &extreme<float, isMin, true>);
  table.addPure(name + ".ftz.nan.f", &flushed2<extreme<float, isMin, true>>);
}

int32_t multiplyHigh(int32_t a, int32_t b) { return int64_t(a) * b >> 32; }
uint32_t multiplyHighUnsigned(uint32_t a, uint32_t b) {
  return uint64_t(a) * b >> 32;
}
int64_t multiplyHighLong(int64_t a, int64_t b) { return __int128(a) * b >> 64; }
uint64_t multiplyHighUnsignedLong(uint64_t a, uint64_t b) {
  return static_cast<unsigned __int128>(a) * b >> 64;
}
int32_t multiply24(int32_t a, int32_t b) {
  return int32_t(uint32_t(a) << 8) / 256 * (int32_t(uint32_t(b) << 8) / 256);
}
uint32_t multiply24Unsigned(uint32_t a, uint32_t b) {
  return (a & 0xffffff) * (b & 0xffffff);
}
/// Picks each byte of the result by four bits of `selectors`.
uint32_t permute(uint32_t low, uint32_t high, uint32_t selectors) {
  uint64_t bytes = uint64_t(high) << 32 | low;
  uint32_t result = 0;
  for (unsigned i = 0; i < 4; ++i) {
    uint32_t selector = selectors >> 4 * i;
    uint32_t byte = bytes >> 8 * (selector & 7) & 0xff;
    // The highest of the four bits repeats the sign.
    if (selector & 8)
      byte = byte & 0x80 ? 0xff : 0;
    result |= byte << 8 * i;
  }
  return result;
}
uint32_t getHigh(double x) { return bit_cast<uint64_t>(x) >> 32; }
uint32_t getLow(double x) { return uint32_t(bit_cast<uint64_t>(x)); }
double combine(uint32_t low, uint32_t high) {
  return bit_cast<double>(uint64_t(high) << 32 | low);
}
} // namespace

void norm::emulator::addArithmetic(RuntimeTable &table) {
  add2<add<float>, add<double>>(table, "add.rn");
  add2<multiply<float>, multiply<double>>(table, "mul.rn");
  add2<divide<float>, divide<double>>(table, "div.rn");
  add1<squareRoot<float>, squareRoot<double>>(table, "sqrt.rn");
  add1<squareRoot<float>, squareRoot<double>>(table, "sqrt");
  add1<reciprocal<float>, reciprocal<double>>(table, "rcp.rn");
  add1<saturate<float>, saturate<double>>(table, "saturate");
  add1<floorOf<float>, floorOf<double>>(table, "floor");
  add1<ceilingOf<float>, ceilingOf<double>>(table, "ceil");
  add1<truncated<float>, truncated<double>>(table, "trunc");
  add1<rounded<float>, rounded<double>>(table, "round");
  addExtreme<true>(table, "fmin");
  addExtreme<false>(table, "fmax");
  table.addPure("fma.rn.f", &fusedMultiplyAdd<float>);
  table.addPure("fma.rn.ftz.f", &flushed3<fusedMultiplyAdd<float>>);
  table.addPure("fma.rn.d", &fusedMultiplyAdd<double>);
  table.addPure("fabs.f32", &absolute<float>);
  table.addPure("fabs.ftz.f32", &flushed1<absolute<float>>);
  table.addPure("fabs.f64", &absolute<double>);
  table.addPure("mulhi.i", &multiplyHigh);
  table.addPure("mulhi.ui", &multiplyHighUnsigned);
  table.addPure("mulhi.ll", &multiplyHighLong);
  table.addPure("mulhi.ull", &multiplyHighUnsignedLong);
  table.addPure("mul24.i", &multiply24);
  table.addPure("mul24.ui", &multiply24Unsigned);
  table.addPure("prmt", &permute);
  table.addPure("d2i.hi", &getHigh);
  table.addPure("d2i.lo", &getLow);
  table.addPure("lohi.i2d", &combine);
}
