//===- ChannelsToLinalg.cpp - The ops over channels as linalg ops ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"
#include "Patterns.h"

#include "norm/Conversion/Passes.h"
#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

namespace {

/// Builds the linalg ops of an op over the channels of `x`.
class ChannelLowering : public GenericBuilder {
public:
  template <typename Op>
  ChannelLowering(OpBuilder &builder, Op op)
      : GenericBuilder(
            builder, op.getLoc(), op.getAccType(),
            cast<RankedTensorType>(op.getX().getType()).getElementType()),
        rank(op.getXType().getRank()), channelDim(op.getChannelDim()),
        sizes(tensor::getMixedSizes(builder, loc, op.getX())) {}

protected:
  /// Sums over the elements of each channel, in acc. `inputs` are shaped as x
  /// or have a value for each channel.
  SmallVector<Value> sumChannels(ValueRange inputs, unsigned numSums,
                                 Body summands) {
    SmallVector<utils::IteratorType> iterators(rank,
                                               utils::IteratorType::reduction);
    iterators[channelDim] = utils::IteratorType::parallel;
    SmallVector<AffineMap> maps = mapsOf(inputs);
    maps.append(numSums, channelMap());
    SmallVector<Value> inits(numSums, makeZeros(sizes[channelDim]));
    return makeGeneric(inputs, inits, maps, iterators, [&](ValueRange args) {
      return addSummands(args, numSums, summands);
    });
  }

  /// A value of acc for each channel, made of such values.
  Value mapChannels(ValueRange inputs, ElementBody body) {
    SmallVector<AffineMap> maps(inputs.size(),
                                builder.getMultiDimIdentityMap(1));
    return makeElementwise(inputs, maps, sizes[channelDim], acc, body);
  }

  /// A tensor shaped and typed as x.
  Value mapElements(ValueRange inputs, ElementBody body) {
    return makeElementwise(
        inputs, mapsOf(inputs), sizes, type,
        [&](ValueRange args) { return truncate(body(args)); });
  }

  /// R in acc.
  Value elementsPerChannel() {
    SmallVector<OpFoldResult> others(sizes);
    others.erase(others.begin() + channelDim);
    return product(others);
  }

private:
  AffineMap channelMap() {
    return AffineMap::get(rank, 0, builder.getAffineDimExpr(channelDim));
  }
  SmallVector<AffineMap> mapsOf(ValueRange inputs) {
    return llvm::map_to_vector(inputs, [&](Value input) {
      return cast<RankedTensorType>(input.getType()).getRank() == rank
                 ? builder.getMultiDimIdentityMap(rank)
                 : channelMap();
    });
  }
  int64_t rank, channelDim;
  SmallVector<OpFoldResult> sizes;
};

/// A serial sum is not accurate enough for a mean that is large beside the
/// deviation. So the mean is corrected by the sum of the deviations from it,
/// and so is the variance.
class StatsLowering : ChannelLowering {
public:
  StatsLowering(OpBuilder &builder, ChannelStatsOp op)
      : ChannelLowering(builder, op), op(op) {}

  SmallVector<Value> lower() {
    Value sum = sumChannels(op.getX(), 1, [&](ValueRange args) {
      return SmallVector<Value>{extend(args[0])};
    })[0];
    Value count = elementsPerChannel();
    // The mean of no elements is 0.
    Value atLeastOne =
        arith::MaximumFOp::create(builder, loc, count, constant(APFloat(1.0)));
    Value rounded = mapChannels(
        sum, [&](ValueRange args) { return divide(args[0], atLeastOne); });
    Value mean = mapChannels(
        {rounded, sumDeviations(rounded, 1)[0]}, [&](ValueRange args) {
          return correctedMean(args[0], divide(args[1], atLeastOne));
        });
    if (op->getNumResults() == 1)
      return {mean};
    Value invStd = mapChannels(sumDeviations(mean, 2), [&](ValueRange args) {
      return inverseStd(args[0], args[1], count, op.getEpsilon());
    });
    return {mean, invStd};
  }

private:
  /// The sum of the deviations from `mean`, and of their squares for 2.
  SmallVector<Value> sumDeviations(Value mean, unsigned numSums) {
    return sumChannels({op.getX(), mean}, numSums, [&](ValueRange args) {
      Value d = subtract(extend(args[0]), args[1]);
      return numSums == 1 ? SmallVector<Value>{d}
                          : SmallVector<Value>{d, multiply(d, d)};
    });
  }

  ChannelStatsOp op;
};

class BackpropStatsLowering : ChannelLowering {
public:
  BackpropStatsLowering(OpBuilder &builder, ChannelBackpropStatsOp op)
      : ChannelLowering(builder, op), op(op) {}

  SmallVector<Value> lower() {
    unsigned numSums = op->getNumResults();
    return sumChannels({op.getX(), op.getMean(), op.getInvStd(), op.getDy()},
                       numSums, [&](ValueRange args) {
                         Value dy = extend(args[3]);
                         Value h = multiply(subtract(extend(args[0]), args[1]),
                                            args[2]);
                         SmallVector<Value> summands{multiply(h, dy), dy};
                         summands.truncate(numSums);
                         return summands;
                       });
  }

private:
  ChannelBackpropStatsOp op;
};

class BackpropLowering : ChannelLowering {
public:
  BackpropLowering(OpBuilder &builder, ChannelBackpropOp op)
      : ChannelLowering(builder, op), op(op) {}

  SmallVector<Value> lower() {
    Value count = op.getCount() ? product({OpFoldResult(op.getCount())})
                                : elementsPerChannel();
    Value reciprocal = divide(constant(APFloat(1.0)), count);
    SmallVector<Value> inputs{op.getX(),        op.getMean(),
                              op.getInvStd(),   op.getScaleGrad(),
                              op.getBiasGrad(), op.getDy()};
    if (op.getGamma())
      inputs.push_back(op.getGamma());
    return {mapElements(inputs, [&](ValueRange args) {
      Value h = multiply(subtract(extend(args[0]), args[1]), args[2]);
      Value m = multiply(add(args[4], multiply(h, args[3])), reciprocal);
      Value factor = args[2];
      if (op.getGamma())
        factor = multiply(extend(args[6]), factor);
      return multiply(subtract(extend(args[5]), m), factor);
    })};
  }

private:
  ChannelBackpropOp op;
};

} // namespace

linalg::GenericOp norm::createLinalgOp(OpBuilder &builder,
                                       ChannelBackpropOp op) {
  return BackpropLowering(builder, op)
      .lower()[0]
      .getDefiningOp<linalg::GenericOp>();
}

void norm::populateChannelsToLinalgPatterns(RewritePatternSet &patterns) {
  patterns
      .add<NormToLinalgPattern<ChannelStatsOp, StatsLowering>,
           NormToLinalgPattern<ChannelBackpropStatsOp, BackpropStatsLowering>,
           NormToLinalgPattern<ChannelBackpropOp, BackpropLowering>>(
          patterns.getContext());
}
