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
            makeStrategy(streamedBytes(op),
                         gpu ? selectGPUStrategy(op) : GPUStrategyAttr()));
    });
    getOperation()->walk([&](func::FuncOp function) {
      if (!function->hasAttr(kStrategyAttr))
        function->setAttr(
            kStrategyAttr,
            makeStrategy(std::nullopt, gpu ? getElementwiseGPUStrategy(function)
                                           : GPUStrategyAttr()));
    });
  }

  /// `bytes` are those of all large tensors, absent if they are not known.
  StrategyAttr makeStrategy(std::optional<int64_t> bytes,
                            GPUStrategyAttr gpuStrategy) {
    return StrategyAttr::get(
        &getContext(), vectorBits, selectStreamBytes(bytes),
        selectPrefetchBytes(bytes), grainBytes, gpuStrategy);
  }

  /// Waking a thread costs about as much as the work on this many bytes in
  /// cache; 8 rows of 4096 f32 stay on the caller.
  static constexpr int64_t grainBytes = 262144;

  /// Results go past the caches once the data does not fit them: the line is
  /// then not read before it is written, which saves a third of the traffic of
  /// a kernel that reads and writes once. Below the cache size the next reader
  /// would miss instead.
  std::optional<int64_t> selectStreamBytes(std::optional<int64_t> bytes) {
    if (!bytes)
      return lastLevelCacheBytes;
    return *bytes >= lastLevelCacheBytes ? std::optional<int64_t>(0)
                                         : std::nullopt;
  }

  /// Two rows of 128 KB, or two pairs for a gradient, fit the 512 KB of a
  /// core's own cache that any CPU for servers has. Data that fits it as a
  /// whole is not worth the instructions.
  std::optional<int64_t> selectPrefetchBytes(std::optional<int64_t> bytes) {
    constexpr int64_t ownCacheBytes = 524288, rowBytes = ownCacheBytes / 4;
    if (gpu || (bytes && *bytes < ownCacheBytes))
      return std::nullopt;
    return rowBytes;
  }
};
} // namespace
