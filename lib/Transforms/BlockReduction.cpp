//===- BlockReduction.cpp - Sums over the threads of a row ----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockReduction.h"

#include "GPUStrategy.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace norm;

/// On a barrier that keeps the next row from writing what this one reads; not
/// left by removeNeedlessBarriers().
static constexpr StringLiteral kNextRowAttr = "norm.next_row";

static Value i32(OpBuilder &b, Location loc, int64_t value) {
  return arith::ConstantOp::create(
      b, loc, b.getI32IntegerAttr(static_cast<int32_t>(value)));
}

/// The lanes of this thread's group of `lanes` neighbours, as bits.
static Value maskOf(OpBuilder &b, Location loc, int64_t lanes) {
  if (lanes == warp)
    return i32(b, loc, -1);
  Value lane = NVVM::LaneIdOp::create(b, loc, b.getI32Type());
  Value first = arith::AndIOp::create(b, loc, lane, i32(b, loc, -lanes));
  return arith::ShLIOp::create(b, loc, i32(b, loc, (int64_t(1) << lanes) - 1),
                               first);
}

namespace {

class ThreadAdder {
public:
  ThreadAdder(OpBuilder &builder, gpu::GPUFuncOp kernel, GPUStrategyAttr gpu,
              Location loc)
      : b(builder), kernel(kernel), gpu(gpu), loc(loc) {}

  // Upstream's gpu.all_reduce has no barrier after its last read, takes all
  // threads of the block, and shuffles all lanes of a warp; rows of 16 threads
  // share warps here.
  Value add(Value value) {
    int64_t threads = gpu.getRowThreads();
    value = addLanes(value, std::min(threads, warp));
    return threads > warp ? addWarps(value, threads / warp) : value;
  }

  /// The sum over the rows of a tile of the column that this thread has.
  Value addRows(Value part) {
    int64_t elements = gpu.getThreadElements();
    int64_t columns = gpu.getRowTile() / gpu.getTileRows();
    int64_t ofRow = columns / elements, warps = gpu.getRowThreads() / warp;
    Type type = getElementTypeOrSelf(part);
    SmallVector<Value> sums;
    for (int64_t i = 0; i < elements; ++i)
      sums.push_back(vector::ExtractOp::create(b, loc, part, ArrayRef{i}));
    for (int64_t offset = ofRow; offset < warp; offset *= 2)
      for (Value &sum : sums)
        sum =
            arith::AddFOp::create(b, loc, sum, exchange(sum, i32(-1), offset));
    Value memory = addWorkgroupMemory({warps, columns}, type);
    Value thread = gpu::ThreadIdOp::create(b, loc, gpu::Dimension::x);
    Value lane = arith::RemUIOp::create(b, loc, thread, index(warp));
    Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                                          lane, index(ofRow));
    scf::IfOp::create(b, loc, isFirst, [&](OpBuilder &, Location) {
      Value number = arith::DivUIOp::create(b, loc, thread, index(warp));
      Value begin = arith::MulIOp::create(b, loc, lane, index(elements));
      for (auto [i, sum] : llvm::enumerate(sums))
        memref::StoreOp::create(
            b, loc, sum, memory,
            ValueRange{number, arith::AddIOp::create(b, loc, begin, index(i))});
      scf::YieldOp::create(b, loc);
    });
    gpu::BarrierOp::create(b, loc);
    Value column = arith::RemUIOp::create(b, loc, thread, index(columns));
    sums.clear();
    for (int64_t i = 0; i < warps; ++i)
      sums.push_back(
          memref::LoadOp::create(b, loc, memory, ValueRange{index(i), column}));
    // The next tiles are written there again.
    gpu::BarrierOp::create(b, loc)->setAttr(kNextRowAttr, b.getUnitAttr());
    for (int64_t half = warps / 2; half >= 1; half /= 2)
      for (int64_t i = 0; i < half; ++i)
        sums[i] = arith::AddFOp::create(b, loc, sums[i], sums[i + half]);
    return vector::BroadcastOp::create(b, loc, VectorType::get({1}, type),
                                       sums[0]);
  }

private:
  /// Memory of the block.
  Value addWorkgroupMemory(ArrayRef<int64_t> shape, Type type) {
    auto space = gpu::AddressSpaceAttr::get(
        b.getContext(), gpu::GPUDialect::getWorkgroupAddressSpace());
    return kernel.addWorkgroupAttribution(
        MemRefType::get(shape, type, MemRefLayoutAttrInterface(), space), loc);
  }

