//===- CollapseRows.cpp - One dim for each row ----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/TypeSwitch.h"

namespace norm {
#define GEN_PASS_DEF_COLLAPSEROWS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {

/// How an operand or result of an op on rows is shaped.
enum class Part {
  /// As x: `[rows.., row..]`.
  Full,
  /// `[rows..]`.
  Rows,
  /// `[row..]`, or 1-d with as many elements.
  Row
};

/// The parts of all operands and results of an op in tensor form.
struct Parts {
  SmallVector<Part> operands, results;
};

/// Gives the values of an op on rows other shapes.
class RowReshaper {
public:
  RowReshaper(PatternRewriter &rewriter, NormOpInterface op)
      : rewriter(rewriter), op(op), loc(op.getLoc()) {}

  /// Groups dims of the rows and of the row; a part that `parts` does not name
  /// keeps its shape. `axis` is the new one.
  void collapse(const Parts &parts, Value x, int64_t oldAxis, int64_t axis,
                ArrayRef<ReassociationIndices> rows,
                ArrayRef<ReassociationIndices> row) {
    SmallVector<ReassociationIndices> full(rows);
    for (const ReassociationIndices &group : row)
      full.push_back(llvm::map_to_vector(
          group, [&](int64_t dim) { return dim + oldAxis; }));
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, x);
    auto groupsOf = [&](Part part) -> ArrayRef<ReassociationIndices> {
      return part == Part::Full   ? ArrayRef(full)
             : part == Part::Rows ? rows
                                  : row;
    };
    auto isCollapsed = [&](Part part, Type type) {
      auto shaped = cast<RankedTensorType>(type);
      ArrayRef<ReassociationIndices> groups = groupsOf(part);
      return shaped.getRank() != static_cast<int64_t>(groups.size()) &&
             (part != Part::Row || shaped.getRank() != 1);
    };

    SmallVector<Value> operands;
    for (auto [operand, part] :
         llvm::zip_equal(op->getOperands(), parts.operands))
      operands.push_back(isCollapsed(part, operand.getType())
                             ? tensor::CollapseShapeOp::create(
                                   rewriter, loc, operand, groupsOf(part))
                             : operand);
    SmallVector<Type> types;
    for (auto [type, part] : llvm::zip(op->getResultTypes(), parts.results))
      types.push_back(
          isCollapsed(part, type)
              ? tensor::CollapseShapeOp::inferCollapsedType(
                    cast<RankedTensorType>(type),
                    SmallVector<ReassociationIndices>(groupsOf(part)))
              : type);
    Operation *collapsed = cloneOnto(types, operands, axis);
    SmallVector<Value> results;
    for (auto [old, result, part] :
         llvm::zip(op->getResults(), collapsed->getResults(), parts.results)) {
      ArrayRef<OpFoldResult> shape(sizes);
      if (part != Part::Full)
        shape = part == Part::Rows ? shape.take_front(oldAxis)
                                   : shape.drop_front(oldAxis);
      results.push_back(
          isCollapsed(part, old.getType())
              ? tensor::ExpandShapeOp::create(rewriter, loc, old.getType(),
                                              result, groupsOf(part), shape)
              : Value(result));
    }
    rewriter.replaceOp(op, results);
  }

