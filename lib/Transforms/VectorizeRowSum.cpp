//===- VectorizeRowSum.cpp - Sums over rows in the order of the contract --===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowOps.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace norm;

Value norm::matchRowSum(linalg::LinalgOp op) {
  auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  if (!generic || op.getNumLoops() != 1 || op.getNumReductionLoops() != 1 ||
      generic.getNumResults() != 1 || op.hasIndexSemantics())
    return {};
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (!map.isIdentity() && map.getNumResults() != 0)
      return {};
  }
  Block *body = op.getBlock();
  auto add =
      body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!add)
    return {};
  Value acc = body->getArguments().back();
  if (!acc.hasOneUse())
    return {};
  for (Operation &inner : body->without_terminator())
    if (!OpTrait::hasElementwiseMappableTraits(&inner) &&
        !isa<arith::ConstantOp>(inner))
      return {};
  if (add.getLhs() == acc)
    return add.getRhs();
  return add.getRhs() == acc ? add.getLhs() : Value();
}

namespace {

/// Emits the sum of a row: blocks of `sumBlock` elements, in each block one
/// accumulator for each lane; the blocks merged as a binary tree whose left
/// half is the largest power of two of blocks below their number; the lanes
/// added in halves.
class RowSumEmitter {
public:
  RowSumEmitter(RewriterBase &rewriter, linalg::GenericOp op)
      : b(rewriter), op(op), loc(op.getLoc()), summand(matchRowSum(op)),
        acc(cast<FloatType>(summand.getType())),
        lanes(sumLanes(acc.getWidth())), type(VectorType::get({lanes}, acc)),
        zero(arith::ConstantOp::create(b, loc, b.getZeroAttr(type))) {}

  Value emit() {
    int64_t length = op.getStaticLoopRanges()[0];
    Value sums;
    constexpr int64_t maxUnrolledBlocks = 8;
    if (!ShapedType::isDynamic(length) &&
        length <= maxUnrolledBlocks * sumBlock)
      sums = staticTree(0, llvm::divideCeil(length, sumBlock), length);
    else
      sums = dynamicTree(rowLength());
    return addLanes(sums);
  }

private:
  /// The blocks [first, last) of a row of static length.
  Value staticTree(int64_t first, int64_t last, int64_t length) {
    if (last - first <= 1) {
      int64_t end = std::min(length, last * sumBlock);
      return sumRange(index(first * sumBlock), index(end),
                      (end - first * sumBlock) % lanes);
    }
    int64_t half = llvm::PowerOf2Ceil(last - first) / 2;
    Value left = staticTree(first, first + half, length);
    Value right = staticTree(first + half, last, length);
    return arith::AddFOp::create(b, loc, left, right);
  }

