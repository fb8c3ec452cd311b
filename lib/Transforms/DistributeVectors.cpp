//===- DistributeVectors.cpp - Vectors of a row in registers of threads ---===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockReduction.h"
#include "GPUStrategy.h"
#include "VectorDistribution.h"

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/DialectConversion.h"

namespace norm {
#define GEN_PASS_DEF_DISTRIBUTEVECTORS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {

/// An op that computes each element from the same elements of its operands.
struct DistributeElementwise : DistributedPattern<ConversionPattern> {
  DistributeElementwise(const Distribution &distribution,
                        const TypeConverter &converter, MLIRContext *context)
      : DistributedPattern(distribution, converter, MatchAnyOpTypeTag(),
                           /*benefit=*/1, context) {}

  static bool isElementwise(Operation *op) {
    return OpTrait::hasElementwiseMappableTraits(op) || isa<vector::FMAOp>(op);
  }

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<ValueRange> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isOwn(op) || !isElementwise(op) || op->getNumResults() != 1)
      return rewriter.notifyMatchFailure(op, "not elementwise");
    SmallVector<Value> parts;
    for (int64_t i = 0; i < distribution.parts(); ++i) {
      SmallVector<Value> partOperands;
      for (ValueRange values : operands)
        partOperands.push_back(values.size() == 1 ? values[0] : values[i]);
      parts.push_back(rewriter
                          .create(op->getLoc(), op->getName().getIdentifier(),
                                  partOperands,
                                  distribution.partOf(op->getResultTypes()[0]),
                                  op->getAttrs())
                          ->getResult(0));
    }
    rewriter.replaceOpWithMultiple(op, {ValueRange(parts)});
    return success();
  }
};

struct DistributeConstant
    : DistributedPattern<OpConversionPattern<arith::ConstantOp>> {
  using DistributedPattern::DistributedPattern;
  LogicalResult
  matchAndRewrite(arith::ConstantOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto splat = dyn_cast<SplatElementsAttr>(op.getValue());
    if (!isOwn(op) || !splat)
      return rewriter.notifyMatchFailure(op, "not the same for all threads");
    Value part = arith::ConstantOp::create(
        rewriter, op.getLoc(),
        splat.resizeSplat(distribution.partOf(op.getType())));
    rewriter.replaceOpWithMultiple(
        op, {SmallVector<Value>(distribution.parts(), part)});
    return success();
  }
};

/// What is never used, such as the row behind the last one.
struct DistributePoison
    : DistributedPattern<OpConversionPattern<ub::PoisonOp>> {
  using DistributedPattern::DistributedPattern;
  LogicalResult
  matchAndRewrite(ub::PoisonOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isOwn(op))
      return rewriter.notifyMatchFailure(op, "not distributed so");
    Value part = ub::PoisonOp::create(rewriter, op.getLoc(),
                                      distribution.partOf(op.getType()));
    rewriter.replaceOpWithMultiple(
        op, {SmallVector<Value>(distribution.parts(), part)});
    return success();
  }
};

struct DistributeBroadcast
    : DistributedPattern<OpConversionPattern<vector::BroadcastOp>> {
  using DistributedPattern::DistributedPattern;
  LogicalResult
  matchAndRewrite(vector::BroadcastOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isOwn(op) || isa<VectorType>(op.getSourceType()))
      return rewriter.notifyMatchFailure(op, "the source is no scalar");
    Value part = vector::BroadcastOp::create(rewriter, op.getLoc(),
                                             distribution.partOf(op.getType()),
                                             adaptor.getSource()[0]);
    rewriter.replaceOpWithMultiple(
        op, {SmallVector<Value>(distribution.parts(), part)});
    return success();
  }
};

