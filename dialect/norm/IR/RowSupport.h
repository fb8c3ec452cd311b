//===- RowSupport.h - What the ops over rows share --------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_DIALECT_ROWSUPPORT_H
#define NORM_DIALECT_ROWSUPPORT_H

#include "OpSupport.h"

namespace norm {

/// `axis` counted from the front in a shape of `rank` dims.
inline int64_t canonicalizeAxis(int64_t axis, int64_t rank) {
  return axis < 0 ? axis + rank : axis;
}

/// The same for an axis that may be out of range: then the nearest bound.
int64_t clampAxis(int64_t axis, int64_t rank);

/// The labels of the rules that verifyRows checks.
struct RowLabels {
  llvm::StringRef rank, axis, length, bytes;
};

/// Checks that `axis` divides x into rows of a static length other than 0.
llvm::LogicalResult verifyRows(mlir::ShapedType x, int64_t axis,
                               const RowLabels &labels, EmitErrorFn emitError);

/// Checks that `vector`, which may be null, has the shape of a row of x, whose
/// first dim is `axis`, or is 1-D with as many elements.
llvm::LogicalResult verifyRowVector(mlir::Value vector, llvm::StringRef name,
                                    mlir::ShapedType x, int64_t axis,
                                    llvm::StringRef label,
                                    EmitErrorFn emitError);

/// Adds the constraints that `vector`, which may be null, fits the rows of x.
void addRowVectorConstraints(llvm::SmallVectorImpl<SizeConstraint> &constraints,
                             llvm::StringRef name, mlir::Value vector,
                             mlir::Value x, int64_t axis);

/// The number of the last dims of `x` whose sizes are `normalizedShape`; a
/// dynamic size agrees with any. Fails, with an error at `loc`, if `x` is no
/// ranked tensor or these are not its last sizes.
llvm::FailureOr<int64_t>
countNormalizedDims(mlir::Location loc, mlir::Value x,
                    llvm::ArrayRef<int64_t> normalizedShape);

} // namespace norm

#endif // NORM_DIALECT_ROWSUPPORT_H
