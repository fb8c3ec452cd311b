//===- VectorizeColumnSum.cpp - Sums over the rows of a matrix ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowOps.h"
#include "SumBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace norm;

Value norm::loopSize(OpBuilder &builder, linalg::LinalgOp op, unsigned loop) {
  int64_t known = op.getStaticLoopRanges()[loop];
  if (!ShapedType::isDynamic(known))
    return arith::ConstantIndexOp::create(builder, op.getLoc(), known);
  for (OpOperand &operand : op->getOpOperands())
    for (auto [dim, expr] :
         llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
      if (cast<AffineDimExpr>(expr).getPosition() == loop)
        return tensor::DimOp::create(builder, op.getLoc(), operand.get(), dim);
  llvm_unreachable("each loop of a linalg op indexes an operand");
}

bool norm::isColumnSum(linalg::LinalgOp op) {
  using utils::IteratorType;
  if (op.getIteratorTypesArray() !=
          SmallVector<IteratorType>{IteratorType::reduction,
                                    IteratorType::parallel} ||
      matchSums(op).empty())
    return false;
  return llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *input) {
    AffineMap map = op.getMatchingIndexingMap(input);
    return map.isProjectedPermutation() &&
           (map.getNumResults() < 2 || map.isIdentity());
  });
}

namespace {

/// Emits the sums of some columns, row by row, each column in a lane. The rows
/// are added in chunks, and then the chunks, so that no sum has many roundings.
/// Where the strategy has tiles of several rows, row r is added in row r mod
/// `tile_rows` of a tile, whose rows are added by norm-distribute-vectors.
class ColumnSumEmitter {
public:
  ColumnSumEmitter(RewriterBase &rewriter, linalg::GenericOp op)
      : b(rewriter), op(op), loc(op.getLoc()), lanes(columnTile(op)),
        body(b, op, matchSums(op), lanes) {
    int64_t columns = op.getStaticLoopRanges()[1];
    if (columns != lanes)
      mask = vector::CreateMaskOp::create(
          b, loc, VectorType::get({lanes}, b.getI1Type()),
          ValueRange{loopSize(b, op, 1)});
  }

  SmallVector<Value> emit() {
    Value zero = index(0);
    SmallVector<Value> sums;
    for (Value init : op.getDpsInits())
      sums.push_back(readInit(init));
    if (isOfTiles())
      sums = {sumTiles(sums[0])};
    else
      sums =
          sumInChunks(b, loc, op.getStaticLoopRanges()[0], loopSize(b, op, 0),
                      sums, [&](Value row, ValueRange carried) {
                        SmallVector<Value> inputs;
                        for (OpOperand *input : op.getDpsInputOperands())
                          inputs.push_back(readInput(input, row));
                        return body.accumulate(inputs, carried);
                      });
    SmallVector<Value> results;
    for (auto [sum, init] : llvm::zip_equal(sums, op.getDpsInits())) {
      auto fill = init.getDefiningOp<linalg::FillOp>();
      Value dest = fill ? fill.getOutputs()[0] : init;
      results.push_back(vector::TransferWriteOp::create(
                            b, loc, dest.getType(), sum, dest, ValueRange{zero},
                            AffineMapAttr::get(b.getMultiDimIdentityMap(1)),
                            mask, b.getBoolArrayAttr({true}))
                            .getResult());
    }
    return results;
  }

private:
  /// Whether the sum is one of a matrix as it is, and has tiles of several
  /// rows.
  bool isOfTiles() {
    GPUStrategyAttr gpu = gpuStrategyOf(op);
    return gpu && gpu.getTileRows() > 1 && op.getNumDpsInputs() == 1 &&
           op.getMatchingIndexingMap(op.getDpsInputOperand(0)).isIdentity() &&
           matchSums(op) == ArrayRef<Value>{op.getBlock()->getArgument(0)};
  }

