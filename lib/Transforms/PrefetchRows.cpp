//===- PrefetchRows.cpp - Rows in the caches before they are read ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ColumnLoop.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace norm;

/// Memory answers faster if several of its pages are read at a time, so the
/// lines of this many pages are prefetched in turns.
static constexpr int64_t pages = 4;
static constexpr int64_t pageBytes = 4096;
static constexpr int64_t windowBytes = pages * pageBytes;

namespace {
/// Creates the prefetches of one column loop.
class RowPrefetcher {
public:
  RowPrefetcher(scf::ForOp loop, scf::ForOp rowLoop, int64_t rowBytes)
      : loop(loop), rowLoop(rowLoop), rowBytes(rowBytes), builder(loop),
        loc(loop.getLoc()) {}

  void run() {
    llvm::SmallSetVector<Value, 4> rows;
    for (auto read : loop.getBody()->getOps<vector::TransferReadOp>())
      if (isa<MemRefType>(read.getBase().getType()))
        if (Value row = rowOfAccess(loop, read.getBase(), read.getIndices());
            row && changesWithRow(row))
          rows.insert(row);
    std::optional<int64_t> step = getConstantIntValue(loop.getStep());
    for (Value row : rows)
      if (step)
        prefetch(row, *step);
  }

private:
  /// Gamma, say, is in the caches after the first row.
  bool changesWithRow(Value row) {
    return !rowLoop || !rowLoop.isDefinedOutsideOfLoop(row);
  }

  void prefetch(Value row, int64_t step) {
    auto type = cast<MemRefType>(row.getType());
    int64_t elementBytes = type.getElementTypeBitWidth() / 8;
    int64_t tileBytes = step * elementBytes;
    if (tileBytes % lineBytes != 0)
      return;
    builder.setInsertionPoint(loop);
    Value ahead = binary<arith::AddIOp>(createAddress(builder, loc, row),
                                        distanceOfRows(row, elementBytes));
    builder.setInsertionPointToStart(loop.getBody());
    Value address = binary<arith::AddIOp>(
        ahead, binary<arith::MulIOp>(loop.getInductionVar(),
                                     constant(elementBytes)));
    Value line = firstLine(address, tileBytes);
    for (int64_t i = 0; i < tileBytes / lineBytes; ++i)
      prefetchLine(line, i % pages * pageBytes + i / pages * lineBytes);
  }

  /// The bytes from a row to the next one, 0 if that is no row of this thread
  /// or if two rows may be too long for a core's caches.
  Value distanceOfRows(Value row, int64_t elementBytes) {
    auto view = row.getDefiningOp<memref::SubViewOp>();
    if (!rowLoop || !view || view.getSourceType().getRank() < 2)
      return constant(0);
    auto metadata = memref::ExtractStridedMetadataOp::create(builder, loc,
                                                             view.getSource());
    int64_t rank = view.getSourceType().getRank();
    Value stride = binary<arith::MulIOp>(metadata.getStrides()[rank - 2],
                                         constant(elementBytes));
    Value next =
        binary<arith::AddIOp>(rowLoop.getInductionVar(), rowLoop.getStep());
    Value isRow = compare(arith::CmpIPredicate::slt, next,
                          rowLoop.getUpperBound());
    Value isShort =
        compare(arith::CmpIPredicate::ule,
                binary<arith::MulIOp>(loop.getUpperBound(),
                                      constant(elementBytes)),
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
    Value first = binary<arith::AddIOp>(window, line);
    int64_t pageMask = (windowBytes - pageBytes) &
                       -(tileBytes * (pageBytes / lineBytes));
    if (pageMask != 0) {
      Value page = binary<arith::AndIOp>(
          binary<arith::ShLIOp>(address,
                                constant(llvm::Log2_64(pageBytes / lineBytes))),
          constant(pageMask));
      first = binary<arith::AddIOp>(first, page);
    }
    return binary<arith::AddIOp>(first, constant(windowBytes));
  }

  /// No access: an address behind the last row does no harm.
  void prefetchLine(Value line, int64_t offset) {
    Value bits = arith::IndexCastOp::create(
        builder, loc, builder.getI64Type(),
        binary<arith::AddIOp>(line, constant(offset)));
    Value pointer = LLVM::IntToPtrOp::create(
        builder, loc, LLVM::LLVMPointerType::get(builder.getContext()), bits);
    LLVM::Prefetch::create(builder, loc, pointer, /*rw=*/0, /*hint=*/3,
                           /*cache=*/1);
  }

  template <typename Op> Value binary(Value a, Value b) {
    return Op::create(builder, loc, a, b);
  }
  Value compare(arith::CmpIPredicate predicate, Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, predicate, a, b);
  }
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  scf::ForOp loop, rowLoop;
  int64_t rowBytes;
  OpBuilder builder;
  Location loc;
};
} // namespace

void norm::prefetchRows(scf::ForOp loop, scf::ForOp rowLoop,
                        int64_t rowBytes) {
  RowPrefetcher(loop, rowLoop, rowBytes).run();
}
