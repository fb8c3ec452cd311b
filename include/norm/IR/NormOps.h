//===- NormOps.h - The norm dialect, its attributes and ops -----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_NORMOPS_H
#define NORM_IR_NORMOPS_H

#include "norm/IR/DifferentiableOpInterface.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

#include <optional>

namespace norm {

/// Two sizes that must be equal when a function is called: the size of dim
/// `foundDim` of `found`, and the product of the dims `expectedDims` of
/// `expected`. `what` names the found value in an error text. `found` is an
/// operand, or a result in tensor form, whose size is static then.
struct SizeConstraint {
  std::string what;
  mlir::Value found;
  int64_t foundDim;
  mlir::Value expected;
  llvm::SmallVector<int64_t> expectedDims;
};

/// An output that an op can have. Its sizes are those of the dims `dims` of the
/// operand `source`. `name` and `label` are for error texts: what the operator
/// calls it, and the rule that its type obeys.
struct OutputDescription {
  llvm::StringLiteral name;
  llvm::StringLiteral label;
  mlir::Type elementType;
  mlir::Value source;
  llvm::SmallVector<int64_t> dims;

  /// The type in tensor form, as far as that of `source` is known.
  mlir::RankedTensorType getType() const;
};

/// How a value of an op on the rows `[rows.., row..]` is shaped.
enum class RowPart {
  /// `[rows.., row..]`.
  Full,
  /// `[rows..]`: a value for each row.
  Rows,
  /// `[row..]`, or 1-d with as many elements: a value for each element of a
  /// row.
  Row
};

/// The type in which an op over `elementType` accumulates: f64 for f64, and
/// f32 for f16, bf16 and f32.
mlir::FloatType getAccumulatorType(mlir::Type elementType);

} // namespace norm

#include "norm/IR/NormDialect.h.inc"
#include "norm/IR/NormEnums.h.inc"

namespace norm {

/// The dim of the channels in a shape of `rank` dims.
int64_t getChannelDim(ChannelLayout layout, int64_t rank);

} // namespace norm

#define GET_ATTRDEF_CLASSES
#include "norm/IR/NormAttrs.h.inc"

#include "norm/IR/NormInterfaces.h.inc"

#define GET_OP_CLASSES
#include "norm/IR/NormOps.h.inc"

namespace norm {

/// The number of elements of each channel of `x`, a ranked tensor or memref of
/// rank >= 2: the product of all dims but `channelDim`, as an index. Constants
/// and `tensor.dim` or `memref.dim` that fold are made at `builder`.
mlir::Value createElementsPerChannel(mlir::OpBuilder &builder,
                                     mlir::Location loc, mlir::Value x,
                                     int64_t channelDim);

/// Merges the inferred result types of `op`, in tensor form, with those that it
/// has, into `types`: a size is static where either knows it. Fails, after an
/// error through `emitError`, where the two differ.
llvm::LogicalResult
mergeOutputTypes(NormOpInterface op,
                 llvm::function_ref<mlir::InFlightDiagnostic()> emitError,
                 llvm::SmallVectorImpl<mlir::Type> &types);

/// Attaches the bufferization of norm ops (tensor form to memref form) to the
/// dialect when it is loaded.
void registerBufferizableOpInterfaceModels(mlir::DialectRegistry &registry);

} // namespace norm

#endif // NORM_IR_NORMOPS_H
