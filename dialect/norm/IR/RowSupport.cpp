//===- RowSupport.cpp - What the ops over rows share ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowSupport.h"

using namespace mlir;
using namespace norm;

int64_t norm::clampAxis(int64_t axis, int64_t rank) {
  return std::clamp<int64_t>(canonicalizeAxis(axis, rank), 0, rank);
}

LogicalResult norm::verifyRows(ShapedType x, int64_t axis,
                               const RowLabels &labels, EmitErrorFn emitError) {
  int64_t rank = x.getRank();
  if (rank < 1)
    return emitError() << labels.rank
                       << ": expected x to have rank >= 1, found " << x;
  if (axis < -rank || axis >= rank)
    return emitError() << labels.axis << ": expected axis in [" << -rank << ", "
                       << rank << "), found " << axis;
  FailureOr<int64_t> length =
      productOfSizes(x.getShape().drop_front(canonicalizeAxis(axis, rank)));
  if (failed(length))
    return emitError() << labels.length
                       << ": expected a row length that fits 64 bits, "
                          "found row dims of "
                       << x;
  if (*length == 0)
    return emitError() << labels.length
                       << ": expected a row length >= 1, found 0 in " << x;
  return verifyBytes(x, "x", labels.bytes, emitError);
}

LogicalResult norm::verifyRowVector(Value vector, StringRef name, ShapedType x,
                                    int64_t axis, StringRef label,
                                    EmitErrorFn emitError) {
  if (!vector)
    return success();
  auto type = cast<ShapedType>(vector.getType());
  ArrayRef<int64_t> rowShape = x.getShape().drop_front(axis);
  FailureOr<int64_t> length = productOfSizes(rowShape);
  if (succeeded(verifyCompatibleShape(type.getShape(), rowShape)) ||
      (type.getRank() == 1 && sizesMayAgree(type.getDimSize(0), *length)))
    return success();
  auto diag = emitError() << label << ": expected " << name
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

void norm::addRowVectorConstraints(SmallVectorImpl<SizeConstraint> &constraints,
                                   StringRef name, Value vector, Value x,
                                   int64_t axis) {
  if (!vector)
    return;
  int64_t rank = cast<ShapedType>(x.getType()).getRank();
  auto rowDims = llvm::to_vector(llvm::seq<int64_t>(axis, rank));
  if (cast<ShapedType>(vector.getType()).getRank() == 1)
    return addSizeConstraint(constraints, name, vector, 0, x, rowDims);
  for (auto [i, dim] : llvm::enumerate(rowDims))
    addSizeConstraint(constraints, name, vector, i, x, {dim});
}

FailureOr<int64_t>
norm::countNormalizedDims(Location loc, Value x,
                          ArrayRef<int64_t> normalizedShape) {
  auto type = dyn_cast<RankedTensorType>(x.getType());
  if (!type)
    return mlir::emitError(loc)
           << "expected x to be a ranked tensor, found " << x.getType();
  int64_t dims = normalizedShape.size();
  if (dims < 1 || dims > type.getRank())
    return mlir::emitError(loc) << "expected a normalized shape of 1 to "
                                << type.getRank() << " sizes, found " << dims;
  for (auto [expected, found] :
       llvm::zip(normalizedShape, type.getShape().take_back(dims)))
    if (!sizesMayAgree(expected, found))
      return mlir::emitError(loc) << "expected the last sizes of " << type
                                  << " to be the normalized shape, found "
                                  << found << " where it has " << expected;
  return dims;
}
