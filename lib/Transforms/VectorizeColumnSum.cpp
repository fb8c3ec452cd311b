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
    sums = sumInChunks(b, loc, op.getStaticLoopRanges()[0], loopSize(b, op, 0),
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
