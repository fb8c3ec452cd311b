//===- Operand.h - An operand of a call -------------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_RUNTIME_OPERAND_H
#define NORM_LIB_RUNTIME_OPERAND_H

#include "View.h"

#include "norm/Runtime/norm_runtime.h"

namespace norm::runtime {

/// What a function knows of an operand, and what it was given.
struct Operand {
  const norm_function_info *function;
  const norm_operand_info *info;
  /// The descriptor, or the address of a scalar result.
  const void *given;
  /// Where the elements are, as soon as that is known. The range is empty if
  /// there are none.
  View view;
  ByteRange range;
};

} // namespace norm::runtime

#endif // NORM_LIB_RUNTIME_OPERAND_H
