//===- ForeignNaNs.cpp - Where a NaN may have any bits --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ForeignNaNs.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

static bool hasF32(Value value) { return getElementTypeOrSelf(value).isF32(); }

/// The loop or branch `op`; null of others: scf.parallel does not say where its
/// results come from.
static RegionBranchOpInterface getBranch(Operation *op) {
  return isa<scf::ForOp, scf::IfOp>(op) ? cast<RegionBranchOpInterface>(op)
                                        : RegionBranchOpInterface();
}

/// What a loop or a branch gives for `value`, an argument of its regions or a
/// result; empty if that is not known.
static SmallVector<Value> getPredecessors(Value value) {
  SmallVector<Value> values;
  if (auto result = dyn_cast<OpResult>(value)) {
    if (RegionBranchOpInterface branch = getBranch(result.getOwner()))
      branch.getPredecessorValues(RegionSuccessor(branch, branch->getResults()),
                                  result.getResultNumber(), values);
    return values;
  }
  Block *block = cast<BlockArgument>(value).getOwner();
  RegionBranchOpInterface branch = getBranch(block->getParentOp());
  if (!branch)
    return values;
  // The arguments in front of these are of the op itself, as an index is.
  SmallVector<RegionSuccessor> successors;
  branch.getSuccessorRegions(RegionBranchPoint::parent(), successors);
  for (const RegionSuccessor &successor : successors)
    for (auto [i, input] : llvm::enumerate(successor.getSuccessorInputs()))
      if (successor.getSuccessor() == block->getParent() && input == value)
        branch.getPredecessorValues(successor, i, values);
  return values;
}

/// True unless `value` is a NaN with something in its lower 16 bits.
static bool isShort(const APFloat &value) {
  return !value.isNaN() || value.bitcastToAPInt().countr_zero() >= 16;
}

/// True if the result of `op` has no NaN with something in its lower 16 bits.
static bool makesShortNaNs(Operation *op) {
  if (auto extend = dyn_cast<arith::ExtFOp>(op))
    return getElementTypeOrSelf(extend.getIn()).isBF16();
  if (isa<ub::PoisonOp, arith::SIToFPOp, arith::UIToFPOp>(op))
    return true;
  DenseFPElementsAttr elements;
  FloatAttr scalar;
  if (matchPattern(op, m_Constant(&scalar)))
    return isShort(scalar.getValue());
  return matchPattern(op, m_Constant(&elements)) &&
         llvm::all_of(elements, isShort);
}

/// True if each NaN of the results of `op` is the default one or comes from an
/// f32 among its operands.
static bool passesNaNs(Operation *op) {
  if (isa<math::FmaOp, math::SqrtOp, math::AbsFOp>(op))
    return true;
  if (!isa<arith::ArithDialect, vector::VectorDialect>(op->getDialect()) ||
      isa<arith::BitcastOp, arith::ConstantOp, vector::BitCastOp>(op))
    return false;
  return op->getNumRegions() == 0 && isMemoryEffectFree(op) &&
         llvm::all_of(op->getOperands(), [](Value operand) {
           return !isa<FloatType>(getElementTypeOrSelf(operand)) ||
                  hasF32(operand);
         });
}

/// True of a vector whose elements are all the same scalar.
static bool isSplat(Operation *op) {
  auto broadcast = dyn_cast_if_present<vector::BroadcastOp>(op);
  if (!broadcast)
    return false;
  auto vector = dyn_cast<VectorType>(broadcast.getSourceType());
  return !vector || vector.getRank() == 0;
}

namespace {

/// Where the NaNs of a value come from.
struct NaNSources {
  /// Vectors of a single scalar.
  SmallVector<vector::BroadcastOp> splats;
  /// True if a NaN with any bits may come from elsewhere.
  bool hasOthers = false;
};

} // namespace

/// With `throughSplats` what the scalars are computed from counts as well, and
/// no splats are found.
static NaNSources findSources(Value value, bool throughSplats) {
  NaNSources sources;
  SmallVector<Value> worklist{value};
  DenseSet<Value> seen;
  while (!worklist.empty() && !sources.hasOthers) {
    Value next = worklist.pop_back_val();
    if (!hasF32(next) || !seen.insert(next).second)
      continue;
    Operation *op = next.getDefiningOp();
    if (op && makesShortNaNs(op))
      continue;
    if (!throughSplats && isSplat(op)) {
      sources.splats.push_back(cast<vector::BroadcastOp>(op));
    } else if (op && passesNaNs(op)) {
      llvm::append_range(worklist, op->getOperands());
    } else {
      SmallVector<Value> predecessors = getPredecessors(next);
      sources.hasOthers = predecessors.empty();
      llvm::append_range(worklist, predecessors);
    }
  }
  return sources;
}

/// `scalar` with each NaN the default one.
static Value makeNaNDefault(Value scalar) {
  ImplicitLocOpBuilder b(scalar.getLoc(), scalar.getContext());
  b.setInsertionPointAfterValue(scalar);
  Value isNaN =
      arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, scalar, scalar);
  auto nan = b.getF32FloatAttr(std::numeric_limits<float>::quiet_NaN());
  TypedAttr constant = nan;
  if (auto vector = dyn_cast<VectorType>(scalar.getType()))
    constant = DenseElementsAttr::get(vector, nan);
  return arith::SelectOp::create(
      b, isNaN, arith::ConstantOp::create(b, constant), scalar);
}

llvm::SetVector<Operation *>
norm::findUncheckedRoundings(FunctionOpInterface function) {
  llvm::SetVector<Operation *> unchecked;
  llvm::SetVector<vector::BroadcastOp> splats;
  function->walk([&](arith::TruncFOp op) {
    if (!getElementTypeOrSelf(op.getType()).isBF16() || !hasF32(op.getIn()))
      return;
    NaNSources sources = findSources(op.getIn(), /*throughSplats=*/false);
    if (sources.hasOthers)
      return;
    splats.insert_range(sources.splats);
    unchecked.insert(op);
  });
  // Other users of a scalar see the NaN as it is.
  DenseMap<Value, Value> replacements;
  for (vector::BroadcastOp splat : splats) {
    Value scalar = splat.getSource();
    auto [place, isNew] = replacements.try_emplace(scalar, scalar);
    if (isNew && findSources(scalar, /*throughSplats=*/true).hasOthers)
      place->second = makeNaNDefault(scalar);
    splat.getSourceMutable().assign(place->second);
  }
  return unchecked;
}
