//===- FusionRegion.cpp - A norm op and the elementwise ops around it -----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FusionRegion.h"

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/TilingInterface.h"

using namespace mlir;
using namespace norm;

/// The number of loops of an op that a region can hold.
static int64_t rankOf(Operation *op) {
  return cast<TilingInterface>(op).getLoopIteratorTypes().size();
}

/// How a member of a region reads an operand, or null if it does not.
static AffineMap indexingMapOf(OpOperand &operand) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(operand.getOwner());
  if (!linalgOp)
    return AffineMap::getMultiDimIdentityMap(rankOf(operand.getOwner()),
                                             operand.getOwner()->getContext());
  return linalgOp.isDpsInput(&operand)
             ? linalgOp.getMatchingIndexingMap(&operand)
             : AffineMap();
}

/// The number of row dims of an op that can be the root of a region.
static int64_t rowRankOf(Operation *op) {
  if (auto rmsnorm = dyn_cast<RMSNormOp>(op))
    return rmsnorm.getCanonicalAxis();
  // An elementwise op on its own: rows of its last dim.
  return std::max<int64_t>(0, rankOf(op) - 1);
}

/// True for a norm op without reduction.
static bool isElementwiseNormOp(Operation *op) {
  return isa<ReciprocalOp, ReciprocalGradOp>(op);
}

/// Why `op` is not an elementwise op over `[rows.., N]`; empty if it is one.
static StringRef notElementwise(Operation *op) {
  if (isElementwiseNormOp(op) && cast<NormOpInterface>(op).hasTensorSemantics())
    return "";
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp || !linalgOp.hasPureTensorSemantics())
    return "it is no linalg op on tensors";
  if (linalgOp.getNumParallelLoops() != linalgOp.getNumLoops())
    return "it is a reduction";
  if (linalgOp.hasIndexSemantics())
    return "it uses the index of the element";
  for (OpOperand &init : linalgOp.getDpsInitsMutable()) {
    if (!linalgOp.getMatchingIndexingMap(&init).isIdentity())
      return "its result is not indexed by the identity";
    if (linalgOp.payloadUsesValueFromOperand(&init))
      return "it reads its destination";
  }
  for (OpOperand *input : linalgOp.getDpsInputOperands()) {
    AffineMap map = linalgOp.getMatchingIndexingMap(input);
    // Increasing dims only: a broadcast, not a transposition.
    if (!map.isProjectedPermutation() ||
        !llvm::is_sorted(map.getResults(), [](AffineExpr a, AffineExpr b) {
          return cast<AffineDimExpr>(a).getPosition() <
                 cast<AffineDimExpr>(b).getPosition();
        }))
      return "an operand is indexed neither by the identity nor by a broadcast";
  }
  return "";
}

namespace {

/// Grows one region from its root.
class RegionBuilder {
public:
  RegionBuilder(Operation *root, DominanceInfo &dominance,
                const llvm::SmallDenseSet<Operation *> &taken, bool remarks)
      : region{root, {}, rowRankOf(root)}, dominance(dominance), taken(taken),
        remarks(remarks) {
    ops.insert(root);
  }

  FusionRegion build() {
    SmallVector<Operation *> worklist{region.root};
    while (!worklist.empty()) {
      Operation *op = worklist.pop_back_val();
      SmallVector<Operation *> neighbours;
      for (Value operand : op->getOperands())
        if (Operation *producer = operand.getDefiningOp())
          neighbours.push_back(producer);
      llvm::append_range(neighbours, op->getUsers());
      for (Operation *neighbour : neighbours)
        if (!ops.contains(neighbour) && add(neighbour))
          worklist.push_back(neighbour);
    }
    if (remarks)
      for (auto &[op, reason] : refused)
        if (!ops.contains(op) && isa<linalg::LinalgOp>(op))
          op->emitRemark("not fused with the norm op: ") << reason;
    region.ops.assign(ops.begin(), ops.end());
    llvm::sort(region.ops, [](Operation *a, Operation *b) {
      return a->isBeforeInBlock(b);
    });
    return region;
  }

private:
  /// Adds a neighbour if the loop can hold it. One that is refused now may fit
  /// once another neighbour has been added.
  bool add(Operation *op) {
    StringRef reason = whyNot(op);
    if (reason.empty())
      ops.insert(op);
    else
      refused[op] = reason;
    return reason.empty();
  }

  StringRef whyNot(Operation *op) {
    if (op->getBlock() != region.root->getBlock())
      return "it is in another block";
    if (taken.contains(op))
      return "it is fused with another norm op";
    if (StringRef reason = notElementwise(op); !reason.empty())
      return reason;
    if (rankOf(op) != region.rowRank + 1)
      return "it has another number of dims";
    for (OpOperand &input : op->getOpOperands()) {
      AffineMap map = indexingMapOf(input);
      if (!map)
        continue;
      Operation *producer = input.get().getDefiningOp();
      if (producer && ops.contains(producer)) {
        // The loop holds one row of it.
        AffineMap identity = AffineMap::getMultiDimIdentityMap(
            region.rowRank + 1, op->getContext());
        if (map != identity && map != identity.getMajorSubMap(region.rowRank))
          return "it broadcasts a result of the region over the rows";
      } else if (!dominance.properlyDominates(input.get(), region.root) &&
                 op != producer && region.root->isBeforeInBlock(op)) {
        return "an operand is computed after the norm op";
      }
    }
    if (op->isBeforeInBlock(region.root))
      for (Operation *user : op->getUsers()) {
        Operation *ancestor =
            region.root->getBlock()->findAncestorOpInBlock(*user);
        if (!ops.contains(user) && ancestor &&
            ancestor->isBeforeInBlock(region.root))
          return "its result is used before the norm op";
      }
    return "";
  }

  FusionRegion region;
  llvm::SmallDenseSet<Operation *> ops;
  llvm::MapVector<Operation *, StringRef> refused;
  DominanceInfo &dominance;
  const llvm::SmallDenseSet<Operation *> &taken;
  bool remarks;
};

} // namespace

SmallVector<FusionRegion> norm::formFusionRegions(func::FuncOp function,
                                                  bool remarks) {
  DominanceInfo dominance(function);
  llvm::SmallDenseSet<Operation *> taken;
  SmallVector<FusionRegion> regions;
  auto grow = [&](Operation *root, bool remarks) {
    regions.push_back(RegionBuilder(root, dominance, taken, remarks).build());
    taken.insert(regions.back().ops.begin(), regions.back().ops.end());
  };
  // An elementwise op joins the loop of an op with sums, not the other way.
  for (bool elementwise : {false, true})
    function.walk([&](NormOpInterface op) {
      // Without tiling by rows there is nothing to fuse into.
      if (op.hasTensorSemantics() && isa<TilingInterface>(*op) &&
          isElementwiseNormOp(op) == elementwise && !taken.contains(op))
        grow(op, remarks);
    });
  function.walk([&](linalg::LinalgOp op) {
    if (!taken.contains(op) && op.getNumLoops() > 0 &&
        notElementwise(op).empty())
      grow(op, /*remarks=*/false);
  });
  return regions;
}
