//===- TileChannels.cpp - Sums over channels in fixed blocks --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelBlocks.h"

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace norm {
#define GEN_PASS_DEF_TILECHANNELS
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

namespace {

/// norm.channel_stats: each block has its mean `k`, which is rounded, and the
/// sums of the deviations `d` from it and of their squares, which are merged in
/// f64.
///
/// A block is read from memory once, for its mean; the deviations are summed
/// while it is cached. With `n` elements the mean of the block is
/// `k + sum d / n`, the sum of squares `sum d^2 - (sum d)^2 / n`. Sums of the
/// values themselves would have errors of their size, so those of a block are
/// taken from its first element, and those of a channel from its first `k`.
class StatsTiler : ChannelBlocks {
public:
  StatsTiler(IRRewriter &rewriter, ChannelStatsOp op)
      : ChannelBlocks(rewriter, op, op.getX(), op.getLayout(), op.getAccType()),
        op(op) {}

  void tile() {
    View x = viewOf(op.getX());
    SmallVector<Value> partial =
        forEachBlock(3, /*needsCounts=*/true,
                     [&](const Block &block) { return fillBlock(block, x); });
    Value total = toFloat(elementsPerChannel(), b.getF64Type());
    b.replaceOp(op, forEachChannelTile(op->getResultTypes(), partial,
                                       [&](const ChannelTile &tile) {
                                         return merge(tile, total);
                                       }));
  }

private:
  SmallVector<Value> fillBlock(const Block &block, const View &view) {
    Elements x = elementsOf(view, block);
    // Where the second value is made later.
    Value first = firstOf(x, block.outs[1], [&](Value value) {
      return finiteOrZero(extend(value));
    });
    Value sum = sumBlock(x, first, block.outs[0], [&](ValueRange args) {
      return SmallVector<Value>{subtract(extend(args[0]), args[1])};
    })[0];
    Value count = toFloat(block.numElements, acc);
    Value k = updateChannels(sum, first, [&](ValueRange args) {
      return add(args[0], divide(args[1], count));
    });
    Value second =
        isa<RankedTensorType>(first.getType()) ? first : block.outs[1];
    SmallVector<Value> values{k};
    llvm::append_range(
        values, sumBlock(x, k, {second, block.outs[2]}, [&](ValueRange args) {
          Value d = subtract(extend(args[0]), args[1]);
          return SmallVector<Value>{d, multiply(d, d)};
        }));
    return values;
  }

  /// mean and inv_std of some channels.
  SmallVector<Value> merge(const ChannelTile &tile, Value total) {
    Value k = tile.partial[0], d = tile.partial[1], squares = tile.partial[2];
    Value base = firstOfBlocks(
        tile, k, [&](Value first) { return finiteOrZero(widen(first)); });
    Value sum = sumOverBlocks(
        tile, {k, d}, /*needsCounts=*/true, base, [&](ValueRange args) {
          Value shift = quotient(widen(args[1]), args[2], args[3]);
          return multiply(args[2], meanFrom(args[4], args[0], shift));
        });
    // From base, as the means of the blocks.
    Value mean = updateChannels(sum, {}, [&](ValueRange args) {
      return divide(args[0], atLeastOne(total));
    });
    SmallVector<Value> results{
        narrowChannels(tile, 0, {base, mean},
                       [&](ValueRange args) { return add(args[0], args[1]); })};
    if (op->getNumResults() == 1)
      return results;
    Value deviations =
        sumOverBlocks(tile, {k, d, squares}, /*needsCounts=*/true, {base, mean},
                      [&](ValueRange args) {
                        Value s = widen(args[1]), n = args[3];
                        Value shift = quotient(s, n, args[4]);
                        Value mean = meanFrom(args[5], args[0], shift);
                        return add(ownDeviations(widen(args[2]), s, shift),
                                   betweenBlocks(n, subtract(mean, args[6])));
                      });
    results.push_back(narrowChannels(tile, 1, deviations, [&](ValueRange args) {
      // No elements: 0 / 0.
      Value variance = divide(args[0], total);
      Value root = math::SqrtOp::create(
          b, loc, add(variance, wideConstant(op.getEpsilon())));
      return divide(wideConstant(APFloat(1.0)), root);
    }));
    return results;
  }

  /// s / n, from 1 / n: the error of the product is taken off, so that equal
  /// values have no variance, as with a division, which takes longer.
  Value quotient(Value s, Value n, Value reciprocal) {
    Value product = multiply(s, reciprocal);
    Value negative = arith::NegFOp::create(b, loc, product);
    Value error = math::FmaOp::create(b, loc, negative, n, s);
    return math::FmaOp::create(b, loc, error, reciprocal, product);
  }

  /// What the mean of a block is above `base`, if its deviations from `k` have
  /// the mean `shift`.
  Value meanFrom(Value base, Value k, Value shift) {
    Value mean = subtract(widen(k), base);
    // The mean of infinities is known without deviations.
    return arith::SelectOp::create(b, loc, isNaN(shift), mean,
                                   add(mean, shift));
  }

  /// The squared deviations of a block from its mean, if those from `k` have
  /// the sum `s` and the mean `shift`.
  Value ownDeviations(Value squares, Value s, Value shift) {
    // Squares too large for acc; a difference of infinities would be NaN.
    Value infinity = wideConstant(APFloat::getInf(APFloat::IEEEdouble()));
    Value tooLarge = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ,
                                           squares, infinity);
    return arith::SelectOp::create(b, loc, tooLarge, squares,
                                   subtract(squares, multiply(s, shift)));
  }

  /// The squared deviations of the mean of a block with `n` elements from that
  /// of the channel. If a mean is NaN or infinite, the deviations of a block
  /// are already, and say which.
  Value betweenBlocks(Value n, Value deviation) {
    return arith::SelectOp::create(b, loc, isNaN(deviation),
                                   wideConstant(APFloat(0.0)),
                                   multiply(n, multiply(deviation, deviation)));
  }

  Value isNaN(Value value) {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, value,
                                 value);
  }

  Value finiteOrZero(Value value) {
    Value zero =
        arith::ConstantOp::create(b, loc, b.getZeroAttr(value.getType()));
    return arith::SelectOp::create(
        b, loc, math::IsFiniteOp::create(b, loc, value), value, zero);
  }

  /// epsilon is rounded to acc.
  Value wideConstant(APFloat value) { return widen(constant(value)); }

  ChannelStatsOp op;
};

