//===- OverlapLaunches.cpp - Kernels that start before another ends -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace norm {
#define GEN_PASS_DEF_OVERLAPLAUNCHES
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {

struct OverlapLaunchesPass
    : norm::impl::OverlapLaunchesBase<OverlapLaunchesPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      SmallVector<gpu::LaunchFuncOp> launches;
      function.walk(
          [&](gpu::LaunchFuncOp launch) { launches.push_back(launch); });
      for (gpu::LaunchFuncOp launch : launches) {
        auto comesBeforeIt = [&](Operation *op) {
          return comesBefore(op, launch);
        };
        if (llvm::any_of(launches, comesBeforeIt)) {
          start(launch, NVVM::GridDepActionKind::wait);
          launch->setAttr(kDependent, UnitAttr::get(&getContext()));
        }
        auto comesBehindIt = [&](Operation *op) {
          return comesBefore(launch, op);
        };
        if (llvm::any_of(launches, comesBehindIt))
          start(launch, NVVM::GridDepActionKind::launch_dependents);
      }
    }
  }

  /// Whether `first` runs before `second` if both run: not in two branches.
  static bool comesBefore(Operation *first, Operation *second) {
    for (Operation *at = second; at->getBlock(); at = at->getParentOp())
      if (Operation *ancestor = at->getBlock()->findAncestorOpInBlock(*first))
        return ancestor->isBeforeInBlock(at);
    return false;
  }

  /// Inserts `action` at the beginning of the kernel of `launch`.
  void start(gpu::LaunchFuncOp launch, NVVM::GridDepActionKind action) {
    auto kernel = SymbolTable::lookupNearestSymbolFrom<gpu::GPUFuncOp>(
        launch, launch.getKernelAttr());
    if (!kernel)
      return;
    auto builder = OpBuilder::atBlockBegin(&kernel.getBody().front());
    NVVM::GriddepcontrolOp::create(builder, kernel.getLoc(), action);
  }
};

} // namespace
