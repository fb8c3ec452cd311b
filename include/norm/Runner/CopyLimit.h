//===- CopyLimit.h - How fast this machine moves bytes ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_RUNNER_COPYLIMIT_H
#define NORM_RUNNER_COPYLIMIT_H

#include <cstddef>
#include <cstdint>

namespace norm::runner {

/// Bytes of a body of the parallel loop that one of these is called in.
inline constexpr int64_t copyGrainBytes = 256 << 10;

/// The routines below use the widest vectors of the host that they know (512
/// and 256 bits on x86-64, else what the compiler assumes). Pointers are
/// aligned to 64 bytes; any number of bytes is legal; the ranges do not
/// overlap.

/// Copies with ordinary vector loads and stores.
void copyOrdinary(char *to, const char *from, size_t bytes);

/// Copies with stores that bypass the caches and prefetch of what is read, and
/// makes the stores visible before it returns.
void copyNonTemporal(char *to, const char *from, size_t bytes);

/// The same, but walks over four 4 KB pages at once, which keeps more of the
/// memory's banks busy on some machines.
void copyNonTemporalPages(char *to, const char *from, size_t bytes);

/// Reads every byte once; the result depends on all whole groups of 64 bytes,
/// so that no load can be left out.
uint64_t readAll(const char *from, size_t bytes);

} // namespace norm::runner

#endif // NORM_RUNNER_COPYLIMIT_H
