//===- SumBody.h - The body of a sum on vectors -----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TRANSFORMS_SUMBODY_H
#define NORM_LIB_TRANSFORMS_SUMBODY_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"

namespace norm {

/// The summand of each result if all results of `op` are sums
/// `acc + f(inputs)`, in one type; else none.
llvm::SmallVector<mlir::Value> matchSums(mlir::linalg::LinalgOp op);

/// Evaluates the body of an op whose results are sums, `lanes` elements at a
/// time.
class SumBody {
public:
  /// `summands` are those of matchSums.
  SumBody(mlir::OpBuilder &builder, mlir::linalg::GenericOp op,
          llvm::ArrayRef<mlir::Value> summands, int64_t lanes);

  /// The type of an accumulator.
  mlir::VectorType getType() const { return type; }

  /// sums + f(inputs), with a fused multiply-add where f is a product. `inputs`
  /// are vectors, one for each input of the op.
  llvm::SmallVector<mlir::Value> accumulate(mlir::ValueRange inputs,
                                            mlir::ValueRange sums);

private:
  mlir::Value vectorOf(mlir::Value value);
  void cloneOnVectors(mlir::Operation &inner);
  mlir::Value broadcast(mlir::Value scalar);

  mlir::OpBuilder &b;
  mlir::linalg::GenericOp op;
  mlir::Location loc;
  llvm::SmallVector<mlir::Value> summands;
  mlir::VectorType type;
  /// Values of the body to vectors, during one evaluation.
  mlir::IRMapping map;
};

/// Adds `size` rows to the vectors `sums`: the rows of a chunk one by one, 32
/// of them, and the sums of the chunks one by one. `known` is the size if it is
/// static. `addRow` returns its second argument with a row added.
llvm::SmallVector<mlir::Value>
sumInChunks(mlir::OpBuilder &builder, mlir::Location loc, int64_t known,
            mlir::Value size, mlir::ValueRange sums,
            llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value,
                                                              mlir::ValueRange)>
                addRow);

} // namespace norm

#endif // NORM_LIB_TRANSFORMS_SUMBODY_H
