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

/// norm.channel_stats: each block has the number of its elements, their mean
/// and the sum of their squared deviations from it, which are merged in f64.
///
/// A block is read from memory once, for its mean; the deviations `d` from that
/// mean `k`, which is rounded, are summed while it is cached: the block's mean
/// is `k + sum d / n`, the sum of squares `sum d^2 - (sum d)^2 / n`.
class StatsTiler : ChannelBlocks {
public:
  StatsTiler(IRRewriter &rewriter, ChannelStatsOp op)
      : ChannelBlocks(rewriter, op, op.getX(), op.getLayout(), op.getAccType()),
        op(op) {}

  void tile() {
    Type f64 = b.getF64Type();
    // Sums of x (then k), d and d^2; the mean and the squares of each block.
    SmallVector<Value> partial =
        forEachBlock({acc, acc, acc, f64, f64},
                     [&](const Block &block) { return fillBlock(block); });
    Value means = partial[3], squares = partial[4];
    b.replaceOp(op, forEachChannel(op->getResultTypes(), [&](Value channel) {
                  return merge(channel, means, squares);
                }));
  }

private:
  SmallVector<Value> fillBlock(const Block &block) {
    Value x = sliceOf(op.getX(), block);
    Value count = toFloat(block.numElements, acc);
    Value sum = sumBlock({x}, {}, {block.outs[0]}, [&](ValueRange args) {
      return SmallVector<Value>{extend(args[0])};
    })[0];
    Value k = mapChannels({sum}, block.outs[0], [&](ValueRange args) {
      return divide(args[0], atLeastOne(count));
    });
    SmallVector<Value> sums = sumBlock(
        {x}, {k}, {block.outs[1], block.outs[2]}, [&](ValueRange args) {
          Value d = subtract(extend(args[0]), args[1]);
          return SmallVector<Value>{d, multiply(d, d)};
        });
    Value wideCount = atLeastOne(toFloat(block.numElements, b.getF64Type()));
    Value mean = mapChannels({k, sums[0]}, block.outs[3], [&](ValueRange args) {
      Value shift = divide(widen(args[1]), wideCount);
      // The mean of infinities is known without deviations.
      Value isNaN = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO,
                                          shift, shift);
      Value wide = widen(args[0]);
      return arith::SelectOp::create(b, loc, isNaN, wide, add(wide, shift))
          .getResult();
    });
    Value square =
        mapChannels({sums[0], sums[1]}, block.outs[4], [&](ValueRange args) {
          Value s = widen(args[0]);
          return subtract(widen(args[1]), multiply(s, divide(s, wideCount)));
        });
    return {k, sums[0], sums[1], mean, square};
  }

  /// mean and inv_std of a channel.
  SmallVector<Value> merge(Value channel, Value means, Value squares) {
    Type f64 = b.getF64Type();
    Value total = toFloat(elementsPerChannel(), f64);
    Value sum = sumOverBlocks([&](Value block) {
      return multiply(toFloat(elementsOf(block), f64),
                      extractAt(means, block, channel));
    });
    Value mean = divide(sum, atLeastOne(total));
    Value deviations = sumOverBlocks([&](Value block) {
      Value d = subtract(extractAt(means, block, channel), mean);
      return add(extractAt(squares, block, channel),
                 multiply(toFloat(elementsOf(block), f64), multiply(d, d)));
    });
    // No elements: 0 / 0.
    Value variance = divide(deviations, total);
    Value root = math::SqrtOp::create(
        b, loc, add(variance, wideConstant(op.getEpsilon())));
    Value invStd = divide(wideConstant(APFloat(1.0)), root);
    SmallVector<Value> values{narrow(mean), narrow(invStd)};
    values.truncate(op->getNumResults());
    return values;
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
    SmallVector<Value> partial =
        forEachBlock(SmallVector<Type>(numSums, acc), [&](const Block &block) {
          return sumBlock(
              {sliceOf(op.getX(), block), sliceOf(op.getDy(), block)},
              {channelsOf(op.getMean(), block),
               channelsOf(op.getInvStd(), block)},
              block.outs, [&](ValueRange args) {
                Value dy = extend(args[1]);
                Value h = multiply(subtract(extend(args[0]), args[2]), args[3]);
                SmallVector<Value> summands{multiply(h, dy), dy};
                summands.truncate(numSums);
                return summands;
              });
        });
    b.replaceOp(op, forEachChannel(op->getResultTypes(), [&](Value channel) {
                  return llvm::map_to_vector(partial, [&](Value sums) {
                    return narrow(sumOverBlocks([&](Value block) {
                      return widen(extractAt(sums, block, channel));
                    }));
                  });
                }));
  }

private:
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
