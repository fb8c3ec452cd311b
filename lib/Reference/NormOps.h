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

/// Each evaluates an op in tensor form, of which all operands are set. An error
/// about sizes that disagree carries no location: the caller adds that of the
/// op.
Results evaluateRMSNorm(RMSNormOp op, const Environment &environment);
Results evaluateReciprocal(ReciprocalOp op, const Environment &environment);
Results evaluateReciprocalGrad(ReciprocalGradOp op,
                               const Environment &environment);

} // namespace norm::reference

#endif // NORM_LIB_REFERENCE_NORMOPS_H