/// A mask: the part of a thread that is kept.
struct DistributeMask : DistributedPattern<ConversionPattern> {
  DistributeMask(const Distribution &distribution,
                 const TypeConverter &converter, MLIRContext *context)
      : DistributedPattern(distribution, converter, MatchAnyOpTypeTag(),
                           /*benefit=*/1, context) {}
  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<ValueRange>,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isOwn(op) || !isa<vector::CreateMaskOp, vector::ConstantMaskOp>(op))
      return rewriter.notifyMatchFailure(op, "no mask");
    if (distribution.gpu.getTileRows() > 1) {
      // The reads of tiles look at what it keeps.
      VectorType type = distribution.partOf(op->getResultTypes()[0]);
      Value none = arith::ConstantOp::create(rewriter, op->getLoc(),
                                             rewriter.getZeroAttr(type));
      rewriter.replaceOpWithMultiple(op, {ValueRange(none)});
      return success();
    }
    Location loc = op->getLoc();
    Value kept = getValueOrCreateConstantIndexOp(
        rewriter, loc, keptElements(op->getResult(0)));
    SmallVector<Value> parts;
    for (int64_t i = 0; i < distribution.parts(); ++i) {
      Value rest = arith::SubIOp::create(
          rewriter, loc, kept, distribution.indexOf(rewriter, loc, i));
      parts.push_back(vector::CreateMaskOp::create(
          rewriter, loc, distribution.partOf(op->getResultTypes()[0]),
          ValueRange{rest}));
    }
    rewriter.replaceOpWithMultiple(op, {ValueRange(parts)});
    return success();
  }
};

/// The numbers of the elements.
struct DistributeStep
    : DistributedPattern<OpConversionPattern<vector::StepOp>> {
  using DistributedPattern::DistributedPattern;
  LogicalResult
  matchAndRewrite(vector::StepOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isOwn(op) || distribution.elements() != 1)
      return rewriter.notifyMatchFailure(op, "no element for each thread");
    SmallVector<Value> parts;
    for (int64_t i = 0; i < distribution.parts(); ++i)
      parts.push_back(vector::BroadcastOp::create(
          rewriter, op.getLoc(), distribution.partOf(op.getType()),
          distribution.indexOf(rewriter, op.getLoc(), i)));
    rewriter.replaceOpWithMultiple(op, {ValueRange(parts)});
    return success();
  }
};

struct DistributeRead
    : DistributedPattern<OpConversionPattern<vector::TransferReadOp>> {
  using DistributedPattern::DistributedPattern;
  LogicalResult
  matchAndRewrite(vector::TransferReadOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isOwn(op) || op.getVectorType().getRank() != 1)
      return rewriter.notifyMatchFailure(op, "not distributed so");
    AffineExpr index = op.getPermutationMap().getResult(0);
    if (isa<AffineConstantExpr>(index)) {
      // One element for all.
      Value element = memref::LoadOp::create(rewriter, op.getLoc(),
                                             op.getBase(), op.getIndices());
      Value part = vector::BroadcastOp::create(
          rewriter, op.getLoc(), distribution.partOf(op.getType()), element);
      rewriter.replaceOpWithMultiple(
          op, {SmallVector<Value>(distribution.parts(), part)});
      return success();
    }
    if (op.hasOutOfBoundsDim() || !op.getPermutationMap().isMinorIdentity() ||
        (op.getMask() && !keptElements(op.getMask())))
      return rewriter.notifyMatchFailure(op, "no row with its end masked");
    SmallVector<Value> parts;
    for (int64_t i = 0; i < distribution.parts(); ++i)
      parts.push_back(PartAccess(rewriter, op.getLoc(), distribution, op, i)
                          .read(distribution.partOf(op.getType())));
    rewriter.replaceOpWithMultiple(op, {ValueRange(parts)});
    return success();
  }
};

struct DistributeWrite
    : DistributedPattern<OpConversionPattern<vector::TransferWriteOp>> {
  using DistributedPattern::DistributedPattern;
  LogicalResult
  matchAndRewrite(vector::TransferWriteOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isOwn(op) || op.hasOutOfBoundsDim() ||
        !op.getPermutationMap().isMinorIdentity() ||
        (op.getMask() && !keptElements(op.getMask())))
      return rewriter.notifyMatchFailure(op, "no row with its end masked");
    OpBuilder::InsertionGuard guard(rewriter);
    if (distribution.stores) {
      auto branch =
          scf::IfOp::create(rewriter, op.getLoc(), distribution.stores,
                            /*withElseRegion=*/false);
      rewriter.setInsertionPoint(branch.thenBlock()->getTerminator());
    }
    for (int64_t i = 0; i < distribution.parts(); ++i)
      PartAccess(rewriter, op.getLoc(), distribution, op, i)
          .write(adaptor.getValueToStore()[i]);
    rewriter.eraseOp(op);
    return success();
  }
};

