//===- TileRowBlocks.cpp - Sums over rows in fixed blocks -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Conversion/Passes.h"
#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace norm {
#define GEN_PASS_DEF_TILEROWBLOCKS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {

/// Tiles one norm.rmsnorm_grad on `[M, N]` with sums over the rows.
class GradTiler {
public:
  GradTiler(IRRewriter &rewriter, RMSNormGradOp op)
      : b(rewriter), op(op), loc(op.getLoc()), acc(op.getAccType()),
        sizes(tensor::getMixedSizes(b, loc, op.getX())),
        numSums(op.getOutputs().size() - 1) {
    AffineExpr m, rows;
    bindSymbols(b.getContext(), m, rows);
    rowsOfBlock =
        apply((m.floorDiv(maxBlocks * groupRows) + 1) * groupRows, {sizes[0]});
    numBlocks = countBlocks();
  }

  void tile() {
    SmallVector<Value> outs{makeEmpty(sizes, getElementTypeOrSelf(op.getX()))};
    for (unsigned i = 0; i < numSums; ++i)
      outs.push_back(makeEmpty({numBlocks, sizes[1]}, acc));
    Value bytes = streamedBytes();
    auto loop = scf::ForallOp::create(b, loc, ArrayRef(numBlocks), outs,
                                      /*mapping=*/std::nullopt);
    fillBlock(loop, bytes);
    b.setInsertionPointAfter(loop);
    SmallVector<Value> results{loop.getResult(0)};
    for (unsigned i = 1; i <= numSums; ++i)
      results.push_back(
          sumBlocks(loop.getResult(i), op.getOutputs()[i].getType()));
    for (auto [value, result] : llvm::zip_equal(results, op.getOutputs()))
      if (value.getType() != result.getType())
        value = tensor::CastOp::create(b, loc, result.getType(), value);
    b.replaceOp(op, results);
  }

private:
  /// At most this many blocks share the rows: enough for the threads, and few
  /// enough for the partial sums to stay in the caches.
  static constexpr int64_t maxBlocks = 64;
  /// Rows that are read a second time for the sums, while they are cached.
  static constexpr int64_t groupRows = 8;

  void fillBlock(scf::ForallOp loop, Value bytes) {
    b.setInsertionPointToStart(loop.getBody());
    if (StrategyAttr strategy = op.getStrategyAttr())
      LoopScheduleOp::create(b, loc, strategy, bytes);
    OpFoldResult begin = multiply(loop.getInductionVar(0), rowsOfBlock);
    OpFoldResult rows = atMost(rowsOfBlock, sizes[0], begin);
    Value zero = arith::ConstantOp::create(b, loc, b.getFloatAttr(acc, 0.0));
    OpFoldResult zeroIndex = b.getIndexAttr(0), one = b.getIndexAttr(1);
    SmallVector<Value> inits{slice(loop.getRegionIterArgs()[0], begin, rows)};
    // The sums grow in their places among the partial sums.
    for (Value partial : loop.getRegionIterArgs().drop_front()) {
      Value row = tensor::ExtractSliceOp::create(
          b, loc,
          RankedTensorType::get(op.getXType().getShape().take_back(1), acc),
          partial, {OpFoldResult(loop.getInductionVar(0)), zeroIndex},
          {one, sizes[1]}, {one, one});
      inits.push_back(linalg::FillOp::create(b, loc, zero, row).getResult(0));
    }
    auto groups = scf::ForOp::create(
        b, loc, index(0), getValueOrCreateConstantIndexOp(b, loc, rows),
        index(groupRows), inits);
    // Affine ops need a loop that is in place.
    b.setInsertionPointToStart(groups.getBody());
    scf::YieldOp::create(b, loc,
                         fillGroup(begin, rows, groups.getInductionVar(),
                                   groups.getRegionIterArgs()));
    b.setInsertionPointToStart(loop.getTerminator().getBody());
    for (unsigned i = 0; i <= numSums; ++i)
      tensor::ParallelInsertSliceOp::create(
          b, loc, groups.getResult(i), loop.getRegionIterArgs()[i],
          {i == 0 ? begin : OpFoldResult(loop.getInductionVar(0)), zeroIndex},
          {i == 0 ? rows : one, sizes[1]}, {one, one});
  }

  /// The rows of one group: dx of each, and the sums with theirs added.
  SmallVector<Value> fillGroup(OpFoldResult blockBegin, OpFoldResult blockRows,
                               Value offset, ValueRange carried) {
    OpFoldResult rows = atMost(b.getIndexAttr(groupRows), blockRows, offset);
    AffineExpr i, j;
    bindSymbols(b.getContext(), i, j);
    OpFoldResult begin = apply(i + j, {blockBegin, OpFoldResult(offset)});
    SmallVector<Value> operands{slice(op.getDy(), begin, rows),
                                slice(op.getX(), begin, rows),
                                slice(op.getRrms(), begin, rows)};
    if (op.getGamma())
      operands.push_back(op.getGamma());
    Operation *tile = mlir::clone(b, op, {operands[1].getType()}, operands);
    SmallVector<Value> results =
        addParameterGrads(b, cast<RMSNormGradOp>(tile), carried.drop_front());
    OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
    results.insert(results.begin(), tensor::InsertSliceOp::create(
                                        b, loc, tile->getResult(0), carried[0],
                                        {OpFoldResult(offset), zero},
                                        {rows, sizes[1]}, {one, one})
                                        .getResult());
    return results;
  }

