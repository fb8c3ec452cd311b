//===- ChannelBlocks.cpp - The blocks of a sum over channels --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelBlocks.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace norm;

/// Elements of x that a block has, about: they are read twice by some ops and
/// must stay in the caches meanwhile.
static constexpr int64_t blockElements = 32768;

bool ChannelBlocks::isCollapsed(NormOpInterface op) {
  return TypeSwitch<Operation *, bool>(op)
      .Case<ChannelStatsOp, ChannelBackpropStatsOp>([](auto channelOp) {
        int64_t rank = channelOp.getXType().getRank();
        return rank == (channelOp.getLayout() == ChannelLayout::NCHW ? 3 : 2);
      })
      .Default(false);
}

ChannelBlocks::ChannelBlocks(IRRewriter &rewriter, NormOpInterface op, Value x,
                             ChannelLayout layout, FloatType acc)
    : AccArithmetic(rewriter, op.getLoc(), acc,
                    cast<RankedTensorType>(x.getType()).getElementType()),
      b(rewriter), op(op), isNCHW(layout == ChannelLayout::NCHW), x(x),
      sizes(tensor::getMixedSizes(rewriter, op.getLoc(), x)) {
  Value one = index(1);
  Value other = arith::MaxUIOp::create(b, loc, asIndex(sizes.back()), one);
  Value fitting = arith::DivUIOp::create(b, loc, index(blockElements), other);
  blockSize = arith::MaxUIOp::create(b, loc, fitting, one);
  Value blocks =
      arith::CeilDivUIOp::create(b, loc, asIndex(sizes[0]), blockSize);
  numBlocks = arith::MaxUIOp::create(b, loc, blocks, one);
}

