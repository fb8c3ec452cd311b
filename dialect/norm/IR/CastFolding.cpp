//===- CastFolding.cpp - Folds of tensor.cast into norm ops ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpSupport.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/Threading.h"

using namespace mlir;
using namespace norm;

LogicalResult norm::mergeOutputTypes(NormOpInterface op, EmitErrorFn emitError,
                                     SmallVectorImpl<Type> &types) {
  SmallVector<RankedTensorType> inferred;
  if (failed(op.inferOutputTypes(emitError, inferred)))
    return failure();
  for (auto [i, result] : llvm::enumerate(op->getResults())) {
    auto type = cast<RankedTensorType>(result.getType());
    if (failed(verifyCompatibleShape(type, inferred[i])))
      return emitError() << "expected result #" << i
                         << " to be compatible with " << inferred[i]
                         << ", found " << type;
    SmallVector<int64_t> shape;
    for (auto [known, other] :
         llvm::zip(type.getShape(), inferred[i].getShape()))
      shape.push_back(ShapedType::isDynamic(known) ? other : known);
    types.push_back(type.clone(shape));
  }
  return success();
}

/// mergeOutputTypes without a trace of its error.
static LogicalResult mergeSilently(NormOpInterface op,
                                   SmallVectorImpl<Type> &types) {
  // Other threads work in the same context; their errors pass.
  ScopedDiagnosticHandler handler(
      op->getContext(), [self = llvm::get_threadid()](Diagnostic &) {
        return success(llvm::get_threadid() == self);
      });
  return mergeOutputTypes(op, [&] { return op->emitError(); }, types);
}

namespace {

/// Takes operands through casts that only lose static sizes, and refines the
/// result types by what is known now:
///
///   %d = tensor.cast %x : tensor<4x8xf32> to tensor<?x?xf32>
///   %y = norm.rmsnorm %d .. -> tensor<?x?xf32>
/// becomes
///   %n = norm.rmsnorm %x .. -> tensor<4x8xf32>
///   %y = tensor.cast %n : tensor<4x8xf32> to tensor<?x?xf32>
///
/// Sizes that contradict each other are left alone, behind their cast: such a
/// program is wrong only if it runs.
struct FoldOperandCasts : OpInterfaceRewritePattern<NormOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(NormOpInterface op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasTensorSemantics())
      return rewriter.notifyMatchFailure(op, "not in tensor form");
    SmallVector<Value> operands(op->getOperands());
    bool changed = false;
    for (Value &operand : operands) {
      auto castOp = operand.getDefiningOp<tensor::CastOp>();
      if (!castOp || !tensor::canFoldIntoConsumerOp(castOp) ||
          cast<RankedTensorType>(castOp.getSource().getType()).getEncoding())
        continue;
      operand = castOp.getSource();
      changed = true;
    }
    if (!changed)
      return rewriter.notifyMatchFailure(op, "no cast that loses sizes");

    // Outside the IR until its types are known to agree.
    auto folded = cast<NormOpInterface>(op->clone());
    folded->setOperands(operands);
    SmallVector<Type> types;
    if (failed(mergeSilently(folded, types))) {
      folded->destroy();
      return rewriter.notifyMatchFailure(op, "the sizes contradict each other");
    }
    folded.setOutputTypes(types);
    rewriter.insert(folded);
    SmallVector<Value> results;
    for (auto [result, old] :
         llvm::zip(folded->getResults(), op->getResults())) {
      Value value = result;
      if (result.getType() != old.getType())
        value = tensor::CastOp::create(rewriter, op.getLoc(), old.getType(),
                                       result);
      results.push_back(value);
    }
    rewriter.replaceOp(op, results);
    return success();
  }
};

} // namespace

void NormDialect::getCanonicalizationPatterns(
    RewritePatternSet &patterns) const {
  patterns.add<FoldOperandCasts>(getContext());
}
