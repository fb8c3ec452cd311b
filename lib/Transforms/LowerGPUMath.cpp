//===- LowerGPUMath.cpp - Functions that the hardware rounds correctly ----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace norm {
#define GEN_PASS_DEF_LOWERGPUMATH
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

namespace {
struct LowerGPUMathPass : norm::impl::LowerGPUMathBase<LowerGPUMathPass> {
  void runOnOperation() override {
    useIntrinsic<arith::MaxNumFOp>("llvm.maxnum");
    useIntrinsic<arith::MinNumFOp>("llvm.minnum");
    useIntrinsic<math::AbsFOp>("llvm.fabs");
    useIntrinsic<math::CeilOp>("llvm.ceil");
    useIntrinsic<math::CopySignOp>("llvm.copysign");
    useIntrinsic<math::FloorOp>("llvm.floor");
    useIntrinsic<math::FmaOp>("llvm.fma");
    useIntrinsic<math::RoundOp>("llvm.round");
    useIntrinsic<math::RoundEvenOp>("llvm.roundeven");
    useIntrinsic<math::TruncOp>("llvm.trunc");
    expandReciprocalRoots();
    SmallVector<math::SqrtOp> roots;
    getOperation().walk([&](math::SqrtOp op) { roots.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (math::SqrtOp op : roots) {
      rewriter.setInsertionPoint(op);
      rewriter.replaceOp(op, lower(rewriter, op.getLoc(), op.getOperand()));
    }
    SmallVector<math::IsFiniteOp> tests;
    getOperation().walk([&](math::IsFiniteOp op) { tests.push_back(op); });
    for (math::IsFiniteOp op : tests) {
      rewriter.setInsertionPoint(op);
      // Infinity less itself is NaN.
      Location loc = op.getLoc();
      Value value = op.getOperand();
      Value difference = arith::SubFOp::create(rewriter, loc, value, value);
      Value zero = arith::ConstantOp::create(
          rewriter, loc, rewriter.getZeroAttr(value.getType()));
      rewriter.replaceOpWithNewOp<arith::CmpFOp>(op, arith::CmpFPredicate::OEQ,
                                                 difference, zero);
    }
    if (failed(refuseFunctions()))
      signalPassFailure();
  }

  /// Fails if a function of floats is left, for which upstream calls a library.
  LogicalResult refuseFunctions() {
    WalkResult result = getOperation().walk([](Operation *op) -> WalkResult {
      if (!isa<arith::RemFOp>(op) &&
          (!isa_and_nonnull<math::MathDialect>(op->getDialect()) ||
           isa<math::ClampFOp>(op)))
        return WalkResult::advance();
      Type type = getElementTypeOrSelf(op->getResultTypes()[0]);
      if (!isa<FloatType>(type))
        return WalkResult::advance();
      op->emitOpError("of ")
          << type
          << " has no code for GPUs, as CUDA's libdevice is not linked: "
             "expected exp, exp2, expm1, log, log1p, log2, tanh, erf or erfc "
             "of f32 "
             "or less, roots, roundings, fma, absf or copysign; pass what it "
             "computes as an argument, or compile for a CPU";
      return WalkResult::interrupt();
    });
    return failure(result.wasInterrupted());
  }

  /// Replaces each `Op` by the intrinsic `name` of the same operands. Upstream
  /// calls a function for LLVM's own ops, too.
  template <typename Op> void useIntrinsic(StringRef name) {
    IRRewriter rewriter(&getContext());
    SmallVector<Op> ops;
    getOperation().walk([&](Op op) { ops.push_back(op); });
    for (Op op : ops) {
      rewriter.setInsertionPoint(op);
      rewriter.replaceOpWithNewOp<LLVM::CallIntrinsicOp>(
          op, op.getType(), rewriter.getStringAttr(name), op->getOperands());
    }
  }

  /// The estimate that a GPU has is wrong by more than the accuracy allows.
  void expandReciprocalRoots() {
    IRRewriter rewriter(&getContext());
    SmallVector<math::RsqrtOp> ops;
    getOperation().walk([&](math::RsqrtOp op) { ops.push_back(op); });
    for (math::RsqrtOp op : ops) {
      rewriter.setInsertionPoint(op);
      Type type = op.getType();
      TypedAttr one = FloatAttr::get(getElementTypeOrSelf(type), 1.0);
      if (auto vector = dyn_cast<VectorType>(type))
        one = DenseElementsAttr::get(vector, one);
      Value root = math::SqrtOp::create(rewriter, op.getLoc(), op.getOperand());
      rewriter.replaceOpWithNewOp<arith::DivFOp>(
          op, arith::ConstantOp::create(rewriter, op.getLoc(), one), root);
    }
  }

  Value lower(OpBuilder &b, Location loc, Value value) {
    auto type = dyn_cast<VectorType>(value.getType());
    if (!type)
      return root(b, loc, value);
    SmallVector<Value> elements;
    for (int64_t i = 0; i < type.getNumElements(); ++i)
      elements.push_back(
          root(b, loc, vector::ExtractOp::create(b, loc, value, i)));
    return vector::FromElementsOp::create(b, loc, type, elements);
  }

  Value root(OpBuilder &b, Location loc, Value value) {
    StringRef name =
        value.getType().isF64() ? "llvm.nvvm.sqrt.rn.d" : "llvm.nvvm.sqrt.rn.f";
    return LLVM::CallIntrinsicOp::create(b, loc, value.getType(),
                                         b.getStringAttr(name), value)
        .getResult(0);
  }
};
} // namespace
