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

namespace {

struct ApplySchedulePass : norm::impl::ApplyScheduleBase<ApplySchedulePass> {
  using ApplyScheduleBase::ApplyScheduleBase;

  void runOnOperation() override {
    SmallVector<LoopScheduleOp> schedules;
    getOperation()->walk([&](LoopScheduleOp op) { schedules.push_back(op); });
    for (LoopScheduleOp schedule : schedules) {
      if (std::optional<int64_t> bytes =
              schedule.getStrategy().getStreamBytes())
        streamStores(schedule, *bytes);
      if (std::optional<int64_t> bytes =
              schedule.getStrategy().getPrefetchBytes()) {
        prefetchSums(*schedule->getBlock(), *bytes);
        if (auto blockLoop = dyn_cast<scf::ForOp>(schedule->getParentOp()))
          prefetchBlocks(blockLoop, *bytes);
      }
      schedule.erase();
    }
  }

  void streamStores(LoopScheduleOp schedule, int64_t streamBytes) {
    SmallVector<scf::ForOp> loops;
    // Without a loop over rows, other loops may stand before the schedule.
    for (auto loop : schedule->getBlock()->getOps<scf::ForOp>())
      if (schedule->isBeforeInBlock(loop) && isStreamable(loop))
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
      streamRows(loop, stream, schedule.getStrategy(), minMaskedBits);
    builder.setInsertionPointAfter(
        hasRowLoop ? rowLoop
                   : schedule->getBlock()->getTerminator()->getPrevNode());
    auto fence =
        scf::IfOp::create(builder, loc, stream, /*withElseRegion=*/false);
    builder.setInsertionPointToStart(fence.thenBlock());
    LLVM::FenceOp::create(builder, loc, LLVM::AtomicOrdering::seq_cst);
  }
};

} // namespace