struct DistributeSum
    : DistributedPattern<OpConversionPattern<vector::ReductionOp>> {
  using DistributedPattern::DistributedPattern;
  LogicalResult
  matchAndRewrite(vector::ReductionOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isOwn(op) || op.getKind() != vector::CombiningKind::ADD || op.getAcc())
      return rewriter.notifyMatchFailure(op, "no sum");
    Location loc = op.getLoc();
    // The parts in halves, then their elements, then the threads.
    SmallVector<Value> parts(adaptor.getVector());
    while (parts.size() > 1) {
      size_t half = llvm::divideCeil(parts.size(), 2);
      for (size_t i = half; i < parts.size(); ++i)
        parts[i - half] =
            arith::AddFOp::create(rewriter, loc, parts[i - half], parts[i]);
      parts.truncate(half);
    }
    Value sum = parts[0];
    for (int64_t half = distribution.elements() / 2; half >= 1; half /= 2) {
      auto slice = [&](int64_t begin) {
        return vector::ExtractStridedSliceOp::create(
            rewriter, loc, sum, ArrayRef<int64_t>{begin},
            ArrayRef<int64_t>{half}, ArrayRef<int64_t>{1});
      };
      Value low = slice(0), high = slice(half);
      sum = arith::AddFOp::create(rewriter, loc, low, high);
    }
    sum = vector::ExtractOp::create(rewriter, loc, sum, ArrayRef<int64_t>{0});
    rewriter.replaceOp(
        op, addThreads(rewriter, distribution.kernel, distribution.gpu, sum));
    return success();
  }
};

