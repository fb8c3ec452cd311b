//===- Operand.h - The operands of a call -----------------------*- C++ -*-===//
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

/// An operand of a call: what the function knows of it, and what it was given.
/// Each check returns norm_ok, or an error code after it has stored the text.
struct Operand {
  const norm_function_info &function;
  const norm_operand_info &info;
  /// The descriptor, or the address of a scalar result.
  const void *given;
  /// Set by locate(). The range is empty if there are no elements.
  View view;
  ByteRange range;

  /// Checks the pointer to the descriptor and the sizes in it.
  int32_t checkSizes() const;

  /// After checkSizes(): finds where the elements are, and checks that data is
  /// there and aligned, and lies within the address space.
  int32_t locate();

  /// After locate(), for an output: checks that no two elements share a byte.
  int32_t checkDistinct() const;

  /// After locate() of both, for an output: checks that it shares no byte with
  /// `other`, or is the same view if `inPlace` is true.
  int32_t checkApart(const Operand &other, bool inPlace) const;
};

} // namespace norm::runtime

#endif // NORM_LIB_RUNTIME_OPERAND_H
