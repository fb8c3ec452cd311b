//===- DifferentiableOpInterface.h - Rules of derivatives -------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_DIFFERENTIABLEOPINTERFACE_H
#define NORM_IR_DIFFERENTIABLEOPINTERFACE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace norm {

/// True for the types whose values have cotangents: floats and ranked tensors
/// of floats.
bool isDifferentiable(mlir::Type type);

/// The cotangents of the values of a block while it is differentiated.
class Cotangents {
public:
  /// `wanted` are the values that depend on what is differentiated by, each of
  /// a differentiable type. No other value gets a cotangent.
  explicit Cotangents(llvm::DenseSet<mlir::Value> wanted)
      : wanted(std::move(wanted)) {}

  /// True if a cotangent given to `value` is of use.
  bool isWanted(mlir::Value value) const { return wanted.contains(value); }

  /// The cotangent of `value` so far, of its type, or null if that is zero.
  mlir::Value get(mlir::Value value) const { return values.lookup(value); }

  /// Adds `cotangent`, which has the type of `value` up to static sizes, to the
  /// cotangent of `value`. Casts and sums are made at `builder`. Does nothing
  /// if that is not wanted, so that a rule need not ask.
  void add(mlir::OpBuilder &builder, mlir::Value value, mlir::Value cotangent);

private:
  llvm::DenseSet<mlir::Value> wanted;
  llvm::DenseMap<mlir::Value, mlir::Value> values;
};

/// A value of the type and sizes of `like`, a float or a ranked tensor of
/// floats, whose elements all are `value`, rounded to their type. Made at
/// `builder`, as a constant if the sizes are static and as a linalg.fill if
/// not.
mlir::Value createFilledLike(mlir::OpBuilder &builder, mlir::Location loc,
                             mlir::Value like, double value);

} // namespace norm

#include "norm/IR/DifferentiableOpInterface.h.inc"

#endif // NORM_IR_DIFFERENTIABLEOPINTERFACE_H
