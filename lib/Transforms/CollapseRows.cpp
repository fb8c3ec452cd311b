//===- CollapseRows.cpp - One dim for each row ----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CollapseChannels.h"

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"
#include "norm/Transforms/RewriteConfig.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace norm {
#define GEN_PASS_DEF_COLLAPSEROWS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// Whether `value` is computed from a result of a norm op, element by element.
static bool comesFromNorm(Value value) {
  SmallVector<Value> worklist{value};
  llvm::SmallDenseSet<Operation *> seen;
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val().getDefiningOp();
    if (!op || !seen.insert(op).second)
      continue;
    if (isa<NormOpInterface>(op))
      return true;
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
        linalgOp && linalgOp.getNumReductionLoops() == 0)
      llvm::append_range(worklist, linalgOp.getDpsInputs());
  }
  return false;
}

/// Whether a norm op takes `value`, or what is computed from it, element by
/// element.
static bool leadsToNorm(Value value) {
  SmallVector<Value> worklist{value};
  llvm::SmallDenseSet<Operation *> seen;
  while (!worklist.empty())
    for (Operation *user : worklist.pop_back_val().getUsers()) {
      if (!seen.insert(user).second)
        continue;
      if (isa<NormOpInterface>(user))
        return true;
      if (auto linalgOp = dyn_cast<linalg::LinalgOp>(user);
          linalgOp && linalgOp.getNumReductionLoops() == 0)
        llvm::append_range(worklist, user->getResults());
    }
  return false;
}

/// A reshape behind a norm op moves behind the ops that follow it, and one in
/// front of the norm op, or of such an op, in front of the ops before it. So
/// each moves in one direction only. `operand` is the op's that takes the
/// reshape's result, or the reshape's.
static bool movesAway(OpOperand *operand) {
  Operation *owner = operand->getOwner();
  if (isa<linalg::LinalgOp>(owner)) {
    Operation *reshape = operand->get().getDefiningOp();
    return reshape && comesFromNorm(reshape->getOperand(0));
  }
  if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(owner) ||
      comesFromNorm(operand->get()))
    return false;
  return leadsToNorm(owner->getResult(0)) ||
         llvm::any_of(owner->getUsers(), [](Operation *user) {
           return isa<linalg::LinalgOp>(user) &&
                  llvm::any_of(user->getResults(), comesFromNorm);
         });
}

namespace {

/// Gives the values of an op on rows other shapes: collapses what comes in and
/// expands what goes out, or the other way round.
class RowReshaper {
public:
  using Groups = ArrayRef<ReassociationIndices>;

  RowReshaper(PatternRewriter &rewriter, NormRowOpInterface op)
      : rewriter(rewriter), op(op), loc(op.getLoc()),
        sizes(tensor::getMixedSizes(rewriter, loc, op.getX())) {}

  /// Groups dims of the rows and of the row; `axis` is the new one.
  void collapse(int64_t axis, Groups rows, Groups row) {
    int64_t oldAxis = op.getCanonicalAxis();
    SmallVector<ReassociationIndices> full(rows);
    for (const ReassociationIndices &group : row)
      full.push_back(llvm::map_to_vector(
          group, [&](int64_t dim) { return dim + oldAxis; }));
    // No groups for a value that keeps its shape, such as a 1-d gamma.
    auto groupsOf = [&](RowPart part, Type type) -> Groups {
      Groups groups = part == RowPart::Full   ? Groups(full)
                      : part == RowPart::Rows ? rows
                                              : row;
      int64_t rank = cast<RankedTensorType>(type).getRank();
      bool keeps = rank == static_cast<int64_t>(groups.size()) ||
                   (part == RowPart::Row && rank == 1);
      return keeps ? Groups() : groups;
    };
    replace(
        axis,
        [&](RowPart part, Type type) -> Type {
          Groups groups = groupsOf(part, type);
          return groups.empty()
                     ? type
                     : tensor::CollapseShapeOp::inferCollapsedType(
                           cast<RankedTensorType>(type),
                           SmallVector<ReassociationIndices>(groups));
        },
        [&](RowPart part, Value operand, Type) -> Value {
          return tensor::CollapseShapeOp::create(
              rewriter, loc, operand, groupsOf(part, operand.getType()));
        },
        [&](RowPart part, Value result, Type type) -> Value {
          ArrayRef<OpFoldResult> shape(sizes);
          if (part == RowPart::Rows)
            shape = shape.take_front(oldAxis);
          if (part == RowPart::Row)
            shape = shape.drop_front(oldAxis);
          return tensor::ExpandShapeOp::create(rewriter, loc, type, result,
                                               groupsOf(part, type), shape);
        });
  }

