//===- Run.h - Compiles and runs one function of a file ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_RUNNER_RUN_H
#define NORM_RUNNER_RUN_H

#include "norm/ExecutionEngine/CacheOptions.h"
#include "norm/Runner/Bench.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir {
class MLIRContext;
} // namespace mlir

namespace norm::runner {

/// What is run on what; the options of norm-run, by the same names.
struct RunOptions {
  /// The file with the module, text or bytecode; "-" is the standard input.
  std::string path;
  /// The public function to run; empty: the only one.
  std::string entry;
  /// A .npy file for each tensor and a number for each scalar, in the order of
  /// the arguments; may be shorter with `random`.
  std::vector<std::string> inputs;
  /// A .npy file for each result in order; empty: a line is printed for each.
  std::vector<std::string> outputs;
  /// "cpu", "cuda" (GPU 0 of the CUDA driver of this machine) or
  /// "cuda-emulated" (kernels for a GPU on the emulator, which finds errors in
  /// them and measures nothing).
  std::string target = "cpu";
  /// "vector" or "affine", which is for the CPU.
  std::string lowering = "vector";
  /// Threads of a call on the CPU; compiled functions run on the calling one,
  /// so 1.
  unsigned threads = 1;
  /// Seed of the inputs that are not given, and of the order in which emulated
  /// threads run.
  std::optional<uint64_t> random;
  /// "ARG:4x8": the sizes of an argument, which is a number or a name, for
  /// dims that its type leaves open.
  std::vector<std::string> shapes;
  /// Where the compiled function is kept, which the emulator's is not.
  CacheOptions cache;
  /// Compare the results with the float64 evaluator.
  bool verify = false;
  /// Measure the time of a call.
  bool bench = false;
  BenchBudget budget;
};

/// Compiles the function, runs it, verifies, measures, writes the outputs, in
/// this order, and stops at the first error; so nothing is written unless
/// everything else has succeeded. Reports to `os`. An error of the source is a
/// DiagnosticError with locations, any other names the file, the argument or
/// the option that it is about. Results outside the accuracy of the operators
/// are an error.
llvm::Error run(const RunOptions &options, mlir::MLIRContext *context,
                llvm::raw_ostream &os);

} // namespace norm::runner

#endif // NORM_RUNNER_RUN_H
