//===- OpSupport.h - What the norm ops share in verification ----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_DIALECT_OPSUPPORT_H
#define NORM_DIALECT_OPSUPPORT_H

#include "norm/IR/NormOps.h"

namespace norm {

using EmitErrorFn = llvm::function_ref<mlir::InFlightDiagnostic()>;

/// True if `value` is finite after rounding to nearest even into `type`.
bool isFiniteIn(const llvm::APFloat &value, mlir::FloatType type);

/// The product of `sizes`, or kDynamic if one is dynamic; 0 if one is 0. Fails
/// if the static ones overflow a signed 64-bit integer.
llvm::FailureOr<int64_t> productOfSizes(llvm::ArrayRef<int64_t> sizes);

/// True if two sizes can be equal at run time.
inline bool sizesMayAgree(int64_t a, int64_t b) {
  return a == b || mlir::ShapedType::isDynamic(a) ||
         mlir::ShapedType::isDynamic(b);
}

/// Checks that the results or outs of an op, `found`, are a non-empty prefix of
/// `expected`, in one of the two forms. `labels` holds the label of the rule on
/// the form, followed by one label for each expected type; `names` the names.
llvm::LogicalResult
verifyOutputs(mlir::Operation *op, mlir::Value x, mlir::ValueRange results,
              mlir::ValueRange outs,
              llvm::ArrayRef<mlir::RankedTensorType> expected,
              llvm::ArrayRef<llvm::StringRef> labels,
              llvm::ArrayRef<llvm::StringRef> names);

/// Adds the memory effects of an op: none in tensor form; in memref form it
/// reads its inputs and writes its outs.
void addMemRefFormEffects(
    mlir::MutableArrayRef<mlir::OpOperand> operands, mlir::OperandRange outs,
    mlir::SmallVectorImpl<mlir::MemoryEffects::EffectInstance> &effects);

/// Adds the constraint that dim `foundDim` of `found`, which `what` names, is
/// the product of the dims `expectedDims` of `expected`, unless all are static.
void addSizeConstraint(llvm::SmallVectorImpl<SizeConstraint> &constraints,
                       llvm::StringRef what, mlir::Value found,
                       int64_t foundDim, mlir::Value expected,
                       llvm::ArrayRef<int64_t> expectedDims);

} // namespace norm

#endif // NORM_DIALECT_OPSUPPORT_H
