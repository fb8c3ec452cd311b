//===- NestBuilder.cpp - Affine loops of a norm op ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NestBuilder.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include <functional>

using namespace mlir;
using namespace norm;

/// True if the sizes of `memref` can be bounds of affine loops around its uses.
static bool hasSymbolSizes(Value memref) {
  if (cast<MemRefType>(memref.getType()).hasStaticShape() ||
      affine::isTopLevelValue(memref))
    return true;
  auto alloc = memref.getDefiningOp<memref::AllocOp>();
  return alloc && llvm::all_of(alloc.getDynamicSizes(), [](Value size) {
           return affine::isValidSymbol(size);
         });
}

std::string norm::whyNotAffine(NormOpInterface op) {
  if (op.hasTensorSemantics())
    return "expected the memref form, found tensors";
  for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    if (!type)
      continue;
    std::string text;
    llvm::raw_string_ostream stream(text);
    if (!type.getLayout().isIdentity()) {
      stream << "expected memrefs without strides or offset, found operand #"
             << i << " of type '" << type
             << "'; copy it to a buffer of its own before";
      return text;
    }
    if (!hasSymbolSizes(operand)) {
      stream << "expected sizes that are affine symbols, found operand #" << i
             << " of type '" << type
             << "' made inside a loop or branch; make its sizes static, or put "
                "the op into a function of its own";
      return text;
    }
  }
  return "";
}

SmallVector<OpFoldResult> NestBuilder::getSizes(Value memref) {
  SmallVector<OpFoldResult> sizes;
  auto type = cast<MemRefType>(memref.getType());
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    // An alloc knows its size, which is a symbol where memref.dim is none.
    sizes.push_back(
        type.isDynamicDim(dim)
            ? OpFoldResult(
                  builder.createOrFold<memref::DimOp>(loc, memref, dim))
            : OpFoldResult(builder.getIndexAttr(type.getDimSize(dim))));
  return sizes;
}

void NestBuilder::forEach(ArrayRef<OpFoldResult> sizes, BodyFn body) {
  accumulate(sizes, ValueRange(),
             [&](Indices indices, ValueRange) -> SmallVector<Value> {
               body(indices);
               return {};
             });
}

void NestBuilder::forEachWithSum(ArrayRef<OpFoldResult> sizes, BodyFn body) {
  if (!sizes.empty())
    return forEach(sizes, body);
  forEach(OpFoldResult(builder.getIndexAttr(1)), [&](Indices) { body({}); });
}

SmallVector<Value> NestBuilder::accumulate(ArrayRef<OpFoldResult> sizes,
                                           ValueRange inits, SumFn body) {
  SmallVector<Value> indices;
  // A loop around those of the dims from `dim` on.
  std::function<SmallVector<Value>(ValueRange)> build =
      [&](ValueRange sums) -> SmallVector<Value> {
    if (indices.size() == sizes.size())
      return body(indices, sums);
    OpFoldResult size = sizes[indices.size()];
    AffineMap zero = builder.getConstantAffineMap(0), bound;
    SmallVector<Value> operands;
    if (std::optional<int64_t> constant = getConstantIntValue(size)) {
      bound = builder.getConstantAffineMap(*constant);
    } else {
      bound = builder.getSymbolIdentityMap();
      operands.push_back(cast<Value>(size));
    }
    auto loop = affine::AffineForOp::create(
        builder, loc, ValueRange(), zero, operands, bound, /*step=*/1, sums,
        [&](OpBuilder &, Location, Value index, ValueRange carried) {
          indices.push_back(index);
          affine::AffineYieldOp::create(builder, loc, build(carried));
          indices.pop_back();
        });
    return SmallVector<Value>(loop.getResults());
  };
  return build(inits);
}

Value NestBuilder::load(Value memref, Indices indices) {
  return affine::AffineLoadOp::create(builder, loc, memref, indices);
}

void NestBuilder::store(Value value, Value memref, Indices indices) {
  affine::AffineStoreOp::create(builder, loc, value, memref, indices);
}

Value NestBuilder::allocate(ArrayRef<OpFoldResult> sizes, Type elementType) {
  return memref::AllocOp::create(builder, loc, sizes, elementType);
}

void NestBuilder::deallocate(Value memref) {
  memref::DeallocOp::create(builder, loc, memref);
}
