//===- Report.h - What a run says about its results -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_RUNNER_REPORT_H
#define NORM_LIB_RUNNER_REPORT_H

#include "norm/Runner/Bench.h"
#include "norm/Runner/Compare.h"
#include "norm/Runner/HostTensor.h"

#include "llvm/Support/raw_ostream.h"

#include <optional>

namespace norm::runner {

/// Prints one line: the shape and type of result `index`, its smallest and
/// largest value (NaNs aside), and the first elements.
void printSummary(llvm::raw_ostream &os, unsigned index,
                  const HostTensor &result);

/// What was measured of one function.
struct BenchReport {
  std::string function;
  /// Those of the largest argument or result, or none.
  llvm::SmallVector<int64_t> shape;
  ElementType type = ElementType::F32;
  /// Of the result with the largest error; none if nothing was verified.
  std::optional<Comparison> comparison;
  BenchResult result;
  /// From the parsed module to a callable function.
  double compileSeconds = 0;
  /// It was not compiled.
  bool isFromCache = false;
  /// Of the compiled object file.
  size_t objectBytes = 0;
  /// "cpu", or the name of the GPU.
  std::string target = "cpu";
  /// Of a call on the CPU.
  unsigned threads = 1;
};

/// Prints `report` as a table with a line of titles, and then as one line
/// "bench: {..}" with a JSON object for programs: function, shape (a list),
/// type, target, threads, max_ulp and max_relative (null if not verified),
/// seconds, useful_bytes, gb_per_s, limit (as BenchResult::limitName),
/// limit_seconds, limit_share, samples, jit_ms, jit_from_cache,
/// object_bytes.
void printBench(llvm::raw_ostream &os, const BenchReport &report);

/// The argument or result with the most elements; of several, the first of the
/// highest rank; null if there is none.
const HostTensor *findLargest(llvm::ArrayRef<HostTensor> arguments,
                              llvm::ArrayRef<HostTensor> results);

/// The bytes that a function must move: those of the arguments and results
/// with the largest number of elements among all of them. Smaller ones, such
/// as the weights of a row, are not counted, and neither are tensors that look
/// like one where there is a single row: those of lower rank that differ from
/// the largest only by dims of size 1.
Traffic getUsefulTraffic(llvm::ArrayRef<HostTensor> arguments,
                         llvm::ArrayRef<HostTensor> results);

} // namespace norm::runner

#endif // NORM_LIB_RUNNER_REPORT_H
