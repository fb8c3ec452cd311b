//===- CollapseElementwise.cpp - One dim for the elements of a channel ----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CollapseChannels.h"
#include "FusionRegion.h"

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"

using namespace mlir;
using namespace norm;

namespace {

/// Elementwise linalg ops that make values of each other, all of one rank.
struct Group {
  SmallVector<linalg::GenericOp> ops;
  int64_t rank = 0;
  /// The first of the last dims that every operand has all or none of.
  int64_t firstDim = 0;
  /// Whether an operand is broadcast along these dims.
  bool hasParameter = false;
  /// Whether a norm op takes or makes one of the values: its rows are those.
  bool isBesideNormOp = false;
};

/// Collects the group of `op`.
class GroupBuilder {
public:
  explicit GroupBuilder(linalg::GenericOp op) {
    group.rank = op.getNumLoops();
    add(op);
    for (size_t i = 0; i < group.ops.size(); ++i) {
      linalg::GenericOp member = group.ops[i];
      for (OpOperand *input : member.getDpsInputOperands())
        if (member.getMatchingIndexingMap(input).isIdentity())
          visit(input->get().getDefiningOp());
      for (Operation *user : member->getUsers())
        visit(user);
    }
    findDims();
  }

  Group group;

private:
  void visit(Operation *op) {
    if (!op || seen.contains(op))
      return;
    if (isa<NormOpInterface>(op))
      group.isBesideNormOp = true;
    auto generic = dyn_cast<linalg::GenericOp>(op);
    if (generic && whyNotElementwise(generic).empty() &&
        static_cast<int64_t>(generic.getNumLoops()) == group.rank)
      add(generic);
  }

  void add(linalg::GenericOp op) {
    seen.insert(op);
    group.ops.push_back(op);
  }

  void findDims() {
    for (linalg::GenericOp op : group.ops)
      for (AffineMap map : op.getIndexingMapsArray())
        if (!map.isIdentity() && map.getNumResults() > 0) {
          int64_t last =
              cast<AffineDimExpr>(map.getResults().back()).getPosition();
          group.firstDim = std::max(group.firstDim, last + 1);
          group.hasParameter = true;
        }
  }

  llvm::SmallDenseSet<Operation *> seen;
};

} // namespace

LogicalResult norm::collapseElementwiseDims(RewriterBase &rewriter,
                                            Operation *root) {
  SmallVector<linalg::GenericOp> ops;
  root->walk([&](linalg::GenericOp op) {
    if (whyNotElementwise(op).empty())
      ops.push_back(op);
  });
  llvm::SmallDenseSet<Operation *> done;
  for (linalg::GenericOp op : ops) {
    if (done.contains(op))
      continue;
    Group group = GroupBuilder(op).group;
    for (linalg::GenericOp member : group.ops)
      done.insert(member);
    if (!group.hasParameter || group.isBesideNormOp ||
        group.rank - group.firstDim < 2)
      continue;
    ReassociationIndices dims =
        llvm::to_vector<2>(llvm::seq(group.firstDim, group.rank));
    for (linalg::GenericOp member : group.ops) {
      rewriter.setInsertionPoint(member);
      FailureOr<linalg::CollapseResult> collapsed =
          linalg::collapseOpIterationDims(member, {dims}, rewriter);
      if (failed(collapsed))
        return member->emitOpError("cannot be collapsed: expected dims ")
               << group.firstDim << " and behind to lie together";
      rewriter.replaceOp(member, collapsed->results);
    }
  }
  return success();
}
