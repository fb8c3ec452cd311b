//===- GPUStrategy.cpp - How each norm op runs on a GPU -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GPUStrategy.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace norm;

static constexpr int64_t accessBytes = rowAlignment;
static constexpr int64_t maxThreads = 1024;
/// The vectors of a row and those of a thread are told apart by their lengths.
static constexpr int64_t minThreads = 2;
/// The values of one tensor that a thread keeps: with as many of a gradient and
/// of weights beside them they fit the 64 registers that 1024 threads leave.
static constexpr int64_t maxValues = 32;
/// The same for a gradient with sums over rows, which are in registers too.
static constexpr int64_t maxGradValues = 16;
/// Loads that a thread has in flight: 2048 threads of a multiprocessor with 4
/// of 16 bytes cover the latency of the memory several times; rows inside a
/// warp run beside many others.
static constexpr int64_t accesses = 4, narrowAccesses = 2;
/// The threads of a block of several rows.
static constexpr int64_t blockThreads = 256;
/// The multiprocessors of an H100 and an H200: from as many rows on each has
/// one, which it reads again from the L2 cache.
static constexpr int64_t multiprocessors = 132;
/// The L2 cache of both.
static constexpr int64_t l2Bytes = int64_t(50) << 20;
/// The threads of a block that adds partial sums: it has few columns, so that
/// many multiprocessors take part, and as many threads as share the rows well;
/// as many as a block can have where the blocks are few.
static constexpr int64_t sumThreads = 256;
/// The neighbouring bytes of a row of partial sums that such a block takes: a
/// line of the caches, and no less than what the memory moves at once.
static constexpr int64_t lineBytes = 128, sectorBytes = 32;
/// Sums of blocks of a channel that a lane keeps while they are merged; of more
/// each is read again for the next sum.
static constexpr int64_t mergeParts = 4;
/// The elements of a channel that a thread adds: enough for the sums over the
/// threads and the merge to be little beside them, and few enough for a small
/// tensor to have blocks for all multiprocessors.
static constexpr int64_t minChannelElements = 64, maxChannelElements = 256;
/// The elements of a block of all channels, if these are neighbours: it writes
/// a sum for each, so it has many rows.
static constexpr int64_t neighboursBlock = 65536;
/// The threads that all multiprocessors have at once, about, with the registers
/// of a sum.
static constexpr int64_t residentThreads = multiprocessors * 1024;
/// So often as many take turns, so that the last ones to end are few.
static constexpr int64_t channelWaves = 4;
/// The threads that a multiprocessor has with the registers of a gradient, and
/// of one with several rows in a block. Each block of them writes partial sums,
/// so there are no more blocks.
static constexpr int64_t gradThreads = 512, narrowGradThreads = 768;
/// The rows that are worth a sum of their own.
static constexpr int64_t minBlockRows = 8;
/// The bytes of a row of one tensor that a thread can have of the next row,
/// too, before it runs out of registers.
static constexpr int64_t aheadBytes = 32, registerBytes = 4;
/// The threads of a block whose registers have room for another row, or for the
/// places of rows that are longer than they can keep.
static constexpr int64_t wideThreads = 512;
/// The part of its values that a thread can have more.
static constexpr int64_t spareParts = 16;
/// A chunk of a row of dynamic length, in row tiles: short enough for a row of
/// some ten thousand elements to be shared.
static constexpr int64_t dynamicChunkTiles = 2;

static bool isChannelSum(NormOpInterface op) {
  return isa<ChannelStatsOp, ChannelBackpropStatsOp>(*op);
}

static std::optional<int64_t> numElements(ArrayRef<int64_t> shape) {
  if (ShapedType::isDynamicShape(shape))
    return std::nullopt;
  return ShapedType::getNumElements(shape);
}

/// Whether the neighbours of an element of a channel op are of other channels:
/// in NHWC, and in NCHW if images have one pixel.
static bool areChannelsNeighbours(NormOpInterface op) {
  auto shape = cast<ShapedType>(op->getOperand(0).getType()).getShape();
  return op->getAttrOfType<ChannelLayoutAttr>("layout").getValue() ==
             ChannelLayout::NHWC ||
         numElements(shape.drop_front(2)) == 1;
}

/// The channels of a channel op, which may be dynamic.
static int64_t channelsOf(NormOpInterface op) {
  auto shape = cast<ShapedType>(op->getOperand(0).getType()).getShape();
  return op->getAttrOfType<ChannelLayoutAttr>("layout").getValue() ==
                 ChannelLayout::NHWC
             ? shape.back()
             : shape[1];
}

