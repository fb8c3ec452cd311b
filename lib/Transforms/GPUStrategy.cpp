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
static constexpr int64_t warp = 32, maxThreads = 1024;
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
/// The threads of a block that adds partial sums. They are few, so that many
/// multiprocessors take part in what is little work.
static constexpr int64_t sumThreads = 64;
/// Two blocks of threads for each of the 132 multiprocessors of an H100: as
/// many as are resident with the registers of a gradient.
static constexpr int64_t rowBlocks = 264;
/// The multiprocessors of an H100 and an H200: from as many rows on each has
/// one, which it reads again from the L2 cache.
static constexpr int64_t multiprocessors = 132;
/// A chunk of a row of dynamic length, in row tiles: short enough for a row of
/// some ten thousand elements to be shared.
static constexpr int64_t dynamicChunkTiles = 2;

/// The elements that lie beside each other and are worked on together: a row,
/// the elements of a channel in an image, or the channels. Absent if dynamic,
/// and for elements without rows.
static std::optional<int64_t> rowLength(NormOpInterface op) {
  auto shape = cast<ShapedType>(op->getOperand(0).getType()).getShape();
  size_t rank = 1;
  if (auto rowOp = dyn_cast<NormRowOpInterface>(*op))
    rank = shape.size() - rowOp.getCanonicalAxis();
  else if (isa<ReciprocalOp, ReciprocalGradOp>(*op))
    return std::nullopt;
  else if (auto layout = op->getAttrOfType<ChannelLayoutAttr>("layout");
           layout && layout.getValue() == ChannelLayout::NCHW)
    rank = shape.size() - 2;
  shape = shape.take_back(rank);
  if (ShapedType::isDynamicShape(shape))
    return std::nullopt;
  return ShapedType::getNumElements(shape);
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

GPUStrategyAttr norm::selectGPUStrategy(NormOpInterface op) {
  int64_t elements = accessBytes / elementBytes(op);
  std::optional<int64_t> length = rowLength(op);
  bool sumsRows = isa<RMSNormGradOp>(*op) && op->getNumResults() > 1;
  int64_t most = sumsRows ? maxGradValues : maxValues;
  int64_t loads = std::min(accesses, std::max<int64_t>(1, most / elements));
  int64_t threads = blockThreads, parts = loads;
  if (length) {
    int64_t width = std::max<int64_t>(1, llvm::divideCeil(*length, elements));
    threads = llvm::PowerOf2Ceil(llvm::divideCeil(width, loads));
    if (threads < warp)
      threads = std::min<int64_t>(
          warp, llvm::PowerOf2Ceil(llvm::divideCeil(width, narrowAccesses)));
    threads = std::clamp(threads, minThreads, maxThreads);
    parts = llvm::divideCeil(width, threads);
    if (parts * elements > most)
      parts = std::max<int64_t>(1, most / elements / 2);
  }
  int64_t rows = threads <= warp && length ? blockThreads / threads : 1;
  int64_t rowTile = parts * threads * elements;
  int64_t rowChunk = selectRowChunk(op, length, rowTile, sumsRows);
  return GPUStrategyAttr::get(op->getContext(), threads, rows, elements,
                              rowTile, rowBlocks * rows, rowChunk,
                              rowChunk ? multiprocessors : 0);
}

StrategyAttr norm::withGPUStrategy(StrategyAttr strategy, GPUStrategyAttr gpu) {
  return StrategyAttr::get(strategy.getContext(), strategy.getVectorBits(),
                           strategy.getStreamBytes(),
                           strategy.getPrefetchBytes(),
                           strategy.getGrainBytes(), strategy.getSplit(), gpu);
}

StrategyAttr norm::getSumGPUStrategy(StrategyAttr strategy, FloatType acc) {
  int64_t elements = accessBytes / (acc.getWidth() / 8);
  return withGPUStrategy(
      strategy, GPUStrategyAttr::get(acc.getContext(), sumThreads,
                                     /*block_rows=*/1, elements,
                                     sumThreads * elements, /*row_blocks=*/1,
                                     /*row_chunk=*/0, /*split_rows=*/0));
}

GPUStrategyAttr norm::getElementGPUStrategy(MLIRContext *context) {
  return GPUStrategyAttr::get(context, /*row_threads=*/1,
                              /*block_rows=*/blockThreads,
                              /*thread_elements=*/1, /*row_tile=*/1,
                              /*row_blocks=*/1, /*row_chunk=*/0,
                              /*split_rows=*/0);
}

GPUStrategyAttr norm::getChunkGPUStrategy(MLIRContext *context) {
  return GPUStrategyAttr::get(context, /*row_threads=*/warp, /*block_rows=*/1,
                              /*thread_elements=*/1, /*row_tile=*/warp,
                              /*row_blocks=*/1, /*row_chunk=*/0,
                              /*split_rows=*/0);
}

std::optional<ArrayAttr> norm::getBlockMapping(MLIRContext *context,
                                               size_t dims) {
  auto first = static_cast<size_t>(gpu::MappingId::LinearDim0);
  if (first + dims > gpu::getMaxEnumValForMappingId() + 1)
    return std::nullopt;
  SmallVector<Attribute> mapping;
  for (size_t i = 0; i < dims; ++i)
    mapping.push_back(gpu::GPUBlockMappingAttr::get(
        context, static_cast<gpu::MappingId>(first + i)));
  return ArrayAttr::get(context, mapping);
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
  int64_t elements = accessBytes / bytes;
  return GPUStrategyAttr::get(function.getContext(), blockThreads,
                              /*block_rows=*/1, elements,
                              accesses * blockThreads * elements, rowBlocks,
                              /*row_chunk=*/0, /*split_rows=*/0);
}
