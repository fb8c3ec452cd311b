//===- StrategyTest.cpp - Checks of the attribute strategy ----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/IR/NormOps.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace norm;

namespace {

/// The error text of an attribute that `get` makes, or "" if it is valid.
template <typename Get> std::string errorOfAttribute(Get get) {
  MLIRContext context;
  context.loadDialect<NormDialect>();
  std::string text;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    text += diagnostic.str();
    return success();
  });
  auto emit = [&] { return emitError(UnknownLoc::get(&context)); };
  EXPECT_EQ(static_cast<bool>(get(emit, &context)), text.empty());
  return text;
}

std::string errorOf(int64_t vectorBits, std::optional<int64_t> streamBytes,
                    std::optional<int64_t> prefetchBytes = std::nullopt,
                    int64_t streamColumns = 512) {
  return errorOfAttribute([&](auto emit, MLIRContext *context) {
    return StrategyAttr::getChecked(
        emit, context, vectorBits, streamBytes, streamColumns, prefetchBytes,
        /*grainBytes=*/int64_t(262144), RowSplitAttr(), GPUStrategyAttr());
  });
}

std::string errorOfSplit(int64_t columns, int64_t rows, int64_t chunks) {
  return errorOfAttribute([&](auto emit, MLIRContext *context) {
    return RowSplitAttr::getChecked(emit, context, columns, rows, chunks);
  });
}

std::string errorOfGPU(int64_t rowThreads, int64_t blockRows,
                       int64_t threadElements, int64_t rowTile,
                       int64_t rowBlocks, int64_t rowChunk = 0,
                       int64_t splitRows = 0, int64_t tileRows = 1,
                       int64_t channelBlock = 0, int64_t rowsAhead = 0,
                       int64_t residentThreads = 0) {
  return errorOfAttribute([&](auto emit, MLIRContext *context) {
    return GPUStrategyAttr::getChecked(
        emit, context, rowThreads, blockRows, threadElements, rowTile,
        rowBlocks, rowChunk, splitRows, tileRows, channelBlock, rowsAhead,
        residentThreads);
  });
}

TEST(Strategy, AcceptsVectorWidthsFrom64To2048) {
  for (int64_t bits : {64, 128, 256, 512, 1024, 2048})
    EXPECT_EQ(errorOf(bits, std::nullopt), "");
}

TEST(Strategy, RefusesOtherVectorWidths) {
  for (int64_t bits : {INT64_MIN, int64_t(-128), int64_t(0), int64_t(32),
                       int64_t(96), int64_t(4096), INT64_MAX})
    EXPECT_EQ(
        errorOf(bits, std::nullopt),
        "expected vector_bits to be a power of two in [64, 2048], found " +
            std::to_string(bits));
}

TEST(Strategy, StreamBytesAreNotNegative) {
  EXPECT_EQ(errorOf(128, 0), "");
  EXPECT_EQ(errorOf(128, INT64_MAX), "");
  EXPECT_EQ(errorOf(128, -1), "expected stream_bytes >= 0, found -1");
}

TEST(Strategy, PrefetchBytesAreNotNegative) {
  EXPECT_EQ(errorOf(128, 0, 0), "");
  EXPECT_EQ(errorOf(128, 0, INT64_MAX), "");
  EXPECT_EQ(errorOf(128, 0, -1), "expected prefetch_bytes >= 0, found -1");
}

TEST(Strategy, StreamColumnsAreNotNegative) {
  EXPECT_EQ(errorOf(128, 0, 0, 0), "");
  EXPECT_EQ(errorOf(128, 0, 0, -1), "expected stream_columns >= 0, found -1");
}

TEST(RowSplit, ChunksAreAPowerOfTwo) {
  EXPECT_EQ(errorOfSplit(1, 1, 1), "");
  EXPECT_EQ(errorOfSplit(INT64_MAX, INT64_MAX, 64), "");
  for (int64_t chunks : {int64_t(0), int64_t(3), int64_t(128), INT64_MIN})
    EXPECT_EQ(errorOfSplit(8, 8, chunks),
              "expected chunks to be a power of two in [1, 64], found " +
                  std::to_string(chunks));
  EXPECT_EQ(errorOfSplit(0, 8, 8),
            "expected columns >= 1 and rows >= 1, found 0 and 8");
  EXPECT_EQ(errorOfSplit(8, -1, 8),
            "expected columns >= 1 and rows >= 1, found 8 and -1");
}

TEST(GPUStrategy, AcceptsRowsOfWarpsAndBlocks) {
  EXPECT_EQ(errorOfGPU(1, 1024, 16, 16, 1), "");
  EXPECT_EQ(errorOfGPU(32, 32, 4, 1280, 256), "");
  EXPECT_EQ(errorOfGPU(1024, 1, 8, 8192, 256), "");
}

