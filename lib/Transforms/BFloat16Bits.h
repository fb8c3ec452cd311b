//===- BFloat16Bits.h - bf16 as the high half of f32 ------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_BFLOAT16BITS_H
#define NORM_LIB_TRANSFORMS_BFLOAT16BITS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace norm {

/// The bits of an f32 that a bf16 of the same value has.
inline constexpr uint32_t highHalf = 0xffff0000;

/// A constant of type `type`, an integer or a vector of them.
mlir::Value bitsConstant(mlir::ImplicitLocOpBuilder &b, mlir::Type type,
                         int64_t value);

/// The bits of `value`, an f32 or a vector of them, as i32 that may be rounded
/// to bf16 as integers. A NaN stays one: where `checkNaN` is set it is the
/// quiet one 0x7fc00000; where it is not, the lower 16 bits of each NaN have to
/// be zero.
mlir::Value bitsToRound(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                        bool checkNaN);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_BFLOAT16BITS_H
