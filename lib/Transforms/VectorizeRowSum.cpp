//===- VectorizeRowSum.cpp - Sums over rows in the order of the contract --===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GPUStrategy.h"
#include "RowOps.h"
#include "SumBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace norm;

bool norm::isRowSum(linalg::LinalgOp op) {
  if (op.getNumLoops() == 0 || op.getNumReductionLoops() != op.getNumLoops() ||
      matchSums(op).empty())
    return false;
  // Lanes run along the last dim; what does not depend on it is broadcast.
  return llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *input) {
    AffineMap map = op.getMatchingIndexingMap(input);
    return map.isProjectedPermutation() &&
           llvm::is_sorted(map.getResults(), [](AffineExpr a, AffineExpr b) {
             return cast<AffineDimExpr>(a).getPosition() <
                    cast<AffineDimExpr>(b).getPosition();
           });
  });
}

namespace {

/// Emits the sums of a row: blocks of `sumBlock` elements, in each block one
/// accumulator for each lane; the blocks merged as a binary tree whose left
/// half is the largest power of two of blocks below their number; the lanes
/// added in halves. Rows of several dims are tiles of a channel: their lanes
/// accumulate over all of them, in chunks of each dim but the last. On a GPU
/// each thread has few elements of a row: its lanes accumulate over the whole
/// row, or over a chunk of it; the sum of chunk c is then added in lane c mod
/// 32 of each warp, and these in halves.
class RowSumEmitter {
public:
  RowSumEmitter(RewriterBase &rewriter, linalg::GenericOp op)
      : b(rewriter), op(op), loc(op.getLoc()), summands(matchSums(op)),
        acc(cast<FloatType>(summands[0].getType())), gpu(gpuStrategyOf(op)),
        lanes(gpu ? gpu.getRowTile() : sumLanes(acc.getWidth())),
        body(b, op, summands, lanes), part(partLanes()),
        partBody(b, op, summands, part),
        zero(arith::ConstantOp::create(b, loc, b.getZeroAttr(body.getType()))) {
  }

  SmallVector<Value> emit() {
    int64_t length = op.getStaticLoopRanges().back();
    SmallVector<Value> sums;
    constexpr int64_t maxUnrolledBlocks = 8;
    if (gpu && gpu.getRowChunk() && op.getNumLoops() == 1 &&
        (ShapedType::isDynamic(length) || length > gpu.getRowChunk()))
      return sumChunks(length, size(0));
    if (op.getNumLoops() > 1 || gpu)
      sums = sumOuter(zeros());
    else if (!ShapedType::isDynamic(length) &&
             length <= maxUnrolledBlocks * sumBlock)
      sums = staticTree(0, llvm::divideCeil(length, sumBlock), length);
    else
      sums = dynamicTree(size(0));
    // Lanes are left to another op that adds them to those of other chunks.
    if (cast<ShapedType>(op->getResultTypes()[0]).getRank() == 1)
      return sums;
    return llvm::map_to_vector(sums, [&](Value sum) { return addLanes(sum); });
  }

private:
  /// The sums of a row by chunks. One chunk alone gives the same bits as a sum
  /// at once, so a row of unknown length needs no other code.
  SmallVector<Value> sumChunks(int64_t known, Value length) {
    GPUStrategyAttr warp = getChunkGPUStrategy(b.getContext());
    auto type = VectorType::get({warp.getRowTile()}, acc);
    OpFoldResult size = length;
    if (!ShapedType::isDynamic(known))
      size = b.getIndexAttr(known);
    RowChunks chunks = cutRow(b, loc, gpu, size);
    Value chunk = getValueOrCreateConstantIndexOp(b, loc, chunks.size);
    Value count = getValueOrCreateConstantIndexOp(b, loc, chunks.count);
    int64_t tail = ShapedType::kDynamic;
    if (!ShapedType::isDynamic(known) && known % lanes == 0)
      tail = 0;
    Value none = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
    auto loop = scf::ForOp::create(
        b, loc, index(0), count, index(1),
        SmallVector<Value>(summands.size(), none),
        [&](OpBuilder &, Location, Value number, ValueRange carried) {
          Value begin = arith::MulIOp::create(b, loc, number, chunk);
          Value end = arith::AddIOp::create(b, loc, begin, chunk);
          end = arith::MinUIOp::create(b, loc, end, length);
          Value lane =
              arith::RemUIOp::create(b, loc, number, index(warp.getRowTile()));
          auto indices = VectorType::get(type.getShape(), b.getIndexType());
          Value isLane = arith::CmpIOp::create(
              b, loc, arith::CmpIPredicate::eq,
              vector::StepOp::create(b, loc, indices),
              vector::BroadcastOp::create(b, loc, indices, lane));
          SmallVector<Value> next;
          for (auto [sum, before] :
               llvm::zip_equal(sumRange(begin, end, zeros(), tail), carried)) {
            Value added = arith::AddFOp::create(
                b, loc, before,
                vector::BroadcastOp::create(b, loc, type, addLanes(sum)));
            next.push_back(
                arith::SelectOp::create(b, loc, isLane, added, before));
          }
          scf::YieldOp::create(b, loc, next);
        });
    return llvm::map_to_vector(loop.getResults(),
                               [&](Value sum) { return addLanes(sum); });
  }

