//===- DistributeTiles.cpp - Tiles of several rows in registers of threads ===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockReduction.h"
#include "VectorDistribution.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace norm;

namespace {

/// A tile of several rows: each thread reads its elements of one of them.
struct DistributeTileRead
    : DistributedPattern<OpConversionPattern<vector::TransferReadOp>> {
  using DistributedPattern::DistributedPattern;
  LogicalResult
  matchAndRewrite(vector::TransferReadOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isOwn(op) || op.getVectorType().getRank() != 2 ||
        distribution.parts() != 1 || op.hasOutOfBoundsDim() ||
        !op.getPermutationMap().isIdentity())
      return rewriter.notifyMatchFailure(op, "no tile");
    Location loc = op.getLoc();
    Value width =
        arith::ConstantIndexOp::create(rewriter, loc, distribution.columns());
    Value row =
        arith::DivUIOp::create(rewriter, loc, distribution.first, width);
    Value column =
        arith::RemUIOp::create(rewriter, loc, distribution.first, width);
    SmallVector<OpFoldResult> kept(2);
    if (Value mask = op.getMask()) {
      if (auto create = mask.getDefiningOp<vector::CreateMaskOp>())
        kept = getAsOpFoldResult(create.getOperands());
      else if (auto constant = mask.getDefiningOp<vector::ConstantMaskOp>())
        kept =
            getAsIndexOpFoldResult(op.getContext(), constant.getMaskDimSizes());
      else
        return rewriter.notifyMatchFailure(op, "a mask of any elements");
      for (auto [size, most] :
           llvm::zip_equal(kept, op.getVectorType().getShape()))
        if (getConstantIntValue(size).value_or(0) >= most)
          size = {};
    }
    VectorType type = distribution.partOf(op.getType());
    auto read = [&] {
      return PartAccess(rewriter, loc, distribution, op, row, column, kept[1])
          .read(type);
    };
    if (!kept[0]) {
      rewriter.replaceOpWithMultiple(op, {ValueRange(read())});
      return success();
    }
    Value isKept = arith::CmpIOp::create(
        rewriter, loc, arith::CmpIPredicate::slt, row,
        getValueOrCreateConstantIndexOp(rewriter, loc, kept[0]));
    auto part = scf::IfOp::create(
        rewriter, loc, isKept,
        [&](OpBuilder &, Location) {
          scf::YieldOp::create(rewriter, loc, read());
        },
        [&](OpBuilder &, Location) {
          Value none = arith::ConstantOp::create(rewriter, loc,
                                                 rewriter.getZeroAttr(type));
          scf::YieldOp::create(rewriter, loc, none);
        });
    rewriter.replaceOpWithMultiple(op, {part.getResults()});
    return success();
  }
};

/// The sum of the rows of a tile.
struct DistributeTileSum
    : DistributedPattern<OpConversionPattern<vector::MultiDimReductionOp>> {
  using DistributedPattern::DistributedPattern;
  LogicalResult
  matchAndRewrite(vector::MultiDimReductionOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!distribution.isDistributed(op.getSourceVectorType()) ||
        op.getKind() != vector::CombiningKind::ADD || !op.isReducedDim(0) ||
        op.isReducedDim(1) || distribution.parts() != 1)
      return rewriter.notifyMatchFailure(op, "no sum of the rows of a tile");
    Value sum = addTileRows(rewriter, distribution.kernel, distribution.gpu,
                            adaptor.getSource()[0]);
    sum =
        arith::AddFOp::create(rewriter, op.getLoc(), adaptor.getAcc()[0], sum);
    rewriter.replaceOpWithMultiple(op, {ValueRange(sum)});
    return success();
  }
};

} // namespace

void norm::populateTilePatterns(const Distribution &distribution,
                                const TypeConverter &converter,
                                RewritePatternSet &patterns) {
  patterns.add<DistributeTileRead, DistributeTileSum>(distribution, converter,
                                                      patterns.getContext());
}
