//===- Approximations.cpp - Intrinsics with approximate results -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What the hardware returns is not documented, only how far from the exact
// result it may be. Without perturbation the results here are exact ones,
// rounded once; with it they are anywhere within the documented bound, the same
// for the same argument and seed.

#include "Machine.h"
#include "RuntimeTable.h"

#include "llvm/ADT/bit.h"

#include <cmath>

using namespace llvm;
using namespace norm::emulator;

namespace {
/// From -1 to 1, drawn for `x`; 0 without perturbation.
double draw(double x) {
  const LaunchOptions &options = Machine::get().getOptions();
  if (!options.perturbApproximations)
    return 0;
  Random random(bit_cast<uint64_t>(x) ^ options.schedule.seed << 32);
  random.next();
  return double(random.next() >> 11) * 0x1p-52 - 1;
}

/// `exact` with an error of at most `bound` times it.
double perturbRelative(double exact, double bound, double argument) {
  return exact * (1 + bound * draw(argument));
}

double flushDouble(double x) {
  return std::fpclassify(float(x)) == FP_SUBNORMAL ? std::copysign(0.0, x) : x;
}

// The bounds are those of the PTX manual.
double rsqrtOf(double x) {
  return perturbRelative(1 / std::sqrt(x), 0x1.12p-23, x);
}
double rcpOf(double x) { return perturbRelative(1 / x, 0x1p-23, x); }
double sqrtOf(double x) { return perturbRelative(std::sqrt(x), 0x1p-23, x); }
double ex2Of(double x) { return perturbRelative(std::exp2(x), 0x1p-22, x); }
double lg2Of(double x) {
  // An absolute bound where the logarithm is near 0.
  double exact = std::log2(x);
  if (x > 0.5 && x < 2)
    return exact + 0x1p-22 * draw(x);
  return perturbRelative(exact, 0x1p-22, x);
}
double tanhOf(double x) { return perturbRelative(std::tanh(x), 0x1p-11, x); }
double sinOf(double x) { return std::sin(x) + 0x1.6ap-21 * draw(x); }
double cosOf(double x) { return std::cos(x) + 0x1.6ap-21 * draw(x); }

template <double (*function)(double)> float onFloat(float x) {
  return float(function(x));
}
template <double (*function)(double)> float onFlushedFloat(float x) {
  return float(flushDouble(function(flushDouble(x))));
}
template <double (*function)(double)>
void addApproximation(RuntimeTable &table, const std::string &name,
                      const std::string &type) {
  table.addPure(name + ".approx" + type, &onFloat<function>);
  table.addPure(name + ".approx.ftz" + type, &onFlushedFloat<function>);
}

/// Within 2 ULP.
float divideOf(float a, float b) {
  return float(perturbRelative(double(a) / b, 0x1p-22, double(a) + b));
}
float divideFlushed(float a, float b) {
  return float(
      flushDouble(divideOf(float(flushDouble(a)), float(flushDouble(b)))));
}

/// The approximations of doubles work on the upper half of the bits.
double upperHalf(double x) {
  return bit_cast<double>(bit_cast<uint64_t>(x) & 0xffffffff00000000u);
}
double flushFull(double x) {
  return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0, x) : x;
}
double rsqrtDouble(double x) { return upperHalf(1 / std::sqrt(upperHalf(x))); }
double rsqrtDoubleFlushed(double x) {
  return flushFull(rsqrtDouble(flushFull(x)));
}
double rcpDoubleFlushed(double x) {
  return flushFull(upperHalf(1 / upperHalf(flushFull(x))));
}
} // namespace

void norm::emulator::addApproximations(RuntimeTable &table) {
  addApproximation<rsqrtOf>(table, "rsqrt", ".f");
  addApproximation<rcpOf>(table, "rcp", ".f");
  addApproximation<sqrtOf>(table, "sqrt", ".f");
  addApproximation<lg2Of>(table, "lg2", ".f");
  addApproximation<sinOf>(table, "sin", ".f");
  addApproximation<cosOf>(table, "cos", ".f");
  addApproximation<ex2Of>(table, "ex2", ".f32");
  addApproximation<ex2Of>(table, "ex2", "");
  addApproximation<tanhOf>(table, "tanh", ".f32");
  table.addPure("div.approx.f", &divideOf);
  table.addPure("div.approx.ftz.f", &divideFlushed);
  table.addPure("div.full", &divideOf);
  table.addPure("div.full.ftz", &divideFlushed);
  table.addPure("rsqrt.approx.d", &rsqrtDouble);
  table.addPure("rsqrt.approx.ftz.d", &rsqrtDoubleFlushed);
  table.addPure("rcp.approx.ftz.d", &rcpDoubleFlushed);
}
