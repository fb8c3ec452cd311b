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
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "llvm/ADT/TypeSwitch.h"

namespace norm {
#define GEN_PASS_DEF_SPLITBFLOAT16LANES
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// A tile of f32, which becomes a vector of the even and one of the odd lanes
/// for each register of bf16.
static bool isSplit(Type type) {
  return type ==
         VectorType::get(sumLanes(32), Float32Type::get(type.getContext()));
}

/// A tile of bf16.
static bool isBFloat16(Type type) {
  return type ==
         VectorType::get(sumLanes(32), BFloat16Type::get(type.getContext()));
}

static Value slice(ImplicitLocOpBuilder &b, Value vector, int64_t offset,
                   int64_t size) {
  return b.createOrFold<vector::ExtractStridedSliceOp>(vector, offset, size, 1);
}

/// `parts` one after the other in a vector of `type`.
static Value concatenate(ImplicitLocOpBuilder &b, VectorType type,
                         ArrayRef<Value> parts) {
  Value all = ub::PoisonOp::create(b, type);
  int64_t offset = 0;
  for (Value part : parts) {
    all = b.createOrFold<vector::InsertStridedSliceOp>(part, all, offset, 1);
    offset += cast<VectorType>(part.getType()).getNumElements();
  }
  return all;
}

namespace {

/// Splits tiles: the parts are those of the first register of bf16, its even
/// lanes and its odd ones, then those of the second one, and so on.
struct LaneConverter : TypeConverter {
  /// `lanes` are those of a part.
  explicit LaneConverter(int64_t lanes) : lanes(lanes) {
    addConversion([](Type type) { return type; });
    addConversion(
        [this](VectorType type,
               SmallVectorImpl<Type> &types) -> std::optional<LogicalResult> {
          if (!isSplit(type))
            return std::nullopt;
          types.append(countParts(), getPartType(type));
          return success();
        });
    addSourceMaterialization([](OpBuilder &builder, Type type, ValueRange parts,
                                Location loc) -> Value {
      if (parts.size() < 2 || !isSplit(type))
        return {};
      ImplicitLocOpBuilder b(loc, builder);
      SmallVector<Value> registers;
      for (size_t i = 0; i < parts.size(); i += 2)
        registers.push_back(
            vector::InterleaveOp::create(b, parts[i], parts[i + 1]));
      return concatenate(b, cast<VectorType>(type), registers);
    });
    addTargetMaterialization([this](OpBuilder &builder, TypeRange types,
                                    ValueRange values,
                                    Location loc) -> SmallVector<Value> {
      if (types.size() != countParts() || values.size() != 1)
        return {};
      ImplicitLocOpBuilder b(loc, builder);
      SmallVector<Value> parts;
      for (int64_t i = 0; i < sumLanes(32); i += 2 * this->lanes) {
        auto split = vector::DeinterleaveOp::create(
            b, slice(b, values[0], i, 2 * this->lanes));
        parts.append({split.getRes1(), split.getRes2()});
      }
      return parts;
    });
  }

  size_t countParts() const { return sumLanes(32) / lanes; }
  VectorType getPartType(Type tile) const {
    return VectorType::get(lanes, cast<VectorType>(tile).getElementType());
  }

  const int64_t lanes;
};

/// With the parts at hand.
template <typename Op> struct SplitPattern : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  const LaneConverter &parts() const {
    return *this->template getTypeConverter<LaneConverter>();
  }
};

/// bf16 are 16 bits each: as i32, the even lanes are in the low halves and the
/// odd ones in the high halves, where a bf16 has the bits of its f32.
struct SplitExtend : SplitPattern<arith::ExtFOp> {
  using SplitPattern::SplitPattern;
  LogicalResult
  matchAndRewrite(arith::ExtFOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isSplit(op.getType()) || !isBFloat16(op.getIn().getType()))
      return rewriter.notifyMatchFailure(op, "not from bf16 to f32");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    int64_t lanes = parts().lanes;
    VectorType f32 = parts().getPartType(op.getType()),
               i32 = f32.clone(b.getI32Type());
    SmallVector<Value> results;
    for (int64_t i = 0; i < sumLanes(32); i += 2 * lanes) {
      Value pairs =
          vector::BitCastOp::create(b, i32, slice(b, op.getIn(), i, 2 * lanes));
      Value even = arith::ShLIOp::create(b, pairs, bitsConstant(b, i32, 16));
      Value odd =
          arith::AndIOp::create(b, pairs, bitsConstant(b, i32, highHalf));
      results.append({arith::BitcastOp::create(b, f32, even),
                      arith::BitcastOp::create(b, f32, odd)});
    }
    rewriter.replaceOpWithMultiple(op, {results});
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
    ValueRange parts = adaptor.getIn();
    SmallVector<Value> registers;
    for (size_t i = 0; i < parts.size(); i += 2)
      registers.push_back(join(b, bitsToRound(b, parts[i], checkNaN),
                               bitsToRound(b, parts[i + 1], checkNaN)));
    rewriter.replaceOp(
        op, concatenate(b, cast<VectorType>(op.getType()), registers));
    return success();
  }

private:
  /// The bf16 nearest to the f32 of `even` and of `odd` lanes, ties to even.
  /// The halves that are cut off are collected in 16 bits as those that are
  /// kept: less one where the kept one is even, which makes a tie less than a
  /// half and leaves 0, they have the highest bit set where that one has to
  /// grow.
  static Value join(ImplicitLocOpBuilder &b, Value even, Value odd) {
    auto i32 = cast<VectorType>(even.getType());
    auto i16 = VectorType::get(2 * i32.getNumElements(), b.getI16Type());
    Value sixteen = bitsConstant(b, i32, 16);
    auto collect = [&](Value low, Value high) -> Value {
      return vector::BitCastOp::create(b, i16,
                                       arith::OrIOp::create(b, low, high));
    };
    Value kept =
        collect(arith::ShRUIOp::create(b, even, sixteen),
                arith::AndIOp::create(b, odd, bitsConstant(b, i32, highHalf)));
    Value cut =
        collect(arith::AndIOp::create(b, even, bitsConstant(b, i32, ~highHalf)),
                arith::ShLIOp::create(b, odd, sixteen));
    Value isEven = arith::AndIOp::create(
        b, arith::XOrIOp::create(b, kept, bitsConstant(b, i16, -1)),
        bitsConstant(b, i16, 1));
    Value carry =
        arith::ShRUIOp::create(b, LLVM::USubSat::create(b, i16, cut, isEven),
                               bitsConstant(b, i16, 15));
    return vector::BitCastOp::create(b, i16.clone(b.getBF16Type()),
                                     arith::AddIOp::create(b, kept, carry));
  }

