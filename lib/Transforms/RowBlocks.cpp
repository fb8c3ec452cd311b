//===- RowBlocks.cpp - A region with sums over rows in fixed blocks -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ColumnLoop.h"
#include "GPUStrategy.h"
#include "RegionTiler.h"

#include "norm/Conversion/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

namespace {

/// A loop over blocks of rows, with a loop over the rows of a block in it, and
/// the sums of a block carried by that.
class RowBlocksTiler : RegionTiler {
public:
  RowBlocksTiler(IRRewriter &rewriter, const FusionRegion &region)
      : RegionTiler(rewriter, region), b(rewriter), zero(b.getIndexAttr(0)),
        one(b.getIndexAttr(1)) {}

  LogicalResult tile() {
    if (region.rowRank != 1)
      return region.root->emitOpError(
                 "cannot be tiled: expected one dim of rows beside sums over "
                 "them, found ")
             << region.rowRank << "; run norm-collapse-rows first";
    b.setInsertionPoint(region.root);
    if (failed(computeShapes()))
      return failure();
    for (OpResult result : results)
      (isSum(result) ? sums : rowResults).push_back(result);
    if (isEmpty()) {
      replaceByZeros();
      return success();
    }
    countBlocks();
    Value bytes = streamedBytes();
    SmallVector<Value> outs;
    for (OpResult result : rowResults)
      outs.push_back(makeEmpty(shapes[result], elementOf(result)));
    for (OpResult sum : sums)
      outs.push_back(
          makeEmpty({numBlocks, paddedLength(accOf(sum))}, accOf(sum)));
    scf::ForallOp loop = createRowLoop(b, loc, numBlocks, outs, strategy);
    if (failed(fillBlock(loop, bytes)))
      return failure();
    b.setInsertionPointAfter(loop);
    DenseMap<Value, Value> values;
    for (auto [result, value] : llvm::zip(rowResults, loop.getResults()))
      values[result] = value;
    for (auto [sum, partial] :
         llvm::zip(sums, loop.getResults().drop_front(rowResults.size())))
      values[sum] = sumBlocks(sum, partial);
    replace(llvm::map_to_vector(
        results, [&](OpResult result) { return values[result]; }));
    return success();
  }

private:
  /// At most this many blocks share the rows: on a CPU enough for the threads,
  /// and few enough for the partial sums to stay in the caches.
  int64_t maxBlocks() {
    return strategy && strategy.getGpu() ? strategy.getGpu().getRowBlocks()
                                         : 64;
  }
  /// The rows of a block are a multiple of this many: on a GPU every block is
  /// worth its own part.
  int64_t groupRows() { return isGPU() ? 1 : 8; }
  bool isGPU() { return strategy && strategy.getGpu(); }
  /// How the partial sums are added; the single row of one block is no tile.
  StrategyAttr sumStrategy(FloatType acc) {
    auto known = [](OpFoldResult size) { return getConstantIntValue(size); };
    if (!isGPU() || known(numBlocks) == 1)
      return strategy;
    return getSumGPUStrategy(strategy, acc,
                             known(numBlocks).value_or(maxBlocks()),
                             known(length()).value_or(ShapedType::kDynamic));
  }
  /// The columns that are summed over the blocks at a time.
  int64_t chunkColumns(FloatType acc) {
    if (!isGPU())
      return 1024;
    GPUStrategyAttr gpu = sumStrategy(acc).getGpu();
    return gpu.getRowTile() / gpu.getTileRows();
  }

  static bool isSum(OpResult result) {
    auto rowOp = dyn_cast<NormRowOpInterface>(result.getOwner());
    return rowOp &&
           rowOp.getOutputPart(result.getResultNumber()) == RowPart::Row;
  }
  static Type elementOf(OpResult result) {
    return cast<RankedTensorType>(result.getType()).getElementType();
  }
  static FloatType accOf(OpResult sum) {
    return cast<RMSNormGradOp>(sum.getOwner()).getAccType();
  }
  /// N.
  OpFoldResult length() { return domain()[1]; }

