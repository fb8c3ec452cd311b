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

/// Threads share long rows where rows are few. Below 1 MB of f32, starting
/// threads twice costs what it saves; 8 rows occupy 8 threads, which read each
/// row again from the caches if it fits them; 32 parts occupy at least 17. Rows
/// of dynamic size are not split: code for both forms would take every kernel
/// of such rows 40 % longer to compile.
static RowSplitAttr selectSplit(NormOpInterface op) {
  constexpr int64_t columns = 262144, rows = 8, chunks = 32;
  auto rowOp = dyn_cast<NormRowOpInterface>(*op);
  // Sums over rows are shared by blocks of rows.
  bool sumsRows = isa<RMSNormGradOp>(*op) && op->getNumResults() > 1;
  if (!rowOp || sumsRows)
    return {};
  auto shape = cast<ShapedType>(rowOp.getX().getType()).getShape();
  // Of a dynamic number of rows there may be few when the function runs.
  auto least = [](ArrayRef<int64_t> sizes, uint64_t dynamic) {
    uint64_t product = 1;
    for (int64_t size : sizes)
      product = llvm::SaturatingMultiply<uint64_t>(
          product, ShapedType::isDynamic(size) ? dynamic : size);
    return product;
  };
  int64_t axis = rowOp.getCanonicalAxis();
  if (least(shape.take_front(axis), 1) >= rows ||
      least(shape.drop_front(axis), 0) < columns)
    return {};
  return RowSplitAttr::get(op->getContext(), columns, rows, chunks);
}

namespace {
struct SelectStrategyPass : norm::impl::SelectStrategyBase<SelectStrategyPass> {
  using SelectStrategyBase::SelectStrategyBase;

  void runOnOperation() override {
    bool fits = true;
    getOperation()->walk([&](Operation *op) {
      if (auto normOp = dyn_cast<NormOpInterface>(op))
        fits &= succeeded(check(op, normOp.getStrategyAttr()));
      else if (isa<func::FuncOp>(op))
        fits &= succeeded(check(op, op->getAttr(kStrategyAttr)));
    });
    if (!fits)
      return signalPassFailure();
    getOperation()->walk([&](NormOpInterface op) {
      if (!op.getStrategyAttr())
        op.setStrategyAttr(
            gpu ? makeStrategy(streamedBytes(op), {},
                               selectGPUStrategy(op, clusters))
                : makeStrategy(streamedBytes(op), selectSplit(op), {}));
    });
    getOperation()->walk([&](func::FuncOp function) {
      if (!function->hasAttr(kStrategyAttr))
        function->setAttr(kStrategyAttr,
                          makeStrategy(std::nullopt, {},
                                       gpu ? getElementwiseGPUStrategy(function)
                                           : GPUStrategyAttr()));
    });
  }

  /// Checks the strategy of `op`, null if it has none, which was written by
  /// hand or for another target.
  LogicalResult check(Operation *op, Attribute attribute) {
    if (!attribute)
      return success();
    auto strategy = dyn_cast<StrategyAttr>(attribute);
    if (!strategy)
      return op->emitOpError("expected a #norm.strategy as '")
             << kStrategyAttr << "', found " << attribute;
    GPUStrategyAttr ofGPU = strategy.getGpu();
    if (gpu != bool(ofGPU))
      return op->emitOpError("expected a strategy for a ")
             << (gpu ? "GPU, with 'gpu'" : "CPU, without 'gpu'")
             << ", or none, found " << attribute;
    // The vectors of a row and those of a thread are told apart by their
    // lengths.
    if (ofGPU && ofGPU.getRowThreads() < 2)
      return op->emitOpError(
                 "expected a strategy with row_threads >= 2, found ")
             << ofGPU.getRowThreads();
    if (ofGPU && ofGPU.getTileRows() != 1)
      return op->emitOpError("expected a strategy with tile_rows = 1, as only "
                             "kernels that add partial sums have more, found ")
             << ofGPU.getTileRows();
    return success();
  }

  /// `bytes` are those of all large tensors, absent if they are not known.
  StrategyAttr makeStrategy(std::optional<int64_t> bytes, RowSplitAttr split,
                            GPUStrategyAttr gpuStrategy) {
    return StrategyAttr::get(
        &getContext(), vectorBits, selectStreamBytes(bytes), streamColumns,
        selectPrefetchBytes(bytes), grainBytes, split, gpuStrategy);
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

  /// Storing the ends of a row on their own costs about as much as two vectors
  /// of it.
  static constexpr int64_t streamColumns = 512;

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
