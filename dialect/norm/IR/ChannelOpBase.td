//===- ChannelOpBase.td - What ops over channels declare ---*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_CHANNELOPBASE_TD
#define NORM_IR_CHANNELOPBASE_TD

include "norm/IR/NormOpBase.td"

// The accessors of an op with an operand `x` and an attribute `layout`.
defvar Norm_channelAccessors = [{
    /// The type of `x` seen as a tensor or memref.
    mlir::ShapedType getXType() { return llvm::cast<mlir::ShapedType>(getX().getType()); }
    /// The dim of the channels, counted from the front.
    int64_t getChannelDim() {
      return ::norm::getChannelDim(getLayout(), getXType().getRank());
    }
    /// The type in which channels are accumulated: f64 for f64, else f32.
    mlir::FloatType getAccType() {
      return ::norm::getAccumulatorType(getXType().getElementType());
    }
}];

#endif // NORM_IR_CHANNELOPBASE_TD
