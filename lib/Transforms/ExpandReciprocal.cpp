//===- ExpandReciprocal.cpp - Estimates and Newton steps of 1 / x ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"

namespace norm {
#define GEN_PASS_DEF_EXPANDRECIPROCAL
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

/// The elements of f32 in a register of AVX-512. The narrower forms of the
/// instruction need more than AVX-512F, and no code is short of registers where
/// vectors are so short.
static constexpr int64_t lanes = 16;

static VectorType getRegister(ImplicitLocOpBuilder &b) {
  return VectorType::get(lanes, b.getF32Type());
}

static Value splat(ImplicitLocOpBuilder &b, VectorType type, float value) {
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, value));
}

/// vrcp14ps of a vector<16xf32>: a relative error below 2^-14, subnormal
/// numbers kept, right at zeros, infinities and NaNs.
static Value estimateRegister(ImplicitLocOpBuilder &b, Value x) {
  Value every = arith::ConstantOp::create(b, b.getI16IntegerAttr(-1));
  auto call = LLVM::CallIntrinsicOp::create(
      b, x.getType(), b.getStringAttr("llvm.x86.avx512.rcp14.ps.512"),
      ValueRange{x, x, every});
  return call.getResult(0);
}

/// The estimate of a vector<nxf32>, register by register.
static Value estimate(ImplicitLocOpBuilder &b, Value x) {
  auto type = cast<VectorType>(x.getType());
  int64_t size = type.getNumElements();
  auto slice = [&](Value vector, int64_t offset, int64_t count) -> Value {
    if (cast<VectorType>(vector.getType()).getNumElements() == count)
      return vector;
    return vector::ExtractStridedSliceOp::create(b, vector, offset, count, 1);
  };
  auto insert = [&](Value part, Value whole, int64_t offset) -> Value {
    if (part.getType() == whole.getType())
      return part;
    return vector::InsertStridedSliceOp::create(b, part, whole, offset, 1);
  };
  Value ones = splat(b, getRegister(b), 1);
  Value result = splat(b, type, 1);
  for (int64_t offset = 0; offset < size; offset += lanes) {
    int64_t count = std::min(lanes, size - offset);
    Value part = insert(slice(x, offset, count), ones, 0);
    result = insert(slice(estimateRegister(b, part), 0, count), result, offset);
  }
  return result;
}

/// 1 / x of a vector<nxf32> within 0.53 ULP: the estimate and one Newton step.
/// Where the estimate is infinite, or x is, the residual is -inf or NaN and the
/// step would make a NaN of what is the result already.
static Value refine(ImplicitLocOpBuilder &b, Value x) {
  auto type = cast<VectorType>(x.getType());
  Value r = estimate(b, x);
  Value residual =
      math::FmaOp::create(b, arith::NegFOp::create(b, x), r, splat(b, type, 1));
  Value isUsable = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, residual,
                                         splat(b, type, -1));
  Value refined = math::FmaOp::create(b, residual, r, r);
  return arith::SelectOp::create(b, isUsable, refined, r);
}

/// 1 / x of an f32 or of a vector of them, with the same bits in each element.
static Value expand(ImplicitLocOpBuilder &b, Value x) {
  auto type = dyn_cast<VectorType>(x.getType());
  if (!type) {
    Value all = vector::BroadcastOp::create(b, getRegister(b), x);
    return vector::ExtractOp::create(b, refine(b, all), 0);
  }
  if (type.getRank() == 1)
    return refine(b, x);
  auto flatType = VectorType::get(type.getNumElements(), b.getF32Type());
  Value flat = vector::ShapeCastOp::create(b, flatType, x);
  return vector::ShapeCastOp::create(b, type, refine(b, flat));
}

namespace {
struct ExpandReciprocalPass
    : norm::impl::ExpandReciprocalBase<ExpandReciprocalPass> {
  using ExpandReciprocalBase::ExpandReciprocalBase;

  void runOnOperation() override {
    SmallVector<arith::DivFOp> divisions;
    getOperation()->walk([&](arith::DivFOp op) {
      if (bitEnumContainsAll(op.getFastmath(), arith::FastMathFlags::arcp))
        divisions.push_back(op);
    });
    for (arith::DivFOp op : divisions) {
      if (!hasEstimate(op)) {
        op.setFastmath(
            bitEnumClear(op.getFastmath(), arith::FastMathFlags::arcp));
        continue;
      }
      ImplicitLocOpBuilder b(op.getLoc(), op);
      op.replaceAllUsesWith(expand(b, op.getRhs()));
      op.erase();
    }
  }

private:
  bool hasEstimate(arith::DivFOp op) const {
    auto vector = dyn_cast<VectorType>(op.getType());
    return hasRCP14 && getElementTypeOrSelf(op.getType()).isF32() &&
           !(vector && vector.isScalable()) &&
           matchPattern(op.getLhs(), m_OneFloat());
  }
};
} // namespace
