//===- ApplySchedule.cpp - Stores past the caches -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ColumnLoop.h"

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace norm {
#define GEN_PASS_DEF_APPLYSCHEDULE
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// The row that a full-vector store of a column loop writes to, if each of its
/// addresses is a multiple of a line away from the row's first: a non-temporal
/// store pays only if whole lines are written.
static Value streamableRow(vector::TransferWriteOp write, scf::ForOp loop) {
  auto type = dyn_cast<MemRefType>(write.getShapedType());
  if (!type || write.getMask() || write.hasOutOfBoundsDim() ||
      !type.isLastDimUnitStride())
    return {};
  int64_t elementBytes = type.getElementTypeBitWidth() / 8;
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

namespace {

struct ApplySchedulePass : norm::impl::ApplyScheduleBase<ApplySchedulePass> {
  void runOnOperation() override {
    SmallVector<LoopScheduleOp> schedules;
    getOperation()->walk([&](LoopScheduleOp op) { schedules.push_back(op); });
    for (LoopScheduleOp schedule : schedules) {
      if (std::optional<int64_t> bytes =
              schedule.getStrategy().getStreamBytes())
        streamStores(schedule, *bytes);
      if (std::optional<int64_t> bytes =
              schedule.getStrategy().getPrefetchBytes())
        prefetchSums(*schedule->getBlock(), *bytes);
      schedule.erase();
    }
  }

  void streamStores(LoopScheduleOp schedule, int64_t streamBytes) {
    SmallVector<scf::ForOp> loops;
    // Without a loop over rows, other loops may stand before the schedule.
    for (auto loop : schedule->getBlock()->getOps<scf::ForOp>())
      if (schedule->isBeforeInBlock(loop) && loop.getNumResults() == 0 &&
          !streamableWrites(loop).empty())
        loops.push_back(loop);
    if (loops.empty())
      return;
    // The size is the same for all rows: tested once, before their loop.
    Operation *rowLoop = schedule->getParentOp();
    bool hasRowLoop = isa<scf::ForallOp, scf::ForOp>(rowLoop);
    Operation *anchor = hasRowLoop ? rowLoop : schedule.getOperation();
    OpBuilder builder(anchor);
    Location loc = schedule.getLoc();
    Value threshold = arith::ConstantIndexOp::create(builder, loc, streamBytes);
    Value stream =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::uge,
                              schedule.getBytes(), threshold);
    for (scf::ForOp loop : loops)
      versionLoop(loop, stream, schedule.getStrategy().getPrefetchBytes());
    builder.setInsertionPointAfter(
        hasRowLoop ? rowLoop
                   : schedule->getBlock()->getTerminator()->getPrevNode());
    auto fence =
        scf::IfOp::create(builder, loc, stream, /*withElseRegion=*/false);
    builder.setInsertionPointToStart(fence.thenBlock());
    LLVM::FenceOp::create(builder, loc, LLVM::AtomicOrdering::seq_cst);
  }

  SmallVector<std::pair<vector::TransferWriteOp, Value>>
  streamableWrites(scf::ForOp loop) {
    SmallVector<std::pair<vector::TransferWriteOp, Value>> writes;
    for (auto write : loop.getBody()->getOps<vector::TransferWriteOp>())
      if (Value row = streamableRow(write, loop); row && !isRead(row))
        writes.push_back({write, row});
    return writes;
  }

  void versionLoop(scf::ForOp loop, Value stream,
                   std::optional<int64_t> prefetchBytes) {
    OpBuilder builder(loop);
    Location loc = loop.getLoc();
    Value condition = stream;
    llvm::SmallSetVector<Value, 2> rows;
    for (auto &[write, row] : streamableWrites(loop))
      rows.insert(row);
    for (Value row : rows)
      condition = arith::AndIOp::create(builder, loc, condition,
                                        startsLine(builder, loc, row));
    auto branch =
        scf::IfOp::create(builder, loc, condition, /*withElseRegion=*/true);
    builder.setInsertionPointToStart(branch.thenBlock());
    auto streaming = cast<scf::ForOp>(builder.clone(*loop));
    for (auto &[write, row] : streamableWrites(streaming)) {
      builder.setInsertionPoint(write);
      vector::StoreOp::create(
          builder, loc, write.getVector(), write.getBase(), write.getIndices(),
          /*nontemporal=*/true, llvm::MaybeAlign(lineBytes));
      write.erase();
    }
    if (prefetchBytes)
      prefetchRows(streaming, dyn_cast<scf::ForOp>(branch->getParentOp()),
                   *prefetchBytes);
    loop->moveBefore(branch.elseBlock()->getTerminator());
  }

  Value startsLine(OpBuilder &builder, Location loc, Value row) {
    Value address = createAddress(builder, loc, row);
    auto constant = [&](int64_t value) {
      return arith::ConstantIndexOp::create(builder, loc, value);
    };
    Value rest =
        arith::AndIOp::create(builder, loc, address, constant(lineBytes - 1));
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, rest,
                                 constant(0));
  }
};

} // namespace
