//===- Rounding.h - Rounding float64 to narrower types ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_REFERENCE_ROUNDING_H
#define NORM_REFERENCE_ROUNDING_H

#include <cstdint>

namespace norm::reference {

/// The element types of the values that the evaluator computes with.
enum class ElementType { F16, BF16, F32, F64, I1, I8, I16, I32, I64, Index };

/// True for f16, bf16, f32 and f64.
bool isFloat(ElementType type);

/// The number of bits of an element; 64 for index.
unsigned getBitWidth(ElementType type);

/// The name of the type in MLIR's assembly, for messages.
const char *getName(ElementType type);

/// The type in which norm ops over `type` accumulate: f64 for f64, f32 for the
/// other floats.
ElementType getAccumulatorType(ElementType type);

/// `value` rounded to the nearest value of the float type `type`, ties to the
/// even one; too large ones become infinite, subnormals are kept, a NaN stays a
/// NaN.
double roundTo(ElementType type, double value);

/// `value` wrapped to the width of the integer type `type`: sign-extended, but
/// 0 or 1 for i1.
int64_t wrapTo(ElementType type, int64_t value);

/// The value of the lowest bits of `bits`, read as the float type `type`.
double decodeFloat(ElementType type, uint64_t bits);

/// The bits of `value` rounded to the float type `type`, in the lowest bits.
uint64_t encodeFloat(ElementType type, double value);

/// The distance between neighbours of the float type `type` at `value`: the
/// unit in which errors are counted. It is that of the subnormals near zero,
/// that of the largest values beyond them, and NaN for a NaN.
double getUlp(ElementType type, double value);

} // namespace norm::reference

#endif // NORM_REFERENCE_ROUNDING_H
