//===- SplitBFloat16Lanes.cpp - Even and odd lanes of bf16 vectors --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BFloat16Bits.h"
#include "ForeignNaNs.h"
#include "RowOps.h"

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "llvm/ADT/TypeSwitch.h"

namespace norm {
#define GEN_PASS_DEF_SPLITBFLOAT16LANES
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// A tile of f32, of which the even and the odd lanes become a vector each.
static bool isSplit(Type type) {
  return type ==
         VectorType::get(sumLanes(32), Float32Type::get(type.getContext()));
}

static VectorType halfOf(Type type) {
  auto vector = cast<VectorType>(type);
  return VectorType::get(vector.getNumElements() / 2, vector.getElementType());
}

/// A tile of bf16.
static bool isBFloat16(Type type) {
  return type ==
         VectorType::get(sumLanes(32), BFloat16Type::get(type.getContext()));
}

namespace {

struct LaneConverter : TypeConverter {
  LaneConverter() {
    addConversion([](Type type) { return type; });
    addConversion(
        [](VectorType type,
           SmallVectorImpl<Type> &types) -> std::optional<LogicalResult> {
          if (!isSplit(type))
            return std::nullopt;
          types.append(2, halfOf(type));
          return success();
        });
    addSourceMaterialization([](OpBuilder &builder, Type type, ValueRange lanes,
                                Location loc) -> Value {
      if (lanes.size() != 2 || !isSplit(type))
        return {};
      return vector::InterleaveOp::create(builder, loc, lanes[0], lanes[1]);
    });
    addTargetMaterialization([](OpBuilder &builder, TypeRange types,
                                ValueRange values,
                                Location loc) -> SmallVector<Value> {
      if (types.size() != 2 || values.size() != 1)
        return {};
      auto lanes = vector::DeinterleaveOp::create(builder, loc, values[0]);
      return {lanes.getRes1(), lanes.getRes2()};
    });
  }
};

/// bf16 are 16 bits each: as i32, the even lanes are in the low halves and the
/// odd ones in the high halves, where a bf16 has the bits of its f32.
struct SplitExtend : OpConversionPattern<arith::ExtFOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(arith::ExtFOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isSplit(op.getType()) || !isBFloat16(op.getIn().getType()))
      return rewriter.notifyMatchFailure(op, "not from bf16 to f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    VectorType half = halfOf(op.getType()),
               i32 = VectorType::get(half.getShape(), b.getI32Type());
    Value pairs = vector::BitCastOp::create(b, i32, op.getIn());
    Value even = arith::ShLIOp::create(b, pairs, bitsConstant(b, i32, 16));
    Value odd = arith::AndIOp::create(b, pairs, bitsConstant(b, i32, highHalf));
    SmallVector<Value> lanes{arith::BitcastOp::create(b, half, even),
                             arith::BitcastOp::create(b, half, odd)};
    rewriter.replaceOpWithMultiple(op, {lanes});
    return success();
  }
};

struct JoinTruncate : OpConversionPattern<arith::TruncFOp> {
  JoinTruncate(const TypeConverter &converter, MLIRContext *context,
               const llvm::SetVector<Operation *> &unchecked)
      : OpConversionPattern(converter, context), unchecked(unchecked) {}
  LogicalResult
  matchAndRewrite(arith::TruncFOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isSplit(op.getIn().getType()) || !isBFloat16(op.getType()))
      return rewriter.notifyMatchFailure(op, "not from f32 to bf16");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    bool checkNaN = !unchecked.contains(op);
    Value even = roundToBFloat16(b, adaptor.getIn()[0], checkNaN);
    Value odd = roundToBFloat16(b, adaptor.getIn()[1], checkNaN);
    Type i32 = even.getType();
    Value low = arith::ShRUIOp::create(b, even, bitsConstant(b, i32, 16));
    Value high = arith::AndIOp::create(b, odd, bitsConstant(b, i32, highHalf));
    Value pairs = arith::OrIOp::create(b, low, high);
    rewriter.replaceOpWithNewOp<vector::BitCastOp>(op, op.getType(), pairs);
    return success();
  }

private:
  const llvm::SetVector<Operation *> &unchecked;
};

/// An op that computes each lane from the same lane of its operands, and whose
/// vectors are all split.
struct SplitElementwise : ConversionPattern {
  SplitElementwise(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), 1, context) {}
  static bool matches(Operation *op) {
    return op->getNumResults() == 1 && op->getNumRegions() == 0 &&
           (OpTrait::hasElementwiseMappableTraits(op) ||
            isa<vector::FMAOp>(op)) &&
           isSplit(op->getResult(0).getType()) &&
           llvm::all_of(op->getOperandTypes(), [&](Type type) {
             return !isa<VectorType>(type) || isSplit(type);
           });
  }
  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<ValueRange> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (!matches(op))
      return rewriter.notifyMatchFailure(op,
                                         "not elementwise on split vectors");
    SmallVector<Value> lanes;
    for (unsigned lane : {0, 1}) {
      SmallVector<Value> ofLane;
      for (ValueRange operand : operands)
        ofLane.push_back(operand[operand.size() == 1 ? 0 : lane]);
      lanes.push_back(rewriter
                          .create(op->getLoc(), op->getName().getIdentifier(),
                                  ofLane, halfOf(op->getResult(0).getType()),
                                  op->getAttrs())
                          ->getResult(0));
    }
    rewriter.replaceOpWithMultiple(op, {lanes});
    return success();
  }
};

