//===- TilingSupport.h - What the tilings of ops share ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_DIALECT_TILINGSUPPORT_H
#define NORM_DIALECT_TILINGSUPPORT_H

#include "norm/IR/NormOps.h"

namespace norm {

/// A unit-stride slice of a tensor or a view of a memref.
mlir::Operation *createSlice(mlir::OpBuilder &builder, mlir::Location loc,
                             mlir::Value source,
                             llvm::ArrayRef<mlir::OpFoldResult> offsets,
                             llvm::ArrayRef<mlir::OpFoldResult> sizes);

/// All elements of a tensor or memref.
llvm::SmallVector<mlir::Range>
getDomainOf(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value shaped);

/// One parallel loop for each dim of an op whose operands and results are all
/// indexed by the identity.
llvm::SmallVector<mlir::utils::IteratorType>
getElementwiseIterators(NormOpInterface op);

/// The same tile of every operand and result of such an op.
mlir::TilingResult tileElementwise(NormOpInterface op, mlir::OpBuilder &builder,
                                   llvm::ArrayRef<mlir::OpFoldResult> offsets,
                                   llvm::ArrayRef<mlir::OpFoldResult> sizes);

} // namespace norm

#endif // NORM_DIALECT_TILINGSUPPORT_H