  /// Gives the only row a dim of rows.
  void addRowDim() {
    SmallVector<ReassociationIndices> pair{{0, 1}};
    auto groupsOf = [&](RowPart part) {
      return part == RowPart::Full ? Groups(pair) : Groups();
    };
    SmallVector<OpFoldResult> expanded{rewriter.getIndexAttr(1), sizes[0]};
    replace(
        /*axis=*/1,
        [&](RowPart part, Type type) -> Type {
          auto tensor = cast<RankedTensorType>(type);
          SmallVector<int64_t> shape(tensor.getShape());
          if (part != RowPart::Row)
            shape.insert(shape.begin(), 1);
          return RankedTensorType::get(shape, tensor.getElementType());
        },
        [&](RowPart part, Value operand, Type type) -> Value {
          return tensor::ExpandShapeOp::create(
              rewriter, loc, type, operand, groupsOf(part),
              ArrayRef(expanded).take_front(part == RowPart::Full ? 2 : 1));
        },
        [&](RowPart part, Value result, Type type) -> Value {
          return tensor::CollapseShapeOp::create(rewriter, loc, type, result,
                                                 groupsOf(part));
        });
  }

private:
  using ReshapeFn = llvm::function_ref<Value(RowPart, Value, Type)>;

  /// Replaces the op by one on other shapes. `typeOf` gives the new type of a
  /// value; `enter` and `leave` reshape a value to the given type.
  void replace(int64_t axis, llvm::function_ref<Type(RowPart, Type)> typeOf,
               ReshapeFn enter, ReshapeFn leave) {
    SmallVector<Value> operands, results;
    SmallVector<Type> types;
    for (OpOperand &use : op->getOpOperands()) {
      RowPart part = op.getOperandPart(use.getOperandNumber());
      Type type = typeOf(part, use.get().getType());
      operands.push_back(type == use.get().getType()
                             ? use.get()
                             : enter(part, use.get(), type));
    }
    for (auto [i, type] : llvm::enumerate(op->getResultTypes()))
      types.push_back(typeOf(op.getOutputPart(i), type));
    auto reshaped =
        cast<NormRowOpInterface>(mlir::clone(rewriter, op, types, operands));
    reshaped.setCanonicalAxis(axis);
    for (auto [i, result] : llvm::enumerate(reshaped->getResults())) {
      Type type = op->getResult(i).getType();
      results.push_back(type == result.getType()
                            ? Value(result)
                            : leave(op.getOutputPart(i), result, type));
    }
    rewriter.replaceOp(op, results);
  }

