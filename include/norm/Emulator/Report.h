//===- Report.h - What the emulator finds wrong in a kernel -----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_EMULATOR_REPORT_H
#define NORM_EMULATOR_REPORT_H

#include <cstdint>
#include <string>
#include <vector>

namespace norm::emulator {

/// Sizes or indices in the three dimensions of a grid, a cluster or a block.
struct Dim3 {
  uint32_t x = 1, y = 1, z = 1;

  uint64_t count() const { return uint64_t(x) * y * z; }
};

enum class ReportKind {
  /// A barrier that not all threads reach, or not as the instruction asks.
  DivergentBarrier,
  /// No thread of a cluster can go on.
  Deadlock,
  /// An access outside of what is allocated, or of the wrong address space.
  OutOfBounds,
  /// An address that is no multiple of what the instruction asks.
  Misaligned,
  /// A read of shared memory that nothing was written to.
  UninitializedShared,
  /// Two accesses, at least one a write, that nothing puts in an order.
  Race,
  /// An access to what an asynchronous copy, or the grid before, may still be
  /// reading or writing.
  Unawaited,
  /// Operands that the instruction does not allow, such as a shuffle from a
  /// lane outside of its mask.
  InvalidOperand,
  /// More loop iterations than the launch allows.
  StepLimit,
  /// llvm.trap or a failed assertion.
  Trap,
};

/// "divergent barrier", "race" and so on.
const char *getName(ReportKind kind);

/// Something wrong that a kernel did. Repeated by the same instruction (for a
/// race: by the same two) it is one report, with the first thread that did it.
struct Report {
  ReportKind kind;
  std::string kernel;
  /// Indices of the block in the grid and of the thread in the block.
  Dim3 block, thread;
  /// "file:line:column" if the kernel has debug locations, else the text of the
  /// instruction and its function.
  std::string location;
  /// What was expected and what was found.
  std::string text;
  /// How often it happened.
  uint64_t count = 1;

  /// All of it in one line.
  std::string str() const;
};

/// What a launch found: `reports` holds at most as many as its options allow.
struct Reports {
  std::vector<Report> reports;
  /// How many different ones were left out.
  uint64_t omitted = 0;
  /// The kernel did not run to its end: a deadlock, a trap or the step limit.
  bool stopped = false;

  bool empty() const { return reports.empty(); }
  /// The number of reports of `kind`.
  unsigned count(ReportKind kind) const;
  /// One report a line.
  std::string str() const;
};

} // namespace norm::emulator

#endif // NORM_EMULATOR_REPORT_H
