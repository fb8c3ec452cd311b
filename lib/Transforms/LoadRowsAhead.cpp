//===- LoadRowsAhead.cpp - Read a row while the one before it is summed ---===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace norm {
#define GEN_PASS_DEF_LOADROWSAHEAD
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {

/// A loop over the rows of a block.
class RowLoop {
public:
  explicit RowLoop(scf::ForOp loop) : loop(loop) {
    loop.walk([&](Operation *op) {
      for (Value operand : op->getOperands())
        if (isa<MemRefType>(operand.getType()) &&
            hasEffect<MemoryEffects::Write>(op, operand))
          written.insert(rootOf(operand));
    });
  }

  /// Reads an element of a row, such as its rrms, once for all of its vectors.
  void shareElements() {
    SmallVector<memref::LoadOp> elements;
    for (Operation &op : llvm::make_early_inc_range(*loop.getBody())) {
      if (auto load = dyn_cast<memref::LoadOp>(op); load && isRead(load))
        elements.push_back(load);
      auto read = dyn_cast<vector::TransferReadOp>(op);
      if (!read || !isRead(read) || read.getMask() ||
          !read.getPermutationMap().isConstant())
        continue;
      auto same = llvm::find_if(elements, [&](memref::LoadOp load) {
        return load.getMemRef() == read.getBase() &&
               load.getIndices() == read.getIndices();
      });
      OpBuilder builder(read);
      if (same == elements.end()) {
        elements.push_back(memref::LoadOp::create(
            builder, read.getLoc(), read.getBase(), read.getIndices()));
        same = std::prev(elements.end());
      }
      read.replaceAllUsesWith(vector::BroadcastOp::create(
                                  builder, read.getLoc(), read.getType(), *same)
                                  .getResult());
      read.erase();
    }
  }

  LogicalResult pipeline() {
    findLoads();
    if (loads.empty())
      return success();
    keepViewsInStages();
    scf::PipeliningOption options;
    options.peelEpilogue = false;
    options.supportDynamicLoops = true;
    options.predicateFn = readIf;
    options.getScheduleFn =
        [&](scf::ForOp, std::vector<std::pair<Operation *, unsigned>> &order) {
          for (unsigned stage : {0, 1})
            for (Operation &op : loop.getBody()->without_terminator())
              if (loads.contains(&op) == (stage == 0))
                order.emplace_back(&op, stage);
        };
    IRRewriter rewriter(loop);
    FailureOr<scf::ForOp> pipelined =
        scf::pipelineForLoop(rewriter, loop, options);
    if (failed(pipelined))
      return failure();
    keepRolled(*pipelined);
    return success();
  }

private:
  static Value rootOf(Value memref) {
    return memref::skipViewLikeOps(cast<MemrefValue>(memref));
  }

  /// A read of memory that no iteration writes, but in place: the entry lets no
  /// result overlap with other operands, and a row be written over itself only.
  bool isRead(Operation *op) const {
    Value memref;
    if (auto load = dyn_cast<memref::LoadOp>(op))
      memref = load.getMemRef();
    else if (auto read = dyn_cast<vector::TransferReadOp>(op))
      memref = read.getBase();
    return memref && isa<BlockArgument>(rootOf(memref)) &&
           !written.contains(rootOf(memref));
  }

  /// The reads and what computes their places.
  void findLoads() {
    for (Operation &op : *loop.getBody()) {
      if (!isRead(&op))
        continue;
      SetVector<Operation *> slice;
      BackwardSliceOptions options;
      options.omitBlockArguments = true;
      options.inclusive = true;
      options.filter = [&](Operation *before) {
        return before->getBlock() == loop.getBody();
      };
      if (succeeded(getBackwardSlice(&op, &slice, options)) &&
          llvm::all_of(slice, [&](Operation *before) {
            return isMemoryEffectFree(before) || isRead(before);
          }))
        loads.insert_range(slice);
    }
  }

  /// Only what is read goes from one iteration to the next: a view that is
  /// carried could be of anything.
  void keepViewsInStages() {
    SmallVector<Operation *> inOrder;
    for (Operation &op : loop.getBody()->without_terminator())
      if (loads.contains(&op) && !isRead(&op))
        inOrder.push_back(&op);
    for (Operation *op : llvm::reverse(inOrder)) {
      auto isLater = [&](OpOperand &use) {
        Operation *user =
            loop.getBody()->findAncestorOpInBlock(*use.getOwner());
        return !loads.contains(user);
      };
      if (llvm::none_of(op->getUses(), isLater))
        continue;
      OpBuilder builder(op);
      builder.setInsertionPointAfter(op);
      op->replaceUsesWithIf(builder.clone(*op), isLater);
    }
  }

  /// Several rows at once would need their registers.
  static void keepRolled(scf::ForOp pipelined) {
    MLIRContext *context = pipelined.getContext();
    LLVM::LoopUnrollAttr unroll = LLVM::LoopUnrollAttr::get(
        context, /*disable=*/BoolAttr::get(context, true), {}, {}, {}, {}, {},
        {});
    pipelined->setAttr(
        LLVM::BrOp::getLoopAnnotationAttrName(
            OperationName(LLVM::BrOp::getOperationName(), context)),
        LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, unroll, {}, {}, {},
                                      {}, {}, {}, {}, {}, {}, {}, {}));
  }

  /// There is no row behind the last one.
  static Operation *readIf(RewriterBase &rewriter, Operation *op,
                           Value isThere) {
    if (isMemoryEffectFree(op))
      return op;
    OpBuilder::InsertionGuard guard(rewriter);
    Location loc = op->getLoc();
    rewriter.setInsertionPointAfter(op);
    auto branch = scf::IfOp::create(rewriter, loc, op->getResultTypes(),
                                    isThere, /*withElseRegion=*/true);
    rewriter.replaceAllUsesWith(op->getResults(), branch.getResults());
    op->moveBefore(branch.thenBlock(), branch.thenBlock()->begin());
    rewriter.setInsertionPointToEnd(branch.thenBlock());
    scf::YieldOp::create(rewriter, loc, op->getResults());
    rewriter.setInsertionPointToEnd(branch.elseBlock());
    Value none = ub::PoisonOp::create(rewriter, loc, op->getResultTypes()[0]);
    scf::YieldOp::create(rewriter, loc, none);
    return branch;
  }

  scf::ForOp loop;
  /// What its iterations write.
  DenseSet<Value> written;
  /// What runs a row ahead.
  DenseSet<Operation *> loads;
};

struct LoadRowsAheadPass : norm::impl::LoadRowsAheadBase<LoadRowsAheadPass> {
  void runOnOperation() override {
    SmallVector<scf::ForOp> loops;
    getOperation().walk([&](LoopScheduleOp schedule) {
      GPUStrategyAttr gpu = schedule.getStrategy().getGpu();
      auto loop = dyn_cast<scf::ForOp>(schedule->getParentOp());
      // The loop over the rows of a block is in the one over blocks.
      if (gpu && gpu.getRowsAhead() && loop &&
          isa<scf::ForOp>(loop->getParentOp()))
        loops.push_back(loop);
    });
    for (scf::ForOp loop : loops) {
      RowLoop rows(loop);
      rows.shareElements();
      if (failed(rows.pipeline())) {
        loop.emitError("the rows of this loop cannot be loaded ahead; set "
                       "rows_ahead to 0");
        return signalPassFailure();
      }
    }
  }
};

} // namespace