  PatternRewriter &rewriter;
  NormRowOpInterface op;
  Location loc;
  /// Of x.
  SmallVector<OpFoldResult> sizes;
};

/// Each dim from `first` to `last` as a group of its own.
SmallVector<ReassociationIndices> keepDims(int64_t first, int64_t last) {
  return llvm::map_to_vector(llvm::seq(first, last), [](int64_t dim) {
    return ReassociationIndices{dim};
  });
}

/// All dims from `first` to `last` as one group.
SmallVector<ReassociationIndices> joinDims(int64_t first, int64_t last) {
  return {llvm::to_vector<2>(llvm::seq(first, last))};
}

int64_t rankOf(NormRowOpInterface op) {
  return cast<ShapedType>(op.getX().getType()).getRank();
}

/// `[rows.., a, b]` over `axis` becomes `[rows.., a * b]`.
struct CollapseRowDims : OpInterfaceRewritePattern<NormRowOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(NormRowOpInterface op,
                                PatternRewriter &rewriter) const override {
    int64_t rank = rankOf(op), axis = op.getCanonicalAxis();
    if (!op.hasTensorSemantics() || rank - axis == 1)
      return rewriter.notifyMatchFailure(op, "the row is one dim already");
    RowReshaper(rewriter, op)
        .collapse(axis, keepDims(0, axis), joinDims(0, rank - axis));
    return success();
  }
};

/// A single row `[N]` becomes `[1, N]`.
struct AddRowDim : OpInterfaceRewritePattern<NormRowOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(NormRowOpInterface op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasTensorSemantics() || rankOf(op) != 1)
      return rewriter.notifyMatchFailure(
          op, "x has a dim of rows, or the row several dims");
    RowReshaper(rewriter, op).addRowDim();
    return success();
  }
};

/// True if an op of the function around `op` sums over rows.
bool hasRowSumsBeside(Operation *op) {
  auto function = op->getParentOfType<FunctionOpInterface>();
  return function && function
                         ->walk([](RMSNormGradOp grad) {
                           return grad.getOutputs().size() > 1
                                      ? WalkResult::interrupt()
                                      : WalkResult::advance();
                         })
                         .wasInterrupted();
}

/// Sums over rows go through rows of one dim; the norm ops beside them, which
/// may join their loop, get the same rows.
struct CollapseSummedRows : OpInterfaceRewritePattern<NormRowOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(NormRowOpInterface op,
                                PatternRewriter &rewriter) const override {
    int64_t axis = op.getCanonicalAxis();
    if (!op.hasTensorSemantics() || rankOf(op) - axis != 1 || axis < 2 ||
        !hasRowSumsBeside(op))
      return rewriter.notifyMatchFailure(op,
                                         "the rows have one dim, or no sum");
    RowReshaper(rewriter, op)
        .collapse(/*axis=*/1, joinDims(0, axis), keepDims(0, 1));
    return success();
  }
};

struct CollapseRowsPass : norm::impl::CollapseRowsBase<CollapseRowsPass> {
  void runOnOperation() override {
    // First all norm ops get their shapes: a reshape between two of them would
    // move to and fro.
    RewritePatternSet shapes(&getContext());
    populateCollapseChannelsPatterns(shapes);
    shapes.add<CollapseRowDims, AddRowDim, CollapseSummedRows>(&getContext());
    // Reshapes of the source, as to groups, give elementwise ops more dims,
    // those of norm ops fewer. Both at once would never end where an op is
    // between norm ops that keep all dims and norm ops that lose some.
    RewritePatternSet expansions(&getContext()), collapses(&getContext());
    linalg::populateFoldReshapeOpsByExpansionPatterns(expansions, movesAway);
    linalg::populateFoldReshapeOpsByCollapsingPatterns(collapses, movesAway);
    if (failed(applyWithReshapes(shapes)) ||
        failed(applyWithReshapes(expansions)) ||
        failed(applyWithReshapes(collapses)))
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    RewritePatternSet none(&getContext());
    if (failed(collapseElementwiseDims(rewriter, getOperation())) ||
        failed(applyWithReshapes(none)))
      signalPassFailure();
  }

  /// Applies `patterns` and those that simplify reshapes.
  LogicalResult applyWithReshapes(RewritePatternSet &patterns) {
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns,
                                                         &getContext());
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, &getContext());
    return applyPatternsGreedily(getOperation(), std::move(patterns),
                                 getRewriteConfig());
  }
};

} // namespace
