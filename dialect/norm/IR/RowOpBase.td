//===- RowOpBase.td - What ops over rows declare -----------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_ROWOPBASE_TD
#define NORM_IR_ROWOPBASE_TD

include "norm/IR/NormOpBase.td"

// The accessors of an op with an operand `x` and an attribute `axis`.
defvar Norm_rowAccessors = [{
    /// The type of `x` seen as a tensor or memref.
    mlir::ShapedType getXType() { return llvm::cast<mlir::ShapedType>(getX().getType()); }
    /// The type in which rows are accumulated: f64 for f64, else f32.
    mlir::FloatType getAccType() {
      return ::norm::getAccumulatorType(getXType().getElementType());
    }
}];

// An op on rows. It is tiled by rows, unless an output sums over them.
class Norm_RowOp<string mnemonic, list<Trait> traits = []> :
    Norm_Op<mnemonic, traits # [
      DeclareOpInterfaceMethods<NormRowOpInterface>,
      DeclareOpInterfaceMethods<TilingInterface,
        ["getLoopIteratorTypes", "getIterationDomain",
         "getTiledImplementation", "getResultTilePosition",
         "generateResultTileValue", "getIterationDomainTileFromResultTile"]>]> {
  let extraClassDefinition = Norm_Forwarding.definitions # [{
    ::llvm::SmallVector<::mlir::utils::IteratorType>
    $cppClass::getLoopIteratorTypes() {
      return ::norm::getRowIterators(*this);
    }
    ::llvm::SmallVector<::mlir::Range>
    $cppClass::getIterationDomain(::mlir::OpBuilder &builder) {
      return ::norm::getDomainOf(builder, getLoc(), getX());
    }
    ::mlir::FailureOr<::mlir::TilingResult> $cppClass::getTiledImplementation(
        ::mlir::OpBuilder &builder,
        ::llvm::ArrayRef<::mlir::OpFoldResult> offsets,
        ::llvm::ArrayRef<::mlir::OpFoldResult> sizes) {
      return ::norm::tileRowOp(*this, builder, offsets, sizes);
    }
    ::llvm::LogicalResult $cppClass::getResultTilePosition(
        ::mlir::OpBuilder &, unsigned resultNumber,
        ::llvm::ArrayRef<::mlir::OpFoldResult> offsets,
        ::llvm::ArrayRef<::mlir::OpFoldResult> sizes,
        ::llvm::SmallVector<::mlir::OpFoldResult> &resultOffsets,
        ::llvm::SmallVector<::mlir::OpFoldResult> &resultSizes) {
      resultOffsets = ::norm::takeRowPart(*this, getOutputPart(resultNumber), offsets);
      resultSizes = ::norm::takeRowPart(*this, getOutputPart(resultNumber), sizes);
      return ::llvm::success();
    }
    ::llvm::LogicalResult $cppClass::getIterationDomainTileFromResultTile(
        ::mlir::OpBuilder &builder, unsigned,
        ::llvm::ArrayRef<::mlir::OpFoldResult> offsets,
        ::llvm::ArrayRef<::mlir::OpFoldResult> sizes,
        ::llvm::SmallVectorImpl<::mlir::OpFoldResult> &domainOffsets,
        ::llvm::SmallVectorImpl<::mlir::OpFoldResult> &domainSizes) {
      ::norm::coverRows(*this, builder, offsets, sizes, domainOffsets, domainSizes);
      return ::llvm::success();
    }
    ::mlir::FailureOr<::mlir::TilingResult> $cppClass::generateResultTileValue(
        ::mlir::OpBuilder &builder, unsigned resultNumber,
        ::llvm::ArrayRef<::mlir::OpFoldResult> offsets,
        ::llvm::ArrayRef<::mlir::OpFoldResult> sizes) {
      return ::norm::makeRowResultTile(*this, builder, resultNumber, offsets, sizes);
    }
  }];
}

#endif // NORM_IR_ROWOPBASE_TD
