//===- NormDialect.cpp - The norm dialect and its attributes --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpSupport.h"
#include "TilingSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace norm;

#include "norm/IR/NormDialect.cpp.inc"
#include "norm/IR/NormEnums.cpp.inc"
#include "norm/IR/NormInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "norm/IR/NormAttrs.cpp.inc"

/// Parses one of the keywords of an enumeration, which `expected` lists.
template <typename AttrTy, typename Symbolize>
static ParseResult parseEnumKeyword(OpAsmParser &parser, AttrTy &attr,
                                    Symbolize symbolize, StringRef expected) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef keyword;
  if (parser.parseKeyword(&keyword))
    return failure();
  auto value = symbolize(keyword);
  if (!value)
    return parser.emitError(loc)
           << "expected " << expected << ", found " << keyword;
  attr = AttrTy::get(parser.getContext(), *value);
  return success();
}

// Each prints the bare keyword; the attribute's own form would lead with a
// space.

static void printRounding(OpAsmPrinter &printer, Operation *,
                          RoundingAttr rounding) {
  printer << stringifyRounding(rounding.getValue());
}

static ParseResult parseRounding(OpAsmParser &parser, RoundingAttr &rounding) {
  return parseEnumKeyword(
      parser, rounding, [](StringRef word) { return symbolizeRounding(word); },
      "rounding to be once or before_gamma");
}

static void printPrecision(OpAsmPrinter &printer, Operation *,
                           PrecisionAttr precision) {
  printer << stringifyPrecision(precision.getValue());
}

static ParseResult parsePrecision(OpAsmParser &parser,
                                  PrecisionAttr &precision) {
  return parseEnumKeyword(
      parser, precision,
      [](StringRef word) { return symbolizePrecision(word); },
      "precision to be exact or approx");
}

static void printChannelLayout(OpAsmPrinter &printer, Operation *,
                               ChannelLayoutAttr layout) {
  printer << stringifyChannelLayout(layout.getValue());
}

static ParseResult parseChannelLayout(OpAsmParser &parser,
                                      ChannelLayoutAttr &layout) {
  return parseEnumKeyword(
      parser, layout,
      [](StringRef word) { return symbolizeChannelLayout(word); },
      "layout to be NCHW or NHWC");
}

#define GET_OP_CLASSES
#include "norm/IR/NormOps.cpp.inc"

namespace {
/// A norm op is the same op in any function.
struct NormInlinerInterface : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final {
    return true;
  }
};
} // namespace

void NormDialect::initialize() {
  addInterfaces<NormInlinerInterface>();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "norm/IR/NormAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "norm/IR/NormOps.cpp.inc"
      >();
}

LogicalResult StrategyAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t vectorBits,
                                   std::optional<int64_t> streamBytes,
                                   int64_t streamColumns,
                                   std::optional<int64_t> prefetchBytes,
                                   int64_t grainBytes, RowSplitAttr,
                                   GPUStrategyAttr) {
  if (vectorBits < 64 || vectorBits > 2048 || !llvm::isPowerOf2_64(vectorBits))
    return emitError()
           << "expected vector_bits to be a power of two in [64, 2048], found "
           << vectorBits;
  if (streamBytes && *streamBytes < 0)
    return emitError() << "expected stream_bytes >= 0, found " << *streamBytes;
  if (streamColumns < 0)
    return emitError() << "expected stream_columns >= 0, found "
                       << streamColumns;
  if (prefetchBytes && *prefetchBytes < 0)
    return emitError() << "expected prefetch_bytes >= 0, found "
                       << *prefetchBytes;
  if (grainBytes < 1)
    return emitError() << "expected grain_bytes >= 1, found " << grainBytes;
  return success();
}