  /// Over groups of `lanes` neighbours.
  Value addLanes(Value value, int64_t lanes) {
    if (lanes == 1)
      return value;
    Value mask = maskOf(b, loc, lanes);
    for (int64_t offset = lanes / 2; offset >= 1; offset /= 2)
      value =
          arith::AddFOp::create(b, loc, value, exchange(value, mask, offset));
    return value;
  }

  /// The value of the lane whose number differs in the bit `offset`.
  Value exchange(Value value, Value mask, int64_t offset) {
    auto shuffle = [&](Value word) -> Value {
      return NVVM::ShflOp::create(b, loc, word.getType(), mask, word,
                                  i32(offset), i32(warp - 1),
                                  NVVM::ShflKind::bfly,
                                  /*return_value_and_is_valid=*/UnitAttr());
    };
    if (value.getType().isF32())
      return shuffle(value);
    auto one = VectorType::get({1}, value.getType());
    auto words = VectorType::get({2}, b.getI32Type());
    Value halves = vector::BitCastOp::create(
        b, loc, words, vector::BroadcastOp::create(b, loc, one, value));
    SmallVector<Value> moved;
    for (int64_t i : {0, 1})
      moved.push_back(
          shuffle(vector::ExtractOp::create(b, loc, halves, ArrayRef{i})));
    return vector::ExtractOp::create(
        b, loc,
        vector::BitCastOp::create(
            b, loc, one, vector::FromElementsOp::create(b, loc, words, moved)),
        ArrayRef<int64_t>{0});
  }

  Value addWarps(Value value, int64_t warps) {
    Value sums = addWorkgroupMemory({warps}, value.getType());
    Value thread = gpu::ThreadIdOp::create(b, loc, gpu::Dimension::x);
    Value lane = arith::RemUIOp::create(b, loc, thread, index(warp));
    Value isFirst =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, lane, index(0));
    scf::IfOp::create(b, loc, isFirst, [&](OpBuilder &, Location) {
      Value number = arith::DivUIOp::create(b, loc, thread, index(warp));
      memref::StoreOp::create(b, loc, value, sums, number);
      scf::YieldOp::create(b, loc);
    });
    gpu::BarrierOp::create(b, loc);
    Value of = arith::RemUIOp::create(b, loc, lane, index(warps));
    Value sum = memref::LoadOp::create(b, loc, sums, of);
    // The next row writes there again.
    gpu::BarrierOp::create(b, loc)->setAttr(kNextRowAttr, b.getUnitAttr());
    return addLanes(sum, warps);
  }

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value i32(int64_t value) { return ::i32(b, loc, value); }

  OpBuilder &b;
  gpu::GPUFuncOp kernel;
  GPUStrategyAttr gpu;
  Location loc;
};

} // namespace

Value norm::addThreads(OpBuilder &builder, gpu::GPUFuncOp kernel,
                       GPUStrategyAttr gpu, Value value) {
  return ThreadAdder(builder, kernel, gpu, value.getLoc()).add(value);
}

Value norm::addTileRows(OpBuilder &builder, gpu::GPUFuncOp kernel,
                        GPUStrategyAttr gpu, Value part) {
  return ThreadAdder(builder, kernel, gpu, part.getLoc()).addRows(part);
}

void norm::removeNeedlessBarriers(gpu::GPUFuncOp kernel) {
  llvm::MapVector<Block *, SmallVector<gpu::BarrierOp>> barriers;
  kernel.walk([&](gpu::BarrierOp barrier) {
    if (barrier->removeAttr(kNextRowAttr))
      barriers[barrier->getBlock()].push_back(barrier);
  });
  // Between the reads of one sum and the writes of the next row are the
  // barriers in front of the reads of the other sums, which stay, or those of
  // the cluster.
  for (auto &[block, ofBlock] : barriers)
    if (ofBlock.size() > 1 || !block->getOps<NVVM::ClusterWaitOp>().empty())
      for (gpu::BarrierOp barrier : ofBlock)
        barrier.erase();
}

void norm::synchronizeThreads(OpBuilder &builder, GPUStrategyAttr gpu,
                              Location loc) {
  // Rows that share a block need not go on together.
  if (gpu.getRowThreads() > warp)
    gpu::BarrierOp::create(builder, loc);
  else if (gpu.getRowThreads() > 1)
    NVVM::SyncWarpOp::create(builder, loc,
                             maskOf(builder, loc, gpu.getRowThreads()));
}
