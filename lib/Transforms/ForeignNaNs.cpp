//===- ForeignNaNs.cpp - Where a NaN may have any bits --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ForeignNaNs.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

static bool hasF32(Value value) { return getElementTypeOrSelf(value).isF32(); }

/// Adds to `values` what a loop or a branch gives for `value`, an argument of
/// its regions or a result. False if that is not known.
static bool addPredecessors(Value value, SmallVectorImpl<Value> &values) {
  if (auto result = dyn_cast<OpResult>(value)) {
    auto branch = dyn_cast<RegionBranchOpInterface>(result.getOwner());
    if (!branch)
      return false;
    branch.getPredecessorValues(RegionSuccessor(branch, branch->getResults()),
                                result.getResultNumber(), values);
    return true;
  }
  auto argument = cast<BlockArgument>(value);
  auto branch =
      dyn_cast<RegionBranchOpInterface>(argument.getOwner()->getParentOp());
  if (!branch || !argument.getOwner()->isEntryBlock())
    return false;
  // The arguments in front of these are of the op itself, as an index is.
  Region *region = argument.getOwner()->getParent();
  SmallVector<RegionSuccessor> successors;
  branch.getSuccessorRegions(RegionBranchPoint::parent(), successors);
  for (const RegionSuccessor &successor : successors)
    for (auto [i, input] : llvm::enumerate(successor.getSuccessorInputs()))
      if (successor.getSuccessor() == region && input == value) {
        branch.getPredecessorValues(successor, i, values);
        return true;
      }
  return false;
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
    return !scalar.getValue().isNaN();
  return matchPattern(op, m_Constant(&elements)) &&
         llvm::none_of(elements, [](const APFloat &v) { return v.isNaN(); });
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

/// The single element that all elements of the result of `op` are; null if
/// there is none.
static Value getSplatElement(Operation *op) {
  auto broadcast = dyn_cast_if_present<vector::BroadcastOp>(op);
  if (!broadcast)
    return {};
  auto vector = dyn_cast<VectorType>(broadcast.getSourceType());
  return vector && vector.getRank() > 0 ? Value() : broadcast.getSource();
}

namespace {

/// Where the NaNs of a vector come from that may have any bits.
struct NaNSources {
  /// Single elements on their way to all elements of a vector.
  SmallVector<Value> scalars;
  /// Others.
  SmallVector<Value> vectors;
};

} // namespace

static NaNSources findSources(Value value) {
  NaNSources sources;
  SmallVector<Value> worklist{value};
  DenseSet<Value> seen;
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    if (!hasF32(next) || !seen.insert(next).second)
      continue;
    Operation *op = next.getDefiningOp();
    if (op && makesShortNaNs(op))
      continue;
    if (Value element = getSplatElement(op))
      sources.scalars.push_back(element);
    else if (op && passesNaNs(op))
      worklist.append(op->operand_begin(), op->operand_end());
    else if (!addPredecessors(next, worklist))
      sources.vectors.push_back(next);
  }
  return sources;
}

/// True if a NaN of `scalar` may have any bits.
static bool mayHaveForeignNaN(Value scalar) {
  NaNSources sources = findSources(scalar);
  return !sources.vectors.empty() ||
         llvm::any_of(sources.scalars, mayHaveForeignNaN);
}

/// Makes each NaN of `scalar` the default one, for all of its users.
static void makeNaNDefault(Value scalar) {
  ImplicitLocOpBuilder b(scalar.getLoc(), scalar.getContext());
  b.setInsertionPointAfterValue(scalar);
  auto isNaN =
      arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, scalar, scalar);
  auto nan = b.getF32FloatAttr(std::numeric_limits<float>::quiet_NaN());
  TypedAttr constant = nan;
  if (auto vector = dyn_cast<VectorType>(scalar.getType()))
    constant = DenseElementsAttr::get(vector, nan);
  auto select = arith::SelectOp::create(
      b, isNaN, arith::ConstantOp::create(b, constant), scalar);
  scalar.replaceAllUsesExcept(select,
                              SmallPtrSet<Operation *, 2>{isNaN, select});
}

llvm::SetVector<Operation *>
norm::findUncheckedRoundings(FunctionOpInterface function) {
  llvm::SetVector<Operation *> unchecked;
  llvm::SetVector<Value> scalars;
  function->walk([&](arith::TruncFOp op) {
    if (!getElementTypeOrSelf(op.getType()).isBF16() || !hasF32(op.getIn()))
      return;
    NaNSources sources = findSources(op.getIn());
    if (!sources.vectors.empty())
      return;
    scalars.insert_range(sources.scalars);
    unchecked.insert(op);
  });
  for (Value scalar : scalars)
    if (mayHaveForeignNaN(scalar))
      makeNaNDefault(scalar);
  return unchecked;
}