  const llvm::SetVector<Operation *> &unchecked;
};

/// An op that computes each lane from the same lane of its operands, and whose
/// vectors are all split.
struct SplitElementwise : ConversionPattern {
  SplitElementwise(const LaneConverter &converter, MLIRContext *context)
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
    auto &converter = *getTypeConverter<LaneConverter>();
    VectorType type = converter.getPartType(op->getResult(0).getType());
    SmallVector<Value> results;
    for (size_t part = 0; part < converter.countParts(); ++part) {
      SmallVector<Value> ofPart;
      for (ValueRange operand : operands)
        ofPart.push_back(operand[operand.size() == 1 ? 0 : part]);
      results.push_back(rewriter
                            .create(op->getLoc(), op->getName().getIdentifier(),
                                    ofPart, type, op->getAttrs())
                            ->getResult(0));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct SplitConstant : SplitPattern<arith::ConstantOp> {
  using SplitPattern::SplitPattern;
  static bool matches(arith::ConstantOp op) {
    return isSplit(op.getType()) && isa<SplatElementsAttr>(op.getValue());
  }
  LogicalResult
  matchAndRewrite(arith::ConstantOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!matches(op))
      return rewriter.notifyMatchFailure(op, "not all lanes are equal");
    auto splat = cast<SplatElementsAttr>(op.getValue());
    Value part = arith::ConstantOp::create(
        rewriter, op.getLoc(),
        splat.resizeSplat(parts().getPartType(op.getType())));
    rewriter.replaceOpWithMultiple(
        op, {SmallVector<Value>(parts().countParts(), part)});
    return success();
  }
};

struct SplitBroadcast : SplitPattern<vector::BroadcastOp> {
  using SplitPattern::SplitPattern;
  static bool matches(vector::BroadcastOp op) {
    return isSplit(op.getType()) && !isa<VectorType>(op.getSourceType());
  }
  LogicalResult
  matchAndRewrite(vector::BroadcastOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!matches(op))
      return rewriter.notifyMatchFailure(op, "no broadcast of a scalar");
    Value part = vector::BroadcastOp::create(rewriter, op.getLoc(),
                                             parts().getPartType(op.getType()),
                                             op.getSource());
    rewriter.replaceOpWithMultiple(
        op, {SmallVector<Value>(parts().countParts(), part)});
    return success();
  }
};

/// A choice by a mask of the first lanes: half of them are even.
struct SplitMaskedSelect : SplitPattern<arith::SelectOp> {
  using SplitPattern::SplitPattern;
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
    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(b, value);
    };
    // Part i has the lanes from `first` on, every second one, so that
    // ceil((length - first) / 2) of them are chosen. A mask takes less than
    // none, and more than all.
    int64_t lanes = parts().lanes;
    VectorType type = parts().getPartType(mask.getType());
    SmallVector<Value> results;
    for (auto [i, chosen, other] :
         llvm::enumerate(adaptor.getTrueValue(), adaptor.getFalseValue())) {
      int64_t first = i / 2 * 2 * lanes + i % 2;
      Value length =
          arith::AddIOp::create(b, mask.getOperand(0), constant(1 - first));
      Value size = arith::ShRSIOp::create(b, length, constant(1));
      Value ofPart = vector::CreateMaskOp::create(b, type, size);
      results.push_back(arith::SelectOp::create(b, ofPart, chosen, other));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

struct SplitBFloat16LanesPass
    : norm::impl::SplitBFloat16LanesBase<SplitBFloat16LanesPass> {
  using SplitBFloat16LanesBase::SplitBFloat16LanesBase;

  void runOnOperation() override {
    if (!isWorthwhile())
      return;
    // A part fills a register, but has two lanes or more, and tiles have whole
    // parts.
    LaneConverter converter(std::clamp<int64_t>(
        llvm::bit_floor<uint64_t>(vectorBits / 32), 2, sumLanes(32) / 2));
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
  /// where there are more of them than of vectors of bf16. Where vectors are
  /// narrowed, which gains most, only those beside the conversions count, not
  /// what a loop around them accesses; else all do: with fewer,
  /// channel_backprop_stats in NHWC takes 1.05 of its time (AMD EPYC, AVX2).
  bool isWorthwhile() {
    int64_t conversions = 0, shuffles = 0, beside = 0;
    bool narrows = false;
    getOperation()->walk([&](Block *block) {
      int64_t converted = 0, accessed = 0;
      for (Operation &op : *block) {
        converted += isConversion(&op);
        accessed += accessesSplit(&op);
        narrows |= isConversion(&op) && isa<arith::TruncFOp>(op);
      }
      conversions += converted;
      shuffles += accessed;
      if (converted > 0)
        beside += accessed;
    });
    return conversions > 0 && conversions >= (narrows ? beside : shuffles);
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