struct SplitConstant : OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;
  static bool matches(arith::ConstantOp op) {
    return isSplit(op.getType()) && isa<SplatElementsAttr>(op.getValue());
  }
  LogicalResult
  matchAndRewrite(arith::ConstantOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!matches(op))
      return rewriter.notifyMatchFailure(op, "not all lanes are equal");
    auto splat = cast<SplatElementsAttr>(op.getValue());
    Value half = arith::ConstantOp::create(
        rewriter, op.getLoc(), splat.resizeSplat(halfOf(op.getType())));
    rewriter.replaceOpWithMultiple(op, {SmallVector<Value>{half, half}});
    return success();
  }
};

struct SplitBroadcast : OpConversionPattern<vector::BroadcastOp> {
  using OpConversionPattern::OpConversionPattern;
  static bool matches(vector::BroadcastOp op) {
    return isSplit(op.getType()) && !isa<VectorType>(op.getSourceType());
  }
  LogicalResult
  matchAndRewrite(vector::BroadcastOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!matches(op))
      return rewriter.notifyMatchFailure(op, "no broadcast of a scalar");
    Value half = vector::BroadcastOp::create(
        rewriter, op.getLoc(), halfOf(op.getType()), op.getSource());
    rewriter.replaceOpWithMultiple(op, {SmallVector<Value>{half, half}});
    return success();
  }
};

/// A choice by a mask of the first lanes: half of them are even.
struct SplitMaskedSelect : OpConversionPattern<arith::SelectOp> {
  using OpConversionPattern::OpConversionPattern;
  static vector::CreateMaskOp maskOf(arith::SelectOp op) {
    return isSplit(op.getType())
               ? op.getCondition().getDefiningOp<vector::CreateMaskOp>()
               : vector::CreateMaskOp();
  }
  LogicalResult
  matchAndRewrite(arith::SelectOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    vector::CreateMaskOp mask = maskOf(op);
    if (!mask)
      return rewriter.notifyMatchFailure(op, "no mask of the first lanes");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value length = mask.getOperand(0), one = constantIndex(b, 1);
    VectorType type = halfOf(mask.getType());
    auto lane = [&](unsigned i, Value first) -> Value {
      Value size = arith::ShRUIOp::create(b, first, one);
      Value ofLane = vector::CreateMaskOp::create(b, type, size);
      return arith::SelectOp::create(b, ofLane, adaptor.getTrueValue()[i],
                                     adaptor.getFalseValue()[i]);
    };
    SmallVector<Value> lanes{lane(0, arith::AddIOp::create(b, length, one)),
                             lane(1, length)};
    rewriter.replaceOpWithMultiple(op, {lanes});
    return success();
  }

private:
  static Value constantIndex(ImplicitLocOpBuilder &b, int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
};

struct SplitBFloat16LanesPass
    : norm::impl::SplitBFloat16LanesBase<SplitBFloat16LanesPass> {
  void runOnOperation() override {
    if (!isWorthwhile())
      return;
    LaneConverter converter;
    RewritePatternSet patterns(&getContext());
    patterns.add<SplitExtend, SplitElementwise, SplitConstant, SplitBroadcast,
                 SplitMaskedSelect>(converter, &getContext());
    llvm::SetVector<Operation *> unchecked =
        findUncheckedRoundings(getOperation());
    patterns.add<JoinTruncate>(converter, &getContext(), unchecked);
    ConversionTarget target(getContext());
    scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                         target);
    target.markUnknownOpDynamicallyLegal([](Operation *op) {
      return !isConversion(op) && !SplitElementwise::matches(op) &&
             !isSplitByOther(op);
    });
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }

private:
  /// Vectors of f32 in memory are taken apart and put together by shuffles: not
  /// where there are more of them than of vectors of bf16.
  bool isWorthwhile() {
    int64_t conversions = 0, shuffles = 0;
    getOperation()->walk([&](Operation *op) {
      conversions += isConversion(op);
      shuffles += accessesSplit(op);
    });
    return conversions > 0 && conversions >= shuffles;
  }

  static bool accessesSplit(Operation *op) {
    return TypeSwitch<Operation *, bool>(op)
        .Case<vector::LoadOp, vector::MaskedLoadOp>(
            [](auto load) { return isSplit(load.getType()); })
        .Case<vector::StoreOp, vector::MaskedStoreOp>([](auto store) {
          return isSplit(store.getValueToStore().getType());
        })
        .Default(false);
  }

  static bool isConversion(Operation *op) {
    if (auto extend = dyn_cast<arith::ExtFOp>(op))
      return isSplit(extend.getType()) && isBFloat16(extend.getIn().getType());
    if (auto truncate = dyn_cast<arith::TruncFOp>(op))
      return isSplit(truncate.getIn().getType()) &&
             isBFloat16(truncate.getType());
    return false;
  }
  static bool isSplitByOther(Operation *op) {
    return TypeSwitch<Operation *, bool>(op)
        .Case([](arith::ConstantOp op) { return SplitConstant::matches(op); })
        .Case(
            [](vector::BroadcastOp op) { return SplitBroadcast::matches(op); })
        .Case([](arith::SelectOp op) {
          return bool(SplitMaskedSelect::maskOf(op));
        })
        .Default(false);
  }
};

} // namespace