  /// The same tree for any number of blocks, as a binary counter: level l of a
  /// stack holds the sum of 2^l blocks while bit l of the number of blocks
  /// seen is set.
  Value dynamicTree(Value length) {
    constexpr int64_t levels = 52; // 2^52 blocks are more than 64 bits of bytes
    auto stackType = MemRefType::get({levels, lanes}, acc);
    Value stack =
        memref::AllocaOp::create(b, loc, stackType, b.getI64IntegerAttr(64));
    Value zeroIndex = index(0), one = index(1);
    Value blocks = arith::CeilDivUIOp::create(b, loc, length, index(sumBlock));
    scf::ForOp::create(
        b, loc, zeroIndex, blocks, one, ValueRange(),
        [&](OpBuilder &, Location, Value block, ValueRange) {
          Value begin = arith::MulIOp::create(b, loc, block, index(sumBlock));
          Value limit = arith::AddIOp::create(b, loc, begin, index(sumBlock));
          Value end = arith::MinUIOp::create(b, loc, limit, length);
          Value sum = sumRange(begin, end, ShapedType::kDynamic);
          // The set low bits of the block's number are the levels that it
          // closes.
          Value bits =
              arith::IndexCastOp::create(b, loc, b.getI64Type(), block);
          Value ones =
              arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(-1));
          Value zeros = math::CountTrailingZerosOp::create(
              b, loc, arith::XOrIOp::create(b, loc, bits, ones));
          Value level =
              arith::IndexCastOp::create(b, loc, b.getIndexType(), zeros);
          auto merged = scf::ForOp::create(
              b, loc, zeroIndex, level, one, ValueRange{sum},
              [&](OpBuilder &, Location, Value l, ValueRange sums) {
                Value left = vector::LoadOp::create(b, loc, type, stack,
                                                    ValueRange{l, zeroIndex});
                Value both = arith::AddFOp::create(b, loc, left, sums[0]);
                scf::YieldOp::create(b, loc, both);
              });
          vector::StoreOp::create(b, loc, merged.getResult(0), stack,
                                  ValueRange{level, zeroIndex});
          scf::YieldOp::create(b, loc);
        });
    Value count = arith::IndexCastOp::create(b, loc, b.getI64Type(), blocks);
    auto total = scf::ForOp::create(
        b, loc, zeroIndex, index(levels), one, ValueRange{zero},
        [&](OpBuilder &, Location, Value l, ValueRange sums) {
          Value shift = arith::IndexCastOp::create(b, loc, b.getI64Type(), l);
          Value bit = arith::TruncIOp::create(
              b, loc, b.getI1Type(),
              arith::ShRUIOp::create(b, loc, count, shift));
          auto sum = scf::IfOp::create(
              b, loc, bit,
              [&](OpBuilder &, Location) {
                Value left = vector::LoadOp::create(b, loc, type, stack,
                                                    ValueRange{l, zeroIndex});
                Value both = arith::AddFOp::create(b, loc, left, sums[0]);
                scf::YieldOp::create(b, loc, both);
              },
              [&](OpBuilder &, Location) {
                scf::YieldOp::create(b, loc, sums[0]);
              });
          scf::YieldOp::create(b, loc, sum.getResult(0));
        });
    return total.getResult(0);
  }

