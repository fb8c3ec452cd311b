//===- ChannelsToAffine.cpp - The ops over channels as affine loops -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NestBuilder.h"
#include "Patterns.h"

using namespace mlir;
using namespace norm;

namespace {

/// Builds the loops of an op over the channels of x.
template <typename OpTy> class ChannelNests : protected NestBuilder {
public:
  ChannelNests(OpTy op, OpBuilder &builder)
      : NestBuilder(builder, op.getLoc(), op.getXType().getElementType()),
        op(op), sizes(getSizes(op.getX())), others(sizes) {
    others.erase(others.begin() + op.getChannelDim());
  }

protected:
  /// A loop over the channels, for a body that stores values for the channel.
  void forEachChannel(BodyFn body) {
    forEachWithSum(sizes[op.getChannelDim()], body);
  }

  /// The sums of the `number` values that `summands` builds for the indices of
  /// each element of x in the channel.
  SmallVector<Value>
  sumChannel(Indices channel, unsigned number,
             function_ref<SmallVector<Value>(Indices)> summands) {
    SmallVector<Value> zeros(number, constant(APFloat(0.0)));
    return accumulate(others, zeros, [&](Indices other, ValueRange sums) {
      SmallVector<Value> indices(other);
      indices.insert(indices.begin() + op.getChannelDim(), channel.front());
      SmallVector<Value> result = summands(indices);
      for (auto [value, sum] : llvm::zip_equal(result, sums))
        value = add(sum, value);
      return result;
    });
  }

  /// Loads the value that `vector` has for the channel of the element of x at
  /// `indices`.
  Value loadOfChannel(Value vector, Indices indices) {
    return extend(load(vector, indices[op.getChannelDim()]));
  }

  /// x - mean.
  Value deviation(Value mean, Indices indices) {
    Value x = extend(load(op.getX(), indices));
    return subtract(x, loadOfChannel(mean, indices));
  }

  OpTy op;
  /// Of x, and without that of the channels.
  SmallVector<OpFoldResult> sizes, others;
};

/// A serial sum is not accurate enough for a mean that is large beside the
/// deviation. So the mean is corrected by the sum of the deviations from it,
/// and so is the variance.
class ChannelStatsNests : ChannelNests<ChannelStatsOp> {
public:
  using ChannelNests::ChannelNests;

  void build() {
    Value count =
        createElementsPerChannel(builder, loc, op.getX(), op.getChannelDim());
    Value length = fromIndex(count);
    // Without elements the mean is 0.
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    Value divisor = fromIndex(arith::MaxSIOp::create(builder, loc, count, one));
    forEachChannel([&](Indices channel) {
      Value sum = sumChannel(channel, 1, [&](Indices indices) {
                    return SmallVector<Value>{extend(load(op.getX(), indices))};
                  }).front();
      store(divide(sum, divisor), op.getMean(), channel);
    });
    forEachChannel([&](Indices channel) {
      Value sum = sumChannel(channel, 1, [&](Indices indices) {
                    return SmallVector<Value>{deviation(op.getMean(), indices)};
                  }).front();
      store(correctedMean(load(op.getMean(), channel), divide(sum, divisor)),
            op.getMean(), channel);
    });
    if (op.getInvStd())
      buildInvStd(length);
  }

private:
  void buildInvStd(Value length) {
    forEachChannel([&](Indices channel) {
      SmallVector<Value> sums = sumChannel(channel, 2, [&](Indices indices) {
        Value value = deviation(op.getMean(), indices);
        return SmallVector<Value>{value, multiply(value, value)};
      });
      store(inverseStd(sums[0], sums[1], length, op.getEpsilon()),
            op.getInvStd(), channel);
    });
  }
};

/// Both sums in one visit.
class ChannelBackpropStatsNests : ChannelNests<ChannelBackpropStatsOp> {
public:
  using ChannelNests::ChannelNests;

  void build() {
    unsigned number = op.getBiasGrad() ? 2 : 1;
    forEachChannel([&](Indices channel) {
      SmallVector<Value> sums =
          sumChannel(channel, number, [&](Indices indices) {
            Value h = multiply(deviation(op.getMean(), indices),
                               loadOfChannel(op.getInvStd(), indices));
            Value dy = extend(load(op.getDy(), indices));
            SmallVector<Value> summands{multiply(h, dy), dy};
            summands.truncate(number);
            return summands;
          });
      store(sums[0], op.getScaleGrad(), channel);
      if (op.getBiasGrad())
        store(sums[1], op.getBiasGrad(), channel);
    });
  }
};

/// One nest; each element is read before it is written, so dx may be dy.
class ChannelBackpropNests : ChannelNests<ChannelBackpropOp> {
public:
  using ChannelNests::ChannelNests;

  void build() {
    Value count = fromIndex(op.getOrCreateCount(builder));
    Value reciprocal = divide(constant(APFloat(1.0)), count);
    forEach(sizes, [&](Indices indices) {
      Value invStd = loadOfChannel(op.getInvStd(), indices);
      Value h = multiply(deviation(op.getMean(), indices), invStd);
      Value scaled = multiply(h, loadOfChannel(op.getScaleGrad(), indices));
      Value bias = loadOfChannel(op.getBiasGrad(), indices);
      Value mean = multiply(add(bias, scaled), reciprocal);
      Value factor =
          op.getGamma()
              ? multiply(loadOfChannel(op.getGamma(), indices), invStd)
              : invStd;
      Value dy = extend(load(op.getDy(), indices));
      Value dx = multiply(subtract(dy, mean), factor);
      store(truncate(dx), op.getDx(), indices);
    });
  }
};

template <typename OpTy, typename Nests>
struct ChannelOpToAffine : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (std::string reason = whyNotAffine(op); !reason.empty())
      return rewriter.notifyMatchFailure(op, reason);
    Nests(op, rewriter).build();
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void norm::populateChannelsToAffinePatterns(RewritePatternSet &patterns) {
  patterns
      .add<ChannelOpToAffine<ChannelStatsOp, ChannelStatsNests>,
           ChannelOpToAffine<ChannelBackpropStatsOp, ChannelBackpropStatsNests>,
           ChannelOpToAffine<ChannelBackpropOp, ChannelBackpropNests>>(
          patterns.getContext());
}