  /// The same for rows of partial sums, which are aligned: on a CPU to lines of
  /// the cache, since they are read and written with each row.
  OpFoldResult paddedLength(FloatType acc) {
    int64_t elements =
        (isGPU() ? rowAlignment : lineBytes) * 8 / acc.getWidth();
    AffineExpr n;
    bindSymbols(b.getContext(), n);
    return apply(n.ceilDiv(elements) * elements, {length()});
  }

  /// The sum of no rows is 0.
  void replaceByZeros() {
    replace(llvm::map_to_vector(results, [&](OpResult result) {
      Value empty = makeEmpty(shapes[result], elementOf(result));
      return isSum(result) ? fillWithZeros(empty) : empty;
    }));
  }

  /// Fills the loop over blocks. Every block goes through its rows.
  LogicalResult fillBlock(scf::ForallOp loop, Value bytes) {
    b.setInsertionPointToStart(loop.getBody());
    createSchedule(bytes);
    Value block = loop.getInductionVar(0);
    Value begin = arith::MulIOp::create(
        b, loc, block, getValueOrCreateConstantIndexOp(b, loc, rowsOfBlock));
    OpFoldResult rows = atMost(rowsOfBlock, domain()[0], begin);
    SmallVector<Value> inits;
    for (auto [i, out] : llvm::enumerate(loop.getRegionIterArgs())) {
      if (i < rowResults.size()) {
        inits.push_back(slice(out, begin, rows));
        continue;
      }
      // The sums grow in their places among the partial sums.
      OpResult sum = sums[i - rowResults.size()];
      Value row = tensor::ExtractSliceOp::create(
          b, loc, RankedTensorType::get(staticSizes({length()}), accOf(sum)),
          out, {OpFoldResult(block), zero}, {one, length()}, {one, one});
      inits.push_back(fillWithZeros(row));
    }
    auto rowLoop = scf::ForOp::create(
        b, loc, index(0), getValueOrCreateConstantIndexOp(b, loc, rows),
        index(1), inits);
    // Affine ops need a loop that is in place.
    b.setInsertionPointToStart(rowLoop.getBody());
    createSchedule(bytes);
    FailureOr<SmallVector<Value>> carried =
        fillRow(begin, rowLoop.getInductionVar(), rowLoop.getRegionIterArgs());
    if (failed(carried))
      return failure();
    scf::YieldOp::create(b, loc, *carried);
    b.setInsertionPointToStart(loop.getTerminator().getBody());
    for (auto [i, value] : llvm::enumerate(rowLoop.getResults())) {
      Value out = loop.getRegionIterArgs()[i];
      int64_t rank = cast<RankedTensorType>(out.getType()).getRank();
      bool isRows = i < rowResults.size();
      SmallVector<OpFoldResult> offsets{isRows ? begin : block, zero};
      SmallVector<OpFoldResult> extents{isRows ? rows : one, length()};
      SmallVector<OpFoldResult> strides(rank, one);
      tensor::ParallelInsertSliceOp::create(
          b, loc, value, out, ArrayRef(offsets).take_front(rank),
          ArrayRef(extents).take_front(rank), strides);
    }
    return success();
  }

  /// One row: what the region makes of it, and the sums with it added.
  FailureOr<SmallVector<Value>> fillRow(Value blockBegin, Value offset,
                                        ValueRange carried) {
    AffineExpr i, j;
    bindSymbols(b.getContext(), i, j);
    OpFoldResult row =
        apply(i + j, {OpFoldResult(blockBegin), OpFoldResult(offset)});
    if (failed(tileMembers({row, zero}, {one, length()})))
      return failure();
    SmallVector<Value> next;
    for (auto [result, into] : llvm::zip(rowResults, carried)) {
      int64_t rank = cast<RankedTensorType>(result.getType()).getRank();
      SmallVector<OpFoldResult> offsets{offset, zero}, extents{one, length()};
      SmallVector<OpFoldResult> strides(rank, one);
      next.push_back(tensor::InsertSliceOp::create(
          b, loc, tiledValues[result], into, ArrayRef(offsets).take_front(rank),
          ArrayRef(extents).take_front(rank), strides));
    }
    // The sums of one op stand together.
    carried = carried.drop_front(rowResults.size());
    for (ArrayRef<OpResult> rest(sums); !rest.empty();) {
      Operation *grad = rest.front().getOwner();
      ArrayRef<OpResult> own =
          rest.take_while([&](OpResult sum) { return sum.getOwner() == grad; });
      llvm::append_range(
          next, addParameterGrads(b, cast<RMSNormGradOp>(tiledOps[grad]),
                                  llvm::map_to_vector(own, whichGrad),
                                  carried.take_front(own.size())));
      rest = rest.drop_front(own.size());
      carried = carried.drop_front(own.size());
    }
    return next;
  }

