//===- Kernel.h - Compiling and calling functions in tests -----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Includes no MLIR header, so that property tests can be built with run-time
// type information.

#ifndef NORM_TEST_INTEGRATION_KERNEL_H
#define NORM_TEST_INTEGRATION_KERNEL_H

#include "norm/Reference/Rounding.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace llvm {
class Module;
} // namespace llvm

namespace norm::test {

using reference::ElementType;
using Sizes = std::vector<int64_t>;

/// Bytes of one element in memory.
int64_t getBytes(ElementType type);

/// The product of `sizes`; 1 for rank 0.
int64_t count(const Sizes &sizes);

/// A dense value, in row-major order: what the evaluator takes and returns.
struct Array {
  ElementType type = ElementType::F32;
  /// Empty for a scalar.
  Sizes sizes;
  /// Values of `type`; integers too (the tests' are below 2^53).
  std::vector<double> values;
  /// The values before rounding, where the evaluator knows them; or empty.
  std::vector<double> exact = {};
};

/// True if type, sizes and all bits are the same; one NaN is as good as
/// another.
bool identical(const Array &a, const Array &b);

/// One argument of a call: a tensor somewhere in memory, the value of a
/// scalar, or the place of a scalar result.
struct Operand {
  enum class Kind { Tensor, Scalar, ScalarResult };
  Kind kind;
  ElementType type;
  void *data = nullptr;
  Sizes sizes = {};
  /// In elements.
  Sizes strides = {};
  double value = 0;
};

/// What a kernel is compiled for.
struct Options {
  std::string cpu = "native";
  unsigned optLevel = 2;
  /// By affine loops instead of vector ops.
  bool isAffine = false;
  /// For a GPU, which the emulator stands for.
  bool isEmulated = false;
  /// Changes the kernels for the GPU; may be empty.
  std::function<void(llvm::Module &)> editKernels = {};
};

/// The CPUs that kernels are tested for: those of x86-64-v3 and x86-64-v4 that
/// run here, and the host, unless its vectors are those of x86-64-v3.
std::vector<std::string> getTestedCPUs();

/// The functions of a module, compiled and for the evaluator.
class Kernel {
public:
  /// Compiles `text`. A failure is a failure of the running test; the kernel
  /// then answers every call with an error.
  explicit Kernel(const std::string &text, const Options &options = {});
  ~Kernel();

  /// Calls `function` with inputs and, after them, outputs. Returns the text of
  /// the error, "" for success.
  std::string call(const std::string &function,
                   const std::vector<Operand> &operands) const;

  /// The sizes of the results of `function` for `inputs`, as the shape function
  /// gives them; an error is a failure of the test.
  std::vector<Sizes> getResultSizes(const std::string &function,
                                    const std::vector<Operand> &inputs) const;

  /// Element types of the results.
  std::vector<ElementType> getResultTypes(const std::string &function) const;

  /// The results in float64; an error is a failure of the test.
  std::vector<Array> evaluate(const std::string &function,
                              const std::vector<Array> &inputs) const;

  /// Calls `function` with dense copies of `inputs` and returns its results;
  /// an error is a failure of the test.
  std::vector<Array> run(const std::string &function,
                         const std::vector<Array> &inputs) const;

private:
  struct Implementation;
  std::unique_ptr<Implementation> impl;
};

} // namespace norm::test

#endif // NORM_TEST_INTEGRATION_KERNEL_H
