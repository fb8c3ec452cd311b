//===- ExpandMaskedAccesses.cpp - Masked accesses on targets without them -===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"

namespace norm {
#define GEN_PASS_DEF_EXPANDMASKEDACCESSES
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

/// A vector of `size` elements of the type, as integers: LLVM takes vectors of
/// bf16 apart to shuffle them.
static VectorType bitsType(VectorType type, int64_t size) {
  return VectorType::get(
      {size},
      IntegerType::get(type.getContext(), type.getElementTypeBitWidth()));
}

namespace {

/// An access to the first `lanes` elements of a vector, of which there is a
/// part of 2^i for each bit i of that number, the largest first.
struct Parts {
  ImplicitLocOpBuilder &b;
  VectorType type;
  Value lanes;

  /// Whether there is a part of this size.
  Value has(int64_t size) {
    Value bit = b.createOrFold<arith::AndIOp>(lanes, index(size));
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, bit, index(0));
  }

  /// Where the part of this size lies behind the larger ones.
  SmallVector<Value> indices(ValueRange begin, int64_t size) {
    SmallVector<Value> result(begin);
    Value larger = b.createOrFold<arith::AndIOp>(lanes, index(-2 * size));
    result.back() = arith::AddIOp::create(b, result.back(), larger);
    return result;
  }

  /// The elements of the access; the other lanes are zero. They are joined in
  /// registers, the last ones first, so that each step joins two vectors of one
  /// size: parts written to memory could not be forwarded to a load of all.
  Value load(Value base, ValueRange begin) {
    auto loadPart = [&](int64_t size) -> Value {
      auto part = VectorType::get({size}, type.getElementType());
      Value value = vector::LoadOp::create(b, part, base, indices(begin, size));
      return arith::BitcastOp::create(b, bitsType(type, size), value);
    };
    Value joined = zeros(1);
    int64_t size = 1;
    for (; size < type.getNumElements(); size *= 2) {
      auto halves = scf::IfOp::create(
          b, has(size),
          [&](OpBuilder &, Location) { yield({loadPart(size), joined}); },
          [&](OpBuilder &, Location) { yield({joined, zeros(size)}); });
      joined = vector::ShuffleOp::create(
          b, halves.getResult(0), halves.getResult(1),
          llvm::to_vector(llvm::seq<int64_t>(0, 2 * size)));
    }
    auto all = scf::IfOp::create(
        b, has(size), [&](OpBuilder &, Location) { yield(loadPart(size)); },
        [&](OpBuilder &, Location) { yield(joined); });
    return arith::BitcastOp::create(b, type, all.getResult(0));
  }

  void store(Value value, Value base, ValueRange begin) {
    auto storePart = [&](int64_t size, Value bits) {
      auto part = VectorType::get({size}, type.getElementType());
      vector::StoreOp::create(b, arith::BitcastOp::create(b, part, bits), base,
                              indices(begin, size));
    };
    int64_t size = type.getNumElements();
    Value rest = arith::BitcastOp::create(b, bitsType(type, size), value);
    scf::IfOp::create(b, has(size), [&](OpBuilder &, Location) {
      storePart(size, rest);
      scf::YieldOp::create(b);
    });
    while ((size /= 2) > 0) {
      Value low = half(rest, 0, size), high = half(rest, size, size);
      rest = scf::IfOp::create(
                 b, has(size),
                 [&](OpBuilder &, Location) {
                   storePart(size, low);
                   yield(high);
                 },
                 [&](OpBuilder &, Location) { yield(low); })
                 .getResult(0);
    }
  }

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value zeros(int64_t size) {
    return arith::ConstantOp::create(b, b.getZeroAttr(bitsType(type, size)));
  }
  Value half(Value vector, int64_t offset, int64_t size) {
    return vector::ExtractStridedSliceOp::create(b, vector, offset, size, 1);
  }
  void yield(ValueRange values) { scf::YieldOp::create(b, values); }
};

struct ExpandMaskedAccessesPass
    : norm::impl::ExpandMaskedAccessesBase<ExpandMaskedAccessesPass> {
  using ExpandMaskedAccessesBase::ExpandMaskedAccessesBase;

  void runOnOperation() override {
    SmallVector<Operation *> accesses;
    getOperation()->walk([&](Operation *op) {
      if (isa<vector::MaskedLoadOp, vector::MaskedStoreOp>(op))
        accesses.push_back(op);
    });
    for (Operation *op : accesses) {
      ImplicitLocOpBuilder builder(op->getLoc(), op);
      if (auto load = dyn_cast<vector::MaskedLoadOp>(op))
        expand(builder, load);
      else
        expand(builder, cast<vector::MaskedStoreOp>(op));
    }
  }

private:
  void expand(ImplicitLocOpBuilder &b, vector::MaskedLoadOp load) {
    VectorType type = load.getVectorType();
    Value lanes = isHeld(type) ? Value() : activeLanes(b, load.getMask(), type);
    if (!lanes)
      return;
    Value value = Parts{b, type, lanes}.load(load.getBase(), load.getIndices());
    if (!matchPattern(load.getPassThru(), m_AnyZeroFloat()))
      value =
          arith::SelectOp::create(b, load.getMask(), value, load.getPassThru());
    load.replaceAllUsesWith(value);
    load.erase();
  }

  void expand(ImplicitLocOpBuilder &b, vector::MaskedStoreOp store) {
    VectorType type = store.getVectorType();
    bool isConstant = store.getMask().getDefiningOp<vector::ConstantMaskOp>();
    Value lanes = isHeld(type) && !(isConstant && splitsConstantStores())
                      ? Value()
                      : activeLanes(b, store.getMask(), type);
    if (!lanes)
      return;
    Parts{b, type, lanes}.store(store.getValueToStore(), store.getBase(),
                                store.getIndices());
    store.erase();
  }

  /// Whether the target has masked accesses of `type`.
  bool isHeld(VectorType type) {
    return minBits != 0 && type.getElementTypeBitWidth() >= minBits;
  }

  /// Without masks of bits (AVX-512BW), a masked store takes some CPUs a dozen
  /// cycles (vmaskmovps: AMD Zen), and a known number of lanes few stores.
  bool splitsConstantStores() { return minBits > 16; }

  /// The number of leading lanes that the mask sets; null if it is another one.
  Value activeLanes(ImplicitLocOpBuilder &b, Value mask, VectorType type) {
    if (!llvm::isPowerOf2_64(type.getNumElements()))
      return {};
    if (auto dynamic = mask.getDefiningOp<vector::CreateMaskOp>())
      return dynamic.getOperands()[0];
    if (auto constant = mask.getDefiningOp<vector::ConstantMaskOp>())
      return arith::ConstantIndexOp::create(b, constant.getMaskDimSizes()[0]);
    return {};
  }
};

} // namespace
