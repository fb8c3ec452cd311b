//===- CacheOptions.h - Where compiled kernels are kept ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Needs no LLVM: programs that call kernels include it.

#ifndef NORM_EXECUTIONENGINE_CACHEOPTIONS_H
#define NORM_EXECUTIONENGINE_CACHEOPTIONS_H

#include <cstdint>
#include <string>

namespace norm {

/// A folder in which compiled kernels are kept for later processes, so that
/// they are compiled once. Any number of processes and threads may use one at
/// the same time. What is in it runs as code of this process: nobody else
/// should be able to write to it.
struct CacheOptions {
  /// The folder, which is made, for its owner alone, if it is missing. Empty:
  /// nothing is read or kept.
  std::string directory;

  /// The most bytes that the files in the folder may have together; beyond
  /// that, those that were used least recently are removed. 0: no limit.
  uint64_t maxBytes = uint64_t(256) << 20;
};

} // namespace norm

#endif // NORM_EXECUTIONENGINE_CACHEOPTIONS_H
