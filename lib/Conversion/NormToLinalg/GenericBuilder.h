//===- GenericBuilder.h - Linalg ops of one norm op -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_CONVERSION_NORMTOLINALG_GENERICBUILDER_H
#define NORM_CONVERSION_NORMTOLINALG_GENERICBUILDER_H

#include "AccArithmetic.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace norm {

/// Builds the linalg ops that a norm op becomes.
class GenericBuilder : public AccArithmetic {
public:
  using AccArithmetic::AccArithmetic;

protected:
  /// Computes the elements of all results from those of inputs and inits.
  using Body =
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::ValueRange)>;
  /// Computes one element from those of the inputs.
  using ElementBody = llvm::function_ref<mlir::Value(mlir::ValueRange)>;

  /// A generic op whose inits are indexed by the last maps.
  llvm::SmallVector<mlir::Value>
  makeGeneric(mlir::ValueRange inputs, mlir::ValueRange inits,
              llvm::ArrayRef<mlir::AffineMap> maps,
              llvm::ArrayRef<mlir::utils::IteratorType> iterators, Body body);
  /// A tensor of `elementType`, with parallel loops over all `sizes`.
  mlir::Value makeElementwise(mlir::ValueRange inputs,
                              llvm::ArrayRef<mlir::AffineMap> inputMaps,
                              llvm::ArrayRef<mlir::OpFoldResult> sizes,
                              mlir::Type elementType, ElementBody body);
  /// The body of sums: adds each of `summands`, which sees the inputs alone, to
  /// its accumulator.
  llvm::SmallVector<mlir::Value> addSummands(mlir::ValueRange args,
                                             size_t numSums, Body summands);
  /// Zeros of acc.
  mlir::Value makeZeros(llvm::ArrayRef<mlir::OpFoldResult> sizes);
};

/// Replaces `op` by `values`, cast to the declared types, which may know more
/// or fewer sizes than those of the operands.
void replaceWithCasts(mlir::RewriterBase &rewriter, mlir::Operation *op,
                      mlir::ValueRange values);

/// Replaces an op in tensor form by what `Lowering(builder, op).lower()` makes
/// of its results.
template <typename Op, typename Lowering>
struct NormToLinalgPattern : mlir::OpRewritePattern<Op> {
  using mlir::OpRewritePattern<Op>::OpRewritePattern;
  llvm::LogicalResult
  matchAndRewrite(Op op, mlir::PatternRewriter &rewriter) const override {
    if (!op.hasTensorSemantics())
      return rewriter.notifyMatchFailure(op,
                                         "memref form has no linalg lowering");
    replaceWithCasts(rewriter, op, Lowering(rewriter, op).lower());
    return mlir::success();
  }
};

} // namespace norm

#endif // NORM_CONVERSION_NORMTOLINALG_GENERICBUILDER_H
