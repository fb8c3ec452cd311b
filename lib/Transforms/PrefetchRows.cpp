//===- PrefetchRows.cpp - Rows in the caches before they are read ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ColumnLoop.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

using namespace mlir;
using namespace norm;

/// Memory answers faster if several of its pages are read at a time, so the
/// lines of this many pages are prefetched in turns.
static constexpr int64_t pages = 4;
static constexpr int64_t pageBytes = 4096;
static constexpr int64_t pageLines = pageBytes / lineBytes;
static constexpr int64_t windowBytes = pages * pageBytes;

namespace {
/// What a column loop reads of one row after the other.
struct RowAccess {
  /// Element 0 of the row of this iteration of the row loop; a memref of rank 1
  /// or, with `row`, a matrix.
  Value memref;
  /// The row of a matrix.
  Value row;
  /// An iteration reads `columns` columns, from `firstColumn` of its tile on.
  int64_t firstColumn, columns;
};

/// Of each memref, the columns of a tile that are prefetched already; the
/// largest number for all.
using PrefetchedColumns = llvm::SmallDenseMap<Value, int64_t>;

/// Creates the prefetches of one column loop.
class RowPrefetcher {
public:
  RowPrefetcher(scf::ForOp loop, scf::ForOp rowLoop, int64_t rowBytes,
                bool windows)
      : loop(loop), rowLoop(rowLoop), rowBytes(rowBytes), windows(windows),
        builder(loop), loc(loop.getLoc()) {}

  /// Prefetches the columns that are not in `done`, and adds them to it.
  void run(PrefetchedColumns &done) {
    SmallVector<RowAccess> accesses;
    for (auto read : loop.getBody()->getOps<vector::TransferReadOp>()) {
      std::optional<RowAccess> access = accessOf(read);
      if (!access)
        continue;
      int64_t end = access->columns == stepOfLoop()
                        ? std::numeric_limits<int64_t>::max()
                        : access->firstColumn + access->columns;
      int64_t &prefetched = done[access->memref];
      if (prefetched >= end)
        continue;
      prefetched = end;
      accesses.push_back(*access);
    }
    CacheLevel level = selectLevel(accesses);
    for (const RowAccess &access : accesses)
      prefetch(access, level);
  }

private:
  /// Nothing for what all rows share: gamma, say, is in the caches after the
  /// first row.
  std::optional<RowAccess> accessOf(vector::TransferReadOp read) {
    if (!isa<MemRefType>(read.getBase().getType()) ||
        getConstantIntValue(loop.getStep()).value_or(0) <= 0)
      return std::nullopt;
    Value memref = read.getBase();
    OperandRange indices = read.getIndices();
    std::optional<int64_t> first =
        indices.empty() ? std::nullopt : firstColumnOf(indices.back());
    int64_t columns = stepOfLoop();
    if (!windows)
      columns = std::min(columns, read.getVectorType().getNumElements());
    bool isOutside = loop.isDefinedOutsideOfLoop(memref);
    Value row = rowOfAccess(loop, memref, indices);
    if (!row && first && indices.size() == 1 && isOutside)
      row = memref;
    if (row)
      return !rowLoop || !rowLoop.isDefinedOutsideOfLoop(row)
                 ? std::optional<RowAccess>(
                       {row, {}, first.value_or(0), columns})
                 : std::nullopt;
    if (first && rowLoop && indices.size() == 2 &&
        indices[0] == rowLoop.getInductionVar() &&
        rowLoop.isDefinedOutsideOfLoop(memref))
      return RowAccess{memref, indices[0], *first, columns};
    return std::nullopt;
  }

  /// How far the column `index` is behind that of the iteration, if that is
  /// constant.
  std::optional<int64_t> firstColumnOf(Value index) {
    if (index == loop.getInductionVar())
      return 0;
    auto sum = index.getDefiningOp<arith::AddIOp>();
    return sum && sum.getLhs() == loop.getInductionVar()
               ? getConstantIntValue(sum.getRhs())
               : std::nullopt;
  }

  int64_t stepOfLoop() { return *getConstantIntValue(loop.getStep()); }

  static int64_t bytesOfElement(const RowAccess &access) {
    return cast<MemRefType>(access.memref.getType()).getElementTypeBitWidth() /
           8;
  }

  /// The second level if the next rows would push those at hand out of the
  /// first one, of 32 or 48 KB, where weights and partial sums are, too.
  CacheLevel selectLevel(ArrayRef<RowAccess> accesses) {
    constexpr int64_t firstLevelBytes = 8192;
    std::optional<int64_t> columns = getConstantIntValue(loop.getUpperBound());
    int64_t bytes = 0;
    for (const RowAccess &access : accesses)
      bytes += columns.value_or(0) * bytesOfElement(access);
    return bytes > firstLevelBytes ? CacheLevel::Second : CacheLevel::First;
  }

