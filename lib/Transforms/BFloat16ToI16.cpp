//===- BFloat16ToI16.cpp - bf16 as bits in the LLVM dialect ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/AttrTypeSubElements.h"

namespace norm {
#define GEN_PASS_DEF_BFLOAT16TOI16
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;

namespace {
struct BFloat16ToI16Pass : norm::impl::BFloat16ToI16Base<BFloat16ToI16Pass> {
  void runOnOperation() override {
    Type i16 = IntegerType::get(&getContext(), 16);
    AttrTypeReplacer replacer;
    replacer.addReplacement(
        [&](BFloat16Type) -> std::optional<Type> { return i16; });
    replacer.addReplacement([&](FloatAttr attr) -> std::optional<Attribute> {
      if (!attr.getType().isBF16())
        return std::nullopt;
      return IntegerAttr::get(i16, attr.getValue().bitcastToAPInt());
    });
    replacer.addReplacement(
        [&](DenseFPElementsAttr attr) -> std::optional<Attribute> {
          if (!attr.getElementType().isBF16())
            return std::nullopt;
          return attr.bitcast(i16);
        });
    getOperation()->walk([&](Operation *op) {
      replacer.replaceElementsIn(op, /*replaceAttrs=*/true,
                                 /*replaceLocs=*/false, /*replaceTypes=*/true);
      if (auto bitcast = dyn_cast<LLVM::BitcastOp>(op);
          bitcast && bitcast.getArg().getType() == bitcast.getType()) {
        bitcast.replaceAllUsesWith(bitcast.getArg());
        bitcast.erase();
      }
    });
  }
};
} // namespace