  static ParameterGrad whichGrad(OpResult sum) {
    return sum.getResultNumber() == 1 ? ParameterGrad::Gamma
                                      : ParameterGrad::Beta;
  }

  /// The sum over the blocks in the type of a result.
  Value sumBlocks(OpResult result, Value partial) {
    Type acc = accOf(result), type = elementOf(result);
    if (isGPU())
      return sumColumns(partial, makeEmpty({length()}, type));
    Value sum = sumColumns(partial, makeEmpty({length()}, acc));
    return type == acc ? sum : round(sum, makeEmpty({length()}, type));
  }

  /// Adds the rows of `partial` into the vector `dest`, by chunks of columns.
  Value sumColumns(Value partial, Value dest) {
    auto acc = cast<FloatType>(getElementTypeOrSelf(partial));
    int64_t chunk = chunkColumns(acc);
    AffineExpr m;
    bindSymbols(b.getContext(), m);
    Value bytes = arith::MulIOp::create(
        b, loc, getValueOrCreateConstantIndexOp(b, loc, numBlocks),
        getValueOrCreateConstantIndexOp(
            b, loc, apply(m * (acc.getWidth() / 8), {length()})));
    OpFoldResult chunks = apply(m.ceilDiv(chunk), {length()});
    scf::ForallOp loop = createRowLoop(b, loc, chunks, dest, strategy);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    if (StrategyAttr schedule = sumStrategy(acc))
      LoopScheduleOp::create(b, loc, schedule, bytes);
    OpFoldResult begin =
        apply(m * chunk, {OpFoldResult(loop.getInductionVar(0))});
    std::optional<int64_t> known = getConstantIntValue(length());
    OpFoldResult columns = b.getIndexAttr(chunk);
    if (!known || *known % chunk != 0)
      columns = atMost(columns, length(), begin);
    auto columnsOf = [&](Value vector, OpFoldResult first) {
      return tensor::ExtractSliceOp::create(
          b, loc,
          RankedTensorType::get(staticSizes({columns}),
                                getElementTypeOrSelf(vector)),
          vector, ArrayRef(first), ArrayRef(columns), ArrayRef(one));
    };
    Value part = tensor::ExtractSliceOp::create(
        b, loc, partial, {zero, begin}, {numBlocks, columns}, {one, one});
    Value out = loop.getRegionIterArgs()[0];
    Value place = columnsOf(out, begin), added;
    if (acc == getElementTypeOrSelf(dest)) {
      added = addRows(part, fillWithZeros(place));
    } else {
      Value sum = makeEmpty({columns}, acc);
      added = round(addRows(part, fillWithZeros(sum)), place);
    }
    b.setInsertionPointToStart(loop.getTerminator().getBody());
    tensor::ParallelInsertSliceOp::create(b, loc, added, out, ArrayRef(begin),
                                          ArrayRef(columns), ArrayRef(one));
    return loop.getResult(0);
  }

  /// Adds the rows of a matrix to `sum`.
  Value addRows(Value matrix, Value sum) {
    AffineMap both = b.getMultiDimIdentityMap(2);
    AffineMap columns = AffineMap::get(2, 0, b.getAffineDimExpr(1));
    return linalg::GenericOp::create(
               b, loc, sum.getType(), matrix, sum,
               ArrayRef<AffineMap>{both, columns},
               ArrayRef<utils::IteratorType>{utils::IteratorType::reduction,
                                             utils::IteratorType::parallel},
               [&](OpBuilder &, Location, ValueRange args) {
                 Value added = arith::AddFOp::create(b, loc, args[1], args[0]);
                 linalg::YieldOp::create(b, loc, added);
               })
        .getResult(0);
  }