  /// The loops over all dims but the last, which carry the lanes.
  SmallVector<Value> sumOuter(ValueRange sums) {
    unsigned dim = outer.size();
    if (dim + 1 == op.getNumLoops()) {
      int64_t length = op.getStaticLoopRanges().back();
      return sumRange(index(0), size(dim), sums,
                      ShapedType::isDynamic(length) ? length : length % lanes);
    }
    Value count = size(dim);
    int64_t known = op.getStaticLoopRanges()[dim];
    // Registers for the sums of chunks are threads less on a multiprocessor.
    if (gpu && ShapedType::isDynamic(known))
      known = mostOf(count);
    return sumInChunks(b, loc, known, count, sums,
                       [&](Value i, ValueRange carried) {
                         outer.push_back(i);
                         SmallVector<Value> added = sumOuter(carried);
                         outer.pop_back();
                         return added;
                       });
  }

  /// What a size is at most, if it is that or a rest; else dynamic.
  static int64_t mostOf(Value size) {
    if (auto dim = size.getDefiningOp<tensor::DimOp>()) {
      auto slice = dim.getSource().getDefiningOp<tensor::ExtractSliceOp>();
      std::optional<int64_t> number = dim.getConstantIndex();
      if (!slice || !number)
        return ShapedType::kDynamic;
      // Dims of one element are dropped.
      llvm::SmallBitVector dropped = slice.getDroppedDims();
      for (auto [i, extent] : llvm::enumerate(slice.getMixedSizes()))
        if (!dropped[i] && (*number)-- == 0)
          size = dyn_cast<Value>(extent);
    }
    auto least = size ? size.getDefiningOp<arith::MinUIOp>() : arith::MinUIOp();
    for (Value limit : least ? least->getOperands() : ValueRange())
      if (std::optional<int64_t> known = getConstantIntValue(limit))
        return *known;
    return ShapedType::kDynamic;
  }

  /// The blocks [first, last) of a row of static length.
  SmallVector<Value> staticTree(int64_t first, int64_t last, int64_t length) {
    if (last - first <= 1) {
      int64_t end = std::min(length, last * sumBlock);
      return sumRange(index(first * sumBlock), index(end), zeros(),
                      (end - first * sumBlock) % lanes);
    }
    int64_t half = llvm::PowerOf2Ceil(last - first) / 2;
    SmallVector<Value> left = staticTree(first, first + half, length);
    return merge(left, staticTree(first + half, last, length));
  }

  /// The same tree for any number of blocks, as a binary counter: level l of a
  /// stack holds the sums of 2^l blocks while bit l of the number of blocks
  /// seen is set.
  SmallVector<Value> dynamicTree(Value length) {
    constexpr int64_t levels = 52; // 2^52 blocks are more than 64 bits of bytes
    auto stackType = MemRefType::get(
        {levels, static_cast<int64_t>(summands.size()), lanes}, acc);
    stack =
        memref::AllocaOp::create(b, loc, stackType, b.getI64IntegerAttr(64));
    Value blocks = arith::CeilDivUIOp::create(b, loc, length, index(sumBlock));
    scf::ForOp::create(
        b, loc, index(0), blocks, index(1), ValueRange(),
        [&](OpBuilder &, Location, Value block, ValueRange) {
          Value begin = arith::MulIOp::create(b, loc, block, index(sumBlock));
          Value limit = arith::AddIOp::create(b, loc, begin, index(sumBlock));
          Value end = arith::MinUIOp::create(b, loc, limit, length);
          SmallVector<Value> sums =
              sumRange(begin, end, zeros(), ShapedType::kDynamic);
          // The set low bits of the block's number are the levels that it
          // closes.
          Value bits = toI64(block);
          Value ones =
              arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(-1));
          Value numOnes = math::CountTrailingZerosOp::create(
              b, loc, arith::XOrIOp::create(b, loc, bits, ones));
          Value level =
              arith::IndexCastOp::create(b, loc, b.getIndexType(), numOnes);
          auto merged = scf::ForOp::create(
              b, loc, index(0), level, index(1), sums,
              [&](OpBuilder &, Location, Value l, ValueRange right) {
                scf::YieldOp::create(b, loc, merge(loadLevel(l), right));
              });
          for (auto [i, sum] : llvm::enumerate(merged.getResults()))
            vector::StoreOp::create(b, loc, sum, stack,
                                    ValueRange{level, index(i), index(0)});
          scf::YieldOp::create(b, loc);
        });
    Value count = toI64(blocks);
    auto total = scf::ForOp::create(
        b, loc, index(0), index(levels), index(1), zeros(),
        [&](OpBuilder &, Location, Value l, ValueRange sums) {
          Value bit = arith::TruncIOp::create(
              b, loc, b.getI1Type(),
              arith::ShRUIOp::create(b, loc, count, toI64(l)));
          auto sum = scf::IfOp::create(
              b, loc, bit,
              [&](OpBuilder &, Location) {
                scf::YieldOp::create(b, loc, merge(loadLevel(l), sums));
              },
              [&](OpBuilder &, Location) {
                scf::YieldOp::create(b, loc, sums);
              });
          scf::YieldOp::create(b, loc, sum.getResults());
        });
    return llvm::to_vector_of<Value>(total.getResults());
  }

