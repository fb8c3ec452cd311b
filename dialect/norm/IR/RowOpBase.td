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
    /// `axis` counted from the front: the first dim of a row.
    int64_t getCanonicalAxis() {
      auto axis = static_cast<int64_t>(getAxis()); // ODS reads i64 as unsigned
      return axis < 0 ? axis + getXType().getRank() : axis;
    }
    /// The type in which rows are accumulated: f64 for f64, else f32.
    mlir::FloatType getAccType() {
      return ::norm::getAccumulatorType(getXType().getElementType());
    }
}];

#endif // NORM_IR_ROWOPBASE_TD
