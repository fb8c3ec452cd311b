//===- ChannelBlocks.cpp - The blocks of a sum over channels --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelBlocks.h"

#include "GPUStrategy.h"
#include "RowOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace norm;

/// Elements of x that a block has, about: they are read twice by some ops and
/// must stay in the caches meanwhile.
static constexpr int64_t cpuBlockElements = 32768;
/// Rows that a block has at least: the sums of a block are read again.
static constexpr int64_t minRows = 32;
/// Channels of a block whose rows are longer, if there is no other dim: a
/// thread reads some cache lines of each row.
static constexpr int64_t tiledChannels = 256;

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
      b(rewriter), op(op), isNCHW(layout == ChannelLayout::NCHW),
      sizes(tensor::getMixedSizes(rewriter, op.getLoc(), x)) {
  if (StrategyAttr strategy = op.getStrategyAttr())
    gpu = strategy.getGpu();
  blockElements =
      gpu && gpu.getChannelBlock() ? gpu.getChannelBlock() : cpuBlockElements;
  Value one = index(1), elements = index(blockElements);
  auto atLeast = [&](Value value, Value least) -> Value {
    return b.createOrFold<arith::MaxUIOp>(loc, value, least);
  };
  numPieces = one;
  if (isNCHW) {
    // An image of less elements than lanes takes them all.
    Value length = atLeast(asIndex(sizes[2]), index(sumLanes(acc.getWidth())));
    blockSize = atLeast(divideIndex(elements, length), one);
    std::optional<int64_t> known = getConstantIntValue(sizes[2]);
    if (!known || *known > blockElements)
      numPieces =
          b.createOrFold<arith::CeilDivUIOp>(loc, asIndex(sizes[2]), elements);
    if (known == 1)
      useChannelTiles();
    else if (!known && !gpu)
      isPixel = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                      asIndex(sizes[2]), one);
  } else {
    // A GPU gives a row of few channels to few threads.
    int64_t lanes = gpu ? 1 : sumLanes(acc.getWidth());
    groupWidth = sizes[1];
    Value rows = one;
    if (std::optional<int64_t> known = getConstantIntValue(sizes[1])) {
      int64_t count = lanes / std::max<int64_t>(*known, 1);
      if (count > 1) {
        group = b.getIndexAttr(count);
        groupWidth = b.getIndexAttr(count * *known);
        rows = index(count);
      }
    } else if (!gpu) {
      Value channels = asIndex(sizes[1]);
      rows = atLeast(divideIndex(index(lanes), atLeast(channels, one)), one);
      group = rows;
      groupWidth = multiplyIndex(rows, channels);
    }
    Value wideRows = divideIndex(elements, atLeast(asIndex(groupWidth), one));
    blockSize = multiplyIndex(atLeast(wideRows, index(minRows)), rows);
  }
  Value blocks =
      b.createOrFold<arith::CeilDivUIOp>(loc, asIndex(sizes[0]), blockSize);
  numBlocks = multiplyIndex(blocks, numPieces);
}

// The same blocks, but the lanes run over the channels.
void ChannelBlocks::useChannelTiles() {
  isNCHW = false;
  sizes.resize(2);
  channelTile = tiledChannels;
}

ChannelBlocks::Block ChannelBlocks::blockAt(Value number) {
  Block block;
  Value images = number;
  block.piece = b.getIndexAttr(0);
  if (isNCHW) {
    block.pieceSize = sizes[2];
    std::optional<int64_t> length = getConstantIntValue(sizes[2]);
    if (!length || *length > blockElements) {
      images = divideIndex(number, numPieces);
      Value piece =
          multiplyIndex(arith::RemUIOp::create(b, loc, number, numPieces),
                        index(blockElements));
      block.piece = piece;
      block.pieceSize = sizeFrom(piece, index(blockElements), sizes[2]);
    }
  }
  block.begin = multiplyIndex(images, blockSize);
  block.size = sizeFrom(block.begin, blockSize, sizes[0]);
  block.channel = b.getIndexAttr(0);
  block.numChannels = sizes[1];
  block.numElements =
      isNCHW ? multiplyIndex(block.size, asIndex(block.pieceSize)) : block.size;
  return block;
}