TEST(GPUStrategy, RefusesWhatNoBlockHas) {
  EXPECT_EQ(errorOfGPU(48, 1, 4, 192, 1),
            "expected row_threads to be a power of two in [1, 1024], found 48");
  EXPECT_EQ(errorOfGPU(2048, 1, 4, 8192, 1),
            "expected row_threads to be a power of two in [1, 1024], found "
            "2048");
  EXPECT_EQ(errorOfGPU(64, 2, 4, 256, 1),
            "expected block_rows in [1, 1] for 64 row_threads, found 2");
  EXPECT_EQ(errorOfGPU(32, 33, 4, 128, 1),
            "expected block_rows in [1, 32] for 32 row_threads, found 33");
  EXPECT_EQ(errorOfGPU(32, 1, 3, 96, 1),
            "expected thread_elements to be a power of two in [1, 16], found "
            "3");
  EXPECT_EQ(errorOfGPU(32, 1, 4, 200, 1),
            "expected row_tile to be a multiple of row_threads * "
            "thread_elements, 128, found 200");
  EXPECT_EQ(errorOfGPU(32, 1, 4, 128, 0), "expected row_blocks >= 1, found 0");
}

TEST(GPUStrategy, ChunksAreRowTilesOfWarps) {
  EXPECT_EQ(errorOfGPU(32, 1, 4, 128, 1, 256, 0), "");
  EXPECT_EQ(errorOfGPU(1024, 1, 8, 8192, 1, 8192, INT64_MAX), "");
  EXPECT_EQ(errorOfGPU(32, 1, 4, 128, 1, 192),
            "expected row_chunk to be 0 or, for at least 32 row_threads, a "
            "multiple of row_tile, 128, found 192 for 32 row_threads");
  EXPECT_EQ(errorOfGPU(16, 1, 4, 64, 1, 64),
            "expected row_chunk to be 0 or, for at least 32 row_threads, a "
            "multiple of row_tile, 64, found 64 for 16 row_threads");
  EXPECT_NE(errorOfGPU(32, 1, 4, 128, 1, -128), "");
  EXPECT_EQ(errorOfGPU(32, 1, 4, 128, 1, 0, 8),
            "expected split_rows to be 0 or, with a row_chunk, larger, found "
            "8");
  EXPECT_NE(errorOfGPU(32, 1, 4, 128, 1, 128, -1), "");
}

TEST(GPUStrategy, ThreadsHaveOneRowOfATile) {
  EXPECT_EQ(errorOfGPU(32, 1, 4, 128, 1, 0, 0, 32), "");
  EXPECT_EQ(errorOfGPU(32, 1, 4, 128, 1, 0, 0, 64),
            "expected tile_rows to be a power of two in [1, 32], found 64");
  EXPECT_EQ(errorOfGPU(32, 1, 4, 128, 1, 0, 0, 3),
            "expected tile_rows to be a power of two in [1, 32], found 3");
  EXPECT_NE(errorOfGPU(32, 1, 4, 128, 1, 0, 0, 0), "");
}

TEST(GPUStrategy, BlocksOfChannelsAreNotNegative) {
  EXPECT_EQ(errorOfGPU(32, 1, 4, 128, 1, 0, 0, 1, INT64_MAX), "");
  EXPECT_EQ(errorOfGPU(32, 1, 4, 128, 1, 0, 0, 1, -1),
            "expected channel_block >= 0, found -1");
}

TEST(GPUStrategy, OneRowIsReadAhead) {
  EXPECT_EQ(errorOfGPU(32, 1, 4, 128, 1, 0, 0, 1, 0, 1), "");
  for (int64_t rows : {-1, 2})
    EXPECT_EQ(errorOfGPU(32, 1, 4, 128, 1, 0, 0, 1, 0, rows),
              "expected rows_ahead to be 0 or 1, found " +
                  std::to_string(rows));
}

TEST(GPUStrategy, ResidentThreadsAreThoseOfABlockOrMore) {
  EXPECT_EQ(errorOfGPU(32, 2, 4, 128, 1, 0, 0, 1, 0, 0, 64), "");
  EXPECT_EQ(errorOfGPU(32, 2, 4, 128, 1, 0, 0, 1, 0, 0, 2048), "");
  for (int64_t threads : {-1, 63, 2049})
    EXPECT_EQ(errorOfGPU(32, 2, 4, 128, 1, 0, 0, 1, 0, 0, threads),
              "expected resident_threads to be 0 or in [64, 2048], found " +
                  std::to_string(threads));
}

} // namespace
