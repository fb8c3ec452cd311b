//===- StreamRows.cpp - Rows stored past the caches -----------------------===//
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
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace norm;

static int64_t elementBytesOf(Value memref) {
  return cast<MemRefType>(memref.getType()).getElementTypeBitWidth() / 8;
}

/// The row that a full-vector store of a column loop writes to, if each of its
/// addresses is a multiple of a line away from the row's first: a non-temporal
/// store pays only if whole lines are written.
static Value streamableRow(vector::TransferWriteOp write, scf::ForOp loop) {
  auto type = dyn_cast<MemRefType>(write.getShapedType());
  if (!type || write.getMask() || write.hasOutOfBoundsDim() ||
      !type.isLastDimUnitStride())
    return {};
  int64_t elementBytes = elementBytesOf(write.getBase());
  auto isLineMultiple = [&](OpFoldResult value) {
    std::optional<int64_t> constant = getConstantIntValue(value);
    return constant && *constant * elementBytes % lineBytes == 0;
  };
  if (!isLineMultiple(loop.getLowerBound()) ||
      !isLineMultiple(loop.getStep()) ||
      write.getVectorType().getNumElements() * elementBytes % lineBytes != 0)
    return {};
  return rowOfAccess(loop, write.getBase(), write.getIndices());
}

/// Whether anything reads `memref`, or a view of it: what is read later, or
/// grows in its place, must stay in the caches.
static bool isRead(Value memref) {
  return llvm::any_of(memref.getUsers(), [&](Operation *user) {
    if (isa<memref::SubViewOp>(user))
      return isRead(user->getResult(0));
    // The address alone is no access.
    if (isa<memref::ExtractStridedMetadataOp,
            memref::ExtractAlignedPointerAsIndexOp, memref::DimOp>(user))
      return false;
    return !hasSingleEffect<MemoryEffects::Write>(user, memref);
  });
}

using Writes = SmallVector<std::pair<vector::TransferWriteOp, Value>>;

/// The stores of `loop` that may go past the caches, with their rows.
static Writes streamableWrites(scf::ForOp loop) {
  Writes writes;
  for (auto write : loop.getBody()->getOps<vector::TransferWriteOp>())
    if (Value row = streamableRow(write, loop); row && !isRead(row))
      writes.push_back({write, row});
  return writes;
}

bool norm::isStreamable(scf::ForOp loop) {
  return loop.getNumResults() == 0 && !streamableWrites(loop).empty();
}

namespace {
/// Creates the form of one column loop that stores past the caches.
class RowStreamer {
public:
  RowStreamer(scf::ForOp loop, StrategyAttr strategy, unsigned minMaskedBits)
      : loop(loop), strategy(strategy), minMaskedBits(minMaskedBits),
        builder(loop), loc(loop.getLoc()) {}

  void run(Value stream) {
    Writes writes = streamableWrites(loop);
    llvm::SmallSetVector<Value, 2> rows;
    for (auto &[write, row] : writes)
      rows.insert(row);
    // The columns before the first whole line of a row, which all rows share.
    Value shift;
    Value condition = stream, zero = constant(0);
    auto require = [&](arith::CmpIPredicate predicate, Value a, Value b) {
      condition = binary<arith::AndIOp>(
          condition, arith::CmpIOp::create(builder, loc, predicate, a, b));
    };
    if (canShift(writes)) {
      Value bytes = bytesToLine(rows[0]);
      for (Value row : llvm::drop_begin(rows))
        require(arith::CmpIPredicate::eq, bytesToLine(row), bytes);
      require(arith::CmpIPredicate::uge, loop.getUpperBound(),
              constant(leastColumns()));
      shift = binary<arith::DivUIOp>(bytes, constant(elementBytesOf(rows[0])));
    } else {
      for (Value row : rows)
        require(arith::CmpIPredicate::eq, bytesToLine(row), zero);
    }
    auto branch =
        scf::IfOp::create(builder, loc, condition, /*withElseRegion=*/true);
    builder.setInsertionPointToStart(branch.thenBlock());
    streamLines(shift, dyn_cast<scf::ForOp>(branch->getParentOp()));
    if (shift) {
      builder.setInsertionPoint(branch.thenBlock()->getTerminator());
      storeEnds(shift, elementBytesOf(rows[0]) * 8);
    }
    loop->moveBefore(branch.elseBlock()->getTerminator());
  }

private:
  /// Whether the loop may start at any column, and what is before it and after
  /// it be stored on its own: it does nothing but compute what it writes, and
  /// rows are not known to start at a line if the first one does.
  bool canShift(const Writes &writes) {
    auto isWrite = [&](Operation &op) {
      return llvm::any_of(writes,
                          [&](auto &other) { return other.first == &op; });
    };
    for (Operation &op : loop.getBody()->without_terminator())
      if (!isMemoryEffectFree(&op) && !isa<vector::TransferReadOp>(op) &&
          !isWrite(op))
        return false;
    std::optional<int64_t> upper = getConstantIntValue(loop.getUpperBound());
    if (upper && *upper < leastColumns())
      return false;
    int64_t bytes = elementBytesOf(writes[0].second);
    return isConstantIntValue(loop.getLowerBound(), 0) &&
           llvm::all_of(writes, [&](auto &write) {
             auto type = cast<MemRefType>(write.second.getType());
             return elementBytesOf(write.second) == bytes &&
                    (type.isDynamicDim(type.getRank() - 1) ||
                     type.getShape().back() * bytes % lineBytes != 0);
           });
  }