/// The elements that lie beside each other and are worked on together: a row,
/// the elements of a channel in an image, or the channels. Absent if dynamic,
/// and for elements without rows.
static std::optional<int64_t> rowLength(NormOpInterface op) {
  auto shape = cast<ShapedType>(op->getOperand(0).getType()).getShape();
  if (isa<ReciprocalOp, ReciprocalGradOp>(*op))
    return std::nullopt;
  if (auto rowOp = dyn_cast<NormRowOpInterface>(*op))
    return numElements(shape.drop_front(rowOp.getCanonicalAxis()));
  if (!areChannelsNeighbours(op))
    return numElements(shape.drop_front(2));
  int64_t channels = channelsOf(op);
  // The sums of one channel are over all elements.
  if (isChannelSum(op) && channels == 1)
    return numElements(shape);
  return numElements(channels);
}

/// The bytes of the narrowest element.
static int64_t elementBytes(NormOpInterface op) {
  int64_t bytes = accessBytes;
  auto add = [&](Type type) {
    type = getElementTypeOrSelf(type);
    if (type.isFloat())
      bytes = std::min<int64_t>(bytes, type.getIntOrFloatBitWidth() / 8);
  };
  llvm::for_each(op->getOperandTypes(), add);
  llvm::for_each(op->getResultTypes(), add);
  return bytes;
}

/// The elements of the chunks that a row of `length` is summed in; 0 for a row
/// that is short enough for one. `sumsRows` says that there are sums over rows,
/// too, whose blocks have whole rows.
static int64_t selectRowChunk(NormOpInterface op, std::optional<int64_t> length,
                              int64_t rowTile, bool sumsRows) {
  if (!isa<NormRowOpInterface>(*op) || sumsRows)
    return 0;
  if (!length)
    return dynamicChunkTiles * rowTile;
  // What does not fit the registers of a block.
  int64_t chunk = llvm::divideCeil(maxThreads * maxValues, rowTile) * rowTile;
  return *length > chunk ? chunk : 0;
}

/// From how many rows on each has one block, if it is summed in chunks of
/// `rowChunk`. A cluster reads a row from memory once, which a block does only
/// as long as the rows of all blocks fit the L2 cache.
static int64_t selectSplitRows(NormOpInterface op,
                               std::optional<int64_t> length, int64_t rowChunk,
                               bool hasClusters) {
  if (rowChunk == 0)
    return 0;
  int64_t bits =
      getElementTypeOrSelf(op->getOperand(0)).getIntOrFloatBitWidth();
  bool hasCluster = hasClusters && length &&
                    llvm::divideCeil(*length, rowChunk) <= maxClusterBlocks;
  return hasCluster && multiprocessors * *length * bits / 8 > l2Bytes
             ? allRows
             : multiprocessors;
}

/// How many threads a multiprocessor has of a kernel with sums over rows, in
/// blocks of `threads` that have `rows` rows at a time.
static int64_t selectResidentThreads(NormOpInterface op, int64_t threads,
                                     int64_t rows) {
  auto x = cast<ShapedType>(op->getOperand(0).getType());
  int64_t blocks =
      multiprocessors * std::max<int64_t>(1, narrowGradThreads / threads);
  bool areFew =
      x.hasStaticShape() && x.getNumElements() / minBlockRows <
                                blocks * rows * rowLength(op).value_or(1);
  return std::max(threads,
                  rows == 1 || areFew ? gradThreads : narrowGradThreads);
}

/// The elements of a block of a sum over channels, which `threads` add.
static int64_t selectChannelBlock(NormOpInterface op, int64_t threads) {
  if (!isChannelSum(op))
    return 0;
  if (areChannelsNeighbours(op) && channelsOf(op) != 1)
    return neighboursBlock;
  auto x = cast<ShapedType>(op->getOperand(0).getType());
  int64_t elements = minChannelElements;
  if (x.hasStaticShape())
    elements = std::clamp(x.getNumElements() / (channelWaves * residentThreads),
                          minChannelElements, maxChannelElements);
  return elements * threads;
}

namespace {
/// How the threads of a block share a row.
struct RowShape {
  int64_t threads, parts, elements;
};
} // namespace