  void prefetch(const RowAccess &access, CacheLevel level) {
    int64_t elementBytes = bytesOfElement(access);
    int64_t tileBytes = access.columns * elementBytes;
    if (tileBytes % lineBytes != 0 || tileBytes % stepOfLoop() != 0)
      return;
    builder.setInsertionPoint(loop);
    Value ahead = createAddress(builder, loc, access.memref);
    Value bytesOfColumn = constant(elementBytes);
    if (Value stride = rowLoop ? strideOfRows(access) : Value()) {
      if (windows)
        bytesOfColumn = unlessGaps(access.memref, stride, bytesOfColumn);
      stride = multiply(stride, elementBytes);
      if (access.row)
        ahead = add(ahead, binary<arith::MulIOp>(access.row, stride));
      ahead = add(ahead, distanceOfRows(stride, elementBytes));
    }
    // Loops that share the columns of the tiles share the row: to skip lines
    // would leave some banks of the last-level cache without work.
    int64_t step = stepOfLoop();
    if (access.columns < step) {
      int64_t bytes = elementBytes * access.columns / step;
      int64_t before = elementBytes * access.firstColumn / step;
      ahead = add(ahead, multiply(loop.getUpperBound(), before));
      ahead = add(
          ahead, multiply(loop.getLowerBound(), elementBytes - bytes - before));
      bytesOfColumn = constant(bytes);
    }
    builder.setInsertionPointToStart(loop.getBody());
    Value tile = add(
        ahead, binary<arith::MulIOp>(loop.getInductionVar(), bytesOfColumn));
    if (windows)
      tile = firstLine(tile, tileBytes);
    for (int64_t i = 0; i < tileBytes / lineBytes; ++i)
      createPrefetch(builder, loc, tile,
                     windows ? i % pages * pageBytes + i / pages * lineBytes
                             : i * lineBytes,
                     level);
  }

  /// The elements from a row to the next; null if the row is not one of many.
  Value strideOfRows(const RowAccess &access) {
    Value matrix = access.memref;
    if (!access.row) {
      auto view = access.memref.getDefiningOp<memref::SubViewOp>();
      if (!view || view.getSourceType().getRank() < 2)
        return {};
      matrix = view.getSource();
    }
    auto metadata =
        memref::ExtractStridedMetadataOp::create(builder, loc, matrix);
    int64_t rank = cast<MemRefType>(matrix.getType()).getRank();
    return metadata.getStrides()[rank - 2];
  }

  /// `bytes`, or 0 if a window would fetch gaps between rows as well: the same
  /// lines are then prefetched again and again, which costs next to nothing.
  Value unlessGaps(Value memref, Value stride, Value bytes) {
    int64_t rank = cast<MemRefType>(memref.getType()).getRank();
    Value columns = memref::DimOp::create(builder, loc, memref, rank - 1);
    Value hasGaps = compare(arith::CmpIPredicate::ne, stride, columns);
    return arith::SelectOp::create(builder, loc, hasGaps, constant(0), bytes);
  }

  /// The bytes from a row to the one to prefetch: `stride`, or 0 if the next is
  /// no row of this thread or if two rows may be too long for a core's caches.
  Value distanceOfRows(Value stride, int64_t elementBytes) {
    Value next = add(rowLoop.getInductionVar(), rowLoop.getStep());
    Value isRow =
        compare(arith::CmpIPredicate::slt, next, rowLoop.getUpperBound());
    Value isShort = compare(arith::CmpIPredicate::ule,
                            multiply(loop.getUpperBound(), elementBytes),
                            constant(rowBytes));
    return arith::SelectOp::create(builder, loc,
                                   binary<arith::AndIOp>(isRow, isShort),
                                   stride, constant(0));
  }

  /// The first line to prefetch when the tile at `address` is computed. The
  /// tiles of a window stand for the lines of the next one, which they take
  /// from all of its pages in turns: the lowest bits of a tile's number select
  /// the page, the others the line in the page.
  Value firstLine(Value address, int64_t tileBytes) {
    Value window = binary<arith::AndIOp>(address, constant(-windowBytes));
    Value line = binary<arith::AndIOp>(
        binary<arith::ShRUIOp>(address, constant(llvm::Log2_64(pages))),
        constant(pageBytes - lineBytes));
    Value first = add(window, line);
    int64_t pageMask = (windowBytes - pageBytes) & -(tileBytes * pageLines);
    if (pageMask != 0)
      first = add(first, binary<arith::AndIOp>(multiply(address, pageLines),
                                               constant(pageMask)));
    return add(first, constant(windowBytes));
  }

  template <typename Op> Value binary(Value a, Value b) {
    return Op::create(builder, loc, a, b);
  }
  Value add(Value a, Value b) { return binary<arith::AddIOp>(a, b); }
  Value multiply(Value a, int64_t b) {
    return binary<arith::MulIOp>(a, constant(b));
  }
  Value compare(arith::CmpIPredicate predicate, Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, predicate, a, b);
  }
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  scf::ForOp loop, rowLoop;
  int64_t rowBytes;
  bool windows;
  OpBuilder builder;
  Location loc;
};
} // namespace

void norm::prefetchRows(scf::ForOp loop, scf::ForOp rowLoop, int64_t rowBytes) {
  PrefetchedColumns done;
  RowPrefetcher(loop, rowLoop, rowBytes, /*windows=*/true).run(done);
}

void norm::prefetchSums(Block &block, int64_t rowBytes) {
  bool writesVectors =
      block
          .walk([](vector::TransferWriteOp) { return WalkResult::interrupt(); })
          .wasInterrupted();
  if (writesVectors)
    return;
  SmallVector<scf::ForOp> loops;
  block.walk([&](scf::ForOp loop) { loops.push_back(loop); });
  // A loop behind the first one finds the rows in the caches.
  PrefetchedColumns done;
  for (scf::ForOp loop : loops)
    if (auto rowLoop = dyn_cast<scf::ForOp>(loop->getParentOp()))
      RowPrefetcher(loop, rowLoop, rowBytes, /*windows=*/false).run(done);
}