/// norm.channel_backprop_stats: both sums of a block in one visit.
class BackpropStatsTiler : ChannelBlocks {
public:
  BackpropStatsTiler(IRRewriter &rewriter, ChannelBackpropStatsOp op)
      : ChannelBlocks(rewriter, op, op.getX(), op.getLayout(), op.getAccType()),
        op(op) {}

  void tile() {
    unsigned numSums = op->getNumResults();
    View x = viewOf(op.getX()), dy = viewOf(op.getDy());
    SmallVector<Value> partial =
        forEachBlock(numSums, /*needsCounts=*/false, [&](const Block &block) {
          return sumBlock({elementsOf(x, block), elementsOf(dy, block)},
                          {channelsOf(op.getMean(), block),
                           channelsOf(op.getInvStd(), block)},
                          block.outs, [&](ValueRange args) {
                            Value dy = extend(args[1]);
                            Value h = multiply(
                                subtract(extend(args[0]), args[2]), args[3]);
                            SmallVector<Value> summands{multiply(h, dy), dy};
                            summands.truncate(numSums);
                            return summands;
                          });
        });
    b.replaceOp(op, forEachChannelTile(
                        op->getResultTypes(), partial,
                        [&](const ChannelTile &tile) { return merge(tile); }));
  }

private:
  SmallVector<Value> merge(const ChannelTile &tile) {
    SmallVector<Value> merged;
    for (auto [i, sums] : llvm::enumerate(tile.partial)) {
      Value sum =
          sumOverBlocks(tile, sums, /*needsCounts=*/false, {},
                        [&](ValueRange args) { return widen(args[0]); });
      merged.push_back(narrowChannels(tile, i, sum,
                                      [](ValueRange args) { return args[0]; }));
    }
    return merged;
  }

  ChannelBackpropStatsOp op;
};

struct TileChannelsPass : norm::impl::TileChannelsBase<TileChannelsPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<NormOpInterface> ops;
    getOperation()->walk([&](NormOpInterface op) {
      if (isa<ChannelStatsOp, ChannelBackpropStatsOp>(*op) &&
          op.hasTensorSemantics())
        ops.push_back(op);
    });
    for (NormOpInterface op : ops) {
      if (!ChannelBlocks::isCollapsed(op)) {
        op.emitOpError("cannot be tiled: expected x of shape [N, C, L] in NCHW "
                       "or [R, C] in NHWC; run norm-collapse-rows first");
        return signalPassFailure();
      }
      rewriter.setInsertionPoint(op);
      if (auto stats = dyn_cast<ChannelStatsOp>(*op))
        StatsTiler(rewriter, stats).tile();
      else
        BackpropStatsTiler(rewriter, cast<ChannelBackpropStatsOp>(*op)).tile();
    }
  }
};

} // namespace
