//===- Canonicalization.h - Patterns for several norm ops -------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_DIALECT_CANONICALIZATION_H
#define NORM_DIALECT_CANONICALIZATION_H

#include "norm/IR/NormOps.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

namespace norm {

/// `axis(-1)` becomes `axis(rank - 1)`.
template <typename OpTy> struct NormalizeAxis : mlir::OpRewritePattern<OpTy> {
  using mlir::OpRewritePattern<OpTy>::OpRewritePattern;
  llvm::LogicalResult
  matchAndRewrite(OpTy op, mlir::PatternRewriter &rewriter) const override {
    if (static_cast<int64_t>(op.getAxis()) == op.getCanonicalAxis())
      return rewriter.notifyMatchFailure(op,
                                         "axis already counts from the front");
    rewriter.modifyOpInPlace(op, [&] { op.setAxis(op.getCanonicalAxis()); });
    return llvm::success();
  }
};

/// A gamma of ones is dropped, unless `whyNeedsGamma` says why it cannot be: a
/// product with one is exact.
template <typename OpTy, llvm::StringRef (*whyNeedsGamma)(OpTy)>
struct DropUnitGamma : mlir::OpRewritePattern<OpTy> {
  using mlir::OpRewritePattern<OpTy>::OpRewritePattern;
  llvm::LogicalResult
  matchAndRewrite(OpTy op, mlir::PatternRewriter &rewriter) const override {
    if (!op.getGamma() ||
        !mlir::matchPattern(op.getGamma(), mlir::m_OneFloat()))
      return rewriter.notifyMatchFailure(op, "gamma is not a constant of ones");
    if (llvm::StringRef reason = whyNeedsGamma(op); !reason.empty())
      return rewriter.notifyMatchFailure(op, reason);
    rewriter.modifyOpInPlace(op, [&] { op.getGammaMutable().clear(); });
    return llvm::success();
  }
};

/// Results at the end that nobody reads are dropped, so that they cost nothing.
/// The first result stays.
template <typename OpTy>
struct DropUnusedResults : mlir::OpRewritePattern<OpTy> {
  using mlir::OpRewritePattern<OpTy>::OpRewritePattern;
  llvm::LogicalResult
  matchAndRewrite(OpTy op, mlir::PatternRewriter &rewriter) const override {
    mlir::ResultRange outputs = op.getOutputs();
    mlir::ResultRange used = outputs;
    while (used.size() > 1 && used.back().use_empty())
      used = used.drop_back();
    if (used.size() == outputs.size())
      return rewriter.notifyMatchFailure(
          op, "the last result is the first one, or used");
    auto kept = OpTy::create(rewriter, op.getLoc(), used.getTypes(),
                             op->getOperands(), op.getProperties(),
                             op->getDiscardableAttrDictionary().getValue());
    for (auto [old, replacement] : llvm::zip(used, kept.getOutputs()))
      rewriter.replaceAllUsesWith(old, replacement);
    rewriter.eraseOp(op);
    return llvm::success();
  }
};

} // namespace norm

#endif // NORM_DIALECT_CANONICALIZATION_H
