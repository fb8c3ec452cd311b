//===- FusionRegion.cpp - A norm op and the elementwise ops around it -----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FusionRegion.h"

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"

using namespace mlir;
using namespace norm;

/// The number of loops of an op that a region can hold.
static int64_t rankOf(Operation *op) {
  return cast<TilingInterface>(op).getLoopIteratorTypes().size();
}

AffineMap norm::getReadMap(OpOperand &operand) {
  Operation *op = operand.getOwner();
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return linalgOp.isDpsInput(&operand)
               ? linalgOp.getMatchingIndexingMap(&operand)
               : AffineMap();
  int64_t rank = rankOf(op);
  auto type = dyn_cast<RankedTensorType>(operand.get().getType());
  if (auto channelOp = dyn_cast<ChannelBackpropOp>(op);
      channelOp && (!type || type.getRank() != rank))
    return type ? AffineMap::get(rank, 0,
                                 getAffineDimExpr(channelOp.getChannelDim(),
                                                  op->getContext()))
                : AffineMap();
  return AffineMap::getMultiDimIdentityMap(rank, op->getContext());
}

/// The number of row dims of an op that can be the root of a region.
static int64_t rowRankOf(Operation *op) {
  if (auto rowOp = dyn_cast<NormRowOpInterface>(op))
    return rowOp.getCanonicalAxis();
  // An elementwise op on its own: rows of its last dim.
  return std::max<int64_t>(0, rankOf(op) - 1);
}

/// True for a norm op without reduction.
static bool isElementwiseNormOp(Operation *op) {
  return isa<ReciprocalOp, ReciprocalGradOp, ChannelBackpropOp>(op);
}

/// A norm op over rows, which can join the loop of another one.
static bool isRowNormOp(Operation *op) {
  auto rowOp = dyn_cast<NormRowOpInterface>(op);
  return rowOp && rowOp.hasTensorSemantics();
}