/// `most` values of a row of `length` elements for each thread, with accesses
/// of `elements`; `sumsRows` says that there are sums over rows.
static RowShape shareRow(NormOpInterface op, int64_t length, int64_t elements,
                         int64_t most, bool sumsRows) {
  int64_t values = std::min(accesses * elements, most), spare = 0;
  RowShape shape{0, 0, elements};
  auto x = cast<ShapedType>(op->getOperand(0).getType());
  // A single row starts where the tensor does.
  if (ShapedType::isDynamicShape(x.getShape()) || x.getNumElements() > length)
    while (length % shape.elements != 0)
      shape.elements /= 2;
  // A few more elements take as many single accesses, not twice the threads.
  if (shape.elements < elements &&
      length <= wideThreads * (values + most / spareParts))
    spare = most / spareParts / shape.elements * shape.elements;
  int64_t threads =
      llvm::PowerOf2Ceil(llvm::divideCeil(length, values + spare));
  // Each row that a block has at a time has partial sums: few of them.
  int64_t narrow = (sumsRows ? 1 : narrowAccesses) * elements;
  if (threads < warp)
    threads = std::min<int64_t>(
        warp, llvm::PowerOf2Ceil(llvm::divideCeil(length, narrow)));
  bool isLong = length > maxThreads * most;
  shape.threads = std::clamp(threads, minThreads,
                             sumsRows && isLong ? wideThreads : maxThreads);
  int64_t width = llvm::divideCeil(length, shape.elements);
  shape.parts = std::max<int64_t>(1, llvm::divideCeil(width, shape.threads));
  if (shape.parts * shape.elements > most + spare) {
    int64_t ofTile = sumsRows ? aheadBytes / accessBytes * elements : most / 2;
    shape.parts = std::max<int64_t>(1, ofTile / shape.elements);
  }
  return shape;
}

GPUStrategyAttr norm::selectGPUStrategy(NormOpInterface op, bool hasClusters) {
  int64_t elements = accessBytes / elementBytes(op);
  std::optional<int64_t> length = rowLength(op);
  bool sumsRows = isa<RMSNormGradOp>(*op) && op->getNumResults() > 1;
  int64_t most = sumsRows ? maxGradValues : maxValues;
  int64_t ahead = std::max(
      elements,
      aheadBytes * 8 /
          getElementTypeOrSelf(op->getOperand(0)).getIntOrFloatBitWidth());
  bool readsAhead = sumsRows && length && *length <= wideThreads * ahead;
  if (readsAhead)
    most = ahead;
  RowShape shape{blockThreads, std::min(accesses, most / elements), elements};
  if (length)
    shape = shareRow(op, *length, elements, most, sumsRows);
  auto [threads, parts, ofAccess] = shape;
  int64_t rows = threads <= warp && length ? blockThreads / threads : 1;
  int64_t rowTile = parts * threads * ofAccess;
  int64_t rowChunk = selectRowChunk(op, length, rowTile, sumsRows);
  int64_t block = threads * rows;
  int64_t resident = selectResidentThreads(op, block, rows);
  return GPUStrategyAttr::get(
      op->getContext(), threads, rows, ofAccess, rowTile,
      multiprocessors * (resident / block) * rows, rowChunk,
      selectSplitRows(op, length, rowChunk, hasClusters), /*tile_rows=*/1,
      selectChannelBlock(op, threads),
      // Single halves would take a register each.
      /*rows_ahead=*/readsAhead && ofAccess * elementBytes(op) >= registerBytes,
      sumsRows ? resident : 0);
}

/// `strategy` with other parts.
static StrategyAttr withParts(StrategyAttr strategy, RowSplitAttr split,
                              GPUStrategyAttr gpu) {
  return StrategyAttr::get(
      strategy.getContext(), strategy.getVectorBits(),
      strategy.getStreamBytes(), strategy.getStreamColumns(),
      strategy.getPrefetchBytes(), strategy.getGrainBytes(), split, gpu);
}

StrategyAttr norm::withGPUStrategy(StrategyAttr strategy, GPUStrategyAttr gpu) {
  return withParts(strategy, strategy.getSplit(), gpu);
}

StrategyAttr norm::withoutSplit(StrategyAttr strategy) {
  GPUStrategyAttr gpu = strategy.getGpu();
  if (gpu)
    gpu = GPUStrategyAttr::get(
        gpu.getContext(), gpu.getRowThreads(), gpu.getBlockRows(),
        gpu.getThreadElements(), gpu.getRowTile(), gpu.getRowBlocks(),
        /*row_chunk=*/0, /*split_rows=*/0, gpu.getTileRows(),
        gpu.getChannelBlock(), gpu.getRowsAhead(), gpu.getResidentThreads());
  return withParts(strategy, RowSplitAttr(), gpu);
}

/// `threads` for a row, each with `parts` times `elements` of it.
static GPUStrategyAttr makeStrategy(MLIRContext *context, int64_t threads,
                                    int64_t rows, int64_t elements,
                                    int64_t parts = 1) {
  return GPUStrategyAttr::get(
      context, threads, rows, elements, threads * elements * parts,
      /*row_blocks=*/1, /*row_chunk=*/0, /*split_rows=*/0, /*tile_rows=*/1,
      /*channel_block=*/0, /*rows_ahead=*/0, /*resident_threads=*/0);
}

