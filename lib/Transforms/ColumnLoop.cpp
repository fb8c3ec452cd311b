//===- ColumnLoop.cpp - What a loop over columns accesses -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ColumnLoop.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace norm;

Value norm::rowOfAccess(scf::ForOp loop, Value base, ValueRange indices) {
  if (indices.size() != 1)
    return {};
  if (indices[0] == loop.getInductionVar())
    return loop.isDefinedOutsideOfLoop(base) ? base : Value();
  auto tile = base.getDefiningOp<memref::SubViewOp>();
  if (!isConstantIntValue(indices[0], 0) || !tile || !tile.hasUnitStride() ||
      tile.getMixedOffsets() !=
          SmallVector<OpFoldResult>{loop.getInductionVar()} ||
      !loop.isDefinedOutsideOfLoop(tile.getSource()))
    return {};
  return tile.getSource();
}

Value norm::createAddress(OpBuilder &builder, Location loc, Value memref) {
  auto metadata =
      memref::ExtractStridedMetadataOp::create(builder, loc, memref);
  Value base =
      memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, memref);
  int64_t bytes =
      cast<MemRefType>(memref.getType()).getElementTypeBitWidth() / 8;
  Value offset = arith::MulIOp::create(
      builder, loc, metadata.getOffset(),
      arith::ConstantIndexOp::create(builder, loc, bytes));
  return arith::AddIOp::create(builder, loc, base, offset);
}

void norm::createPrefetch(OpBuilder &builder, Location loc, Value address,
                          int64_t offset, CacheLevel level) {
  Value line = arith::AddIOp::create(
      builder, loc, address,
      arith::ConstantIndexOp::create(builder, loc, offset));
  Value bits =
      arith::IndexCastOp::create(builder, loc, builder.getI64Type(), line);
  Value pointer = LLVM::IntToPtrOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext()), bits);
  LLVM::Prefetch::create(builder, loc, pointer, /*rw=*/0,
                         /*hint=*/level == CacheLevel::First ? 3 : 2,
                         /*cache=*/1);
}
