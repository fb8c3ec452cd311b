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
    SmallVector<math::FmaOp> products;
    getOperation().walk([&](math::FmaOp op) { products.push_back(op); });
    for (math::FmaOp op : products) {
      rewriter.setInsertionPoint(op);
      rewriter.replaceOpWithNewOp<LLVM::FMAOp>(op, op.getType(),
                                               op->getOperands());
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
