//===- ExpandMaskedAccesses.cpp - Masked accesses on targets without them -===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace norm {
#define GEN_PASS_DEF_EXPANDMASKEDACCESSES
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

namespace {

struct ExpandMaskedAccessesPass
    : norm::impl::ExpandMaskedAccessesBase<ExpandMaskedAccessesPass> {
  using ExpandMaskedAccessesBase::ExpandMaskedAccessesBase;

  void runOnOperation() override {
    buffers.clear(); // They belong to one function.
    SmallVector<Operation *> accesses;
    getOperation()->walk([&](Operation *op) {
      if (isa<vector::MaskedLoadOp, vector::MaskedStoreOp>(op))
        accesses.push_back(op);
    });
    for (Operation *op : accesses) {
      OpBuilder builder(op);
      if (auto load = dyn_cast<vector::MaskedLoadOp>(op))
        expand(builder, load);
      else
        expand(builder, cast<vector::MaskedStoreOp>(op));
    }
  }

private:
  void expand(OpBuilder &builder, vector::MaskedLoadOp load) {
    Value lanes = activeLanes(builder, load.getMask(), load.getVectorType());
    if (!lanes)
      return;
    Location loc = load.getLoc();
    if (std::optional<int64_t> number = getConstantIntValue(lanes)) {
      load.replaceAllUsesWith(loadParts(builder, load, *number));
      load.erase();
      return;
    }
    Value buffer = stackBuffer(load.getVectorType());
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    vector::StoreOp::create(builder, loc, load.getPassThru(), buffer, zero);
    copyParts(builder, loc, load.getVectorType(), lanes, load.getBase(),
              load.getIndices(), buffer, zero);
    Value result = vector::LoadOp::create(builder, loc, load.getVectorType(),
                                          buffer, zero);
    load.replaceAllUsesWith(result);
    load.erase();
  }

  void expand(OpBuilder &builder, vector::MaskedStoreOp store) {
    VectorType type = store.getVectorType();
    Value lanes = activeLanes(builder, store.getMask(), type);
    if (!lanes)
      return;
    Location loc = store.getLoc();
    if (std::optional<int64_t> number = getConstantIntValue(lanes)) {
      storeParts(builder, store, *number);
      store.erase();
      return;
    }
    Value buffer = stackBuffer(type);
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    vector::StoreOp::create(builder, loc, store.getValueToStore(), buffer,
                            zero);
    copyParts(builder, loc, type, lanes, buffer, zero, store.getBase(),
              store.getIndices());
    store.erase();
  }

  /// Calls `visit(part, first)` for the parts of `number` elements, of 2^n
  /// each, the largest first.
  static void forEachPart(int64_t number,
                          llvm::function_ref<void(int64_t, int64_t)> visit) {
    for (int64_t first = 0; first < number;) {
      int64_t part = llvm::bit_floor(uint64_t(number - first));
      visit(part, first);
      first += part;
    }
  }

  static SmallVector<Value> advanced(OpBuilder &builder, Location loc,
                                     ValueRange indices, int64_t by) {
    SmallVector<Value> result(indices);
    Value offset = arith::ConstantIndexOp::create(builder, loc, by);
    result.back() = arith::AddIOp::create(builder, loc, result.back(), offset);
    return result;
  }

  /// The first `number` elements, known here, in registers: a part that was
  /// written to memory is not there yet when the whole vector is read back.
  Value loadParts(OpBuilder &builder, vector::MaskedLoadOp load,
                  int64_t number) {
    Location loc = load.getLoc();
    VectorType type = load.getVectorType();
    // LLVM takes vectors of bf16 apart to shuffle them.
    Type integer = builder.getIntegerType(type.getElementTypeBitWidth());
    Value bits = arith::BitcastOp::create(builder, loc, type.clone(integer),
                                          load.getPassThru());
    forEachPart(number, [&](int64_t part, int64_t first) {
      auto partType = VectorType::get({part}, type.getElementType());
      Value value = vector::LoadOp::create(
          builder, loc, partType, load.getBase(),
          advanced(builder, loc, load.getIndices(), first));
      value = arith::BitcastOp::create(builder, loc, partType.clone(integer),
                                       value);
      bits = vector::InsertStridedSliceOp::create(builder, loc, value, bits,
                                                  first, /*strides=*/1);
    });
    return arith::BitcastOp::create(builder, loc, type, bits);
  }

  void storeParts(OpBuilder &builder, vector::MaskedStoreOp store,
                  int64_t number) {
    Location loc = store.getLoc();
    VectorType type = store.getVectorType();
    Type integer = builder.getIntegerType(type.getElementTypeBitWidth());
    Value bits = arith::BitcastOp::create(builder, loc, type.clone(integer),
                                          store.getValueToStore());
    forEachPart(number, [&](int64_t part, int64_t first) {
      Value value = vector::ExtractStridedSliceOp::create(builder, loc, bits,
                                                          first, part, 1);
      auto partType = VectorType::get({part}, type.getElementType());
      value = arith::BitcastOp::create(builder, loc, partType, value);
      vector::StoreOp::create(
          builder, loc, value, store.getBase(),
          advanced(builder, loc, store.getIndices(), first));
    });
  }

  /// The number of leading lanes that the mask sets; null if the target has the
  /// access, or the mask is another one.
  Value activeLanes(OpBuilder &builder, Value mask, VectorType type) {
    int64_t bits = type.getElementTypeBitWidth();
    if (minBits != 0 && bits >= minBits)
      return {};
    if (auto dynamic = mask.getDefiningOp<vector::CreateMaskOp>())
      return dynamic.getOperands()[0];
    if (auto constant = mask.getDefiningOp<vector::ConstantMaskOp>())
      return arith::ConstantIndexOp::create(builder, mask.getLoc(),
                                            constant.getMaskDimSizes()[0]);
    return {};
  }

  /// A buffer of one vector, shared by all accesses of its type.
  Value stackBuffer(VectorType type) {
    Value &buffer = buffers[type];
    if (!buffer) {
      OpBuilder builder =
          OpBuilder::atBlockBegin(&getOperation().getBody().front());
      buffer = memref::AllocaOp::create(
          builder, getOperation().getLoc(),
          MemRefType::get(type.getShape(), type.getElementType()),
          builder.getI64IntegerAttr(64));
    }
    return buffer;
  }

  /// Copies the first `lanes` elements from one address to another: for each
  /// bit of the number, one vector of that size.
  void copyParts(OpBuilder &builder, Location loc, VectorType type, Value lanes,
                 Value source, ValueRange sourceIndices, Value target,
                 ValueRange targetIndices) {
    Value done = arith::ConstantIndexOp::create(builder, loc, 0);
    Value zero = done;
    auto behindThem = [&](OpBuilder &b, ValueRange indices) {
      SmallVector<Value> result(indices);
      result.back() = arith::AddIOp::create(b, loc, result.back(), done);
      return result;
    };
    for (int64_t part = type.getNumElements(); part >= 1; part /= 2) {
      Value size = arith::ConstantIndexOp::create(builder, loc, part);
      Value bit = arith::AndIOp::create(builder, loc, lanes, size);
      Value isSet = arith::CmpIOp::create(builder, loc,
                                          arith::CmpIPredicate::ne, bit, zero);
      scf::IfOp::create(builder, loc, isSet, [&](OpBuilder &b, Location) {
        auto partType = VectorType::get({part}, type.getElementType());
        Value value = vector::LoadOp::create(b, loc, partType, source,
                                             behindThem(b, sourceIndices));
        vector::StoreOp::create(b, loc, value, target,
                                behindThem(b, targetIndices));
        scf::YieldOp::create(b, loc);
      });
      done = arith::AddIOp::create(builder, loc, done, bit);
    }
  }

  DenseMap<Type, Value> buffers;
};

} // namespace