  SmallVector<Value> loadLevel(Value level) {
    SmallVector<Value> sums;
    for (size_t i = 0; i < summands.size(); ++i)
      sums.push_back(
          vector::LoadOp::create(b, loc, body.getType(), stack,
                                 ValueRange{level, index(i), index(0)}));
    return sums;
  }

  /// `sums` and the lanes of the elements [begin, end). `tail` is the number of
  /// elements beyond the last whole vector, or dynamic.
  SmallVector<Value> sumRange(Value begin, Value end, ValueRange sums,
                              int64_t tail) {
    Value size = arith::SubIOp::create(b, loc, end, begin);
    Value rest =
        ShapedType::isDynamic(tail)
            ? arith::RemUIOp::create(b, loc, size, index(lanes)).getResult()
            : index(tail);
    Value wholeEnd = arith::SubIOp::create(b, loc, end, rest);
    SmallVector<Value> whole(sums);
    for (int64_t lane = 0; lane < lanes; lane += part)
      sumWhole(begin, wholeEnd, lane, whole);
    if (tail == 0)
      return whole;
    auto addTail = [&] {
      Value mask = vector::CreateMaskOp::create(
          b, loc, VectorType::get({lanes}, b.getI1Type()), ValueRange{rest});
      SmallVector<Value> added = accumulate(body, wholeEnd, whole, mask);
      // Lanes past the end keep their sum.
      for (auto [sum, before] : llvm::zip_equal(added, whole))
        sum = arith::SelectOp::create(b, loc, mask, sum, before);
      return added;
    };
    if (!ShapedType::isDynamic(tail))
      return addTail();
    Value hasTail =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, rest, index(0));
    auto branch = scf::IfOp::create(
        b, loc, hasTail,
        [&](OpBuilder &, Location) { scf::YieldOp::create(b, loc, addTail()); },
        [&](OpBuilder &, Location) { scf::YieldOp::create(b, loc, whole); });
    return llvm::to_vector_of<Value>(branch.getResults());
  }

  /// The lanes that one loop over a row carries. Of vectors of up to 256 bits
  /// the lanes of two sums fill all 16 registers that CPUs such as those of
  /// x86-64-v3 have: they are summed by halves. Not where an element of the
  /// inputs has more bits than a sum: such loops wait for memory, which takes a
  /// tenth longer if half of the lines come later.
  int64_t partLanes() {
    StrategyAttr strategy = strategyOf(op);
    if (gpu || summands.size() < 2 || !strategy ||
        strategy.getVectorBits() > 256)
      return lanes;
    unsigned bits = 0;
    for (OpOperand *input : op.getDpsInputOperands())
      if (op.getRank(input) == op.getNumLoops())
        bits += getElementTypeOrSelf(input->get()).getIntOrFloatBitWidth();
    return bits <= acc.getWidth() ? lanes / 2 : lanes;
  }

  /// Adds the elements of the lanes [lane, lane + part) in whole vectors of
  /// [begin, end) to `sums`.
  void sumWhole(Value begin, Value end, int64_t lane,
                MutableArrayRef<Value> sums) {
    auto loop = scf::ForOp::create(
        b, loc, begin, end, index(lanes),
        llvm::map_to_vector(
            sums, [&](Value sum) { return extractLanes(sum, lane, part); }),
        [&](OpBuilder &, Location, Value j, ValueRange carried) {
          Value first = b.createOrFold<arith::AddIOp>(loc, j, index(lane));
          scf::YieldOp::create(
              b, loc, accumulate(partBody, first, carried, /*mask=*/{}));
        });
    for (auto [sum, added] : llvm::zip_equal(sums, loop.getResults()))
      sum = b.createOrFold<vector::InsertStridedSliceOp>(
          loc, added, sum, ArrayRef<int64_t>{lane}, ArrayRef<int64_t>{1});
  }

  /// sums + f(inputs[.., j .. j + the lanes of `lanesBody`)).
  SmallVector<Value> accumulate(SumBody &lanesBody, Value j, ValueRange sums,
                                Value mask) {
    SmallVector<Value> inputs;
    for (OpOperand *input : op.getDpsInputOperands())
      inputs.push_back(
          readInput(input, j, lanesBody.getType().getNumElements(), mask));
    return lanesBody.accumulate(inputs, sums);
  }

  Value readInput(OpOperand *input, Value j, int64_t size, Value mask) {
    Value source = input->get();
    Type element = getElementTypeOrSelf(source.getType());
    auto vectorType = VectorType::get({size}, element);
    if (!isa<RankedTensorType>(source.getType()))
      return vector::BroadcastOp::create(b, loc, vectorType, source);
    AffineMap map = op.getMatchingIndexingMap(input);
    SmallVector<Value> indices;
    bool isRow = false;
    for (AffineExpr expr : map.getResults()) {
      unsigned dim = cast<AffineDimExpr>(expr).getPosition();
      isRow |= dim + 1 == op.getNumLoops();
      indices.push_back(dim + 1 == op.getNumLoops() ? j : outer[dim]);
    }
    if (!isRow) {
      Value scalar = tensor::ExtractOp::create(b, loc, source, indices);
      return vector::BroadcastOp::create(b, loc, vectorType, scalar);
    }
    // As upstream's vectorizer pads: equal reads become one.
    Value padding = ub::PoisonOp::create(b, loc, element);
    return vector::TransferReadOp::create(
        b, loc, vectorType, source, indices,
        AffineMapAttr::get(
            AffineMap::getMinorIdentityMap(indices.size(), 1, b.getContext())),
        padding, mask, b.getBoolArrayAttr({true}));
  }

  /// Lane i with lane i + half, until one is left. The lanes of threads are
  /// added in the order that norm-distribute-vectors gives.
  Value addLanes(Value sums) {
    if (gpu)
      return vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD,
                                         sums);
    for (int64_t half = lanes / 2; half >= 1; half /= 2)
      sums = arith::AddFOp::create(b, loc, extractLanes(sums, 0, half),
                                   extractLanes(sums, half, half));
    return vector::ExtractOp::create(b, loc, sums, ArrayRef<int64_t>{0});
  }

  /// The lanes [first, first + size) of `lanes`.
  Value extractLanes(Value lanes, int64_t first, int64_t size) {
    return b.createOrFold<vector::ExtractStridedSliceOp>(
        loc, lanes, ArrayRef<int64_t>{first}, ArrayRef<int64_t>{size},
        ArrayRef<int64_t>{1});
  }

  SmallVector<Value> merge(ValueRange left, ValueRange right) {
    SmallVector<Value> sums;
    for (auto [l, r] : llvm::zip_equal(left, right))
      sums.push_back(arith::AddFOp::create(b, loc, l, r));
    return sums;
  }
  SmallVector<Value> zeros() {
    return SmallVector<Value>(summands.size(), zero);
  }
  /// The number of iterations of a loop of the op.
  Value size(unsigned loop) { return loopSize(b, op, loop); }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value toI64(Value value) {
    return arith::IndexCastOp::create(b, loc, b.getI64Type(), value);
  }

  RewriterBase &b;
  linalg::GenericOp op;
  Location loc;
  SmallVector<Value> summands;
  FloatType acc;
  GPUStrategyAttr gpu;
  int64_t lanes;
  SumBody body;
  /// The lanes that one loop carries, and the body for them.
  int64_t part;
  SumBody partBody;
  Value zero;
  /// Of dynamicTree.
  Value stack;
  /// The coordinates in the dims before the last, from the outermost.
  SmallVector<Value> outer;
};

} // namespace

SmallVector<Value> norm::vectorizeRowSum(RewriterBase &rewriter,
                                         linalg::GenericOp op) {
  return RowSumEmitter(rewriter, op).emit();
}