  /// Gives the only row a dim of rows.
  void addRowDim(const Parts &parts, Value x) {
    SmallVector<ReassociationIndices> pair{{0, 1}}, none;
    OpFoldResult length = tensor::getMixedSize(rewriter, loc, x, 0);
    SmallVector<OpFoldResult> sizes{rewriter.getIndexAttr(1), length};
    auto expandedType = [](Type type, Part part) -> RankedTensorType {
      auto tensor = cast<RankedTensorType>(type);
      if (part == Part::Row)
        return tensor;
      SmallVector<int64_t> shape{1};
      llvm::append_range(shape, tensor.getShape());
      return RankedTensorType::get(shape, tensor.getElementType());
    };
    auto groupsOf = [&](Part part) -> ArrayRef<ReassociationIndices> {
      return part == Part::Full ? ArrayRef(pair) : ArrayRef(none);
    };
    SmallVector<Value> operands;
    for (auto [operand, part] :
         llvm::zip_equal(op->getOperands(), parts.operands))
      operands.push_back(
          part == Part::Row
              ? operand
              : tensor::ExpandShapeOp::create(
                    rewriter, loc, expandedType(operand.getType(), part),
                    operand, groupsOf(part),
                    ArrayRef(sizes).take_front(part == Part::Full ? 2 : 1)));
    SmallVector<Type> types;
    for (auto [type, part] : llvm::zip(op->getResultTypes(), parts.results))
      types.push_back(expandedType(type, part));
    Operation *expanded = cloneOnto(types, operands, /*axis=*/1);
    SmallVector<Value> results;
    for (auto [old, result, part] :
         llvm::zip(op->getResults(), expanded->getResults(), parts.results))
      results.push_back(part == Part::Row ? Value(result)
                                          : tensor::CollapseShapeOp::create(
                                                rewriter, loc, old.getType(),
                                                result, groupsOf(part)));
    rewriter.replaceOp(op, results);
  }

private:
  Operation *cloneOnto(TypeRange types, ValueRange operands, int64_t axis) {
    Operation *clone = mlir::clone(rewriter, op, types, operands);
    TypeSwitch<Operation *>(clone).Case<RMSNormOp, RMSNormGradOp>(
        [&](auto rowOp) { rowOp.setAxis(axis); });
    return clone;
  }

  PatternRewriter &rewriter;
  NormOpInterface op;
  Location loc;
};

Parts partsOf(RMSNormOp op) {
  Parts parts{{Part::Full}, {Part::Full, Part::Rows}};
  parts.operands.append(op->getNumOperands() - 1, Part::Row);
  return parts;
}

Parts partsOf(RMSNormGradOp op) {
  Parts parts{{Part::Full, Part::Full, Part::Rows},
              {Part::Full, Part::Row, Part::Row}};
  parts.operands.append(op->getNumOperands() - 3, Part::Row);
  return parts;
}

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

/// `[rows.., a, b]` over `axis` becomes `[rows.., a * b]`.
template <typename Op> struct CollapseRowDims : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    int64_t rank = op.getXType().getRank(), axis = op.getCanonicalAxis();
    if (!op.hasTensorSemantics() || rank - axis == 1)
      return rewriter.notifyMatchFailure(op, "the row is one dim already");
    RowReshaper(rewriter, op)
        .collapse(partsOf(op), op.getX(), axis, axis, keepDims(0, axis),
                  joinDims(0, rank - axis));
    return success();
  }
};

/// A single row `[N]` becomes `[1, N]`.
template <typename Op> struct AddRowDim : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasTensorSemantics() || op.getXType().getRank() != 1)
      return rewriter.notifyMatchFailure(
          op, "x has a dim of rows, or the row several dims");
    RowReshaper(rewriter, op).addRowDim(partsOf(op), op.getX());
    return success();
  }
};

/// `[a, b, N]` becomes `[a * b, N]` where sums over rows are asked for.
struct CollapseSummedRows : OpRewritePattern<RMSNormGradOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RMSNormGradOp op,
                                PatternRewriter &rewriter) const override {
    int64_t rank = op.getXType().getRank(), axis = op.getCanonicalAxis();
    if (!op.hasTensorSemantics() || rank - axis != 1 || axis < 2 ||
        op.getOutputs().size() < 2)
      return rewriter.notifyMatchFailure(op,
                                         "the rows have one dim, or no sum");
    RowReshaper(rewriter, op)
        .collapse(partsOf(op), op.getX(), axis, /*axis=*/1, joinDims(0, axis),
                  keepDims(0, 1));
    return success();
  }
};

struct CollapseRowsPass : norm::impl::CollapseRowsBase<CollapseRowsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<CollapseRowDims<RMSNormOp>, CollapseRowDims<RMSNormGradOp>,
                 AddRowDim<RMSNormOp>, AddRowDim<RMSNormGradOp>,
                 CollapseSummedRows>(&getContext());
    linalg::populateFoldReshapeOpsByCollapsingPatterns(
        patterns, [](OpOperand *) { return true; });
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns,
                                                         &getContext());
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
