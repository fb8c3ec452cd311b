//===- TileColumns.cpp - Column tiles of elementwise ops ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"
#include "RowOps.h"

#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

namespace norm {
#define GEN_PASS_DEF_TILECOLUMNS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

StrategyAttr norm::strategyOf(Operation *op) {
  for (; op && op->getBlock(); op = op->getParentOp()) {
    for (Operation *before = op; before; before = before->getPrevNode())
      if (auto schedule = dyn_cast<LoopScheduleOp>(before))
        return schedule.getStrategy();
    if (auto strategy = op->getAttrOfType<StrategyAttr>(kStrategyAttr))
      return strategy;
  }
  return {};
}

GPUStrategyAttr norm::gpuStrategyOf(Operation *op) {
  StrategyAttr strategy = strategyOf(op);
  return strategy ? strategy.getGpu() : GPUStrategyAttr();
}

/// Whether `op` sums rows of two matrices that are read as a whole, of few
/// tiles of `lanes` columns: the prefetchers of a CPU follow rows that lie one
/// behind the other, which from memory saves more than sums in registers do. Of
/// one matrix it saves a tenth at most, and doubles the time to compile. Not
/// where elements are widened, which norm-split-bfloat16-lanes does for tiles.
static bool areRowsOfTiles(linalg::LinalgOp op, int64_t lanes, int64_t bits) {
  constexpr int64_t mostTiles = 4;
  if (!isColumnSum(op) || bits != 32)
    return false;
  int64_t columns = op.getStaticLoopRanges().back();
  int64_t matrices =
      llvm::count_if(op.getDpsInputOperands(),
                     [&](OpOperand *input) { return op.getRank(input) == 2; });
  return matrices > 1 && columns > lanes && columns % lanes == 0 &&
         columns <= mostTiles * lanes &&
         llvm::all_of(op->getOperandTypes(), [&](Type type) {
           return getElementTypeOrSelf(type).isF32();
         });
}

/// Whether `op` does no more than multiply at most three rows of f16: whole
/// tiles of such products pass through the registers vector by vector, and
/// longer iterations take 0.87 of the time. Says the same of a tile of `op`.
static bool isProductOfF16(linalg::LinalgOp op) {
  unsigned rows = 0;
  for (Type type : op->getOperandTypes()) {
    auto shaped = dyn_cast<ShapedType>(type);
    if (!shaped || shaped.getRank() != 1)
      continue;
    if (!shaped.getElementType().isF16())
      return false;
    ++rows;
  }
  return rows <= 3 &&
         llvm::all_of(op.getBlock()->getOperations(), [](Operation &inner) {
           return isa<arith::MulFOp, arith::ExtFOp, arith::TruncFOp,
                      linalg::YieldOp>(inner);
         });
}

/// Whether `op` has half of `lanes` columns at a time: with vectors of up to
/// 256 bits a whole tile fills 8 registers with each value, and CPUs such as
/// those of x86-64-v3 have 16. Not where elements of bf16 are, which
/// norm-split-bfloat16-lanes takes apart in whole tiles, nor on a single tile.
static bool hasHalfTiles(linalg::LinalgOp op, int64_t lanes) {
  StrategyAttr strategy = strategyOf(op);
  return strategy && strategy.getVectorBits() <= 256 &&
         isElementwiseRowOp(op) && op.getStaticLoopRanges()[0] != lanes &&
         !isProductOfF16(op) &&
         llvm::none_of(op->getOperandTypes(), [](Type type) {
           return getElementTypeOrSelf(type).isBF16();
         });
}

int64_t norm::columnTile(linalg::LinalgOp op) {
  if (GPUStrategyAttr gpu = gpuStrategyOf(op))
    return gpu.getRowTile() / gpu.getTileRows();
  // The widest type in the body decides, so that a tile fills the registers
  // that the accumulator's lanes fill.
  int64_t bits = 0;
  op.getBlock()->walk([&](Operation *inner) {
    for (Type type : inner->getOperandTypes())
      if (type.isFloat())
        bits = std::max<int64_t>(bits, type.getIntOrFloatBitWidth());
  });
  int64_t lanes = sumLanes(bits);
  if (hasHalfTiles(op, lanes))
    return lanes / 2;
  return areRowsOfTiles(op, lanes, bits) ? op.getStaticLoopRanges().back()
                                         : lanes;
}

/// The most columns that a tensor of rank 1 can have, as far as the memory that
/// it was taken from tells; dynamic if it does not.
static int64_t maxColumns(Value tensor) {
  while (tensor) {
    auto type = dyn_cast<RankedTensorType>(tensor.getType());
    if (!type || type.getRank() != 1)
      break;
    if (!type.isDynamicDim(0))
      return type.getDimSize(0);
    Operation *op = tensor.getDefiningOp();
    auto result = dyn_cast<OpResult>(tensor);
    if (auto slice = dyn_cast_or_null<tensor::ExtractSliceOp>(op))
      tensor = slice.getSource();
    else if (auto insert = dyn_cast_or_null<tensor::InsertSliceOp>(op))
      tensor = insert.getDest();
    else if (auto loop = dyn_cast_or_null<scf::ForOp>(op))
      tensor = loop.getInitArgs()[result.getResultNumber()];
    else if (auto linalgOp = dyn_cast_or_null<linalg::LinalgOp>(op))
      tensor = linalgOp.getDpsInits()[result.getResultNumber()];
    else
      break;
  }
  return ShapedType::kDynamic;
}

/// True if an operand of `op` shows that there are no more columns than a tile
/// has.
static bool fitsTile(linalg::LinalgOp op, int64_t tile) {
  AffineExpr column = getAffineDimExpr(op.getNumLoops() - 1, op.getContext());
  return llvm::any_of(op->getOpOperands(), [&](OpOperand &operand) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (map.getNumResults() != 1 || map.getResult(0) != column)
      return false;
    int64_t columns = maxColumns(operand.get());
    return !ShapedType::isDynamic(columns) && columns <= tile;
  });
}

