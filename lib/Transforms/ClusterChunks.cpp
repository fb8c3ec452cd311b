//===- ClusterChunks.cpp - The chunks of a row in a cluster of blocks -----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GPUStrategy.h"

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace norm {
#define GEN_PASS_DEF_CLUSTERCHUNKS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// The buffer that `memref` is a view of; null if it is of no alloc.
static memref::AllocOp bufferOf(Value memref) {
  auto typed = dyn_cast<MemrefValue>(memref);
  return typed ? memref::skipViewLikeOps(typed).getDefiningOp<memref::AllocOp>()
               : memref::AllocOp();
}

namespace {

/// Two loops over the chunks of all rows, one behind the other.
class LoopPair {
public:
  LoopPair(scf::ForallOp first, scf::ForallOp second)
      : first(first), second(second) {}

  /// Whether a block of `second` needs nothing that other rows of `first` make,
  /// and the chunks of a row are few enough for a cluster.
  bool canJoin() {
    size_t rank = first.getRank();
    if (rank < 2 || second.getRank() != static_cast<int64_t>(rank) ||
        first.getMixedUpperBound() != second.getMixedUpperBound() ||
        first.getMappingAttr() != second.getMappingAttr() ||
        first.getNumResults() + second.getNumResults() != 0)
      return false;
    std::optional<int64_t> chunks =
        getConstantIntValue(first.getMixedUpperBound().back());
    if (!chunks || *chunks < 2 || *chunks > maxClusterBlocks ||
        !hasBlockForEach(first) || !hasBlockForEach(second))
      return false;
    for (Operation *op = first->getNextNode(); op != second;
         op = op->getNextNode())
      if (!op || !isMemoryEffectFree(op))
        return false;
    return exchangesRowsOnly();
  }

  /// The loop that does what both did.
  scf::ForallOp join() {
    OpBuilder b(second);
    Location loc = first.getLoc();
    auto joined = scf::ForallOp::create(b, loc, first.getMixedUpperBound(),
                                        ValueRange(), first.getMapping());
    b.setInsertionPointToStart(joined.getBody());
    append(b, first, joined);
    NVVM::ClusterArriveOp::create(b, loc, /*aligned=*/b.getUnitAttr());
    NVVM::ClusterWaitOp::create(b, loc, /*aligned=*/b.getUnitAttr());
    append(b, second, joined);
    joined->setAttr(kClusterAttr, b.getIndexAttr(*getConstantIntValue(
                                      joined.getMixedUpperBound().back())));
    first.erase();
    second.erase();
    return joined;
  }

private:
  /// All threads of a block have the same chunk, so that all meet.
  static bool hasBlockForEach(scf::ForallOp loop) {
    auto schedules = loop.getBody()->getOps<LoopScheduleOp>();
    if (schedules.empty())
      return false;
    GPUStrategyAttr gpu = (*schedules.begin()).getStrategy().getGpu();
    return gpu && gpu.getBlockRows() == 1;
  }

  /// What `first` writes are buffers, of which both access only the part of
  /// their row, and `second` writes to no other buffer that `first` reads.
  bool exchangesRowsOnly() {
    bool isOwn = true;
    forEachAccess(first, [&](Value memref, bool writes) {
      memref::AllocOp buffer = bufferOf(memref);
      if (buffer && !first->isAncestor(buffer))
        isOwn &= staysInRow(buffer, first) && staysInRow(buffer, second);
      else if (!buffer)
        isOwn &= !writes;
    });
    return isOwn;
  }

  /// Calls `visit` for each access to memory in `loop`.
  template <typename Visit>
  static void forEachAccess(scf::ForallOp loop, Visit visit) {
    loop.getBody()->walk([&](MemoryEffectOpInterface op) {
      SmallVector<MemoryEffects::EffectInstance> effects;
      op.getEffects(effects);
      for (const MemoryEffects::EffectInstance &effect : effects)
        if (Value value = effect.getValue())
          visit(value, isa<MemoryEffects::Write>(effect.getEffect()));
    });
  }

  /// True if the views of `buffer` in `loop` are of the row of its iteration.
  static bool staysInRow(memref::AllocOp buffer, scf::ForallOp loop) {
    int64_t rowDims = loop.getRank() - 1;
    SmallVector<Value> indices = loop.getInductionVars();
    return llvm::all_of(buffer->getUsers(), [&](Operation *user) {
      if (!loop->isAncestor(user))
        return true;
      auto view = dyn_cast<memref::SubViewOp>(user);
      if (!view || view.getSourceType().getRank() <= rowDims)
        return false;
      SmallVector<OpFoldResult> offsets = view.getMixedOffsets();
      SmallVector<OpFoldResult> sizes = view.getMixedSizes();
      for (int64_t i = 0; i < rowDims; ++i)
        if (offsets[i] != OpFoldResult(indices[i]) ||
            !isConstantIntValue(sizes[i], 1))
          return false;
      return true;
    });
  }

  static void append(OpBuilder &b, scf::ForallOp loop, scf::ForallOp joined) {
    IRMapping map;
    map.map(loop.getInductionVars(), joined.getInductionVars());
    for (Operation &op : loop.getBody()->without_terminator())
      b.clone(op, map);
  }

  scf::ForallOp first, second;
};

struct ClusterChunksPass : norm::impl::ClusterChunksBase<ClusterChunksPass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    scf::ForallOp last;
    for (auto loop : llvm::make_early_inc_range(
             getOperation().getBody().front().getOps<scf::ForallOp>())) {
      LoopPair pair(last, loop);
      last = last && pair.canJoin() ? pair.join() : loop;
    }
  }
};

} // namespace
