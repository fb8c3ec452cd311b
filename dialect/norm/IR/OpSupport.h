//===- OpSupport.h - What the ops of the dialect share ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_DIALECT_OPSUPPORT_H
#define NORM_DIALECT_OPSUPPORT_H

#include "norm/IR/NormOps.h"

#include "mlir/IR/PatternMatch.h"

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

/// Checks that the attribute `name` is finite in `type`.
llvm::LogicalResult verifyFinite(const llvm::APFloat &value,
                                 mlir::FloatType type, llvm::StringRef name,
                                 llvm::StringRef label, EmitErrorFn emitError);

/// Checks that epsilon is finite and not negative in `type`.
llvm::LogicalResult verifyEpsilon(const llvm::APFloat &value,
                                  mlir::FloatType type, llvm::StringRef label,
                                  EmitErrorFn emitError);

/// Checks that the bytes of the operand `name` can be counted in 64 bits.
llvm::LogicalResult verifyBytes(mlir::ShapedType type, llvm::StringRef name,
                                llvm::StringRef label, EmitErrorFn emitError);

/// Checks that the operand `name` has a shape compatible with `shape` and the
/// element type `elementType`.
llvm::LogicalResult verifyOperandType(mlir::Value operand, llvm::StringRef name,
                                      llvm::ArrayRef<int64_t> shape,
                                      mlir::Type elementType,
                                      llvm::StringRef label,
                                      EmitErrorFn emitError);

/// Checks that the element type of the operand or output `name` is that of the
/// data, `type`, or that of their accumulator.
llvm::LogicalResult
verifyMixedElementType(mlir::Value value, llvm::StringRef name, mlir::Type type,
                       llvm::StringRef label, EmitErrorFn emitError);

/// The description of an output shaped and typed as `operand`.
OutputDescription describeLike(llvm::StringLiteral name,
                               llvm::StringLiteral label, mlir::Value operand);

/// Verifies an op: its inputs, then that it has one of the two forms, by the
/// rule `formLabel`, and outputs that are a prefix of those it describes.
llvm::LogicalResult verifyNormOp(NormOpInterface op, llvm::StringRef formLabel);

/// Adds the constraint that dim `foundDim` of `found`, which `what` names, is
/// the product of the dims `expectedDims` of `expected`, unless all are static
/// or it is the same dim of the same value.
void addSizeConstraint(llvm::SmallVectorImpl<SizeConstraint> &constraints,
                       llvm::StringRef what, mlir::Value found,
                       int64_t foundDim, mlir::Value expected,
                       llvm::ArrayRef<int64_t> expectedDims);

/// Adds the constraints that each dim of `found` is that of `expected`.
void addSameShapeConstraints(llvm::SmallVectorImpl<SizeConstraint> &constraints,
                             llvm::StringRef what, mlir::Value found,
                             mlir::Value expected);

/// Adds the constraints on the outputs, whose sizes follow from the operands:
/// in tensor form only those that a result's type says and an operand's does
/// not.
void addOutputConstraints(NormOpInterface op,
                          llvm::SmallVectorImpl<SizeConstraint> &constraints);

/// The definitions of interface methods that are the same for each op; see the
/// interfaces. In tensor form an op has no effect, in memref form it reads its
/// inputs and writes its outs. It may run where it did not in tensor form, if
/// no size is left to be checked.
void addMemRefFormEffects(
    NormOpInterface op,
    llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance> &effects);
mlir::Speculation::Speculatability getSpeculatability(NormOpInterface op);
void populateOutputBounds(NormOpInterface op, mlir::Value value, int64_t dim,
                          mlir::ValueBoundsConstraintSet &bounds);
llvm::LogicalResult
reifyOutputShapes(NormOpInterface op, mlir::OpBuilder &builder,
                  mlir::ReifiedRankedShapedTypeDims &shapes);

/// Replaces an op whose x has no elements by its results, if its type says that
/// it has none: output `i` by `values[i]` for each element. There are as many
/// values as outputs, or more.
llvm::LogicalResult foldWithoutElements(NormOpInterface op, mlir::Value x,
                                        llvm::ArrayRef<llvm::APFloat> values,
                                        mlir::PatternRewriter &rewriter);

} // namespace norm

#endif // NORM_DIALECT_OPSUPPORT_H
