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

/// The first `count` of two results with a value for each channel.
static Results getVectorResults(const Tensor &x, std::vector<double> first,
                                std::vector<double> second, size_t count) {
  ElementType acc = getAccumulatorType(x.type);
  int64_t size = first.size();
  llvm::SmallVector<Tensor, 1> results;
  results.push_back(
      Tensor::getFloat(acc, {size}, std::move(first), /*keepExact=*/true));
  if (count > 1)
    results.push_back(
        Tensor::getFloat(acc, {size}, std::move(second), /*keepExact=*/true));
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

  std::vector<double> means, invStds;
  for (int64_t c = 0; c < channels->channels; ++c) {
    DoubleDouble sum;
    channels->forEach(c,
                      [&](int64_t i) { sum = sum + DoubleDouble(x.real[i]); });
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
    means.push_back(double(mean));
    invStds.push_back(
        double(DoubleDouble(1) / sqrt(variance + DoubleDouble(epsilon))));
  }
  return getVectorResults(x, std::move(means), std::move(invStds),
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

  std::vector<double> scaleGrads, biasGrads;
  for (int64_t c = 0; c < channels->channels; ++c) {
    DoubleDouble scaleGrad, biasGrad;
    channels->forEach(c, [&](int64_t i) {
      DoubleDouble gradient(dy.real[i]);
      scaleGrad =
          scaleGrad +
          getNormalized(x.real[i], mean.real[c], invStd.real[c]) * gradient;
      biasGrad = biasGrad + gradient;
    });
    scaleGrads.push_back(double(scaleGrad));
    biasGrads.push_back(double(biasGrad));
  }
  return getVectorResults(x, std::move(scaleGrads), std::move(biasGrads),
                          op.getOutputs().size());
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
  std::vector<double> dx(x.real.size());
  for (int64_t c = 0; c < channels->channels; ++c) {
    DoubleDouble scale(invStd.real[c]);
    if (gamma)
      scale = DoubleDouble(gamma->real[c]) * scale;
    channels->forEach(c, [&](int64_t i) {
      DoubleDouble normalized =
          getNormalized(x.real[i], mean.real[c], invStd.real[c]);
      DoubleDouble mean = (DoubleDouble(biasGrad.real[c]) +
                           normalized * DoubleDouble(scaleGrad.real[c])) /
                          count;
      dx[i] = double((DoubleDouble(dy.real[i]) + -mean) * scale);
    });
  }
  return oneResult(
      Tensor::getFloat(x.type, x.shape, std::move(dx), /*keepExact=*/true));
}