  /// The columns from which on rows may start anywhere: their ends are parts of
  /// a tile.
  int64_t leastColumns() {
    return std::max(strategy.getStreamColumns(),
                    *getConstantIntValue(loop.getStep()));
  }

  /// The loop over the whole lines, behind `shift` columns if there are any.
  void streamLines(Value shift, scf::ForOp rowLoop) {
    auto lines = cast<scf::ForOp>(builder.clone(*loop));
    for (auto &[write, row] : streamableWrites(lines)) {
      builder.setInsertionPoint(write);
      vector::StoreOp::create(
          builder, loc, write.getVector(), write.getBase(), write.getIndices(),
          /*nontemporal=*/true, llvm::MaybeAlign(lineBytes));
      write.erase();
    }
    if (strategy.getPrefetchBytes())
      prefetchRows(lines, rowLoop, *strategy.getPrefetchBytes());
    if (!shift)
      return;
    builder.setInsertionPoint(lines);
    Value rest = binary<arith::SubIOp>(lines.getUpperBound(), shift);
    Value behind = binary<arith::RemUIOp>(rest, lines.getStep());
    lines.setLowerBound(shift);
    lines.setUpperBound(binary<arith::SubIOp>(lines.getUpperBound(), behind));
  }

  /// Stores the `shift` columns before the whole lines, and those after them:
  /// the upper bound is a multiple of the step, so these are the others of a
  /// tile. Elements have `bits` bits.
  void storeEnds(Value shift, int64_t bits) {
    auto some = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne,
                                      shift, constant(0));
    auto branch =
        scf::IfOp::create(builder, loc, some, /*withElseRegion=*/false);
    builder.setInsertionPointToStart(branch.thenBlock());
    // Two comparisons, not one and its complement: LLVM moves a comparison to
    // the block of its use, where a mask needs no register between blocks.
    Type laneType = builder.getIntegerType(std::min<int64_t>(bits, 32));
    auto type =
        VectorType::get({*getConstantIntValue(loop.getStep())}, laneType);
    auto lanes = llvm::map_to_vector(llvm::seq(type.getNumElements()),
                                     [&](int64_t lane) -> Attribute {
                                       return IntegerAttr::get(laneType, lane);
                                     });
    Value lane = arith::ConstantOp::create(builder, loc,
                                           DenseElementsAttr::get(type, lanes));
    Value bound = vector::BroadcastOp::create(
        builder, loc, type,
        arith::IndexCastOp::create(builder, loc, laneType, shift));
    auto compare = [&](arith::CmpIPredicate predicate) -> Value {
      return arith::CmpIOp::create(builder, loc, predicate, lane, bound);
    };
    Value last = binary<arith::SubIOp>(loop.getUpperBound(), loop.getStep());
    storeTile(constant(0), compare(arith::CmpIPredicate::ult));
    storeTile(last, compare(arith::CmpIPredicate::uge));
  }

  /// The body of the loop for the columns from `column` on, of which it changes
  /// those in `mask`.
  void storeTile(Value column, Value mask) {
    IRMapping map;
    map.map(loop.getInductionVar(), column);
    for (Operation &op : loop.getBody()->without_terminator())
      if (auto write =
              dyn_cast<vector::TransferWriteOp>(builder.clone(op, map)))
        maskWrite(write, mask);
  }

  /// Without masked stores the other columns are written as they are: no other
  /// thread has this row.
  void maskWrite(vector::TransferWriteOp write, Value mask) {
    if (minMaskedBits != 0 &&
        elementBytesOf(write.getBase()) * 8 >= minMaskedBits) {
      write.getMaskMutable().assign(mask);
      return;
    }
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(write);
    Value before = vector::LoadOp::create(builder, loc, write.getVectorType(),
                                          write.getBase(), write.getIndices());
    write.getValueToStoreMutable().assign(
        arith::SelectOp::create(builder, loc, mask, write.getVector(), before));
  }

  Value bytesToLine(Value row) {
    Value address = createAddress(builder, loc, row);
    return binary<arith::AndIOp>(binary<arith::SubIOp>(constant(0), address),
                                 constant(lineBytes - 1));
  }

  template <typename Op> Value binary(Value a, Value b) {
    return builder.createOrFold<Op>(loc, a, b);
  }
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  scf::ForOp loop;
  StrategyAttr strategy;
  unsigned minMaskedBits;
  OpBuilder builder;
  Location loc;
};
} // namespace

void norm::streamRows(scf::ForOp loop, Value stream, StrategyAttr strategy,
                      unsigned minMaskedBits) {
  RowStreamer(loop, strategy, minMaskedBits).run(stream);
}
