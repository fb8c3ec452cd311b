//===- ExportSymbols.cpp - The visible functions of compiled code -*- C++
//-*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace norm {
#define GEN_PASS_DEF_EXPORTSYMBOLS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

namespace {
struct ExportSymbolsPass : norm::impl::ExportSymbolsBase<ExportSymbolsPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto function : getOperation().getOps<LLVM::LLVMFuncOp>()) {
      if (function.isExternal())
        continue;
      StringRef name = function.getSymName();
      bool isEntry = name.consume_front("_mlir_ciface_");
      bool isShape = isEntry && name.starts_with("norm_shape_");
      if (isShape && failed(symbols.rename(function, name))) {
        function.emitError("cannot be renamed to '")
            << name << "': the name is taken";
        return signalPassFailure();
      }
      function.setLinkage(isEntry ? LLVM::Linkage::External
                                  : LLVM::Linkage::Internal);
    }
  }
};
} // namespace
