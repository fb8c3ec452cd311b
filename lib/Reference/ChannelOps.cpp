//===- ChannelOps.cpp - Float64 evaluation of the ops over channels -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DoubleDouble.h"
#include "NormOps.h"

using namespace mlir;
using namespace norm;
using namespace norm::reference;

namespace {

/// A tensor seen as `[outer, channels, inner]`.
struct Channels {
  int64_t outer, channels, inner;

  /// The elements of each channel; not wrapped where there is no channel.
  double getCount() const { return double(outer) * double(inner); }
  /// The same of the channels that there are.
  int64_t getNumSummands() const { return channels == 0 ? 0 : outer * inner; }

  /// Calls `visit(position)` for each element of channel `c`.
  template <typename Visit> void forEach(int64_t c, Visit visit) const {
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t i = 0; i < inner; ++i)
        visit((o * channels + c) * inner + i);
  }
};

} // namespace

/// An error if one of the three sizes is above `maxElements`, which they can be
/// where another is 0.
static llvm::Expected<Channels> getChannels(const Tensor &x,
                                            int64_t channelDim) {
  llvm::ArrayRef<int64_t> shape(x.shape);
  auto outer = getNumElements(shape.take_front(channelDim));
  if (!outer)
    return outer.takeError();
  auto inner = getNumElements(shape.drop_front(channelDim + 1));
  if (!inner)
    return inner.takeError();
  auto channels = getNumElements(shape.slice(channelDim, 1));
  if (!channels)
    return channels.takeError();
  return Channels{*outer, *channels, *inner};
}

/// The sizes of the operands `vectors`, each of one value for each channel.
static llvm::Error
checkVectors(llvm::ArrayRef<std::pair<const char *, const Tensor *>> vectors,
             const Channels &channels) {
  for (auto [name, vector] : vectors)
    if (llvm::Error error = checkShape(name, *vector, {channels.channels}))
      return error;
  return llvm::Error::success();
}

namespace {

/// A result with a value for each channel.
struct ChannelSums {
  std::vector<double> values;
  /// The sum of magnitudes, or empty.
  std::vector<double> magnitude = {};
};

} // namespace

/// The first `count` of two results of an op over `x`.
static Results getVectorResults(const Tensor &x, const Channels &channels,
                                ChannelSums first, ChannelSums second,
                                size_t count) {
  ElementType acc = getAccumulatorType(x.type);
  llvm::SmallVector<Tensor, 1> results;
  for (ChannelSums *sums : {&first, &second})
    if (results.size() < count)
      results.push_back(
          makeSums(acc, {channels.channels}, std::move(sums->values),
                   channels.getNumSummands(), std::move(sums->magnitude)));
  return std::move(results);
}

Results norm::reference::evaluateChannelStats(ChannelStatsOp op,
                                              const Environment &environment) {
  const Tensor &x = environment.get(op.getX());
  auto channels = getChannels(x, op.getChannelDim());
  if (!channels)
    return channels.takeError();
  ElementType acc = getAccumulatorType(x.type);
  double epsilon = roundTo(acc, op.getEpsilon().convertToDouble());
  DoubleDouble count(channels->getCount());
  bool isEmpty = double(count) == 0;

  ChannelSums means, invStds;
  for (int64_t c = 0; c < channels->channels; ++c) {
    DoubleDouble sum;
    double magnitude = 0;
    channels->forEach(c, [&](int64_t i) {
      sum = sum + DoubleDouble(x.real[i]);
      magnitude += std::fabs(x.real[i]);
    });
    DoubleDouble mean = isEmpty ? DoubleDouble(0) : sum / count;
    DoubleDouble squares;
    channels->forEach(c, [&](int64_t i) {
      DoubleDouble deviation = DoubleDouble(x.real[i]) + -mean;
      squares = squares + deviation * deviation;
    });
    // As over rows, the accumulator's range is part of the meaning.
    if (std::isinf(roundTo(acc, squares.high)))
      squares = HUGE_VAL;
    // R = 0 gives 0/0, a NaN, as the operator says.
    DoubleDouble variance = squares / count;
    means.values.push_back(double(mean));
    means.magnitude.push_back(isEmpty ? 0 : magnitude / double(count));
    invStds.values.push_back(
        double(DoubleDouble(1) / sqrt(variance + DoubleDouble(epsilon))));
  }
  return getVectorResults(x, *channels, std::move(means), std::move(invStds),
                          op.getOutputs().size());
}