StringRef norm::whyNotElementwise(Operation *op) {
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

/// The number of the region of each op that has one.
using RegionNumbers = llvm::SmallDenseMap<Operation *, size_t>;

/// Grows one region from its root.
class RegionBuilder {
public:
  RegionBuilder(Operation *root, DominanceInfo &dominance,
                const RegionNumbers &taken,
                llvm::SmallDenseSet<Operation *> *explained)
      : region{root, {}, rowRankOf(root)}, dominance(dominance), taken(taken),
        explained(explained) {
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
    if (explained)
      explain();
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

  /// Says why what could be fused is not.
  void explain() {
    llvm::MapVector<Operation *, StringRef> reasons;
    for (auto &[op, reason] : refused) {
      if (isa<NormOpInterface>(op) && taken.contains(op))
        continue; // Its own region said why they are apart.
      if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp,
               tensor::ReshapeOp>(op)) {
        reasons.insert({op, reason});
        continue;
      }
      // At the boundary of the function it is only a view.
      SmallVector<Operation *> behind(op->getUsers());
      if (Operation *producer = op->getOperand(0).getDefiningOp())
        behind.push_back(producer);
      for (Operation *other : behind)
        reasons.insert({other, "a reshape is between them"});
    }
    for (auto &[op, reason] : reasons)
      if (!ops.contains(op) && isa<linalg::LinalgOp, NormOpInterface>(op)) {
        op->emitRemark("not fused with the norm op: ") << reason;
        explained->insert(op);
      }
  }

  StringRef whyNot(Operation *op) {
    if (op->getBlock() != region.root->getBlock())
      return "it is in another block";
    if (taken.contains(op))
      return "it is fused with another norm op";
    StringRef reason =
        isRowNormOp(op) ? notOnTheSameRows(op) : notElementwiseOnTheRows(op);
    if (!reason.empty())
      return reason;
    for (OpOperand &operand : op->getOpOperands())
      if (!ops.contains(operand.get().getDefiningOp()) &&
          !isDestination(operand) &&
          !dominance.properlyDominates(operand.get(), region.root) &&
          region.root->isBeforeInBlock(op))
        return "an operand is computed after the norm op";
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

  /// Destinations are made anew in the loop.
  static bool isDestination(OpOperand &operand) {
    auto dest = dyn_cast<DestinationStyleOpInterface>(operand.getOwner());
    return dest && dest.isDpsInit(&operand);
  }

  StringRef notElementwiseOnTheRows(Operation *op) {
    if (StringRef reason = whyNotElementwise(op); !reason.empty())
      return reason;
    if (rankOf(op) != region.rowRank + 1)
      return "it has another number of dims";
    for (OpOperand &input : op->getOpOperands()) {
      AffineMap map = getReadMap(input);
      if (!map || !ops.contains(input.get().getDefiningOp()))
        continue;
      // The loop holds one row of it.
      AffineMap identity = AffineMap::getMultiDimIdentityMap(region.rowRank + 1,
                                                             op->getContext());
      if (map != identity && map != identity.getMajorSubMap(region.rowRank))
        return "it broadcasts a result of the region over the rows";
    }
    return "";
  }

  /// Another norm op runs in the same loop if its rows are those of the region.
  StringRef notOnTheSameRows(Operation *op) {
    auto root = dyn_cast<NormOpInterface>(region.root);
    if (!root || !isRowNormOp(root) || rowRankOf(op) != region.rowRank)
      return "its rows are others";
    if (cast<NormOpInterface>(op).getStrategyAttr() != root.getStrategyAttr())
      return "its strategy is another";
    auto rowOp = cast<NormRowOpInterface>(op);
    for (OpOperand &operand : op->getOpOperands())
      // The loop holds one row of it.
      if (ops.contains(operand.get().getDefiningOp()) &&
          rowOp.getOperandPart(operand.getOperandNumber()) == RowPart::Row)
        return "it broadcasts a result of the region over the rows";
    return "";
  }

  FusionRegion region;
  llvm::SmallDenseSet<Operation *> ops;
  llvm::MapVector<Operation *, StringRef> refused;
  DominanceInfo &dominance;
  const RegionNumbers &taken;
  /// The ops that got a remark; null for none.
  llvm::SmallDenseSet<Operation *> *explained;
};

} // namespace

/// What follows `root` and needs a result of it. The loop of a region in
/// `taken` needs what any of its ops needs, so they depend on `root` together.
static llvm::SmallDenseSet<Operation *>
findDependentOps(Operation *root, const RegionNumbers &taken) {
  llvm::SmallDenseSet<Operation *> dependent{root};
  llvm::SmallDenseSet<size_t> dependentRegions;
  auto isDependent = [&](Operation *op) {
    auto region = taken.find(op);
    return dependent.contains(op) ||
           (region != taken.end() && dependentRegions.contains(region->second));
  };
  auto depends = [&](Operation *op) {
    if (isDependent(op) || !isMemoryEffectFree(op) ||
        op->hasTrait<OpTrait::IsTerminator>())
      return true;
    WalkResult result = op->walk([&](Operation *inner) -> WalkResult {
      for (Value operand : inner->getOperands())
        if (Operation *producer = operand.getDefiningOp())
          if (Operation *ancestor =
                  root->getBlock()->findAncestorOpInBlock(*producer);
              ancestor && isDependent(ancestor))
            return WalkResult::interrupt();
      return WalkResult::advance();
    });
    return result.wasInterrupted();
  };
  // An op late in a region makes the earlier ones depend, too.
  size_t numRegions;
  do {
    numRegions = dependentRegions.size();
    for (Operation *op = root->getNextNode(); op; op = op->getNextNode()) {
      if (!depends(op))
        continue;
      dependent.insert(op);
      if (auto region = taken.find(op); region != taken.end())
        dependentRegions.insert(region->second);
    }
  } while (dependentRegions.size() != numRegions);
  return dependent;
}

/// Moves what follows the root, but needs none of its results, before it: an op
/// of the region may take it then.
static void hoistIndependentOps(Operation *root, const RegionNumbers &taken) {
  llvm::SmallDenseSet<Operation *> dependent = findDependentOps(root, taken);
  for (Operation *op = root->getNextNode(), *next; op; op = next) {
    next = op->getNextNode();
    if (!dependent.contains(op))
      op->moveBefore(root);
  }
}

SmallVector<FusionRegion> norm::formFusionRegions(func::FuncOp function,
                                                  bool remarks) {
  DominanceInfo dominance(function);
  RegionNumbers taken;
  SmallVector<FusionRegion> regions;
  llvm::SmallDenseSet<Operation *> explained;
  auto grow = [&](Operation *root, bool remarks) {
    regions.push_back(
        RegionBuilder(root, dominance, taken, remarks ? &explained : nullptr)
            .build());
    for (Operation *op : regions.back().ops)
      taken[op] = regions.size() - 1;
  };
  SmallVector<NormOpInterface> normOps;
  function.walk([&](NormOpInterface op) {
    // Without tiling by rows there is nothing to fuse into.
    if (op.hasTensorSemantics() && isa<TilingInterface>(*op))
      normOps.push_back(op);
  });
  // An elementwise op joins the loop of an op with sums, not the other way.
  for (bool elementwise : {false, true})
    for (NormOpInterface op : normOps)
      if (isElementwiseNormOp(op) == elementwise && !taken.contains(op)) {
        hoistIndependentOps(op, taken);
        grow(op, remarks);
      }
  if (remarks && !regions.empty())
    function.walk([&](linalg::LinalgOp op) {
      if (!taken.contains(op) && !explained.contains(op) &&
          llvm::any_of(op->getOperandTypes(),
                       llvm::IsaPred<RankedTensorType>) &&
          op.getNumDpsInputs() > 0 && op.getNumLoops() > 0)
        op->emitRemark("not fused: it is not connected to a norm op by "
                       "elementwise ops");
    });
  SmallVector<linalg::LinalgOp> others;
  function.walk([&](linalg::LinalgOp op) {
    // A fill initializes what follows in its place.
    if (!taken.contains(op) && op.getNumLoops() > 0 &&
        !isa<linalg::FillOp>(op) && whyNotElementwise(op).empty())
      others.push_back(op);
  });
  for (linalg::LinalgOp op : others)
    if (!taken.contains(op)) {
      hoistIndependentOps(op, taken);
      grow(op, /*remarks=*/false);
    }
  return regions;
}
