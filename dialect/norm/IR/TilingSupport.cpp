//===- TilingSupport.cpp - What the tilings of ops share ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TilingSupport.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

Operation *norm::createSlice(OpBuilder &builder, Location loc, Value source,
                             ArrayRef<OpFoldResult> offsets,
                             ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> strides(offsets.size(), builder.getIndexAttr(1));
  if (isa<TensorType>(source.getType()))
    return tensor::ExtractSliceOp::create(builder, loc, source, offsets, sizes,
                                          strides);
  return memref::SubViewOp::create(builder, loc, source, offsets, sizes,
                                   strides);
}

SmallVector<Range> norm::getDomainOf(OpBuilder &builder, Location loc,
                                     Value shaped) {
  SmallVector<OpFoldResult> sizes =
      isa<TensorType>(shaped.getType())
          ? tensor::getMixedSizes(builder, loc, shaped)
          : memref::getMixedSizes(builder, loc, shaped);
  return llvm::map_to_vector(sizes, [&](OpFoldResult size) {
    return Range{builder.getIndexAttr(0), size, builder.getIndexAttr(1)};
  });
}

SmallVector<utils::IteratorType>
norm::getElementwiseIterators(NormOpInterface op) {
  auto type = cast<ShapedType>(op->getOperand(0).getType());
  return SmallVector<utils::IteratorType>(type.getRank(),
                                          utils::IteratorType::parallel);
}

TilingResult norm::tileElementwise(NormOpInterface op, OpBuilder &builder,
                                   ArrayRef<OpFoldResult> offsets,
                                   ArrayRef<OpFoldResult> sizes) {
  SmallVector<Operation *> slices;
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    slices.push_back(
        createSlice(builder, op.getLoc(), operand, offsets, sizes));
    operands.push_back(slices.back()->getResult(0));
  }
  SmallVector<Type> types;
  if (op.hasTensorSemantics())
    types.push_back(operands[0].getType());
  Operation *tiled = mlir::clone(builder, op, types, operands);
  // The tile of a memref is no value.
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}
