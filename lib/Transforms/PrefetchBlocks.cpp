//===- PrefetchBlocks.cpp - Blocks of rows in the caches before their turn ===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ColumnLoop.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace norm;

/// The rows of `blockLoop`'s iteration, if `read` takes all columns of one of
/// them in each iteration of `loop`, a sum. Null if it reads something else:
/// prefetching some columns at a time reads memory out of order, which costs
/// more than it saves.
static memref::SubViewOp blockOf(vector::TransferReadOp read, scf::ForOp loop,
                                 scf::ForOp blockLoop) {
  OperandRange indices = read.getIndices();
  if (loop.getNumResults() == 0 || read.getMask() || indices.size() != 2 ||
      indices[0] != loop.getInductionVar() ||
      !isConstantIntValue(indices[1], 0))
    return {};
  auto view = read.getBase().getDefiningOp<memref::SubViewOp>();
  bool isBlock = view && !blockLoop.isDefinedOutsideOfLoop(view) &&
                 blockLoop.isDefinedOutsideOfLoop(view.getSource());
  return isBlock ? view : memref::SubViewOp();
}

/// The bytes that a block has at most, without gaps between its rows; 0 if that
/// is not known.
static int64_t mostBytes(memref::SubViewOp block) {
  MemRefType type = block.getType();
  int64_t rows = type.getDimSize(0);
  auto size = dyn_cast<Value>(block.getMixedSizes()[0]);
  if (auto least = size ? size.getDefiningOp<arith::MinUIOp>() : nullptr)
    for (Value limit : least->getOperands())
      rows = std::max(rows, getConstantIntValue(limit).value_or(0));
  if (ShapedType::isDynamic(rows) || type.isDynamicDim(1))
    return 0;
  return rows * type.getDimSize(1) * type.getElementTypeBitWidth() / 8;
}

/// The bytes from `block` to the next one, which follows it; 0 if it is the
/// thread's last one or has more than `blockBytes`.
static Value distanceToNext(memref::SubViewOp block, scf::ForOp blockLoop,
                            int64_t blockBytes) {
  OpBuilder b(block->getContext());
  b.setInsertionPointAfter(block);
  Location loc = block.getLoc();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, block);
  int64_t elementBytes = block.getType().getElementTypeBitWidth() / 8;
  Value rows = memref::DimOp::create(b, loc, block, 0);
  Value elements =
      arith::MulIOp::create(b, loc, rows, metadata.getStrides()[0]);
  Value bytes = arith::MulIOp::create(b, loc, elements, constant(elementBytes));
  Value next = arith::AddIOp::create(b, loc, blockLoop.getInductionVar(),
                                     blockLoop.getStep());
  Value isBlock = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, next,
                                        blockLoop.getUpperBound());
  Value isSmall = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ule,
                                        bytes, constant(blockBytes));
  Value both = arith::AndIOp::create(b, loc, isBlock, isSmall);
  return arith::SelectOp::create(b, loc, both, bytes, constant(0));
}

/// Prefetches what is `distance` bytes behind the vector that `read` reads in
/// each iteration of `loop`.
static void prefetchBehind(vector::TransferReadOp read, scf::ForOp loop,
                           Value distance) {
  OpBuilder b(loop);
  Location loc = read.getLoc();
  auto metadata =
      memref::ExtractStridedMetadataOp::create(b, loc, read.getBase());
  int64_t elementBytes =
      cast<MemRefType>(read.getShapedType()).getElementTypeBitWidth() / 8;
  Value first = arith::AddIOp::create(
      b, loc, createAddress(b, loc, read.getBase()), distance);
  Value rowBytes = arith::MulIOp::create(
      b, loc, metadata.getStrides()[0],
      arith::ConstantIndexOp::create(b, loc, elementBytes));
  b.setInsertionPoint(read);
  Value row = arith::MulIOp::create(b, loc, loop.getInductionVar(), rowBytes);
  Value address = arith::AddIOp::create(b, loc, first, row);
  int64_t bytes = read.getVectorType().getNumElements() * elementBytes;
  for (int64_t offset = 0; offset < bytes; offset += lineBytes)
    createPrefetch(b, loc, address, offset, CacheLevel::Second);
}

void norm::prefetchBlocks(scf::ForOp blockLoop, int64_t blockBytes) {
  llvm::MapVector<memref::SubViewOp,
                  std::pair<vector::TransferReadOp, scf::ForOp>>
      lastReads;
  blockLoop.getBody()->walk([&](vector::TransferReadOp read) {
    if (auto loop = dyn_cast<scf::ForOp>(read->getParentOp()))
      if (memref::SubViewOp block = blockOf(read, loop, blockLoop))
        lastReads[block] = {read, loop};
  });
  if (lastReads.empty())
    return;
  int64_t share = blockBytes / int64_t(lastReads.size());
  for (auto &[block, last] : lastReads)
    // Prefetching what is there costs as much as prefetching the next block.
    if (mostBytes(block) <= share)
      prefetchBehind(last.first, last.second,
                     distanceToNext(block, blockLoop, share));
}
