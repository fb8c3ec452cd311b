//===- RowNests.cpp - Affine loops of an op on rows -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowNests.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"

using namespace mlir;
using namespace norm;

RowNests::RowNests(OpBuilder &builder, Location loc, Value x, int64_t axis)
    : NestBuilder(builder, loc, getElementTypeOrSelf(x.getType())),
      sizes(getSizes(x)), rows(ArrayRef(sizes).take_front(axis)),
      columns(ArrayRef(sizes).drop_front(axis)) {}

Value RowNests::sumRow(Indices row, function_ref<Value(Indices)> summand) {
  Value zero = constant(APFloat(0.0));
  auto addSummand = [&](Indices column, ValueRange sums) {
    SmallVector<Value> indices(row);
    llvm::append_range(indices, column);
    return SmallVector<Value>{add(sums.front(), summand(indices))};
  };
  return accumulate(columns, zero, addSummand).front();
}

Value RowNests::loadRowVector(Value memref, Indices indices) {
  if (!memref)
    return Value();
  SmallVector<Value> column(indices.drop_front(rows.size()));
  if (cast<MemRefType>(memref.getType()).getRank() ==
      static_cast<int64_t>(column.size()))
    return load(memref, column);
  AffineMap place = flatten(column);
  return affine::AffineLoadOp::create(builder, loc, memref, place, column);
}

void RowNests::storeRowVector(Value value, Value memref, Indices column) {
  if (cast<MemRefType>(memref.getType()).getRank() ==
      static_cast<int64_t>(column.size()))
    return store(value, memref, column);
  SmallVector<Value> operands(column);
  AffineMap place = flatten(operands);
  affine::AffineStoreOp::create(builder, loc, value, memref, place, operands);
}

AffineMap RowNests::flatten(SmallVectorImpl<Value> &column) {
  // Row-major: ((j0 * size1 + j1) * size2 + j2) ..
  AffineExpr place = builder.getAffineDimExpr(0);
  SmallVector<Value> symbols;
  for (size_t dim = 1; dim < column.size(); ++dim) {
    AffineExpr size;
    if (std::optional<int64_t> constant = getConstantIntValue(columns[dim])) {
      size = builder.getAffineConstantExpr(*constant);
    } else {
      size = builder.getAffineSymbolExpr(symbols.size());
      symbols.push_back(cast<Value>(columns[dim]));
    }
    place = place * size + builder.getAffineDimExpr(dim);
  }
  AffineMap map = AffineMap::get(column.size(), symbols.size(), place);
  llvm::append_range(column, symbols);
  return map;
}
