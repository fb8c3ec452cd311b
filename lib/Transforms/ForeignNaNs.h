//===- ForeignNaNs.h - Where a NaN may have any bits ------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A NaN that arithmetic makes is the default one of the target or has the bits
// of an operand's, made quiet (LLVM's rules for NaNs, too). So the NaNs of a
// value are known by those of the values that it is computed from.
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
/// Where such a NaN can only come from a scalar, it is made the default one
/// there: once for a row instead of for each of its elements.
llvm::SetVector<mlir::Operation *>
findUncheckedRoundings(mlir::FunctionOpInterface function);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_FOREIGNNANS_H