/// `(x - mean) * inv_std` of an element.
static DoubleDouble getNormalized(double x, double mean, double invStd) {
  return DoubleDouble::sum(x, -mean) * DoubleDouble(invStd);
}

Results
norm::reference::evaluateChannelBackpropStats(ChannelBackpropStatsOp op,
                                              const Environment &environment) {
  const Tensor &x = environment.get(op.getX());
  const Tensor &mean = environment.get(op.getMean());
  const Tensor &invStd = environment.get(op.getInvStd());
  const Tensor &dy = environment.get(op.getDy());
  auto channels = getChannels(x, op.getChannelDim());
  if (!channels)
    return channels.takeError();
  if (llvm::Error error =
          checkVectors({{"mean", &mean}, {"inv_std", &invStd}}, *channels))
    return std::move(error);
  if (llvm::Error error = checkShape("dy", dy, x.shape))
    return std::move(error);

  ChannelSums scaleGrads, biasGrads;
  for (int64_t c = 0; c < channels->channels; ++c) {
    DoubleDouble scaleGrad, biasGrad;
    double scaleMagnitude = 0, biasMagnitude = 0;
    channels->forEach(c, [&](int64_t i) {
      DoubleDouble gradient(dy.real[i]);
      DoubleDouble summand =
          getNormalized(x.real[i], mean.real[c], invStd.real[c]) * gradient;
      scaleGrad = scaleGrad + summand;
      scaleMagnitude += std::fabs(double(summand));
      biasGrad = biasGrad + gradient;
      biasMagnitude += std::fabs(dy.real[i]);
    });
    scaleGrads.values.push_back(double(scaleGrad));
    scaleGrads.magnitude.push_back(scaleMagnitude);
    biasGrads.values.push_back(double(biasGrad));
    biasGrads.magnitude.push_back(biasMagnitude);
  }
  return getVectorResults(x, *channels, std::move(scaleGrads),
                          std::move(biasGrads), op.getOutputs().size());
}

Results
norm::reference::evaluateChannelBackprop(ChannelBackpropOp op,
                                         const Environment &environment) {
  const Tensor &x = environment.get(op.getX());
  const Tensor &mean = environment.get(op.getMean());
  const Tensor &invStd = environment.get(op.getInvStd());
  const Tensor &scaleGrad = environment.get(op.getScaleGrad());
  const Tensor &biasGrad = environment.get(op.getBiasGrad());
  const Tensor &dy = environment.get(op.getDy());
  const Tensor *gamma =
      op.getGamma() ? &environment.get(op.getGamma()) : nullptr;
  auto channels = getChannels(x, op.getChannelDim());
  if (!channels)
    return channels.takeError();
  llvm::SmallVector<std::pair<const char *, const Tensor *>> vectors = {
      {"mean", &mean},
      {"inv_std", &invStd},
      {"scale_grad", &scaleGrad},
      {"bias_grad", &biasGrad}};
  if (gamma)
    vectors.push_back({"gamma", gamma});
  if (llvm::Error error = checkVectors(vectors, *channels))
    return std::move(error);
  if (llvm::Error error = checkShape("dy", dy, x.shape))
    return std::move(error);

  DoubleDouble count(channels->getCount());
  if (op.getCount())
    count = double(environment.get(op.getCount()).integer[0]);
  std::vector<double> dx(x.real.size()), magnitude(x.real.size());
  for (int64_t c = 0; c < channels->channels; ++c) {
    DoubleDouble scale(invStd.real[c]);
    if (gamma)
      scale = DoubleDouble(gamma->real[c]) * scale;
    channels->forEach(c, [&](int64_t i) {
      DoubleDouble normalized =
          getNormalized(x.real[i], mean.real[c], invStd.real[c]);
      DoubleDouble projected = normalized * DoubleDouble(scaleGrad.real[c]);
      DoubleDouble mean = (DoubleDouble(biasGrad.real[c]) + projected) / count;
      dx[i] = double((DoubleDouble(dy.real[i]) + -mean) * scale);
      magnitude[i] = (std::fabs(dy.real[i]) + (std::fabs(biasGrad.real[c]) +
                                               std::fabs(double(projected))) /
                                                  double(count)) *
                     std::fabs(double(scale));
    });
  }
  return oneResult(makeSums(x.type, x.shape, std::move(dx), /*numSummands=*/0,
                            std::move(magnitude)));
}
