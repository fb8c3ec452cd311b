//===- SplitRows.cpp - Rows that several threads or blocks share ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChunkSums.h"
#include "RowOps.h"

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"
#include "mlir/Transforms/RegionUtils.h"

namespace norm {
#define GEN_PASS_DEF_SPLITROWS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

static int64_t rankOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : 0;
}

/// Sums of a row.
static bool isSum(Operation *op) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  return linalgOp && isRowSum(linalgOp);
}

/// The values that `op` takes, those its body takes from outside included.
static SmallVector<Value> usesOf(Operation *op) {
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  SmallVector<Value> uses(op->getOperands());
  llvm::append_range(uses, captured);
  return uses;
}

namespace {

/// Splits one row loop.
///
/// A sum has a stage: 0 if it needs no other sum of the row, else one more than
/// the last that it needs. For each stage one loop over the chunks of all rows
/// writes their sums to memory; then one computes what is as long as a row, and
/// one, if needed, what a row has one of. Each chunk adds the sums of its row
/// itself, which costs less than a loop in between.
class RowSplitter {
public:
  RowSplitter(IRRewriter &rewriter, scf::ForallOp loop, LoopScheduleOp schedule)
      : b(rewriter), loop(loop), schedule(schedule),
        gpu(schedule.getStrategy().getGpu()),
        chunkSums(b, schedule.getStrategy()),
        ofChunk(withoutSplit(schedule.getStrategy())), loc(loop.getLoc()),
        one(b.getIndexAttr(1)), zero(b.getIndexAttr(0)) {}

  void split() {
    if (chunkSums.leastRows() == 0)
      return;
    hoistSizes();
    if (!collect())
      return;
    b.setInsertionPoint(loop);
    Value isSplit = whenSplit();
    if (matchPattern(isSplit, m_Zero()))
      return;
    bounds = loop.getMixedUpperBound();
    OpFoldResult rows = bounds[0];
    SmallVector<Value> outs(loop.getOutputs());
    if (!matchPattern(isSplit, m_One())) {
      // One of the loops runs.
      Value all = asValue(rows);
      bounds[0] = select(isSplit, index(0), all);
      outs = keepLoop();
      bounds[0] = select(isSplit, all, index(0));
    }
    chunks = chunkSums.cut(loc, length);
    for (int64_t stage = 0; stage < numStages; ++stage)
      sumChunks(stage);
    computeResults(/*rank=*/1, outs);
    computeResults(/*rank=*/0, outs);
    b.replaceOp(loop, outs);
  }

private:
  /// Computes sizes in front of the loop, which is where the length of a row is
  /// needed.
  void hoistSizes() {
    moveLoopInvariantCode(
        &loop.getRegion(),
        [&](Value value, Region *) {
          return loop.isDefinedOutsideOfLoop(value);
        },
        [](Operation *op, Region *) {
          auto isIndex = [](Type type) { return type.isIndex(); };
          return isMemoryEffectFree(op) && isSpeculatable(op) &&
                 op->getNumResults() > 0 &&
                 llvm::all_of(op->getResultTypes(), isIndex);
        },
        [&](Operation *op, Region *) { op->moveBefore(loop); });
  }

  /// Finds the length of the rows and the stages of the sums. False if
  /// something is no op on a row or a scalar.
  bool collect() {
    for (Operation &op : loop.getBody()->without_terminator()) {
      if (!isUnderstood(&op))
        return false;
      int64_t &stage = stages[&op];
      for (Value use : usesOf(&op))
        if (Operation *producer = use.getDefiningOp();
            producer && producer->getBlock() == loop.getBody())
          stage = std::max(stage, stages[producer] + isSum(producer));
      if (isSum(&op))
        numStages = std::max(numStages, stage + 1);
    }
    return numStages > 0 && length &&
           llvm::all_of(loop.getTerminator().getYieldingOps(),
                        [&](Operation &op) {
                          auto insert = cast<tensor::ParallelInsertSliceOp>(op);
                          return rankOf(insert.getSource()) <= 1;
                        });
  }

  bool isUnderstood(Operation *op) {
    if (isa<LoopScheduleOp>(op))
      return true;
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
      return isSliceOfRow(slice);
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
      if (linalgOp.getNumLoops() > 1)
        return false;
      return isScalarOp(linalgOp) || isElementwiseRowOp(linalgOp) ||
             (isSum(op) &&
              llvm::all_of(linalgOp.getDpsInits(), startsFromZero));
    }
    if (auto empty = dyn_cast<tensor::EmptyOp>(op))
      return empty.getType().getRank() <= 1;
    auto isLong = [](Value value) { return rankOf(value) > 0; };
    return isMemoryEffectFree(op) && op->getNumRegions() == 0 &&
           llvm::none_of(op->getOperands(), isLong) &&
           llvm::none_of(op->getResults(), isLong);
  }

