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

/// Of offsets or sizes for the dims of x, those for the dims of a part.
llvm::SmallVector<mlir::OpFoldResult>
takeRowPart(NormRowOpInterface op, RowPart part,
            llvm::ArrayRef<mlir::OpFoldResult> ofX);

/// Loops over rows, parallel unless an output sums over them, and over the
/// elements of a row, which are all reductions.
llvm::SmallVector<mlir::utils::IteratorType>
getRowIterators(NormRowOpInterface op);

/// The op on the rows of a tile, which must cover whole rows.
mlir::FailureOr<mlir::TilingResult>
tileRowOp(NormRowOpInterface op, mlir::OpBuilder &builder,
          llvm::ArrayRef<mlir::OpFoldResult> offsets,
          llvm::ArrayRef<mlir::OpFoldResult> sizes);

/// The whole rows of which a tile of a result is a part.
void coverRows(NormRowOpInterface op, mlir::OpBuilder &builder,
               llvm::ArrayRef<mlir::OpFoldResult> offsets,
               llvm::ArrayRef<mlir::OpFoldResult> sizes,
               llvm::SmallVectorImpl<mlir::OpFoldResult> &domainOffsets,
               llvm::SmallVectorImpl<mlir::OpFoldResult> &domainSizes);

/// A tile of a result, by an op on the rows that it is a part of.
mlir::FailureOr<mlir::TilingResult>
makeRowResultTile(NormRowOpInterface op, mlir::OpBuilder &builder,
                  unsigned resultNumber,
                  llvm::ArrayRef<mlir::OpFoldResult> offsets,
                  llvm::ArrayRef<mlir::OpFoldResult> sizes);

} // namespace norm

#endif // NORM_DIALECT_TILINGSUPPORT_H
