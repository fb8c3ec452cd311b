//===- DoubleDouble.h - Numbers of twice float64's precision ----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_REFERENCE_DOUBLEDOUBLE_H
#define NORM_LIB_REFERENCE_DOUBLEDOUBLE_H

#include <cmath>

namespace norm::reference {

/// The unevaluated sum of two float64 values, `high` being the sum rounded to
/// float64: about 106 bits. The classical error-free transformations (Dekker,
/// Knuth) with a fused multiply-add. Where `high` is infinite or NaN, `low` is
/// 0, so special values behave as in float64.
struct DoubleDouble {
  double high = 0;
  double low = 0;

  DoubleDouble() = default;
  DoubleDouble(double value) : high(value) {}
  DoubleDouble(double high, double low)
      : high(high), low(std::isfinite(high) ? low : 0) {}
  explicit operator double() const { return high; }

  /// The exact sum of two float64 values.
  static DoubleDouble sum(double a, double b) {
    double s = a + b;
    double t = s - a;
    return {s, (a - (s - t)) + (b - t)};
  }
  /// The exact product of two float64 values, underflow excepted.
  static DoubleDouble product(double a, double b) {
    double p = a * b;
    return {p, std::fma(a, b, -p)};
  }
};

inline DoubleDouble operator+(DoubleDouble a, DoubleDouble b) {
  DoubleDouble s = DoubleDouble::sum(a.high, b.high);
  if (!std::isfinite(s.high))
    return s;
  return DoubleDouble::sum(s.high, s.low + (a.low + b.low));
}

inline DoubleDouble operator-(DoubleDouble a) { return {-a.high, -a.low}; }

inline DoubleDouble operator*(DoubleDouble a, DoubleDouble b) {
  DoubleDouble p = DoubleDouble::product(a.high, b.high);
  if (!std::isfinite(p.high))
    return p;
  return DoubleDouble::sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}

/// One Newton step from the float64 quotient, which has half of the bits.
inline DoubleDouble operator/(DoubleDouble a, DoubleDouble b) {
  double q = a.high / b.high;
  if (!std::isfinite(q) || !std::isfinite(b.high) || q == 0)
    return q;
  DoubleDouble rest = a + -(b * q);
  return DoubleDouble::sum(q, rest.high / b.high);
}

/// One Newton step from the float64 square root.
inline DoubleDouble sqrt(DoubleDouble a) {
  double root = std::sqrt(a.high);
  if (!std::isfinite(root) || root == 0)
    return root;
  DoubleDouble rest = a + -DoubleDouble::product(root, root);
  return DoubleDouble::sum(root, rest.high / (2 * root));
}

} // namespace norm::reference

#endif // NORM_LIB_REFERENCE_DOUBLEDOUBLE_H
