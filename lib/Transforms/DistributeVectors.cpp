//===- DistributeVectors.cpp - Vectors of a row in registers of threads ---===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockReduction.h"
#include "GPUStrategy.h"

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

/// Where the elements of a vector of `row_tile` elements are: thread t of
/// `row_threads` neighbours has the elements (i * row_threads + t) *
/// thread_elements + [0, thread_elements) as its part i.
class Distribution {
public:
  /// `sharesBlock` says that a block has more than `row_threads` threads.
  Distribution(gpu::GPUFuncOp kernel, GPUStrategyAttr gpu, bool sharesBlock)
      : kernel(kernel), gpu(gpu) {
    OpBuilder builder(kernel.getContext());
    Location loc = kernel.getLoc();
    builder.setInsertionPointToStart(&kernel.getBody().front());
    Value id = gpu::ThreadIdOp::create(builder, loc, gpu::Dimension::x);
    if (sharesBlock)
      id = arith::RemUIOp::create(
          builder, loc, id,
          arith::ConstantIndexOp::create(builder, loc, gpu.getRowThreads()));
    thread = id;
    first = arith::MulIOp::create(
        builder, loc, id,
        arith::ConstantIndexOp::create(builder, loc, elements()));
  }

  int64_t elements() const { return gpu.getThreadElements(); }
  int64_t parts() const {
    return gpu.getRowTile() / (gpu.getRowThreads() * elements());
  }
  bool isDistributed(Type type) const {
    auto vector = dyn_cast<VectorType>(type);
    return vector && vector.getRank() == 1 &&
           vector.getDimSize(0) == gpu.getRowTile();
  }
  VectorType partOf(Type type) const {
    return VectorType::get({elements()}, getElementTypeOrSelf(type));
  }

  /// Beyond the last element that part `part` of any thread has.
  int64_t endOf(int64_t part) const {
    return (part + 1) * gpu.getRowThreads() * elements();
  }
  /// The index of the first element of part `part`.
  Value indexOf(OpBuilder &b, Location loc, int64_t part) const {
    Value begin = arith::ConstantIndexOp::create(
        b, loc, part * gpu.getRowThreads() * elements());
    return arith::AddIOp::create(b, loc, first, begin);
  }

  gpu::GPUFuncOp kernel;
  GPUStrategyAttr gpu;
  /// The number of the thread in its row, and its first element.
  Value thread, first;
};

/// What the patterns share. Each is for the vectors of one distribution.
template <typename Base> struct Pattern : Base {
  template <typename... Args>
  Pattern(const Distribution &distribution, Args &&...args)
      : Base(std::forward<Args>(args)...), distribution(distribution) {}
  const Distribution &distribution;

  /// True if `op` takes or makes vectors of the distribution.
  bool isOwn(Operation *op) const {
    auto isDistributed = [&](Type type) {
      return distribution.isDistributed(type);
    };
    return llvm::any_of(op->getOperandTypes(), isDistributed) ||
           llvm::any_of(op->getResultTypes(), isDistributed);
  }
};

/// An op that computes each element from the same elements of its operands.
struct DistributeElementwise : Pattern<ConversionPattern> {
  DistributeElementwise(const Distribution &distribution,
                        const TypeConverter &converter, MLIRContext *context)
      : Pattern(distribution, converter, MatchAnyOpTypeTag(), /*benefit=*/1,
                context) {}

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

struct DistributeConstant : Pattern<OpConversionPattern<arith::ConstantOp>> {
  using Pattern::Pattern;
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

struct DistributeBroadcast : Pattern<OpConversionPattern<vector::BroadcastOp>> {
  using Pattern::Pattern;
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

/// The number of elements that a mask keeps, if it keeps the first ones.
OpFoldResult keptElements(Value mask) {
  if (auto create = mask.getDefiningOp<vector::CreateMaskOp>())
    return OpFoldResult(create.getOperands()[0]);
  if (auto constant = mask.getDefiningOp<vector::ConstantMaskOp>())
    return IntegerAttr::get(IndexType::get(mask.getContext()),
                            constant.getMaskDimSizes()[0]);
  return {};
}

/// A mask: the part of a thread that is kept.
struct DistributeMask : Pattern<ConversionPattern> {
  DistributeMask(const Distribution &distribution,
                 const TypeConverter &converter, MLIRContext *context)
      : Pattern(distribution, converter, MatchAnyOpTypeTag(), /*benefit=*/1,
                context) {}
  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<ValueRange>,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isOwn(op) || !isa<vector::CreateMaskOp, vector::ConstantMaskOp>(op))
      return rewriter.notifyMatchFailure(op, "no mask");
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

/// Reads and writes of one part, by one access where the row has all of its
/// elements and they are neighbours.
class PartAccess {
public:
  PartAccess(OpBuilder &builder, Location loc, const Distribution &distribution,
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
    std::optional<int64_t> known = getConstantIntValue(kept);
    if (known && *known >= distribution.endOf(part))
      return;
    rest = arith::SubIOp::create(
        b, loc, getValueOrCreateConstantIndexOp(b, loc, kept), offset);
    isWholeOrNone = known && *known % elements == 0;
  }

