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

/// A memref descriptor of MLIR up to its sizes and strides, which follow.
struct DescriptorHead {
  void *allocated;
  void *aligned;
  int64_t offset;
};

/// The sizes in a descriptor, which the strides follow.
inline const int64_t *getSizes(const void *descriptor) {
  return reinterpret_cast<const int64_t *>(
      static_cast<const DescriptorHead *>(descriptor) + 1);
}

/// Makes `operand` number `index` of `function`, which was given `given`.
inline void setOperand(Operand &operand, const norm_function_info &function,
                       int32_t index, const void *const *given) {
  operand.function = &function;
  operand.info = &function.operands[index];
  operand.given = given[index];
}

/// For an operand that is not null and has no negative sizes: sets the view and
/// the range, and checks that data is there and aligned, and lies in the
/// address space. Returns norm_ok or the code of an error that is reported.
int32_t locate(Operand &operand);

} // namespace norm::runtime

#endif // NORM_LIB_RUNTIME_OPERAND_H