namespace {
struct TileColumnsPass : norm::impl::TileColumnsBase<TileColumnsPass> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (isElementwiseRowOp(op) || isColumnSum(op))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : ops)
      if (failed(tile(rewriter, op)))
        return signalPassFailure();
  }

  LogicalResult tile(IRRewriter &rewriter, linalg::LinalgOp op) {
    // The columns are the last dim.
    int64_t length = op.getStaticLoopRanges().back();
    int64_t tile = columnTile(op);
    GPUStrategyAttr gpu = gpuStrategyOf(op);
    // Loops with tiles of several rows are over tiles of columns.
    if (gpu && gpu.getTileRows() > 1)
      return success();
    if (ShapedType::isDynamic(length) ? fitsTile(op, tile) : length <= tile)
      return success();
    rewriter.setInsertionPoint(op);
    SmallVector<OpFoldResult> sizes(op.getNumLoops(), rewriter.getIndexAttr(0));
    sizes.back() = rewriter.getIndexAttr(tile);
    auto options = scf::SCFTilingOptions().setTileSizes(sizes);
    FailureOr<scf::SCFTilingResult> tiled = scf::tileUsingSCF(
        rewriter, cast<TilingInterface>(op.getOperation()), options);
    if (failed(tiled))
      return op->emitOpError("cannot be tiled by columns");
    rewriter.replaceOp(op, tiled->replacements);
    if (!ShapedType::isDynamic(length) && length % tile == 0)
      return success();
    // A single tile needs no loop: it and the rest would be two insertions into
    // a tensor, whose memory bufferization does not find.
    if (gpu && !ShapedType::isDynamic(length) && length < 2 * tile)
      return success();
    scf::ForOp remainder;
    // Fails only where the tiles fit exactly.
    if (failed(scf::peelForLoopAndSimplifyBounds(
            rewriter, cast<scf::ForOp>(tiled->loops.front().getOperation()),
            remainder)))
      return success();
    // Of a multiple of the tile, such as 64 channels times any number of
    // elements, nothing remains. Bufferization can prove that no iteration
    // runs, too, and then no longer that what it reads and writes is one slice.
    if (ValueBoundsConstraintSet::compare({remainder.getUpperBound()},
                                          ValueBoundsConstraintSet::LE,
                                          {remainder.getLowerBound()}))
      rewriter.replaceOp(remainder, remainder.getInitArgs());
    return success();
  }
};
} // namespace
