//===- NpyHeader.h - The header of a .npy file ------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_RUNNER_NPYHEADER_H
#define NORM_LIB_RUNNER_NPYHEADER_H

#include "norm/Runner/HostTensor.h"

namespace norm::runner {

/// What the header of a .npy file says, and where its data begins.
struct NpyHeader {
  /// The element type in NumPy's letters, such as "<f4".
  std::string descr;
  Layout layout = Layout::RowMajor;
  llvm::SmallVector<int64_t> shape;
  /// Bytes before the first element.
  size_t dataOffset = 0;
};

/// Reads the header at the start of `file`, the bytes of a whole file. Errors
/// say what was expected and found, but not in which file.
llvm::Expected<NpyHeader> parseNpyHeader(llvm::StringRef file);

/// Succeeds if elements that a header describes by `descr` can be read as
/// `type` on this machine.
llvm::Error checkDescr(llvm::StringRef descr, ElementType type);

/// The bytes of a header of format 1.0 for `tensor`.
std::string formatNpyHeader(const HostTensor &tensor);

} // namespace norm::runner

#endif // NORM_LIB_RUNNER_NPYHEADER_H