  /// The sum of a matrix, of which several tiles are read at a time.
  Value sumTiles(Value init) {
    constexpr int64_t tilesAtOnce = 8;
    int64_t tileRows = gpuStrategyOf(op).getTileRows();
    int64_t rowsAtOnce = tilesAtOnce * tileRows;
    auto type = VectorType::get({tileRows, lanes}, getElementTypeOrSelf(init));
    Value none = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
    int64_t known = op.getStaticLoopRanges()[0];
    Value size = loopSize(b, op, 0);
    Value rest = ShapedType::isDynamic(known)
                     ? arith::RemUIOp::create(b, loc, size, index(rowsAtOnce))
                           .getResult()
                     : index(known % rowsAtOnce);
    Value wholeEnd = b.createOrFold<arith::SubIOp>(loc, size, rest);
    // `kept` rows from `begin` on, in tiles of which only the last has less.
    auto addTiles = [&](Value begin, int64_t tiles, Value kept, Value sum) {
      SmallVector<Value> read;
      for (int64_t i = 0; i < tiles; ++i) {
        Value before = index(i * tileRows);
        read.push_back(
            readTile(type, b.createOrFold<arith::AddIOp>(loc, begin, before),
                     b.createOrFold<arith::SubIOp>(loc, kept, before)));
      }
      for (Value tile : read)
        sum = arith::AddFOp::create(b, loc, sum, tile);
      return sum;
    };
    auto addFrom = [&](Value begin, Value end, int64_t tiles, Value sum) {
      auto loop = scf::ForOp::create(
          b, loc, begin, end, index(tiles * tileRows), sum,
          [&](OpBuilder &, Location, Value first, ValueRange carried) {
            Value kept = index(rowsAtOnce);
            if (tiles == 1)
              kept = arith::SubIOp::create(b, loc, end, first);
            scf::YieldOp::create(b, loc,
                                 addTiles(first, tiles, kept, carried[0]));
          });
      return loop.getResult(0);
    };
    Value sum = addFrom(index(0), wholeEnd, tilesAtOnce, none);
    if (ShapedType::isDynamic(known))
      sum = addFrom(wholeEnd, size, /*tiles=*/1, sum);
    else
      sum = addTiles(wholeEnd, llvm::divideCeil(known % rowsAtOnce, tileRows),
                     rest, sum);
    return vector::MultiDimReductionOp::create(
        b, loc, sum, init, ArrayRef{true, false}, vector::CombiningKind::ADD);
  }

  /// The tile from row `begin` on, with zeros beyond `kept` rows.
  Value readTile(VectorType type, Value begin, Value kept) {
    Value source = op.getDpsInputOperand(0)->get();
    Value tileMask =
        vector::CreateMaskOp::create(b, loc, type.clone(b.getI1Type()),
                                     ValueRange{kept, loopSize(b, op, 1)});
    Value padding =
        arith::ConstantOp::create(b, loc, b.getZeroAttr(type.getElementType()));
    return vector::TransferReadOp::create(
        b, loc, type, source, ValueRange{begin, index(0)},
        AffineMapAttr::get(b.getMultiDimIdentityMap(2)), padding, tileMask,
        b.getBoolArrayAttr({true, true}));
  }

  /// What the sums start from. It is no memory if it is the same for all.
  Value readInit(Value init) {
    auto fill = init.getDefiningOp<linalg::FillOp>();
    if (!fill)
      return read(init, index(0));
    return vector::BroadcastOp::create(
        b, loc, VectorType::get({lanes}, getElementTypeOrSelf(init.getType())),
        fill.getInputs()[0]);
  }

  Value readInput(OpOperand *input, Value row) {
    Value source = input->get();
    auto type =
        VectorType::get({lanes}, getElementTypeOrSelf(source.getType()));
    if (!isa<RankedTensorType>(source.getType()))
      return vector::BroadcastOp::create(b, loc, type, source);
    AffineMap map = op.getMatchingIndexingMap(input);
    if (map.isIdentity())
      return read(source, {row, index(0)});
    if (map.getNumResults() == 1 && map.isFunctionOfDim(1))
      return read(source, index(0));
    ValueRange indices =
        map.getNumResults() == 1 ? ValueRange(row) : ValueRange();
    Value scalar = tensor::ExtractOp::create(b, loc, source, indices);
    return vector::BroadcastOp::create(b, loc, type, scalar);
  }

  /// The lanes of the last dim from the index on.
  Value read(Value source, ValueRange indices) {
    Type element = cast<RankedTensorType>(source.getType()).getElementType();
    // As upstream's vectorizer pads: equal reads become one.
    Value padding = ub::PoisonOp::create(b, loc, element);
    return vector::TransferReadOp::create(
        b, loc, VectorType::get({lanes}, element), source, indices,
        AffineMapAttr::get(
            AffineMap::getMinorIdentityMap(indices.size(), 1, b.getContext())),
        padding, mask, b.getBoolArrayAttr({true}));
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }

  RewriterBase &b;
  linalg::GenericOp op;
  Location loc;
  int64_t lanes;
  SumBody body;
  /// Of the columns that there are; null if they are as many as lanes.
  Value mask;
};

} // namespace

void norm::vectorizeColumnSum(RewriterBase &rewriter, linalg::GenericOp op) {
  rewriter.replaceOp(op, ColumnSumEmitter(rewriter, op).emit());
}
