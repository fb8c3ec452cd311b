//===- ForeignNaNs.h - Where a NaN may have any bits ------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A NaN that arithmetic makes is the default one of the target or has the bits
// of an operand's, made quiet, on x86-64 and AArch64. So the NaNs of a value
// are known by those of the values that it is computed from. (GPUs make
// 0x7fffffff.)
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_FOREIGNNANS_H
#define NORM_LIB_TRANSFORMS_FOREIGNNANS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace norm {

/// The narrowing conversions from f32 to bf16 in `function` that no NaN reaches
/// whose lower 16 bits hold something: to round such a NaN as if it were a
/// number leaves it a NaN, which is not so of 0x7fffffff.
///
/// Where such a NaN can only come from a scalar that all elements are of, it is
/// made the default one there: once for a row instead of for each element.
llvm::SetVector<mlir::Operation *>
findUncheckedRoundings(mlir::FunctionOpInterface function);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_FOREIGNNANS_H