SmallVector<Value> ChannelBlocks::forEachBlock(
    unsigned numValues, bool needsCounts,
    llvm::function_ref<SmallVector<Value>(const Block &)> fill) {
  auto makeMatrix = [&](OpFoldResult columns) -> Value {
    return tensor::EmptyOp::create(
        b, loc, ArrayRef<OpFoldResult>{numBlocks, columns}, acc);
  };
  SmallVector<Value> outs(numValues, makeMatrix(sizes[1]));
  Value bytes = streamedBytes();
  if (gpu && needsCounts) {
    // A kernel of its own would take longer than these writes.
    bool isPerChannel = isNCHW || channelTile;
    outs.push_back(isPerChannel ? outs[0] : makeMatrix(b.getIndexAttr(1)));
    size_t numVectors = isPerChannel ? outs.size() : numValues;
    outs = createBlockLoop(
        numBlocks, outs, numVectors, bytes, [&](const Block &block) {
          SmallVector<Value> values = fill(block);
          values.push_back(
              linalg::FillOp::create(b, loc, toFloat(block.numElements, acc),
                                     block.outs.back())
                  .getResult(0));
          return values;
        });
    counts = outs.pop_back_val();
    return outs;
  }
  if (needsCounts)
    countElements();
  if (!isPixel)
    return createBlockLoop(numBlocks, outs, outs.size(), bytes, fill);
  // One of two loops runs.
  Value ofPixels =
      arith::SelectOp::create(b, loc, isPixel, numBlocks, index(0));
  Value ofImages =
      arith::SelectOp::create(b, loc, isPixel, index(0), numBlocks);
  outs = createBlockLoop(ofImages, outs, outs.size(), bytes, fill);
  SmallVector<OpFoldResult> imageSizes(sizes);
  useChannelTiles();
  outs = createBlockLoop(ofPixels, outs, outs.size(), bytes, fill);
  isNCHW = true;
  sizes = imageSizes;
  channelTile = 0;
  return outs;
}

SmallVector<Value> ChannelBlocks::createBlockLoop(
    Value count, ValueRange outs, size_t numVectors, Value bytes,
    llvm::function_ref<SmallVector<Value>(const Block &)> fill) {
  SmallVector<OpFoldResult> bounds{count};
  if (isNCHW)
    bounds.push_back(sizes[1]);
  if (channelTile)
    bounds.push_back(arith::CeilDivUIOp::create(b, loc, asIndex(sizes[1]),
                                                index(channelTile))
                         .getResult());
  scf::ForallOp loop =
      createRowLoop(b, loc, bounds, outs, op.getStrategyAttr());
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  if (StrategyAttr strategy = op.getStrategyAttr())
    LoopScheduleOp::create(b, loc, strategy, bytes);
  Value number = loop.getInductionVar(0);
  Block block = blockAt(number);
  if (isNCHW) {
    block.channel = loop.getInductionVar(1);
    block.numChannels = b.getIndexAttr(1);
  } else if (channelTile) {
    Value first = multiplyIndex(loop.getInductionVar(1), index(channelTile));
    block.channel = first;
    block.numChannels = sizeFrom(first, index(channelTile), sizes[1]);
  }
  OpFoldResult one = b.getIndexAttr(1);
  SmallVector<SmallVector<OpFoldResult>> offsets, extents;
  for (auto [i, out] : llvm::enumerate(loop.getRegionIterArgs())) {
    offsets.push_back({number, block.channel});
    extents.push_back({one, block.numChannels});
    SmallVector<unsigned> dims;
    if (i >= numVectors)
      extents.back()[1] = one;
    else if (!isNCHW)
      dims.push_back(1);
    block.outs.push_back(slice(out, offsets[i], extents[i], dims));
  }
  SmallVector<Value> values = fill(block);
  b.setInsertionPointToStart(loop.getTerminator().getBody());
  for (auto [i, value] : llvm::enumerate(values))
    tensor::ParallelInsertSliceOp::create(
        b, loc, value, loop.getRegionIterArgs()[i], offsets[i], extents[i],
        SmallVector<OpFoldResult>{one, one});
  return llvm::to_vector_of<Value>(loop.getResults());
}

SmallVector<Value> ChannelBlocks::castTo(TypeRange types, ValueRange values) {
  return llvm::map_to_vector(llvm::zip_equal(values, types), [&](auto pair) {
    auto [value, type] = pair;
    return value.getType() == type
               ? value
               : tensor::CastOp::create(b, loc, type, value).getResult();
  });
}