LogicalResult RowSplitAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t columns, int64_t rows,
                                   int64_t chunks) {
  constexpr int64_t maxChunks = 64;
  if (columns < 1 || rows < 1)
    return emitError() << "expected columns >= 1 and rows >= 1, found "
                       << columns << " and " << rows;
  if (chunks < 1 || chunks > maxChunks || !llvm::isPowerOf2_64(chunks))
    return emitError()
           << "expected chunks to be a power of two in [1, 64], found "
           << chunks;
  return success();
}

LogicalResult GPUStrategyAttr::verify(
    function_ref<InFlightDiagnostic()> emitError, int64_t rowThreads,
    int64_t blockRows, int64_t threadElements, int64_t rowTile,
    int64_t rowBlocks, int64_t rowChunk, int64_t splitRows, int64_t tileRows,
    int64_t channelBlock, int64_t rowsAhead, int64_t residentThreads) {
  constexpr int64_t warp = 32, maxThreads = 1024, maxElements = 16;
  if (rowThreads < 1 || rowThreads > maxThreads ||
      !llvm::isPowerOf2_64(rowThreads))
    return emitError()
           << "expected row_threads to be a power of two in [1, 1024], found "
           << rowThreads;
  int64_t maxRows = rowThreads > warp ? 1 : maxThreads / rowThreads;
  if (blockRows < 1 || blockRows > maxRows)
    return emitError() << "expected block_rows in [1, " << maxRows << "] for "
                       << rowThreads << " row_threads, found " << blockRows;
  if (threadElements < 1 || threadElements > maxElements ||
      !llvm::isPowerOf2_64(threadElements))
    return emitError()
           << "expected thread_elements to be a power of two in [1, 16], found "
           << threadElements;
  int64_t access = rowThreads * threadElements;
  if (rowTile < access || rowTile % access != 0)
    return emitError() << "expected row_tile to be a multiple of row_threads * "
                          "thread_elements, "
                       << access << ", found " << rowTile;
  if (rowBlocks < 1)
    return emitError() << "expected row_blocks >= 1, found " << rowBlocks;
  // The sums of chunks are added by whole warps.
  if (rowChunk < 0 || rowChunk % rowTile != 0 ||
      (rowChunk > 0 && rowThreads < warp))
    return emitError() << "expected row_chunk to be 0 or, for at least 32 "
                          "row_threads, a multiple of row_tile, "
                       << rowTile << ", found " << rowChunk << " for "
                       << rowThreads << " row_threads";
  if (splitRows < 0 || (splitRows > 0 && rowChunk == 0))
    return emitError() << "expected split_rows to be 0 or, with a row_chunk, "
                          "larger, found "
                       << splitRows;
  if (tileRows < 1 || !llvm::isPowerOf2_64(tileRows) || tileRows > rowThreads)
    return emitError() << "expected tile_rows to be a power of two in [1, "
                       << rowThreads << "], found " << tileRows;
  if (channelBlock < 0)
    return emitError() << "expected channel_block >= 0, found " << channelBlock;
  if (rowsAhead < 0 || rowsAhead > 1)
    return emitError() << "expected rows_ahead to be 0 or 1, found "
                       << rowsAhead;
  constexpr int64_t maxResident = 2048;
  if (residentThreads != 0 && (residentThreads < rowThreads * blockRows ||
                               residentThreads > maxResident))
    return emitError() << "expected resident_threads to be 0 or in ["
                       << rowThreads * blockRows << ", " << maxResident
                       << "], found " << residentThreads;
  return success();
}

void LoopScheduleOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  // A resource of its own keeps the op alive and orders it with nothing else.
  struct ScheduleResource : SideEffects::Resource::Base<ScheduleResource> {
    StringRef getName() final { return "norm.schedule"; }
  };
  effects.emplace_back(MemoryEffects::Write::get(), ScheduleResource::get());
}

FloatType norm::getAccumulatorType(Type elementType) {
  if (elementType.isF64())
    return Float64Type::get(elementType.getContext());
  return Float32Type::get(elementType.getContext());
}