struct DistributeVectorsPass
    : norm::impl::DistributeVectorsBase<DistributeVectorsPass> {
  void runOnOperation() override {
    gpu::GPUFuncOp kernel = getOperation();
    SmallVector<LoopScheduleOp> schedules;
    kernel.walk([&](LoopScheduleOp op) { schedules.push_back(op); });
    if (schedules.empty())
      return;
    GPUStrategyAttr gpu = schedules.front().getStrategy().getGpu();
    if (!gpu) {
      schedules.front().emitOpError("expected a GPU strategy in a kernel");
      return signalPassFailure();
    }
    for (LoopScheduleOp schedule : schedules)
      schedule.erase();
    if (int64_t resident = gpu.getResidentThreads())
      kernel->setAttr(
          NVVM::NVVMDialect::getMinctasmAttrName(),
          Builder(kernel).getI32IntegerAttr(static_cast<int32_t>(
              resident / (gpu.getRowThreads() * gpu.getBlockRows()))));
    Distribution distribution(kernel, gpu, gpu.getBlockRows() > 1);
    storeScalarsOnce(distribution);
    std::optional<Distribution> other;
    if (GPUStrategyAttr lanes = getChunkGPUStrategy(&getContext());
        gpu.getTileRows() > 1)
      // A thread has the sum of a column.
      other.emplace(kernel, getColumnGPUStrategy(gpu), /*sharesBlock=*/true,
                    /*storesOnce=*/true);
    else if (gpu.getRowThreads() >= lanes.getRowThreads() &&
             gpu.getRowTile() != lanes.getRowTile())
      // The sums of chunks have a lane each.
      other.emplace(kernel, lanes, /*sharesBlock=*/true);
    if (failed(distribute(distribution, other)))
      return signalPassFailure();
    removeNeedlessBarriers(getOperation());
  }

private:
  /// A scalar is the same in all threads of a row: the first one stores it.
  void storeScalarsOnce(const Distribution &distribution) {
    SmallVector<memref::StoreOp> stores;
    getOperation().walk([&](memref::StoreOp op) { stores.push_back(op); });
    for (memref::StoreOp store : stores) {
      if (isRead(store.getMemRef(), /*byScalarsOnly=*/false) &&
          !isReadBehindCluster(store))
        synchronizeAround(store, distribution);
      OpBuilder b(store);
      Location loc = store.getLoc();
      Value isFirst = arith::CmpIOp::create(
          b, loc, arith::CmpIPredicate::eq, distribution.thread,
          arith::ConstantIndexOp::create(b, loc, 0));
      auto branch =
          scf::IfOp::create(b, loc, isFirst, /*withElseRegion=*/false);
      store->moveBefore(branch.thenBlock()->getTerminator());
    }
    // Elements that each thread writes for itself, and all read.
    getOperation().walk([&](vector::TransferWriteOp write) {
      if (isRead(write.getBase(), /*byScalarsOnly=*/true))
        synchronizeAround(write, distribution);
    });
  }

  /// Threads write what others read: these have read what was there before, and
  /// go on when it is written.
  static void synchronizeAround(Operation *write,
                                const Distribution &distribution) {
    OpBuilder b(write);
    synchronizeThreads(b, distribution.gpu, write->getLoc());
    b.setInsertionPointAfter(write);
    synchronizeThreads(b, distribution.gpu, write->getLoc());
  }

  /// True if the kernel reads the memory that `memref` is a view of, or, with
  /// `byScalarsOnly`, reads an element of it in all threads.
  static bool isRead(Value memref, bool byScalarsOnly) {
    return isReadInViews(memref::skipViewLikeOps(cast<MemrefValue>(memref)),
                         byScalarsOnly);
  }
  /// True if the cluster waits between `store` and what reads the memory.
  static bool isReadBehindCluster(memref::StoreOp store) {
    auto waits = store->getBlock()->getOps<NVVM::ClusterWaitOp>();
    auto wait = llvm::find_if(
        waits, [&](Operation *op) { return store->isBeforeInBlock(op); });
    if (wait == waits.end())
      return false;
    bool isBehind = true;
    store->getParentOfType<gpu::GPUFuncOp>().walk([&](Operation *op) {
      Operation *inBlock = store->getBlock()->findAncestorOpInBlock(*op);
      if (inBlock && inBlock->isBeforeInBlock(*wait))
        isBehind &= !readsViewOf(op, store.getMemRef());
    });
    return isBehind;
  }
  static bool readsViewOf(Operation *op, Value memref) {
    Value root = memref::skipViewLikeOps(cast<MemrefValue>(memref));
    return llvm::any_of(op->getOperands(), [&](Value operand) {
      auto read = dyn_cast<MemrefValue>(operand);
      return read && hasEffect<MemoryEffects::Read>(op, operand) &&
             memref::skipViewLikeOps(read) == root;
    });
  }
  static bool isReadInViews(Value memref, bool byScalarsOnly) {
    return llvm::any_of(memref.getUsers(), [&](Operation *user) {
      if (auto view = dyn_cast<ViewLikeOpInterface>(user))
        return isReadInViews(view.getViewDest(), byScalarsOnly);
      if (auto read = dyn_cast<vector::TransferReadOp>(user);
          read && byScalarsOnly)
        return !read.getPermutationMap().isMinorIdentity();
      return hasEffect<MemoryEffects::Read>(user, memref);
    });
  }

  LogicalResult distribute(const Distribution &ofRows,
                           const std::optional<Distribution> &other) {
    TypeConverter converter;
    converter.addConversion([](Type type) { return type; });
    RewritePatternSet patterns(&getContext());
    populate(ofRows, converter, patterns);
    if (other)
      populate(*other, converter, patterns);
    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal([&](Operation *op) {
      return converter.isLegal(op->getOperandTypes()) &&
             converter.isLegal(op->getResultTypes());
    });
    scf::populateSCFStructuralTypeConversions(converter, patterns);
    return applyFullConversion(getOperation(), target, std::move(patterns));
  }

  static void populate(const Distribution &distribution,
                       TypeConverter &converter, RewritePatternSet &patterns) {
    converter.addConversion(
        [&distribution](VectorType type, SmallVectorImpl<Type> &parts)
            -> std::optional<LogicalResult> {
          if (!distribution.isDistributed(type))
            return std::nullopt;
          parts.assign(distribution.parts(), distribution.partOf(type));
          return success();
        });
    patterns.add<DistributeElementwise, DistributeMask, DistributeConstant,
                 DistributePoison, DistributeBroadcast, DistributeStep,
                 DistributeRead, DistributeWrite, DistributeSum>(
        distribution, converter, patterns.getContext());
    populateTilePatterns(distribution, converter, patterns);
  }
};

} // namespace
