//===- SelectStrategy.cpp - How each norm op is compiled ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"
#include "GPUStrategy.h"

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

namespace norm {
#define GEN_PASS_DEF_SELECTSTRATEGY
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// Bytes of all large tensors that the op reads and writes: those shaped as its
/// first operand. Absent if a size is dynamic.
static std::optional<int64_t> streamedBytes(NormOpInterface op) {
  auto shape = cast<ShapedType>(op->getOperand(0).getType());
  int64_t bytes = 0;
  auto add = [&](Type type) {
    auto shaped = dyn_cast<ShapedType>(type);
    if (shaped && shaped.getRank() == shape.getRank())
      bytes += shaped.getNumElements() * shaped.getElementTypeBitWidth() / 8;
  };
  if (!shape.hasStaticShape())
    return std::nullopt;
  llvm::for_each(op->getOperandTypes(), add);
  llvm::for_each(op->getResultTypes(), add);
  return bytes;
}

namespace {
struct SelectStrategyPass : norm::impl::SelectStrategyBase<SelectStrategyPass> {
  using SelectStrategyBase::SelectStrategyBase;

  void runOnOperation() override {
    getOperation()->walk([&](NormOpInterface op) {
      if (!op.getStrategyAttr())
        op.setStrategyAttr(
            makeStrategy(selectStreamBytes(op),
                         gpu ? selectGPUStrategy(op) : GPUStrategyAttr()));
    });
    getOperation()->walk([&](func::FuncOp function) {
      if (!function->hasAttr(kStrategyAttr))
        function->setAttr(kStrategyAttr,
                          makeStrategy(lastLevelCacheBytes,
                                       gpu ? getElementwiseGPUStrategy(function)
                                           : GPUStrategyAttr()));
    });
  }

  StrategyAttr makeStrategy(std::optional<int64_t> streamBytes,
                            GPUStrategyAttr gpuStrategy) {
    return StrategyAttr::get(
        &getContext(), vectorBits, streamBytes,
        streamBytes ? std::optional<int64_t>(prefetchBytes) : std::nullopt,
        grainBytes, gpuStrategy);
  }

  /// Waking a thread costs about as much as the work on this many bytes in
  /// cache; 8 rows of 4096 f32 stay on the caller.
  static constexpr int64_t grainBytes = 262144;

  /// Two rows of as many bytes, or two pairs for a gradient, fit the 512 KB of
  /// a core's own cache that any CPU for servers has.
  static constexpr int64_t prefetchBytes = 131072;

  /// Results go past the caches once the data does not fit them: the line is
  /// then not read before it is written, which saves a third of the traffic of
  /// a kernel that reads and writes once. Below the cache size the next reader
  /// would miss instead.
  std::optional<int64_t> selectStreamBytes(NormOpInterface op) {
    std::optional<int64_t> bytes = streamedBytes(op);
    if (!bytes)
      return lastLevelCacheBytes;
    return *bytes >= lastLevelCacheBytes ? std::optional<int64_t>(0)
                                         : std::nullopt;
  }
};
} // namespace
