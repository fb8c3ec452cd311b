//===- MakeEntryPoints.cpp - The pass norm-make-entry-points --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace norm {
#define GEN_PASS_DEF_MAKEENTRYPOINTS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {
struct MakeEntryPointsPass
    : norm::impl::MakeEntryPointsBase<MakeEntryPointsPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> functions;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal())
        functions.push_back(function);
    if (functions.empty())
      return;
    FailureOr<RuntimeFunctions> runtime =
        RuntimeFunctions::declare(getOperation());
    if (failed(runtime))
      return signalPassFailure();
    for (func::FuncOp function : functions) {
      auto shape = symbols.lookup<func::FuncOp>(
          (function.getSymName() + ".shape").str());
      if (!shape) {
        function.emitError("expected the shape function '")
            << function.getSymName()
            << ".shape', found none; run norm-make-shape-functions first";
        return signalPassFailure();
      }
      Kernels kernels;
      SmallVector<ContiguousDims> none;
      auto contiguous = symbols.lookup<func::FuncOp>(
          (function.getSymName() + kContiguousSuffix).str());
      if (contiguous) {
        kernels.contiguous =
            makeKernel(contiguous, Layout::UnitStride, "unit_stride", none);
        contiguous.erase();
      }
      kernels.unitStride = makeKernel(function, Layout::UnitStride,
                                      "unit_stride", kernels.contiguousDims);
      kernels.strided = makeKernel(function, Layout::Strided, "strided", none);
      LLVM::GlobalOp info = makeFunctionInfo(function);
      makeEntry(function, shape, info, kernels, *runtime);
      makeShapeEntry(function, shape, info, *runtime);
      shape.erase();
      function.erase();
    }
  }
};
} // namespace
