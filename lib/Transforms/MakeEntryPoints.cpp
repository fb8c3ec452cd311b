//===- MakeEntryPoints.cpp - The pass norm-make-entry-points -*- C++ -*-===//
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

/// Whether the calling convention has the type.
static bool isSupported(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return tensor.getElementType().isIntOrIndexOrFloat() &&
           !tensor.getEncoding();
  return type.isF32() || type.isF64() || type.isInteger(32) ||
         type.isInteger(64) || type.isIndex();
}

namespace {
struct MakeEntryPointsPass
    : norm::impl::MakeEntryPointsBase<MakeEntryPointsPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> functions;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal())
        functions.push_back(function);
    for (func::FuncOp function : functions) {
      auto shape = symbols.lookup<func::FuncOp>(
          (function.getSymName() + ".shape").str());
      if (!shape) {
        function.emitError("expected the shape function '")
            << function.getSymName()
            << ".shape', found none; run norm-make-shape-functions first";
        return signalPassFailure();
      }
      if (failed(checkTypes(function)))
        return signalPassFailure();
      SmallVector<ContiguousDims> contiguous, none;
      func::FuncOp unitStride =
          makeKernel(function, Layout::UnitStride, "unit_stride", contiguous);
      func::FuncOp strided =
          makeKernel(function, Layout::Strided, "strided", none);
      makeEntry(function, shape, unitStride, strided, contiguous);
      makeShapeEntry(function, shape);
      shape.erase();
      function.erase();
    }
  }

  LogicalResult checkTypes(func::FuncOp function) {
    auto check = [&](StringRef kind, unsigned i, Type type) -> LogicalResult {
      if (isSupported(type))
        return success();
      return function.emitError("cannot be compiled: expected ")
             << kind << " " << i
             << " to be a ranked tensor, f32, f64, i32, i64 or index, found "
             << type;
    };
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
      if (failed(check("argument", i, type)))
        return failure();
    for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
      if (failed(check("result", i, type)))
        return failure();
    return success();
  }
};
} // namespace
