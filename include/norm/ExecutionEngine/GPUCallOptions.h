//===- GPUCallOptions.h - What a call on a GPU takes besides ----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Needs no LLVM: programs that call kernels include it.

#ifndef NORM_EXECUTIONENGINE_GPUCALLOPTIONS_H
#define NORM_EXECUTIONENGINE_GPUCALLOPTIONS_H

#include <cstddef>

namespace norm {

/// What a function whose kernels run on a GPU takes after its results; nothing
/// is owned.
struct GPUCallOptions {
  /// Memory of the GPU, aligned to 256 bytes, of as many bytes as
  /// workspaceBytes() tells at the least; in use until the call is complete on
  /// its stream.
  void *workspace = nullptr;
  std::size_t workspaceBytes = 0;
  /// A CUstream or cudaStream_t of the current context; null is the default
  /// one.
  void *stream = nullptr;
};

} // namespace norm

#endif // NORM_EXECUTIONENGINE_GPUCALLOPTIONS_H
