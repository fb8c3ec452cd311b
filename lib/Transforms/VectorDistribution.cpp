//===- VectorDistribution.cpp - The elements that a thread has ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorDistribution.h"

#include "GPUStrategy.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace norm;

Distribution::Distribution(gpu::GPUFuncOp kernel, GPUStrategyAttr gpu,
                           bool sharesBlock, bool storesOnce)
    : kernel(kernel), gpu(gpu) {
  OpBuilder builder(kernel.getContext());
  Location loc = kernel.getLoc();
  builder.setInsertionPointToStart(&kernel.getBody().front());
  Value id = gpu::ThreadIdOp::create(builder, loc, gpu::Dimension::x);
  Value limit =
      arith::ConstantIndexOp::create(builder, loc, gpu.getRowThreads());
  if (storesOnce)
    stores = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, id,
                                   limit);
  if (sharesBlock)
    id = arith::RemUIOp::create(builder, loc, id, limit);
  thread = id;
  first = arith::MulIOp::create(
      builder, loc, id,
      arith::ConstantIndexOp::create(builder, loc, elements()));
}

Value Distribution::indexOf(OpBuilder &b, Location loc, int64_t part) const {
  Value begin = arith::ConstantIndexOp::create(
      b, loc, part * gpu.getRowThreads() * elements());
  return arith::AddIOp::create(b, loc, first, begin);
}

OpFoldResult norm::keptElements(Value mask) {
  if (auto create = mask.getDefiningOp<vector::CreateMaskOp>())
    return OpFoldResult(create.getOperands()[0]);
  if (auto constant = mask.getDefiningOp<vector::ConstantMaskOp>())
    return IntegerAttr::get(IndexType::get(mask.getContext()),
                            constant.getMaskDimSizes()[0]);
  return {};
}

PartAccess::PartAccess(OpBuilder &builder, Location loc,
                       const Distribution &distribution,
                       VectorTransferOpInterface access, int64_t part)
    : b(builder), loc(loc), base(access.getBase()),
      indices(access.getIndices()), elements(distribution.elements()),
      isAligned(access->hasAttr(kAlignedAttr)) {
  Value mask = access.getMask();
  Value offset = distribution.indexOf(b, loc, part);
  this->indices.back() =
      arith::AddIOp::create(b, loc, this->indices.back(), offset);
  if (!mask)
    return;
  OpFoldResult kept = keptElements(mask);
  if (getConstantIntValue(kept).value_or(0) < distribution.endOf(part))
    keepFirst(kept, offset);
}

PartAccess::PartAccess(OpBuilder &builder, Location loc,
                       const Distribution &distribution,
                       VectorTransferOpInterface access, Value row,
                       Value column, OpFoldResult kept)
    : b(builder), loc(loc), base(access.getBase()),
      indices(access.getIndices()), elements(distribution.elements()),
      isAligned(access->hasAttr(kAlignedAttr)) {
  for (auto [index, offset] : llvm::zip_equal(indices, ValueRange{row, column}))
    index = arith::AddIOp::create(b, loc, index, offset);
  if (kept)
    keepFirst(kept, column);
}

Value PartAccess::read(VectorType type) {
  if (!rest)
    return readWhole(type);
  return scf::IfOp::create(
             b, loc, hasAll(),
             [&](OpBuilder &, Location) {
               scf::YieldOp::create(b, loc, readWhole(type));
             },
             [&](OpBuilder &, Location) {
               Value none =
                   arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
               scf::YieldOp::create(
                   b, loc, isWholeOrNone ? none : readSome(type, none));
             })
      .getResult(0);
}

void PartAccess::write(Value value) {
  if (!rest)
    return writeWhole(value);
  scf::IfOp::create(
      b, loc, hasAll(),
      [&](OpBuilder &, Location) {
        writeWhole(value);
        scf::YieldOp::create(b, loc);
      },
      [&](OpBuilder &, Location) {
        if (!isWholeOrNone)
          forEachElement([&](Value isKept, int64_t i) {
            scf::IfOp::create(b, loc, isKept, [&](OpBuilder &, Location) {
              writeElement(value, i);
              scf::YieldOp::create(b, loc);
            });
          });
        scf::YieldOp::create(b, loc);
      });
}

void PartAccess::keepFirst(OpFoldResult kept, Value offset) {
  std::optional<int64_t> known = getConstantIntValue(kept);
  rest = arith::SubIOp::create(
      b, loc, getValueOrCreateConstantIndexOp(b, loc, kept), offset);
  isWholeOrNone = known && *known % elements == 0;
}
bool PartAccess::isContiguous() {
  return cast<MemRefType>(base.getType()).isLastDimUnitStride();
}
// One access of less than the size of its vector is as many as elements.
llvm::MaybeAlign PartAccess::alignment() {
  int64_t bytes = cast<MemRefType>(base.getType()).getElementTypeBitWidth() / 8;
  return llvm::MaybeAlign(
      isAligned ? std::min<int64_t>(rowAlignment, elements * bytes) : bytes);
}

Value PartAccess::readWhole(VectorType type) {
  if (isContiguous())
    return vector::LoadOp::create(b, loc, type, base, indices,
                                  /*nontemporal=*/false, alignment());
  Value vector = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  for (int64_t i = 0; i < elements; ++i)
    vector = vector::InsertOp::create(b, loc, readElement(i), vector, i);
  return vector;
}
Value PartAccess::readSome(VectorType type, Value vector) {
  forEachElement([&](Value isKept, int64_t i) {
    Value element = scf::IfOp::create(
                        b, loc, isKept,
                        [&](OpBuilder &, Location) {
                          scf::YieldOp::create(b, loc, readElement(i));
                        },
                        [&](OpBuilder &, Location) {
                          scf::YieldOp::create(
                              b, loc,
                              arith::ConstantOp::create(
                                  b, loc, b.getZeroAttr(type.getElementType()))
                                  .getResult());
                        })
                        .getResult(0);
    vector = vector::InsertOp::create(b, loc, element, vector, i);
  });
  return vector;
}
void PartAccess::writeWhole(Value value) {
  if (isContiguous()) {
    vector::StoreOp::create(b, loc, value, base, indices,
                            /*nontemporal=*/false, alignment());
    return;
  }
  for (int64_t i = 0; i < elements; ++i)
    writeElement(value, i);
}

Value PartAccess::readElement(int64_t i) {
  return memref::LoadOp::create(b, loc, base, indicesOf(i));
}
void PartAccess::writeElement(Value vector, int64_t i) {
  memref::StoreOp::create(b, loc, vector::ExtractOp::create(b, loc, vector, i),
                          base, indicesOf(i));
}
SmallVector<Value> PartAccess::indicesOf(int64_t i) {
  SmallVector<Value> at(indices);
  at.back() = arith::AddIOp::create(b, loc, at.back(),
                                    arith::ConstantIndexOp::create(b, loc, i));
  return at;
}

Value PartAccess::isAbove(int64_t limit) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, rest,
                               arith::ConstantIndexOp::create(b, loc, limit));
}
Value PartAccess::hasAll() { return isAbove(elements - 1); }
void PartAccess::forEachElement(
    llvm::function_ref<void(Value, int64_t)> visit) {
  for (int64_t i = 0; i < elements; ++i)
    visit(isAbove(i), i);
}
