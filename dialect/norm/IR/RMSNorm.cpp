//===- RMSNorm.cpp - Verification and inference of norm.rmsnorm -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

FloatType RMSNormOp::getAccType() {
  return getAccumulatorType(getXType().getElementType());
}

bool RMSNormOp::hasTensorSemantics() {
  return isa<RankedTensorType>(getX().getType());
}

Value RMSNormOp::getY() {
  return hasTensorSemantics() ? Value(getOutputs()[0]) : getOuts()[0];
}

Value RMSNormOp::getRrms() {
  ValueRange outputs =
      hasTensorSemantics() ? ValueRange(getOutputs()) : ValueRange(getOuts());
  return outputs.size() > 1 ? outputs[1] : Value();
}

/// Checks gamma or beta against the row dims of x.
static LogicalResult verifyRowVector(RMSNormOp op, StringRef name, Value vector,
                                     StringRef typeLabel, StringRef shapeLabel,
                                     EmitErrorFn emitError) {
  if (!vector)
    return success();
  ShapedType x = op.getXType();
  auto type = cast<ShapedType>(vector.getType());
  if (type.getElementType() != x.getElementType() &&
      type.getElementType() != op.getAccType()) {
    auto diag = emitError() << typeLabel << ": expected the element type of "
                            << name << " to be " << x.getElementType();
    if (op.getAccType() != x.getElementType())
      diag << " or " << op.getAccType();
    return diag << ", found " << type.getElementType();
  }
  ArrayRef<int64_t> rowShape = x.getShape().drop_front(op.getCanonicalAxis());
  FailureOr<int64_t> length = productOfSizes(rowShape);
  bool fits =
      succeeded(verifyCompatibleShape(type.getShape(), rowShape)) ||
      (type.getRank() == 1 && sizesMayAgree(type.getDimSize(0), *length));
  if (!fits) {
    auto diag = emitError() << shapeLabel << ": expected " << name
                            << " to have the shape of the row dims [";
    auto printSize = [&](int64_t size) {
      if (ShapedType::isDynamic(size))
        diag << "?";
      else
        diag << size;
    };
    llvm::interleave(rowShape, printSize, [&] { diag << ", "; });
    diag << "]";
    if (rowShape.size() > 1) {
      diag << " or [";
      printSize(*length);
      diag << "]";
    }
    return diag << ", found " << type;
  }
  return success();
}

static LogicalResult verifyFinite(const llvm::APFloat &value, FloatType type,
                                  StringRef name, StringRef label,
                                  EmitErrorFn emitError) {
  if (isFiniteIn(value, type))
    return success();
  return emitError() << label << ": expected " << name << " to be finite in "
                     << type << ", found " << value.convertToDouble();
}

