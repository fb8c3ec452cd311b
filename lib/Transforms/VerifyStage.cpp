//===- VerifyStage.cpp - What holds at the end of a stage -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/StringSwitch.h"

namespace norm {
#define GEN_PASS_DEF_VERIFYSTAGE
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// Why an op must not be left at the end of a stage; empty if it may.
using Rule = StringRef (*)(Operation *);

static StringRef ruleNorm(Operation *op) {
  auto normOp = dyn_cast<NormOpInterface>(op);
  if (normOp && !normOp.hasTensorSemantics())
    return "expected norm ops in tensor form";
  if (normOp && !normOp.getStrategyAttr())
    return "expected each norm op to have a strategy";
  return "";
}

static StringRef ruleLinalg(Operation *op) {
  return isa<NormOpInterface>(op) ? "expected no norm op" : "";
}

static StringRef ruleTiled(Operation *op) {
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
      linalgOp && linalgOp.getNumParallelLoops() > 1)
    return "expected linalg ops on one row or on a scalar, or sums";
  return ruleLinalg(op);
}

static StringRef ruleVector(Operation *op) {
  if (isa<linalg::LinalgOp>(op))
    return "expected no linalg op";
  return ruleLinalg(op);
}

static StringRef ruleBuffer(Operation *op) {
  auto isTensor = llvm::IsaPred<TensorType>;
  if (llvm::any_of(op->getOperandTypes(), isTensor) ||
      llvm::any_of(op->getResultTypes(), isTensor))
    return "expected no tensor";
  if (isa<LoopScheduleOp>(op))
    return "expected all schedules to be applied";
  if (isa<memref::AllocOp, memref::DeallocOp>(op))
    return "expected buffers to lie in scratch memory";
  return ruleVector(op);
}

static StringRef ruleLLVM(Operation *op) {
  return isa<LLVM::LLVMDialect, BuiltinDialect>(op->getDialect())
             ? ""
             : "expected the llvm dialect only";
}

static StringRef ruleGPU(Operation *op) {
  if (isa<LoopScheduleOp>(op))
    return "expected all schedules to be applied";
  if (isa<scf::ForallOp>(op))
    return "expected row loops to be kernels";
  if (isa<memref::AllocOp, memref::DeallocOp>(op))
    return "expected buffers to lie in the workspace";
  return ruleVector(op);
}

static StringRef ruleNVVM(Operation *op) {
  if (auto function = dyn_cast<LLVM::LLVMFuncOp>(op);
      function && function.isExternal() &&
      isa<gpu::GPUModuleOp>(op->getParentOp()))
    return "expected arithmetic and functions that are expanded, as CUDA's "
           "libdevice is not linked";
  if (isa<gpu::GPUModuleOp>(op) || isa<NVVM::NVVMDialect>(op->getDialect()))
    return "";
  return ruleLLVM(op);
}

namespace {
struct VerifyStagePass : norm::impl::VerifyStageBase<VerifyStagePass> {
  using VerifyStageBase::VerifyStageBase;

  void runOnOperation() override {
    Rule rule = llvm::StringSwitch<Rule>(stage)
                    .Case("norm", ruleNorm)
                    .Case("linalg", ruleLinalg)
                    .Case("tiled", ruleTiled)
                    .Case("vector", ruleVector)
                    .Case("buffer", ruleBuffer)
                    .Case("llvm", ruleLLVM)
                    .Case("gpu", ruleGPU)
                    .Case("nvvm", ruleNVVM)
                    .Default(nullptr);
    if (!rule) {
      getOperation().emitError("expected a stage norm, linalg, tiled, vector, "
                               "buffer, llvm, gpu or nvvm, found '")
          << stage << "'";
      return signalPassFailure();
    }
    WalkResult result = getOperation()->walk([&](Operation *op) -> WalkResult {
      // An unregistered op has no dialect.
      StringRef reason =
          op->getDialect() ? rule(op) : "expected a registered op";
      if (reason.empty())
        return WalkResult::advance();
      op->emitOpError("is left at the end of stage '")
          << stage << "': " << reason;
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    markAllAnalysesPreserved();
  }
};
} // namespace