  /// Adds all blocks but the first to `first`.
  Value addBlocks(Value first, Value partial) {
    OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
    AffineExpr n;
    bindSymbols(b.getContext(), n);
    Value others = tensor::ExtractSliceOp::create(
        b, loc, partial, {one, zero}, {apply(n - 1, {numBlocks}), sizes[1]},
        {one, one});
    AffineMap matrix = b.getMultiDimIdentityMap(2);
    AffineMap columns = AffineMap::get(2, 0, b.getAffineDimExpr(1));
    return linalg::GenericOp::create(
               b, loc, first.getType(), others, first,
               ArrayRef<AffineMap>{matrix, columns},
               ArrayRef<utils::IteratorType>{utils::IteratorType::reduction,
                                             utils::IteratorType::parallel},
               [&](OpBuilder &, Location, ValueRange args) {
                 Value added = arith::AddFOp::create(b, loc, args[1], args[0]);
                 linalg::YieldOp::create(b, loc, added);
               })
        .getResult(0);
  }

  /// The sum over the blocks in the type of a result: the other blocks are
  /// added to the first one, in its place.
  Value sumBlocks(Value partial, Type result) {
    OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
    auto blocks = cast<RankedTensorType>(partial.getType());
    Value first = tensor::ExtractSliceOp::create(
        b, loc, RankedTensorType::get(blocks.getShape().take_back(1), acc),
        partial, {zero, zero}, {one, sizes[1]}, {one, one});
    Value sum = first;
    if (!isConstantIntValue(numBlocks, 1))
      sum = addBlocks(first, partial);
    Type type = getElementTypeOrSelf(result);
    if (type == acc)
      return sum;
    AffineMap identity = b.getMultiDimIdentityMap(1);
    Value rounded = makeEmpty({sizes[1]}, type);
    return linalg::GenericOp::create(
               b, loc, rounded.getType(), sum, rounded,
               ArrayRef<AffineMap>{identity, identity},
               ArrayRef<utils::IteratorType>{utils::IteratorType::parallel},
               [&](OpBuilder &, Location, ValueRange args) {
                 Value value = arith::TruncFOp::create(b, loc, type, args[0]);
                 linalg::YieldOp::create(b, loc, value);
               })
        .getResult(0);
  }

  /// Bytes of dy, x and dx.
  Value streamedBytes() {
    int64_t element =
        getElementTypeOrSelf(op.getX()).getIntOrFloatBitWidth() / 8;
    AffineExpr m, n;
    bindSymbols(b.getContext(), m, n);
    return getValueOrCreateConstantIndexOp(
        b, loc, apply(m * n * (3 * element), {sizes[0], sizes[1]}));
  }

  Value slice(Value source, OpFoldResult begin, OpFoldResult rows) {
    int64_t rank = cast<RankedTensorType>(source.getType()).getRank();
    SmallVector<OpFoldResult> offsets{begin, b.getIndexAttr(0)};
    SmallVector<OpFoldResult> extents{rows, sizes[1]};
    SmallVector<OpFoldResult> strides(rank, b.getIndexAttr(1));
    return tensor::ExtractSliceOp::create(
        b, loc, source, ArrayRef(offsets).take_front(rank),
        ArrayRef(extents).take_front(rank), strides);
  }

  Value makeEmpty(ArrayRef<OpFoldResult> shape, Type type) {
    return tensor::EmptyOp::create(b, loc, shape, type);
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

  // Affine maps divide and multiply by constants only.

  OpFoldResult multiply(Value a, OpFoldResult factor) {
    Value product = arith::MulIOp::create(
        b, loc, a, getValueOrCreateConstantIndexOp(b, loc, factor));
    return product;
  }
  /// At least one block, for sums of no rows.
  OpFoldResult countBlocks() {
    std::optional<int64_t> rows = getConstantIntValue(sizes[0]);
    if (rows)
      return b.getIndexAttr(std::max<int64_t>(
          1, llvm::divideCeil(*rows, *getConstantIntValue(rowsOfBlock))));
    Value blocks = arith::CeilDivUIOp::create(
        b, loc, getValueOrCreateConstantIndexOp(b, loc, sizes[0]),
        getValueOrCreateConstantIndexOp(b, loc, rowsOfBlock));
    return arith::MaxUIOp::create(b, loc, blocks, index(1)).getResult();
  }

  IRRewriter &b;
  RMSNormGradOp op;
  Location loc;
  FloatType acc;
  /// M and N.
  SmallVector<OpFoldResult> sizes;
  unsigned numSums;
  OpFoldResult rowsOfBlock, numBlocks;
};

struct TileRowBlocksPass : norm::impl::TileRowBlocksBase<TileRowBlocksPass> {
  void runOnOperation() override {
    SmallVector<RMSNormGradOp> ops;
    getOperation()->walk([&](RMSNormGradOp op) {
      if (op.hasTensorSemantics() && op.getOutputs().size() > 1)
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (RMSNormGradOp op : ops) {
      if (op.getXType().getRank() != 2 || op.getCanonicalAxis() != 1) {
        op.emitOpError("cannot be tiled: expected x of rank 2 and axis 1, "
                       "found rank ")
            << op.getXType().getRank() << " and axis " << op.getCanonicalAxis()
            << "; run norm-collapse-rows first";
        return signalPassFailure();
      }
      rewriter.setInsertionPoint(op);
      GradTiler(rewriter, op).tile();
    }
  }
};

} // namespace