  /// True for a row, or a scalar, of a tensor from outside.
  bool isSliceOfRow(tensor::ExtractSliceOp slice) {
    if (!loop.isDefinedOutsideOfLoop(slice.getSource()))
      return false;
    if (slice.getType().getRank() == 0)
      return true;
    if (slice.getType().getRank() != 1 || slice.getDroppedDims().back() ||
        !slice.hasUnitStride() ||
        !isConstantIntValue(slice.getMixedOffsets().back(), 0))
      return false;
    OpFoldResult size = slice.getMixedSizes().back();
    if (auto value = dyn_cast<Value>(size);
        value && !loop.isDefinedOutsideOfLoop(value))
      return false;
    if (!length)
      length = size;
    return true;
  }

  static bool startsFromZero(Value init) {
    auto fill = init.getDefiningOp<linalg::FillOp>();
    return fill && matchPattern(fill.getInputs()[0], m_PosZeroFloat());
  }

  /// Whether the rows are long and few.
  Value whenSplit() {
    Value rows = index(1);
    for (OpFoldResult bound : loop.getMixedUpperBound())
      rows = b.createOrFold<arith::MulIOp>(loc, rows, asValue(bound));
    Value areLong = b.createOrFold<arith::CmpIOp>(
        loc, arith::CmpIPredicate::uge, asValue(length),
        index(chunkSums.leastColumns()));
    if (chunkSums.leastRows() == allRows)
      return areLong;
    Value areFew = b.createOrFold<arith::CmpIOp>(
        loc, arith::CmpIPredicate::ult, rows, index(chunkSums.leastRows()));
    return b.createOrFold<arith::AndIOp>(loc, areLong, areFew);
  }

  /// The loop itself, for `bounds`.
  SmallVector<Value> keepLoop() {
    scf::ForallOp kept =
        createRowLoop(b, loc, bounds, loop.getOutputs(), ofChunk);
    IRMapping map;
    b.setInsertionPointToStart(kept.getBody());
    map.map(loop.getBody()->getArguments(), kept.getBody()->getArguments());
    for (Operation &op : loop.getBody()->without_terminator())
      b.clone(op, map);
    b.setInsertionPointToStart(kept.getTerminator().getBody());
    for (Operation &op : loop.getTerminator().getYieldingOps())
      b.clone(op, map);
    b.setInsertionPoint(loop);
    return llvm::to_vector_of<Value>(kept.getResults());
  }

  /// Writes the sums of `stage` of all chunks to memory.
  void sumChunks(int64_t stage) {
    SmallVector<Value> sums, outs;
    for (Operation &op : loop.getBody()->without_terminator())
      if (isSum(&op) && stages[&op] == stage)
        llvm::append_range(sums, op.getResults());
    SmallVector<OpFoldResult> shape(bounds);
    shape.push_back(chunks.count);
    for (Value sum : sums) {
      SmallVector<OpFoldResult> sizes(shape);
      llvm::append_range(sizes, chunkSums.dims(elementOf(sum)));
      outs.push_back(tensor::EmptyOp::create(b, loc, sizes, elementOf(sum)));
    }
    SmallVector<Value> partial =
        createLoop(shape, outs, [&](scf::ForallOp created) {
          IRMapping map = computeChunk(created, sums, stage);
          SmallVector<OpFoldResult> offsets(
              getAsOpFoldResult(created.getInductionVars()));
          b.setInsertionPointToStart(created.getTerminator().getBody());
          for (auto [sum, out] :
               llvm::zip_equal(sums, created.getRegionIterArgs())) {
            SliceOf slice(*this, offsets, chunkSums.dims(elementOf(sum)));
            tensor::ParallelInsertSliceOp::create(b, loc, map.lookup(sum), out,
                                                  slice.offsets, slice.sizes,
                                                  slice.strides);
          }
        });
    for (auto [sum, value] : llvm::zip_equal(sums, partial))
      sumsOfChunks[sum] = value;
  }

