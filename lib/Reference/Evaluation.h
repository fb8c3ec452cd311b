//===- Evaluation.h - Parts of the evaluator --------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_REFERENCE_EVALUATION_H
#define NORM_LIB_REFERENCE_EVALUATION_H

#include "Errors.h"
#include "norm/Reference/Tensor.h"

#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"

#include <memory>

namespace norm::reference {

/// The values of a function while it is evaluated.
class Environment {
public:
  /// The value must have been set.
  const Tensor &get(mlir::Value value) const { return *values.at(value); }
  bool contains(mlir::Value value) const { return values.contains(value); }
  void set(mlir::Value value, Tensor tensor) {
    values[value] = std::make_shared<const Tensor>(std::move(tensor));
  }
  /// Refers to a tensor that outlives the environment.
  void setReference(mlir::Value value, const Tensor &tensor) {
    values[value] =
        std::shared_ptr<const Tensor>(std::shared_ptr<void>(), &tensor);
  }
  void erase(mlir::Value value) { values.erase(value); }

  /// The integer of an attribute or of an index value that has been set.
  int64_t get(mlir::OpFoldResult size) const;
  llvm::SmallVector<int64_t>
  get(llvm::ArrayRef<mlir::OpFoldResult> sizes) const;

private:
  llvm::DenseMap<mlir::Value, std::shared_ptr<const Tensor>> values;
};

/// What evaluating an op gives: its results in order, or an error. The results
/// are rounded, and keep what they were before in `exact`.
using Results = llvm::Expected<llvm::SmallVector<Tensor, 1>>;

/// One result. For an error, an error.
Results oneResult(Tensor result);
Results oneResult(llvm::Expected<Tensor> result);

/// Each evaluates an op of its family, of which all operands are set. The op is
/// known to be one (`is...` is true). Errors carry no location: the caller adds
/// that of the op.
Results evaluateNormOp(mlir::Operation *op, const Environment &environment);
bool isTensorOp(mlir::Operation *op);
Results evaluateTensorOp(mlir::Operation *op, const Environment &environment);
Results evaluateLinalgOp(mlir::Operation *op, const Environment &environment);
Results evaluateConstant(mlir::Operation *op);
/// An arith or math op on scalars or, element by element, on tensors.
Results evaluateElementwiseOp(mlir::Operation *op,
                              const Environment &environment);

} // namespace norm::reference

#endif // NORM_LIB_REFERENCE_EVALUATION_H