  Value read(VectorType type) {
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

  void write(Value value) {
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

private:
  bool isContiguous() {
    return cast<MemRefType>(base.getType()).isLastDimUnitStride();
  }
  /// One access of less than the size of its vector is as many as elements.
  llvm::MaybeAlign alignment() {
    int64_t bytes =
        cast<MemRefType>(base.getType()).getElementTypeBitWidth() / 8;
    return llvm::MaybeAlign(
        isAligned ? std::min<int64_t>(rowAlignment, elements * bytes) : bytes);
  }

  Value readWhole(VectorType type) {
    if (isContiguous())
      return vector::LoadOp::create(b, loc, type, base, indices,
                                    /*nontemporal=*/false, alignment());
    Value vector = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
    for (int64_t i = 0; i < elements; ++i)
      vector = vector::InsertOp::create(b, loc, readElement(i), vector, i);
    return vector;
  }
  /// The elements before the end of the row.
  Value readSome(VectorType type, Value vector) {
    forEachElement([&](Value isKept, int64_t i) {
      Value element =
          scf::IfOp::create(
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
  void writeWhole(Value value) {
    if (isContiguous()) {
      vector::StoreOp::create(b, loc, value, base, indices,
                              /*nontemporal=*/false, alignment());
      return;
    }
    for (int64_t i = 0; i < elements; ++i)
      writeElement(value, i);
  }

  Value readElement(int64_t i) {
    return memref::LoadOp::create(b, loc, base, indicesOf(i));
  }
  void writeElement(Value vector, int64_t i) {
    memref::StoreOp::create(b, loc,
                            vector::ExtractOp::create(b, loc, vector, i), base,
                            indicesOf(i));
  }
  SmallVector<Value> indicesOf(int64_t i) {
    SmallVector<Value> at(indices);
    at.back() = arith::AddIOp::create(
        b, loc, at.back(), arith::ConstantIndexOp::create(b, loc, i));
    return at;
  }

  Value isAbove(int64_t limit) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, rest,
                                 arith::ConstantIndexOp::create(b, loc, limit));
  }
  Value hasAll() { return isAbove(elements - 1); }
  void forEachElement(llvm::function_ref<void(Value, int64_t)> visit) {
    for (int64_t i = 0; i < elements; ++i)
      visit(isAbove(i), i);
  }

  OpBuilder &b;
  Location loc;
  Value base;
  SmallVector<Value> indices;
  int64_t elements;
  /// Rows start at multiples of the widest access.
  bool isAligned;
  /// The elements from this part to the end of the row; null for enough.
  Value rest;
  /// The row ends between two accesses.
  bool isWholeOrNone = false;
};

/// The numbers of the elements.
struct DistributeStep : Pattern<OpConversionPattern<vector::StepOp>> {
  using Pattern::Pattern;
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

struct DistributeRead : Pattern<OpConversionPattern<vector::TransferReadOp>> {
  using Pattern::Pattern;
  LogicalResult
  matchAndRewrite(vector::TransferReadOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isOwn(op))
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

struct DistributeWrite : Pattern<OpConversionPattern<vector::TransferWriteOp>> {
  using Pattern::Pattern;
  LogicalResult
  matchAndRewrite(vector::TransferWriteOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isOwn(op) || op.hasOutOfBoundsDim() ||
        !op.getPermutationMap().isMinorIdentity() ||
        (op.getMask() && !keptElements(op.getMask())))
      return rewriter.notifyMatchFailure(op, "no row with its end masked");
    for (int64_t i = 0; i < distribution.parts(); ++i)
      PartAccess(rewriter, op.getLoc(), distribution, op, i)
          .write(adaptor.getValueToStore()[i]);
    rewriter.eraseOp(op);
    return success();
  }
};

struct DistributeSum : Pattern<OpConversionPattern<vector::ReductionOp>> {
  using Pattern::Pattern;
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
    Distribution distribution(kernel, gpu, gpu.getBlockRows() > 1);
    storeScalarsOnce(distribution);
    // The sums of chunks have a lane each.
    GPUStrategyAttr lanes = getChunkGPUStrategy(&getContext());
    std::optional<Distribution> ofChunks;
    if (gpu.getRowThreads() >= lanes.getRowThreads() &&
        gpu.getRowTile() != lanes.getRowTile())
      ofChunks.emplace(kernel, lanes, /*sharesBlock=*/true);
    if (failed(distribute(distribution, ofChunks)))
      return signalPassFailure();
    removeNeedlessBarriers(getOperation());
  }

private:
  /// A scalar is the same in all threads of a row: the first one stores it.
  void storeScalarsOnce(const Distribution &distribution) {
    SmallVector<memref::StoreOp> stores;
    getOperation().walk([&](memref::StoreOp op) { stores.push_back(op); });
    for (memref::StoreOp store : stores) {
      if (isRead(store.getMemRef(), /*byScalarsOnly=*/false))
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
                           const std::optional<Distribution> &ofChunks) {
    TypeConverter converter;
    converter.addConversion([](Type type) { return type; });
    RewritePatternSet patterns(&getContext());
    populate(ofRows, converter, patterns);
    if (ofChunks)
      populate(*ofChunks, converter, patterns);
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
                 DistributeBroadcast, DistributeStep, DistributeRead,
                 DistributeWrite, DistributeSum>(distribution, converter,
                                                 patterns.getContext());
  }
};

} // namespace
