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
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace norm {
#define GEN_PASS_DEF_MAKEENTRYPOINTS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

static Kernels makeKernels(func::FuncOp function, SymbolTable &symbols,
                           bool forGPU) {
  Kernels kernels;
  SmallVector<ContiguousDims> none;
  auto contiguous = symbols.lookup<func::FuncOp>(
      (function.getSymName() + kContiguousSuffix).str());
  if (contiguous) {
    kernels.contiguous =
        makeKernel(contiguous, Layout::UnitStride, "unit_stride", none);
    kernels.contiguous->setAttr(kFunctionAttr, function.getSymNameAttr());
    contiguous.erase();
  }
  kernels.unitStride = makeKernel(function, Layout::UnitStride, "unit_stride",
                                  kernels.contiguousDims);
  if (!forGPU)
    return kernels; // The runtime copies what they do not take.
  SmallVector<ContiguousDims> same;
  kernels.unaligned =
      makeKernel(function, Layout::UnitStride, "unaligned", same);
  kernels.unaligned->setAttr(kUnalignedAttr,
                             UnitAttr::get(function.getContext()));
  kernels.strided = makeKernel(function, Layout::Strided, "strided", none);
  return kernels;
}

static Kernels makeContiguousKernels(func::FuncOp function) {
  Kernels kernels;
  SmallVector<ContiguousDims> none;
  kernels.contiguous = makeKernel(function, Layout::Contiguous,
                                  kContiguousSuffix.drop_front(), none);
  kernels.strided =
      makeCopyingKernel(kernels.contiguous, function.getNumArguments(),
                        (function.getSymName() + ".strided").str());
  return kernels;
}

static void makeCUDAEntries(func::FuncOp function, func::FuncOp shape,
                            LLVM::GlobalOp info, const Kernels &kernels,
                            const RuntimeFunctions &runtime,
                            const CUDAFunctions &cuda) {
  for (func::FuncOp kernel : {kernels.contiguous, kernels.unitStride,
                              kernels.unaligned, kernels.strided})
    if (kernel)
      addCallArgument(kernel);
  makeCUDAEntry(function, shape, info, kernels, runtime, cuda);
  makeWorkspaceEntry(function, shape, info, kernels, runtime, cuda);
  makeLoadEntries(function, cuda);
}

namespace {
struct MakeEntryPointsPass
    : norm::impl::MakeEntryPointsBase<MakeEntryPointsPass> {
  using MakeEntryPointsBase::MakeEntryPointsBase;

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
    FailureOr<CUDAFunctions> cuda = CUDAFunctions();
    if (gpu)
      cuda = CUDAFunctions::declare(getOperation());
    if (failed(cuda))
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
      Kernels kernels = contiguous ? makeContiguousKernels(function)
                                   : makeKernels(function, symbols, gpu);
      LLVM::GlobalOp info = makeFunctionInfo(function);
      if (!kernels.strided)
        kernels.strided = makeCopyingKernel(function, info, kernels.unitStride,
                                            kernels.contiguousDims, *runtime);
      if (gpu)
        makeCUDAEntries(function, shape, info, kernels, *runtime, *cuda);
      else
        makeEntry(function, shape, info, kernels, *runtime);
      makeShapeEntry(function, shape, info, *runtime);
      shape.erase();
      function.erase();
    }
  }
};
} // namespace