SmallVector<Value> ChannelBlocks::forEachBlock(
    ArrayRef<Type> types,
    llvm::function_ref<SmallVector<Value>(const Block &)> fill) {
  SmallVector<Value> outs;
  for (Type type : types)
    outs.push_back(tensor::EmptyOp::create(
        b, loc, ArrayRef<OpFoldResult>{numBlocks, sizes[1]}, type));
  Value bytes = streamedBytes();
  SmallVector<OpFoldResult> bounds{numBlocks};
  if (isNCHW)
    bounds.push_back(sizes[1]);
  auto loop = scf::ForallOp::create(b, loc, bounds, outs,
                                    /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  if (StrategyAttr strategy = op.getStrategyAttr())
    LoopScheduleOp::create(b, loc, strategy, bytes);
  Block block;
  Value number = loop.getInductionVar(0);
  Value begin = arith::MulIOp::create(b, loc, number, blockSize);
  block.begin = begin;
  block.size = sizeOf(begin);
  block.channel = isNCHW ? loop.getInductionVar(1) : Value();
  block.numElements = elementsOf(number);
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets{number, isNCHW ? block.channel : zero};
  SmallVector<OpFoldResult> extents{one, isNCHW ? one : sizes[1]};
  SmallVector<OpFoldResult> strides{one, one};
  for (Value out : loop.getRegionIterArgs()) {
    auto type = cast<RankedTensorType>(out.getType());
    auto valueType = RankedTensorType::get(
        type.getShape().take_back(isNCHW ? 0 : 1), type.getElementType());
    block.outs.push_back(tensor::ExtractSliceOp::create(
        b, loc, valueType, out, offsets, extents, strides));
  }
  SmallVector<Value> values = fill(block);
  b.setInsertionPointToStart(loop.getTerminator().getBody());
  for (auto [value, out] : llvm::zip_equal(values, loop.getRegionIterArgs()))
    tensor::ParallelInsertSliceOp::create(b, loc, value, out, offsets, extents,
                                          strides);
  return llvm::to_vector_of<Value>(loop.getResults());
}

SmallVector<Value> ChannelBlocks::forEachChannel(
    TypeRange types, llvm::function_ref<SmallVector<Value>(Value)> values) {
  SmallVector<Value> outs;
  for (Type type : types) {
    auto tensor = cast<RankedTensorType>(type);
    OpFoldResult size = tensor.isDynamicDim(0)
                            ? sizes[1]
                            : b.getIndexAttr(tensor.getDimSize(0));
    Value out = tensor::EmptyOp::create(b, loc, ArrayRef(size),
                                        tensor.getElementType());
    outs.push_back(out.getType() == type
                       ? out
                       : tensor::CastOp::create(b, loc, type, out));
  }
  auto loop =
      scf::ForOp::create(b, loc, index(0), asIndex(sizes[1]), index(1), outs);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value channel = loop.getInductionVar();
  SmallVector<Value> results;
  for (auto [value, out] :
       llvm::zip_equal(values(channel), loop.getRegionIterArgs()))
    results.push_back(
        tensor::InsertOp::create(b, loc, value, out, ValueRange(channel)));
  scf::YieldOp::create(b, loc, results);
  return llvm::to_vector_of<Value>(loop.getResults());
}

Value ChannelBlocks::sumOverBlocks(llvm::function_ref<Value(Value)> summand) {
  Value zero = arith::ConstantOp::create(b, loc, b.getF64FloatAttr(0.0));
  auto loop = scf::ForOp::create(b, loc, index(0), numBlocks, index(1), zero);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  scf::YieldOp::create(
      b, loc, add(loop.getRegionIterArg(0), summand(loop.getInductionVar())));
  return loop.getResult(0);
}

Value ChannelBlocks::sliceOf(Value tensor, const Block &block) {
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<OpFoldResult> offsets{block.begin, zero},
      extents{block.size, sizes[1]};
  if (isNCHW) {
    offsets = {block.begin, block.channel, zero};
    extents = {block.size, one, sizes[2]};
  }
  auto sliceType = RankedTensorType::get(
      {ShapedType::kDynamic, type.getShape().back()}, type.getElementType());
  return tensor::ExtractSliceOp::create(
      b, loc, sliceType, tensor, offsets, extents,
      SmallVector<OpFoldResult>(offsets.size(), one));
}

Value ChannelBlocks::channelsOf(Value vector, const Block &block) {
  if (!isNCHW)
    return vector;
  auto type = cast<RankedTensorType>(vector.getType());
  OpFoldResult one = b.getIndexAttr(1);
  return tensor::ExtractSliceOp::create(
      b, loc, RankedTensorType::get({}, type.getElementType()), vector,
      ArrayRef<OpFoldResult>{block.channel}, ArrayRef(one), ArrayRef(one));
}

SmallVector<Value> ChannelBlocks::sumBlock(
    ValueRange slices, ValueRange values, ValueRange outs,
    llvm::function_ref<SmallVector<Value>(ValueRange)> summands) {
  using utils::IteratorType;
  AffineMap matrix = b.getMultiDimIdentityMap(2);
  AffineMap channels = isNCHW ? AffineMap::get(2, 0, b.getContext())
                              : AffineMap::get(2, 0, b.getAffineDimExpr(1));
  SmallVector<IteratorType> iterators{IteratorType::reduction,
                                      isNCHW ? IteratorType::reduction
                                             : IteratorType::parallel};
  SmallVector<Value> inputs(slices), inits;
  llvm::append_range(inputs, values);
  SmallVector<AffineMap> maps(slices.size(), matrix);
  maps.append(values.size() + outs.size(), channels);
  Value zero = arith::ConstantOp::create(b, loc, b.getFloatAttr(acc, 0.0));
  for (Value out : outs)
    inits.push_back(linalg::FillOp::create(b, loc, zero, out).getResult(0));
  auto sums = linalg::GenericOp::create(
      b, loc, ValueRange(inits).getTypes(), inputs, inits, maps, iterators,
      [&](OpBuilder &, Location, ValueRange args) {
        SmallVector<Value> added = summands(args.drop_back(outs.size()));
        for (auto [value, sum] :
             llvm::zip_equal(added, args.take_back(outs.size())))
          value = add(sum, value);
        linalg::YieldOp::create(b, loc, added);
      });
  return llvm::to_vector_of<Value>(sums.getResults());
}

Value ChannelBlocks::mapChannels(ValueRange values, Value out,
                                 llvm::function_ref<Value(ValueRange)> body) {
  int64_t rank = isNCHW ? 0 : 1;
  SmallVector<AffineMap> maps(values.size() + 1,
                              b.getMultiDimIdentityMap(rank));
  return linalg::GenericOp::create(
             b, loc, out.getType(), values, out, maps,
             SmallVector<utils::IteratorType>(rank,
                                              utils::IteratorType::parallel),
             [&](OpBuilder &, Location, ValueRange args) {
               linalg::YieldOp::create(b, loc, body(args.drop_back()));
             })
      .getResult(0);
}

Value ChannelBlocks::elementsOf(Value block) {
  Value images = sizeOf(arith::MulIOp::create(b, loc, block, blockSize));
  return isNCHW
             ? Value(arith::MulIOp::create(b, loc, images, asIndex(sizes[2])))
             : images;
}

Value ChannelBlocks::elementsPerChannel() {
  Value images = asIndex(sizes[0]);
  return isNCHW
             ? Value(arith::MulIOp::create(b, loc, images, asIndex(sizes[2])))
             : images;
}

Value ChannelBlocks::extractAt(Value tensor, Value block, Value channel) {
  return tensor::ExtractOp::create(b, loc, tensor, ValueRange{block, channel});
}

Value ChannelBlocks::toFloat(Value index, Type type) {
  Value integer = arith::IndexCastOp::create(b, loc, b.getI64Type(), index);
  return arith::SIToFPOp::create(b, loc, type, integer);
}

Value ChannelBlocks::atLeastOne(Value value) {
  Value one =
      arith::ConstantOp::create(b, loc, b.getFloatAttr(value.getType(), 1.0));
  return arith::MaximumFOp::create(b, loc, value, one);
}

Value ChannelBlocks::widen(Value value) {
  return value.getType().isF64()
             ? value
             : arith::ExtFOp::create(b, loc, b.getF64Type(), value);
}

Value ChannelBlocks::narrow(Value value) {
  return value.getType() == acc ? value
                                : arith::TruncFOp::create(b, loc, acc, value);
}

Value ChannelBlocks::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value ChannelBlocks::asIndex(OpFoldResult value) {
  return getValueOrCreateConstantIndexOp(b, loc, value);
}

Value ChannelBlocks::sizeOf(Value begin) {
  Value rest = arith::SubIOp::create(b, loc, asIndex(sizes[0]), begin);
  return arith::MinUIOp::create(b, loc, blockSize, rest);
}

Value ChannelBlocks::streamedBytes() {
  int64_t tensors = llvm::count_if(op->getOperandTypes(), [&](Type type) {
    auto shaped = dyn_cast<ShapedType>(type);
    return shaped && shaped.getRank() == static_cast<int64_t>(sizes.size());
  });
  Value bytes = index(tensors * type.getIntOrFloatBitWidth() / 8);
  for (OpFoldResult size : sizes)
    bytes = arith::MulIOp::create(b, loc, bytes, asIndex(size));
  return bytes;
}
