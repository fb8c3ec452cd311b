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
    for (auto function : getOperation().getOps<LLVM::LLVMFuncOp>()) {
      if (function.isExternal())
        continue;
      function.setLinkage(function.isPublic() ? LLVM::Linkage::External
                                              : LLVM::Linkage::Internal);
      // A profile or a disassembly shows each kernel under its own name.
      function.setNoInline(function.isPrivate());
    }
  }
};
} // namespace