SmallVector<Value> ChannelBlocks::forEachChannelTile(
    TypeRange types, ValueRange partial,
    llvm::function_ref<SmallVector<Value>(const ChannelTile &)> merge) {
  if (gpu)
    return forEachChannel(types, partial, merge);
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  SmallVector<Value> values;
  std::optional<int64_t> known = getConstantIntValue(sizes[1]);
  StrategyAttr strategy = op.getStrategyAttr();
  constexpr int64_t tileChannels = sumLanes(64);
  if (known && *known <= 2 * tileChannels) {
    ChannelTile tile{llvm::to_vector(partial), {}, sizes[1], {}};
    for (size_t i = 0; i < types.size(); ++i)
      tile.outs.push_back(tensor::EmptyOp::create(
          b, loc, ArrayRef<OpFoldResult>{sizes[1]}, acc));
    values = merge(tile);
  } else {
    SmallVector<Value> outs(
        types.size(),
        tensor::EmptyOp::create(b, loc, ArrayRef<OpFoldResult>{sizes[1]}, acc));
    Value channels = asIndex(sizes[1]), limit = index(tileChannels);
    Value bytes = multiplyIndex(multiplyIndex(numBlocks, channels),
                                index(partial.size() * acc.getWidth() / 8));
    OpFoldResult tiles =
        arith::CeilDivUIOp::create(b, loc, channels, limit).getResult();
    scf::ForallOp loop = createRowLoop(b, loc, tiles, outs, strategy);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    if (strategy)
      LoopScheduleOp::create(b, loc, strategy, bytes);
    OpFoldResult first = multiplyIndex(loop.getInductionVar(0), limit);
    OpFoldResult size = b.getIndexAttr(tileChannels);
    if (!known || *known % tileChannels != 0)
      size = sizeFrom(cast<Value>(first), limit, sizes[1]);
    ChannelTile tile{{}, {}, size, {}};
    for (Value out : loop.getRegionIterArgs())
      tile.outs.push_back(slice(out, {first}, {size}, {0}));
    for (Value value : partial)
      tile.partial.push_back(
          slice(value, {zero, first}, {numBlocks, size}, {0, 1}));
    SmallVector<Value> merged = merge(tile);
    b.setInsertionPointToStart(loop.getTerminator().getBody());
    for (auto [value, out] : llvm::zip_equal(merged, loop.getRegionIterArgs()))
      tensor::ParallelInsertSliceOp::create(b, loc, value, out, ArrayRef(first),
                                            ArrayRef(size), ArrayRef(one));
    llvm::append_range(values, loop.getResults());
  }
  return castTo(types, values);
}

SmallVector<Value> ChannelBlocks::forEachChannel(
    TypeRange types, ValueRange partial,
    llvm::function_ref<SmallVector<Value>(const ChannelTile &)> merge) {
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  SmallVector<Value> outs(
      types.size(),
      tensor::EmptyOp::create(b, loc, ArrayRef<OpFoldResult>{sizes[1]}, acc));
  scf::ForallOp loop =
      createRowLoop(b, loc, sizes[1], outs, op.getStrategyAttr());
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  int64_t known = getConstantIntValue(numBlocks).value_or(ShapedType::kDynamic);
  LoopScheduleOp::create(
      b, loc, getMergeGPUStrategy(op.getStrategyAttr(), known), index(0));
  OpFoldResult channel = loop.getInductionVar(0);
  auto blocksOf = [&](Value matrix, OpFoldResult column) {
    return slice(matrix, {zero, column}, {OpFoldResult(numBlocks), one}, {0});
  };
  ChannelTile tile{{}, {}, one, {}};
  for (Value value : partial)
    tile.partial.push_back(blocksOf(value, channel));
  if (counts) {
    bool isPerChannel = isNCHW || channelTile;
    tile.counts = blocksOf(counts, isPerChannel ? channel : zero);
  }
  for (Value out : loop.getRegionIterArgs())
    tile.outs.push_back(slice(out, {channel}, {one}, {}));
  SmallVector<Value> values = merge(tile);
  b.setInsertionPointToStart(loop.getTerminator().getBody());
  for (auto [value, out] : llvm::zip_equal(values, loop.getRegionIterArgs()))
    tensor::ParallelInsertSliceOp::create(b, loc, value, out, ArrayRef(channel),
                                          ArrayRef(one), ArrayRef(one));
  b.setInsertionPointAfter(loop);
  values.assign(loop.result_begin(), loop.result_end());
  return castTo(types, values);
}

ChannelBlocks::View ChannelBlocks::viewOf(Value tensor) {
  if (channelTile || isPixel)
    return {tensor,
            tensor::CollapseShapeOp::create(
                b, loc, tensor, SmallVector<ReassociationIndices>{{0}, {1, 2}}),
            {}};
  if (!group)
    return {tensor, {}, {}};
  Value flat = tensor::CollapseShapeOp::create(
      b, loc, tensor, SmallVector<ReassociationIndices>{{0, 1}});
  return {isa<Attribute>(group) ? Value() : tensor, {}, flat};
}