LogicalResult
RMSNormOp::inferOutputTypes(EmitErrorFn emitError,
                            SmallVectorImpl<RankedTensorType> &types) {
  ShapedType x = getXType();
  int64_t rank = x.getRank(), axis = getAxis();
  if (rank < 1)
    return emitError() << "RMSNorm-C1: expected x to have rank >= 1, found "
                       << x;
  if (axis < -rank || axis >= rank)
    return emitError() << "RMSNorm-C2: expected axis in [" << -rank << ", "
                       << rank << "), found " << axis;
  ArrayRef<int64_t> shape = x.getShape();
  FailureOr<int64_t> length =
      productOfSizes(shape.drop_front(getCanonicalAxis()));
  if (failed(length))
    return emitError()
           << "RMSNorm-C3: expected a row length that fits 64 bits, "
              "found row dims of "
           << x;
  if (*length == 0)
    return emitError() << "RMSNorm-C3: expected a row length >= 1, found 0 in "
                       << x;
  unsigned bits = x.getElementTypeBitWidth();
  FailureOr<int64_t> elements = productOfSizes(llvm::filter_to_vector(
      shape, [](int64_t size) { return !ShapedType::isDynamic(size); }));
  if (failed(elements) ||
      *elements > std::numeric_limits<int64_t>::max() / (bits / 8))
    return emitError() << "RMSNorm-C14: expected the bytes of x to fit in a "
                          "signed 64-bit integer, found "
                       << x;
  FloatType acc = getAccType();
  if (!isFiniteIn(getEpsilon(), acc) || getEpsilon().convertToDouble() < 0)
    return emitError() << "RMSNorm-C4: expected epsilon to be finite and >= 0 "
                          "in "
                       << acc << ", found " << getEpsilon().convertToDouble();
  if (failed(verifyFinite(getTargetRms(), acc, "target_rms", "RMSNorm-C5",
                          emitError)) ||
      failed(verifyFinite(getWeightOffset(), acc, "weight_offset", "RMSNorm-C6",
                          emitError)) ||
      failed(verifyRowVector(*this, "gamma", getGamma(), "RMSNorm-C7",
                             "RMSNorm-C8", emitError)) ||
      failed(verifyRowVector(*this, "beta", getBeta(), "RMSNorm-C9",
                             "RMSNorm-C10", emitError)))
    return failure();

  types.push_back(RankedTensorType::get(shape, x.getElementType()));
  types.push_back(RankedTensorType::get(shape.take_front(getCanonicalAxis()),
                                        getAccType()));
  return success();
}

LogicalResult RMSNormOp::verify() {
  SmallVector<RankedTensorType> types;
  if (failed(inferOutputTypes([&] { return emitOpError(); }, types)))
    return failure();
  return verifyOutputs(*this, getX(), getOutputs(), getOuts(), types,
                       {"RMSNorm-C11", "RMSNorm-C12", "RMSNorm-C13"},
                       {"y", "rrms"});
}

void RMSNormOp::setOutputTypes(TypeRange types) {
  for (auto [output, type] : llvm::zip(getOutputs(), types))
    output.setType(type);
}

void RMSNormOp::collectSizeConstraints(
    SmallVectorImpl<SizeConstraint> &constraints) {
  int64_t axis = getCanonicalAxis(), rank = getXType().getRank();
  auto rowDims = llvm::to_vector(llvm::seq<int64_t>(axis, rank));
  auto addRowVector = [&](StringRef name, Value vector) {
    if (!vector)
      return;
    if (cast<ShapedType>(vector.getType()).getRank() == 1)
      return addSizeConstraint(constraints, name, vector, 0, getX(), rowDims);
    for (auto [i, dim] : llvm::enumerate(rowDims))
      addSizeConstraint(constraints, name, vector, i, getX(), {dim});
  };
  addRowVector("gamma", getGamma());
  addRowVector("beta", getBeta());

  // The sizes of a result follow from x, unless its type says more than x's.
  bool tensorForm = hasTensorSemantics();
  auto addOutput = [&](StringRef name, Value output) {
    if (!output)
      return;
    auto type = cast<ShapedType>(output.getType());
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (!tensorForm || !type.isDynamicDim(dim))
        addSizeConstraint(constraints, name, output, dim, getX(), {dim});
  };
  addOutput("y", getY());
  addOutput("rrms", getRrms());
}

LogicalResult
RMSNormOp::reifyResultShapes(OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, getLoc(), getX());
  ArrayRef<OpFoldResult> all(sizes);
  shapes.emplace_back(all.begin(), all.end());
  if (getOutputs().size() > 1) {
    ArrayRef<OpFoldResult> rows = all.take_front(getCanonicalAxis());
    shapes.emplace_back(rows.begin(), rows.end());
  }
  // A result type may know a size that x's type does not.
  for (auto [shape, output] : llvm::zip(shapes, getOutputs())) {
    auto type = cast<RankedTensorType>(output.getType());
    for (auto [i, size] : llvm::enumerate(shape))
      if (!type.isDynamicDim(i))
        size = builder.getIndexAttr(type.getDimSize(i));
  }
  return success();
}

void RMSNormOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addMemRefFormEffects(getOperation()->getOpOperands(), getOuts(), effects);
}
