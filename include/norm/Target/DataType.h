//===- DataType.h - Types of scalars and elements ---------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Needs no LLVM: programs that call kernels include it.

#ifndef NORM_TARGET_DATATYPE_H
#define NORM_TARGET_DATATYPE_H

#include <cstdint>

namespace norm {

/// The types of scalars and elements; index is I64, an element of I1 has one
/// byte.
enum class DataType : uint8_t { F16, BF16, F32, F64, I1, I8, I16, I32, I64 };

} // namespace norm

#endif // NORM_TARGET_DATATYPE_H