  /// Replaces the `outs` of results that have a row (rank 1) or a scalar (rank
  /// 0) for each row by what these are.
  void computeResults(int64_t rank, MutableArrayRef<Value> outs) {
    SmallVector<tensor::ParallelInsertSliceOp> inserts;
    SmallVector<Value> values, own;
    SmallVector<unsigned> numbers;
    for (Operation &op : loop.getTerminator().getYieldingOps()) {
      auto insert = cast<tensor::ParallelInsertSliceOp>(op);
      if (rankOf(insert.getSource()) != rank)
        continue;
      unsigned number =
          cast<BlockArgument>(insert.getDest()).getArgNumber() - loop.getRank();
      inserts.push_back(insert);
      values.push_back(insert.getSource());
      numbers.push_back(number);
      own.push_back(outs[number]);
    }
    if (inserts.empty())
      return;
    SmallVector<OpFoldResult> shape(bounds);
    if (rank == 1)
      shape.push_back(chunks.count);
    SmallVector<Value> computed =
        createLoop(shape, own, [&](scf::ForallOp created) {
          IRMapping map = computeChunk(created, values, numStages);
          b.setInsertionPointToStart(created.getTerminator().getBody());
          for (auto [insert, out] :
               llvm::zip_equal(inserts, created.getRegionIterArgs())) {
            auto offsets = mapped(insert.getMixedOffsets(), map);
            auto sizes = mapped(insert.getMixedSizes(), map);
            if (rank == 1) {
              offsets.back() = begin;
              sizes.back() = size;
            }
            tensor::ParallelInsertSliceOp::create(
                b, loc, map.lookupOrDefault(insert.getSource()), out, offsets,
                sizes, insert.getMixedStrides());
          }
        });
    for (auto [number, value] : llvm::zip_equal(numbers, computed))
      outs[number] = value;
  }

  SmallVector<Value> createLoop(ArrayRef<OpFoldResult> shape, ValueRange outs,
                                llvm::function_ref<void(scf::ForallOp)> fill) {
    scf::ForallOp created = createRowLoop(b, loc, shape, outs, ofChunk);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(created.getBody());
    createSchedule(ofChunk);
    fill(created);
    return llvm::to_vector_of<Value>(created.getResults());
  }

  void createSchedule(StrategyAttr strategy) {
    LoopScheduleOp::create(b, loc, strategy, schedule.getBytes());
  }

  /// Computes `targets` for the chunk that is the last induction variable of
  /// `created`, from the sums of the stages before `stage`.
  IRMapping computeChunk(scf::ForallOp created, ArrayRef<Value> targets,
                         int64_t stage) {
    IRMapping map;
    SmallVector<Value> ivs = created.getInductionVars();
    ValueRange row = ValueRange(ivs).take_front(loop.getRank());
    map.map(loop.getInductionVars(), row);
    if (row.size() < ivs.size())
      computeRange(ivs.back());
    llvm::SmallDenseSet<Operation *> needed = neededFor(targets, stage);
    for (Operation &op : loop.getBody()->without_terminator()) {
      if (!needed.contains(&op))
        continue;
      if (isSum(&op) && stages[&op] < stage)
        addSums(&op, row, map);
      else
        cloneForChunk(&op, map);
    }
    return map;
  }

  /// The elements of the chunk.
  void computeRange(Value chunk) {
    AffineExpr i, n, c;
    bindSymbols(b.getContext(), i, n, c);
    begin =
        arith::MulIOp::create(b, loc, chunk, asValue(chunks.size)).getResult();
    std::optional<int64_t> known = getConstantIntValue(length);
    size = chunks.size;
    if (known && *known % *getConstantIntValue(chunks.size) == 0)
      return;
    // Chunks of a row of dynamic size may be empty.
    if (!known)
      begin = affine::makeComposedFoldedAffineMin(
          b, loc, AffineMap::getMultiDimIdentityMap(2, b.getContext()),
          {begin, length});
    size = affine::makeComposedFoldedAffineMin(
        b, loc, AffineMap::get(0, 3, {c, n - i}, b.getContext()),
        {begin, length, chunks.size});
  }

  llvm::SmallDenseSet<Operation *> neededFor(ArrayRef<Value> targets,
                                             int64_t stage) {
    llvm::SmallDenseSet<Operation *> needed;
    SmallVector<Value> worklist(targets);
    while (!worklist.empty()) {
      Operation *op = worklist.pop_back_val().getDefiningOp();
      if (!op || op->getBlock() != loop.getBody() || !needed.insert(op).second)
        continue;
      if (!isSum(op) || stages[op] == stage)
        llvm::append_range(worklist, usesOf(op));
    }
    return needed;
  }

  /// The sums of a row from those of its chunks.
  void addSums(Operation *sum, ValueRange row, IRMapping &map) {
    if (gpu)
      createSchedule(withGPUStrategy(schedule.getStrategy(),
                                     getChunkGPUStrategy(b.getContext())));
    for (Value result : sum->getResults()) {
      SmallVector<OpFoldResult> sizes{chunks.count};
      llvm::append_range(sizes, chunkSums.dims(elementOf(result)));
      SliceOf slice(*this, getAsOpFoldResult(row), sizes);
      SmallVector<int64_t> shape = llvm::map_to_vector(sizes, staticSize);
      Value partial = tensor::ExtractSliceOp::create(
          b, loc, RankedTensorType::get(shape, elementOf(result)),
          sumsOfChunks[result], slice.offsets, slice.sizes, slice.strides);
      map.map(result, chunkSums.add(loc, partial, shape[0]));
    }
    if (gpu)
      createSchedule(ofChunk);
  }

