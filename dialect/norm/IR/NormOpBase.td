//===- NormOpBase.td - Base classes of norm ops ------------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_NORMOPBASE_TD
#define NORM_IR_NORMOPBASE_TD

include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"
include "mlir/Interfaces/ValueBoundsOpInterface.td"
include "norm/IR/DifferentiableOpInterface.td"
include "norm/IR/NormAttrs.td"
include "norm/IR/NormInterfaces.td"

// The element types of the operators; rank and agreement are checked by each
// op under its own labels.
def Norm_Float : AnyTypeOf<[F16, BF16, F32, F64], "f16, bf16, f32 or f64">;
// An encoding has no meaning for these ops, and a layout must have strides for
// the lowerings to address it.
def Norm_Tensor : ConfinedType<RankedTensorOf<[Norm_Float]>, [
    CPred<"!::llvm::cast<::mlir::RankedTensorType>($_self).getEncoding()">],
    "ranked tensor of f16, bf16, f32 or f64 values without encoding",
    "::mlir::RankedTensorType">;
def Norm_MemRef : ConfinedType<MemRefOf<[Norm_Float]>, [
    CPred<"::llvm::cast<::mlir::MemRefType>($_self).isStrided()">],
    "strided memref of f16, bf16, f32 or f64 values", "::mlir::MemRefType">;
def Norm_Shaped : AnyTypeOf<[Norm_Tensor, Norm_MemRef],
    "ranked tensor or strided memref of f16, bf16, f32 or f64 values without "
    "encoding">;

// How the interface methods that are the same for all ops call what they share.
def Norm_Forwarding {
  string definitions = [{
    void $cppClass::getEffects(
        ::llvm::SmallVectorImpl<::mlir::MemoryEffects::EffectInstance> &effects) {
      ::norm::addMemRefFormEffects(*this, effects);
    }
    ::mlir::Speculation::Speculatability $cppClass::getSpeculatability() {
      return ::norm::getSpeculatability(*this);
    }
    void $cppClass::populateBoundsForShapedValueDim(
        ::mlir::Value value, int64_t dim,
        ::mlir::ValueBoundsConstraintSet &bounds) {
      ::norm::populateOutputBounds(*this, value, dim, bounds);
    }
    ::llvm::LogicalResult $cppClass::reifyResultShapes(
        ::mlir::OpBuilder &builder,
        ::mlir::ReifiedRankedShapedTypeDims &shapes) {
      return ::norm::reifyOutputShapes(*this, builder, shapes);
    }
  }];
}

// `outs` are the last operands of each op.
class Norm_Op<string mnemonic, list<Trait> traits = []> :
    Op<NormDialect, mnemonic, traits # [
      DeclareOpInterfaceMethods<NormOpInterface>,
      DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
      DeclareOpInterfaceMethods<ConditionallySpeculatable>,
      DeclareOpInterfaceMethods<ValueBoundsOpInterface,
        ["populateBoundsForShapedValueDim"]>,
      DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
        ["reifyResultShapes"]>]> {
  let hasVerifier = 1;

  let extraClassDefinition = Norm_Forwarding.definitions;
}

// An op whose operands and results are all indexed by the identity.
class Norm_ElementwiseOp<string mnemonic, list<Trait> traits = []> :
    Norm_Op<mnemonic, traits # [
      DeclareOpInterfaceMethods<TilingInterface,
        ["getLoopIteratorTypes", "getIterationDomain",
         "getTiledImplementation", "getResultTilePosition",
         "generateResultTileValue", "getIterationDomainTileFromResultTile"]>]> {
  let extraClassDefinition = Norm_Forwarding.definitions # [{
    ::llvm::SmallVector<::mlir::utils::IteratorType>
    $cppClass::getLoopIteratorTypes() {
      return ::norm::getElementwiseIterators(*this);
    }
    ::llvm::SmallVector<::mlir::Range>
    $cppClass::getIterationDomain(::mlir::OpBuilder &builder) {
      return ::norm::getDomainOf(builder, getLoc(), getOperand(0));
    }
    ::mlir::FailureOr<::mlir::TilingResult> $cppClass::getTiledImplementation(
        ::mlir::OpBuilder &builder,
        ::llvm::ArrayRef<::mlir::OpFoldResult> offsets,
        ::llvm::ArrayRef<::mlir::OpFoldResult> sizes) {
      return ::norm::tileElementwise(*this, builder, offsets, sizes);
    }
    // A tile of the domain is the same tile of the result.
    ::llvm::LogicalResult $cppClass::getResultTilePosition(
        ::mlir::OpBuilder &, unsigned,
        ::llvm::ArrayRef<::mlir::OpFoldResult> offsets,
        ::llvm::ArrayRef<::mlir::OpFoldResult> sizes,
        ::llvm::SmallVector<::mlir::OpFoldResult> &resultOffsets,
        ::llvm::SmallVector<::mlir::OpFoldResult> &resultSizes) {
      resultOffsets.assign(offsets.begin(), offsets.end());
      resultSizes.assign(sizes.begin(), sizes.end());
      return ::llvm::success();
    }
    ::llvm::LogicalResult $cppClass::getIterationDomainTileFromResultTile(
        ::mlir::OpBuilder &, unsigned,
        ::llvm::ArrayRef<::mlir::OpFoldResult> offsets,
        ::llvm::ArrayRef<::mlir::OpFoldResult> sizes,
        ::llvm::SmallVectorImpl<::mlir::OpFoldResult> &domainOffsets,
        ::llvm::SmallVectorImpl<::mlir::OpFoldResult> &domainSizes) {
      domainOffsets.assign(offsets.begin(), offsets.end());
      domainSizes.assign(sizes.begin(), sizes.end());
      return ::llvm::success();
    }
    ::mlir::FailureOr<::mlir::TilingResult> $cppClass::generateResultTileValue(
        ::mlir::OpBuilder &builder, unsigned,
        ::llvm::ArrayRef<::mlir::OpFoldResult> offsets,
        ::llvm::ArrayRef<::mlir::OpFoldResult> sizes) {
      return ::norm::tileElementwise(*this, builder, offsets, sizes);
    }
  }];
}

#endif // NORM_IR_NORMOPBASE_TD