  /// The lanes of the elements [begin, end), at most one block. `tail` is the
  /// number of elements beyond the last whole vector, or dynamic.
  Value sumRange(Value begin, Value end, int64_t tail) {
    Value size = arith::SubIOp::create(b, loc, end, begin);
    Value rest =
        ShapedType::isDynamic(tail)
            ? arith::RemUIOp::create(b, loc, size, index(lanes)).getResult()
            : index(tail);
    Value wholeEnd = arith::SubIOp::create(b, loc, end, rest);
    auto loop = scf::ForOp::create(
        b, loc, begin, wholeEnd, index(lanes), ValueRange{zero},
        [&](OpBuilder &, Location, Value j, ValueRange sums) {
          scf::YieldOp::create(b, loc, accumulate(j, sums[0], /*mask=*/{}));
        });
    Value sums = loop.getResult(0);
    if (tail == 0)
      return sums;
    auto addTail = [&] {
      Value mask = vector::CreateMaskOp::create(
          b, loc, VectorType::get({lanes}, b.getI1Type()), ValueRange{rest});
      // Lanes past the end keep their sum.
      return arith::SelectOp::create(b, loc, mask,
                                     accumulate(wholeEnd, sums, mask), sums)
          .getResult();
    };
    if (!ShapedType::isDynamic(tail))
      return addTail();
    Value hasTail =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, rest, index(0));
    return scf::IfOp::create(
               b, loc, hasTail,
               [&](OpBuilder &, Location) {
                 scf::YieldOp::create(b, loc, addTail());
               },
               [&](OpBuilder &, Location) {
                 scf::YieldOp::create(b, loc, sums);
               })
        .getResult(0);
  }

  /// sums + f(inputs[j .. j + lanes)), fused where f is a product.
  Value accumulate(Value j, Value sums, Value mask) {
    IRMapping map;
    Block *body = op.getBlock();
    for (OpOperand *input : op.getDpsInputOperands())
      map.map(body->getArgument(input->getOperandNumber()),
              readInput(input, j, mask));
    auto product = summand.getDefiningOp<arith::MulFOp>();
    for (Operation &inner : body->without_terminator()) {
      bool isSum =
          llvm::is_contained(inner.getOperands(), body->getArguments().back());
      if (isSum ||
          (product && &inner == product.getOperation() && product->hasOneUse()))
        continue;
      cloneOnVectors(inner, map);
    }
    if (product && product->hasOneUse())
      return vector::FMAOp::create(b, loc, vectorOf(product.getLhs(), map),
                                   vectorOf(product.getRhs(), map), sums);
    return arith::AddFOp::create(b, loc, sums, vectorOf(summand, map));
  }

  Value readInput(OpOperand *input, Value j, Value mask) {
    Value source = input->get();
    if (!isa<RankedTensorType>(source.getType()))
      return vector::BroadcastOp::create(
          b, loc, VectorType::get({lanes}, source.getType()), source);
    Type element = cast<RankedTensorType>(source.getType()).getElementType();
    auto vectorType = VectorType::get({lanes}, element);
    if (op.getMatchingIndexingMap(input).getNumResults() == 0) {
      Value scalar = tensor::ExtractOp::create(b, loc, source, ValueRange());
      return vector::BroadcastOp::create(b, loc, vectorType, scalar);
    }
    Value padding = arith::ConstantOp::create(b, loc, b.getZeroAttr(element));
    return vector::TransferReadOp::create(
        b, loc, vectorType, source, ValueRange{j},
        AffineMapAttr::get(b.getMultiDimIdentityMap(1)), padding, mask,
        b.getBoolArrayAttr({true}));
  }

  /// The vector form of a value of the body; a value from outside is broadcast.
  Value vectorOf(Value value, IRMapping &map) {
    if (Value mapped = map.lookupOrNull(value))
      return mapped;
    Value broadcast = vector::BroadcastOp::create(
        b, loc, VectorType::get({lanes}, value.getType()), value);
    map.map(value, broadcast);
    return broadcast;
  }

  void cloneOnVectors(Operation &inner, IRMapping &map) {
    if (isa<arith::ConstantOp>(inner)) {
      Value constant = b.clone(inner)->getResult(0);
      map.map(
          inner.getResult(0),
          vector::BroadcastOp::create(
              b, loc, VectorType::get({lanes}, constant.getType()), constant)
              .getResult());
      return;
    }
    SmallVector<Value> operands;
    for (Value operand : inner.getOperands())
      operands.push_back(vectorOf(operand, map));
    SmallVector<Type> types;
    for (Type result : inner.getResultTypes())
      types.push_back(VectorType::get({lanes}, result));
    Operation *clone = b.create(loc, inner.getName().getIdentifier(), operands,
                                types, inner.getAttrs());
    map.map(inner.getResults(), clone->getResults());
  }

  /// Lane i with lane i + half, until one is left.
  Value addLanes(Value sums) {
    for (int64_t half = lanes / 2; half >= 1; half /= 2) {
      Value low = vector::ExtractStridedSliceOp::create(
          b, loc, sums, ArrayRef<int64_t>{0}, ArrayRef<int64_t>{half},
          ArrayRef<int64_t>{1});
      Value high = vector::ExtractStridedSliceOp::create(
          b, loc, sums, ArrayRef<int64_t>{half}, ArrayRef<int64_t>{half},
          ArrayRef<int64_t>{1});
      sums = arith::AddFOp::create(b, loc, low, high);
    }
    return vector::ExtractOp::create(b, loc, sums, ArrayRef<int64_t>{0});
  }

  Value rowLength() {
    OpOperand *row =
        *llvm::find_if(op.getDpsInputOperands(), [&](OpOperand *input) {
          return op.getMatchingIndexingMap(input).getNumResults() == 1;
        });
    return tensor::DimOp::create(b, loc, row->get(), 0);
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }

  RewriterBase &b;
  linalg::GenericOp op;
  Location loc;
  Value summand;
  FloatType acc;
  int64_t lanes;
  VectorType type;
  Value zero;
};

} // namespace

Value norm::vectorizeRowSum(RewriterBase &rewriter, linalg::GenericOp op) {
  return RowSumEmitter(rewriter, op).emit();
}