  /// `op` for the elements of a chunk instead of those of a row.
  void cloneForChunk(Operation *op, IRMapping &map) {
    auto chunkOf = [&](Type type) {
      return RankedTensorType::get(staticSize(size),
                                   getElementTypeOrSelf(type));
    };
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op);
        slice && rankOf(slice) == 1) {
      auto offsets = mapped(slice.getMixedOffsets(), map);
      auto sizes = mapped(slice.getMixedSizes(), map);
      offsets.back() = begin;
      sizes.back() = size;
      map.map(slice.getResult(),
              tensor::ExtractSliceOp::create(b, loc, chunkOf(slice.getType()),
                                             slice.getSource(), offsets, sizes,
                                             slice.getMixedStrides())
                  .getResult());
      return;
    }
    if (auto empty = dyn_cast<tensor::EmptyOp>(op);
        empty && rankOf(empty) == 1) {
      map.map(empty.getResult(),
              tensor::EmptyOp::create(b, loc, ArrayRef<OpFoldResult>{size},
                                      empty.getType().getElementType())
                  .getResult());
      return;
    }
    // A vector from outside, such as gamma, but not one of a value of each row.
    for (Value use : op->getOperands())
      if (isa<linalg::LinalgOp>(op) && rankOf(use) == 1 && !map.contains(use))
        map.map(use, tensor::ExtractSliceOp::create(
                         b, loc, chunkOf(use.getType()), use, ArrayRef{begin},
                         ArrayRef{size}, ArrayRef{one})
                         .getResult());
    Operation *clone = b.clone(*op, map);
    for (OpResult result : clone->getResults())
      if (rankOf(result) == 1)
        result.setType(chunkOf(result.getType()));
    if (isSum(clone))
      chunkSums.makePartial(cast<linalg::GenericOp>(clone));
  }

  /// A slice at `first` in the first dims that has `sizes` in all others.
  struct SliceOf {
    SliceOf(RowSplitter &in, ArrayRef<OpFoldResult> first,
            ArrayRef<OpFoldResult> last)
        : offsets(first), sizes(first.size(), in.one) {
      offsets.append(last.size(), in.zero);
      llvm::append_range(sizes, last);
      strides.append(sizes.size(), in.one);
    }
    SmallVector<OpFoldResult> offsets, sizes, strides;
  };

  static SmallVector<OpFoldResult> mapped(ArrayRef<OpFoldResult> values,
                                          const IRMapping &map) {
    return llvm::map_to_vector(values, [&](OpFoldResult value) {
      auto dynamic = dyn_cast<Value>(value);
      return dynamic ? OpFoldResult(map.lookupOrDefault(dynamic)) : value;
    });
  }
  static FloatType elementOf(Value value) {
    return cast<FloatType>(getElementTypeOrSelf(value.getType()));
  }
  static int64_t staticSize(OpFoldResult size) {
    return getConstantIntValue(size).value_or(ShapedType::kDynamic);
  }
  Value asValue(OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(b, loc, value);
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  OpFoldResult select(Value condition, Value yes, Value no) {
    return arith::SelectOp::create(b, loc, condition, yes, no).getResult();
  }

  IRRewriter &b;
  scf::ForallOp loop;
  LoopScheduleOp schedule;
  /// Null on a CPU.
  GPUStrategyAttr gpu;
  ChunkSums chunkSums;
  /// Of the loops that are made.
  StrategyAttr ofChunk;
  Location loc;
  OpFoldResult one, zero;
  /// The elements of a row; null until one is seen.
  OpFoldResult length;
  RowChunks chunks;
  /// The rows of the loop that is made.
  SmallVector<OpFoldResult> bounds;
  /// Of the ops of the loop: that of a sum, or of what it is computed for.
  llvm::DenseMap<Operation *, int64_t> stages;
  int64_t numStages = 0;
  /// By the sums of a row: `[rows.., chunks, dims of a sum..]`.
  llvm::DenseMap<Value, Value> sumsOfChunks;
  /// The first element and the number of those of the chunk that is computed.
  OpFoldResult begin, size;
};

struct SplitRowsPass : norm::impl::SplitRowsBase<SplitRowsPass> {
  void runOnOperation() override {
    SmallVector<scf::ForallOp> loops;
    getOperation()->walk([&](scf::ForallOp loop) { loops.push_back(loop); });
    IRRewriter rewriter(&getContext());
    for (scf::ForallOp loop : loops) {
      auto schedules = loop.getBody()->getOps<LoopScheduleOp>();
      if (schedules.empty())
        continue;
      LoopScheduleOp schedule = *schedules.begin();
      if (!schedule.getStrategy().getGpu())
        loop.removeMappingAttr();
      RowSplitter(rewriter, loop, schedule).split();
    }
  }
};

} // namespace
