//===- NormOps.h - Float64 evaluation of the norm ops -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_REFERENCE_NORMOPS_H
#define NORM_LIB_REFERENCE_NORMOPS_H

#include "Evaluation.h"

#include "norm/IR/NormOps.h"

namespace norm::reference {

/// An error unless `tensor`, which `name` names, has the sizes `shape`.
llvm::Error checkShape(llvm::StringRef name, const Tensor &tensor,
                       llvm::ArrayRef<int64_t> shape);

/// The rows that the dims of a tensor from `axis` on make.
struct Rows {
  int64_t axis;
  /// The sizes of the dims before `axis`, and their product.
  llvm::ArrayRef<int64_t> shape;
  int64_t count;
  /// The elements of a row.
  int64_t width;
};

/// The rows of `x`, to which they refer. An error if their number or width is
/// above `maxElements`, which either can be where the other is 0.
llvm::Expected<Rows> getRows(const Tensor &x, int64_t axis);

/// An error unless `vector`, which may be null, has the sizes of a row of `x`,
/// or their product as its only size.
llvm::Error checkRowVector(llvm::StringRef name, const Tensor *vector,
                           const Tensor &x, const Rows &rows);

/// A result of a norm op: `values`, rounded to `type`. `magnitude` and
/// `numSummands` are those of Tensor.
Tensor makeSums(ElementType type, llvm::ArrayRef<int64_t> shape,
                std::vector<double> values, int64_t numSummands,
                std::vector<double> magnitude = {});

/// Each evaluates an op in tensor form, of which all operands are set. An error
/// about sizes that disagree carries no location: the caller adds that of the
/// op.
Results evaluateRMSNorm(RMSNormOp op, const Environment &environment);
Results evaluateRMSNormGrad(RMSNormGradOp op, const Environment &environment);
Results evaluateReciprocal(ReciprocalOp op, const Environment &environment);
Results evaluateReciprocalGrad(ReciprocalGradOp op,
                               const Environment &environment);
Results evaluateChannelStats(ChannelStatsOp op, const Environment &environment);
Results evaluateChannelBackpropStats(ChannelBackpropStatsOp op,
                                     const Environment &environment);
Results evaluateChannelBackprop(ChannelBackpropOp op,
                                const Environment &environment);

} // namespace norm::reference

#endif // NORM_LIB_REFERENCE_NORMOPS_H
