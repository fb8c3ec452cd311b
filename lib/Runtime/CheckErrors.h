//===- CheckErrors.h - What the checks of a call report ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_RUNTIME_CHECKERRORS_H
#define NORM_LIB_RUNTIME_CHECKERRORS_H

#include "BoundedEquation.h"
#include "Operand.h"

namespace norm::runtime {

// Each stores the text of an error and returns its code.

/// Whether code compiled for version `version` of this library can use it.
bool fitsVersion(int32_t version);

/// The function (or module) `name` was compiled for another version, `version`,
/// of this library.
int32_t reportVersion(const char *name, int32_t version);

/// The pointer to a descriptor or a scalar is null.
int32_t reportNullPointer(const Operand &operand);

/// The place for the sizes of the results of `function`, `numSizes` in all, is
/// null.
int32_t reportNullSizes(const norm_function_info &function, int64_t numSizes);

/// There are no `bytes` bytes for copies of operands of `function`.
int32_t reportNoMemory(const norm_function_info &function, uint64_t bytes);

/// The size `found` of dim `dim` is negative or not the expected one.
int32_t reportSize(const Operand &operand, int64_t dim, int64_t found);

/// The tensor of the sizes of the operand's view has no data.
int32_t reportNullData(const Operand &operand);

/// The operand's view, `offset` elements from its data pointer, leaves the
/// address space.
int32_t reportAddressSpace(const Operand &operand, int64_t offset);

/// The address of the operand's view is not a multiple of its element size.
int32_t reportAlignment(const Operand &operand);

/// An output has two elements that share a byte, or may have if `answer` is
/// Unknown.
int32_t reportSelfOverlap(const Operand &operand, Answer answer);

/// The two operands share a byte, or may do so if `answer` is Unknown, and are
/// not the same view, or `inPlace` is false.
int32_t reportOverlap(const Operand &output, const Operand &other, bool inPlace,
                      Answer answer);

} // namespace norm::runtime

#endif // NORM_LIB_RUNTIME_CHECKERRORS_H
