//===- ScalarProgram.h - Bodies of linalg ops -------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_REFERENCE_SCALARPROGRAM_H
#define NORM_LIB_REFERENCE_SCALARPROGRAM_H

#include "Evaluation.h"
#include "ScalarOps.h"

namespace norm::reference {

/// The block of scalar ops inside a structured op, made ready to be run once
/// for each point of the op's iteration space.
class ScalarProgram {
public:
  /// Prepares `block`. Constants inside, and scalars of `environment` that the
  /// block reads, are looked up once. An error, with the location of the op
  /// that it is about, if the block holds more than scalar ops.
  static llvm::Expected<ScalarProgram> create(mlir::Block &block,
                                              const Environment &environment);

  /// Sets the block's argument `index` for the next run.
  void setArgument(unsigned index, Scalar value) { registers[index] = value; }

  /// Runs the block at `indices`, the point of the iteration space that
  /// linalg.index reads. Every op's result is rounded to its type. An error, as
  /// in `create`, if an op has no result for its operands.
  llvm::Error run(llvm::ArrayRef<int64_t> indices);

  /// What the block yields as its value `index`, before rounding.
  Scalar getYield(unsigned index) const { return unrounded[yields[index]]; }

private:
  struct Instruction {
    mlir::Operation *op;
    ScalarFunction function; // null for linalg.index
    ElementType type;
    llvm::SmallVector<unsigned, 3> operands;
    unsigned result;
    int64_t indexDim;
  };

  std::vector<Instruction> instructions;
  std::vector<Scalar> registers;
  /// What each register held before rounding.
  std::vector<Scalar> unrounded;
  llvm::SmallVector<unsigned> yields;
  unsigned numArguments = 0;
};

} // namespace norm::reference

#endif // NORM_LIB_REFERENCE_SCALARPROGRAM_H
