//===- ExportSymbols.cpp - The visible functions of compiled code ---------===//
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
      if (isEntry && name.consume_back(".sizes")) {
        std::string shapeName = ("norm_shape_" + name).str();
        if (symbols.lookup(shapeName)) {
          function.emitError("expected the name '")
              << shapeName << "' to be free for the sizes of the results of '"
              << name << "', found a function of that name";
          return signalPassFailure();
        }
        (void)symbols.rename(function, shapeName);
      }
      function.setLinkage(isEntry ? LLVM::Linkage::External
                                  : LLVM::Linkage::Internal);
    }
  }
};
} // namespace