StrategyAttr norm::getSumGPUStrategy(StrategyAttr strategy, FloatType acc,
                                     int64_t rows, int64_t columns) {
  int64_t bytes = acc.getWidth() / 8, elements = accessBytes / bytes;
  int64_t ofBlock = lineBytes / bytes, most = sumThreads;
  if (!ShapedType::isDynamic(columns)) {
    auto areFew = [&] {
      return llvm::divideCeil(columns, ofBlock) < multiprocessors;
    };
    while (ofBlock > sectorBytes / bytes && areFew())
      ofBlock /= 2;
    if (areFew())
      most = maxThreads;
  }
  most = most * elements / ofBlock;
  int64_t tileRows =
      std::min<int64_t>(most, llvm::PowerOf2Ceil(std::max<int64_t>(rows, 1)));
  int64_t threads = std::max(tileRows * ofBlock / elements, warp);
  tileRows = threads * elements / ofBlock;
  return withGPUStrategy(
      strategy,
      GPUStrategyAttr::get(acc.getContext(), threads, /*block_rows=*/1,
                           elements, threads * elements, /*row_blocks=*/1,
                           /*row_chunk=*/0, /*split_rows=*/0, tileRows,
                           /*channel_block=*/0, /*rows_ahead=*/0,
                           /*resident_threads=*/0));
}

StrategyAttr norm::getMergeGPUStrategy(StrategyAttr strategy, int64_t blocks) {
  // Warps beside each other read neighbours of each row of partial sums.
  int64_t parts = mergeParts;
  if (!ShapedType::isDynamic(blocks))
    parts = std::clamp<int64_t>(llvm::divideCeil(blocks, warp), 1, mergeParts);
  return withGPUStrategy(strategy, makeStrategy(strategy.getContext(), warp,
                                                blockThreads / warp,
                                                /*elements=*/1, parts));
}

GPUStrategyAttr norm::getElementGPUStrategy(MLIRContext *context) {
  return makeStrategy(context, /*threads=*/1, blockThreads, /*elements=*/1);
}

GPUStrategyAttr norm::getChunkGPUStrategy(MLIRContext *context) {
  return makeStrategy(context, warp, /*rows=*/1, /*elements=*/1);
}

GPUStrategyAttr norm::getColumnGPUStrategy(GPUStrategyAttr gpu) {
  return makeStrategy(gpu.getContext(), gpu.getRowTile() / gpu.getTileRows(),
                      /*rows=*/1, /*elements=*/1);
}

scf::ForallOp norm::createRowLoop(OpBuilder &builder, Location loc,
                                  ArrayRef<OpFoldResult> bounds,
                                  ValueRange outs, StrategyAttr strategy) {
  std::optional<ArrayAttr> mapping;
  auto first = static_cast<size_t>(gpu::MappingId::LinearDim0);
  if (strategy && (strategy.getGpu() || strategy.getSplit()) &&
      first + bounds.size() <= gpu::getMaxEnumValForMappingId() + 1) {
    SmallVector<Attribute> dims;
    for (size_t i = 0; i < bounds.size(); ++i)
      dims.push_back(gpu::GPUBlockMappingAttr::get(
          builder.getContext(), static_cast<gpu::MappingId>(first + i)));
    mapping = builder.getArrayAttr(dims);
  }
  return scf::ForallOp::create(builder, loc, bounds, outs, mapping);
}

RowChunks norm::cutRow(OpBuilder &builder, Location loc, GPUStrategyAttr gpu,
                       OpFoldResult length) {
  int64_t chunk = gpu.getRowChunk(), most = maxRowChunks * chunk;
  if (std::optional<int64_t> known = getConstantIntValue(length)) {
    int64_t size = chunk * std::max<int64_t>(1, llvm::divideCeil(*known, most));
    return {builder.getIndexAttr(size),
            builder.getIndexAttr(llvm::divideCeil(*known, size))};
  }
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  auto elements = cast<Value>(length);
  Value times = arith::CeilDivUIOp::create(builder, loc, elements, index(most));
  // Of no elements, too.
  times = arith::MaxUIOp::create(builder, loc, times, index(1));
  Value size = arith::MulIOp::create(builder, loc, times, index(chunk));
  return {size,
          arith::CeilDivUIOp::create(builder, loc, elements, size).getResult()};
}

GPUStrategyAttr norm::getElementwiseGPUStrategy(func::FuncOp function) {
  int64_t bytes = accessBytes;
  for (Type type : function.getArgumentTypes())
    if (type = getElementTypeOrSelf(type); type.isFloat())
      bytes = std::min<int64_t>(bytes, type.getIntOrFloatBitWidth() / 8);
  return makeStrategy(function.getContext(), blockThreads, /*rows=*/1,
                      accessBytes / bytes, accesses);
}