  Value round(Value source, Value dest) {
    AffineMap identity = b.getMultiDimIdentityMap(1);
    return linalg::GenericOp::create(
               b, loc, dest.getType(), source, dest,
               ArrayRef<AffineMap>{identity, identity},
               ArrayRef<utils::IteratorType>{utils::IteratorType::parallel},
               [&](OpBuilder &, Location, ValueRange args) {
                 Value value = arith::TruncFOp::create(
                     b, loc, args[1].getType(), args[0]);
                 linalg::YieldOp::create(b, loc, value);
               })
        .getResult(0);
  }

  /// `rows` of a matrix, or of a vector that has an element for each.
  Value slice(Value source, OpFoldResult begin, OpFoldResult rows) {
    int64_t rank = cast<RankedTensorType>(source.getType()).getRank();
    SmallVector<OpFoldResult> offsets{begin, zero}, extents{rows, length()};
    SmallVector<OpFoldResult> strides(rank, one);
    return tensor::ExtractSliceOp::create(
        b, loc, source, ArrayRef(offsets).take_front(rank),
        ArrayRef(extents).take_front(rank), strides);
  }
  static SmallVector<int64_t> staticSizes(ArrayRef<OpFoldResult> sizes) {
    SmallVector<int64_t> shape;
    SmallVector<Value> dynamic;
    dispatchIndexOpFoldResults(sizes, dynamic, shape);
    return shape;
  }
  Value makeEmpty(ArrayRef<OpFoldResult> shape, Type type) {
    return tensor::EmptyOp::create(b, loc, shape, type);
  }
  Value fillWithZeros(Value tensor) {
    Value value = arith::ConstantOp::create(
        b, loc, b.getZeroAttr(getElementTypeOrSelf(tensor)));
    return linalg::FillOp::create(b, loc, value, tensor).getResult(0);
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  OpFoldResult apply(AffineExpr expr, ArrayRef<OpFoldResult> symbols) {
    return affine::makeComposedFoldedAffineApply(b, loc, expr, symbols);
  }
  /// min(limit, total - begin).
  OpFoldResult atMost(OpFoldResult limit, OpFoldResult total,
                      OpFoldResult begin) {
    AffineExpr l, t, i;
    bindSymbols(b.getContext(), l, t, i);
    return affine::makeComposedFoldedAffineMin(
        b, loc, AffineMap::get(0, 3, {l, t - i}, b.getContext()),
        {limit, total, begin});
  }

  /// At least one block, for sums of no rows. Affine maps divide and multiply
  /// by constants only.
  void countBlocks() {
    OpFoldResult total = domain()[0];
    AffineExpr m;
    bindSymbols(b.getContext(), m);
    rowsOfBlock = apply(
        (m.floorDiv(maxBlocks() * groupRows()) + 1) * groupRows(), {total});
    if (std::optional<int64_t> rows = getConstantIntValue(total)) {
      numBlocks = b.getIndexAttr(
          llvm::divideCeil(*rows, *getConstantIntValue(rowsOfBlock)));
      return;
    }
    Value blocks = arith::CeilDivUIOp::create(
        b, loc, getValueOrCreateConstantIndexOp(b, loc, total),
        getValueOrCreateConstantIndexOp(b, loc, rowsOfBlock));
    numBlocks = arith::MaxUIOp::create(b, loc, blocks, index(1)).getResult();
  }

  IRRewriter &b;
  OpFoldResult zero, one, rowsOfBlock, numBlocks;
  SmallVector<OpResult> rowResults, sums;
};

} // namespace

LogicalResult norm::tileByRowBlocks(IRRewriter &rewriter,
                                    const FusionRegion &region) {
  return RowBlocksTiler(rewriter, region).tile();
}