ChannelBlocks::Elements ChannelBlocks::elementsOf(const View &view,
                                                  const Block &block) {
  Elements elements;
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  if (isNCHW)
    elements.matrix =
        slice(view.matrix, {block.begin, block.channel, block.piece},
              {block.size, one, block.pieceSize}, {0, 2});
  Value rows = channelTile ? view.pixels : view.matrix;
  if (!isNCHW && rows) {
    elements.matrix = slice(rows, {block.begin, block.channel},
                            {block.size, block.numChannels}, {0, 1});
    elements.firstRow = slice(rows, {block.begin, block.channel},
                              {one, block.numChannels}, {1});
  }
  if (view.flat) {
    Value channels = asIndex(sizes[1]), width = asIndex(groupWidth);
    Value first = multiplyIndex(block.begin, channels);
    Value wideRows = divideIndex(block.size, asIndex(group));
    Value wide = multiplyIndex(wideRows, width);
    Value all = multiplyIndex(block.size, channels);
    if (!view.matrix)
      elements.firstRow = slice(view.flat, {first}, {sizes[1]}, {0});
    Value flat = slice(view.flat, {first}, {wide}, {0});
    OpFoldResult shape[] = {wideRows, groupWidth};
    int64_t knownWidth =
        getConstantIntValue(groupWidth).value_or(ShapedType::kDynamic);
    elements.wide = tensor::ExpandShapeOp::create(
        b, loc, RankedTensorType::get({ShapedType::kDynamic, knownWidth}, type),
        flat, SmallVector<ReassociationIndices>{{0, 1}}, shape);
    elements.rest = slice(
        view.flat, {arith::AddIOp::create(b, loc, first, wide).getResult()},
        {arith::SubIOp::create(b, loc, all, wide).getResult()}, {0});
  }
  return elements;
}

Value ChannelBlocks::channelsOf(Value vector, const Block &block) {
  if (!isNCHW && !channelTile)
    return vector;
  SmallVector<unsigned> dims;
  if (!isNCHW)
    dims.push_back(0);
  return slice(vector, {block.channel}, {block.numChannels}, dims);
}

void ChannelBlocks::countElements() {
  Type f64 = b.getF64Type();
  Value empty =
      tensor::EmptyOp::create(b, loc, ArrayRef<OpFoldResult>{numBlocks}, f64);
  auto loop = scf::ForOp::create(
      b, loc, index(0), numBlocks, index(1), ValueRange{empty, empty},
      [&](OpBuilder &, Location, Value number, ValueRange vectors) {
        Value count = toFloat(blockAt(number).numElements, f64);
        SmallVector<Value> updated;
        for (auto [value, tensor] :
             llvm::zip_equal(ValueRange{count, reciprocalOf(count)}, vectors))
          updated.push_back(tensor::InsertOp::create(b, loc, value, tensor,
                                                     ValueRange(number)));
        scf::YieldOp::create(b, loc, updated);
      });
  counts = loop.getResult(0);
  reciprocals = loop.getResult(1);
}

Value ChannelBlocks::reciprocalOf(Value count) {
  Value one = arith::ConstantOp::create(b, loc, b.getF64FloatAttr(1.0));
  return divide(one, atLeastOne(count));
}

Value ChannelBlocks::elementsPerChannel() {
  Value images = asIndex(sizes[0]);
  return isNCHW ? multiplyIndex(images, asIndex(sizes[2])) : images;
}

Value ChannelBlocks::slice(Value tensor, ArrayRef<OpFoldResult> offsets,
                           ArrayRef<OpFoldResult> extents,
                           ArrayRef<unsigned> dims) {
  auto source = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> shape;
  for (unsigned dim : dims)
    shape.push_back(isa<Attribute>(extents[dim])
                        ? *getConstantIntValue(extents[dim])
                        : ShapedType::kDynamic);
  return tensor::ExtractSliceOp::create(
      b, loc, RankedTensorType::get(shape, source.getElementType()), tensor,
      offsets, extents,
      SmallVector<OpFoldResult>(offsets.size(), b.getIndexAttr(1)));
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

Value ChannelBlocks::multiplyIndex(Value lhs, Value rhs) {
  return b.createOrFold<arith::MulIOp>(loc, lhs, rhs);
}

Value ChannelBlocks::divideIndex(Value lhs, Value rhs) {
  return b.createOrFold<arith::DivUIOp>(loc, lhs, rhs);
}

Value ChannelBlocks::sizeFrom(Value begin, Value limit, OpFoldResult size) {
  Value rest = arith::SubIOp::create(b, loc, asIndex(size), begin);
  return arith::MinUIOp::create(b, loc, limit, rest);
}

Value ChannelBlocks::streamedBytes() {
  int64_t rank = cast<ShapedType>(op->getOperand(0).getType()).getRank();
  int64_t tensors = llvm::count_if(op->getOperandTypes(), [&](Type type) {
    auto shaped = dyn_cast<ShapedType>(type);
    return shaped && shaped.getRank() == rank;
  });
  Value bytes = index(tensors * type.getIntOrFloatBitWidth() / 8);
  for (OpFoldResult size : sizes)
    bytes = multiplyIndex(bytes, asIndex(size));
  return bytes;
}
