//===- devices.cpp - One step of training on several devices --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// The step of train.cpp with the batch cut into parts, one for each device,
// that are normalized together. The loops over the parts stand for devices that
// work at the same time; what is added up between two of them is what the
// devices send each other: a few numbers for each channel. The argument is
// digits.npy.

#include "data.h"
#include "formulas.h"

#include <batch_norm.h>

#include <cmath>
#include <cstdio>

namespace {
/// What a device has and computes.
struct Device {
  /// Its part of x, y, dy and dx.
  norm::View<float, 4> x, y, dy, dx;
  /// Statistics and sums of its part.
  std::vector<float> mean, invStd, dgamma, dbeta;

  /// Elements of a channel.
  int64_t count() const { return x.sizes[0] * x.sizes[2] * x.sizes[3]; }
};
} // namespace

/// The images of `all` from `first` on, `count` of them.
static norm::View<float, 4> getPart(Images &all, int64_t first, int64_t count) {
  norm::View<float, 4> part = all.view();
  part.data += first * part.strides[0];
  part.sizes[0] = count;
  return part;
}

static norm::View<float, 1> view(std::vector<float> &values) {
  return {values.data(), {static_cast<int64_t>(values.size())}};
}

/// The statistics of all parts together, in double as they are few.
static void mergeStats(const std::vector<Device> &devices, int64_t count,
                       std::vector<float> &mean, std::vector<float> &invStd) {
  for (size_t c = 0; c < mean.size(); ++c) {
    double sum = 0, squares = 0;
    for (const Device &device : devices)
      sum += double(device.mean[c]) * device.count();
    double center = sum / count;
    for (const Device &device : devices) {
      if (device.count() == 0)
        continue;
      // A channel of equal values has an infinite inv_std and no variance.
      double variance = std::pow(device.invStd[c], -2.0);
      double shift = device.mean[c] - center;
      squares += device.count() * (variance + shift * shift);
    }
    mean[c] = float(center);
    invStd[c] = float(1 / std::sqrt(squares / count + epsilon));
  }
}

int main(int argc, char **argv) {
  Images images;
  if (!readDigits(argc == 2 ? argv[1] : "digits.npy", images))
    return 1;
  Images x = makeFeatures(images), y = makeImages(x.sizes);
  Images dx = makeImages(x.sizes), dy;
  int64_t channels = x.sizes[1];
  int64_t count = x.sizes[0] * x.sizes[2] * x.sizes[3];
  std::vector<float> gamma = {1.0f, 0.5f, 1.5f, 2.0f};
  std::vector<float> beta = {0.0f, 0.25f, -0.5f, 1.0f};
  const std::vector<float> zeros(channels);

  std::vector<Device> devices;
  int64_t first = 0;
  for (int64_t part : {100, 60, 63, 33}) {
    devices.push_back({getPart(x, first, part),
                       getPart(y, first, part),
                       {},
                       getPart(dx, first, part),
                       zeros,
                       zeros,
                       zeros,
                       zeros});
    first += part;
  }

  bool failed = false;
  for (Device &device : devices)
    failed |= norm_kernels::part_stats(device.x, view(device.mean),
                                       view(device.invStd)) != norm_ok;
  std::vector<float> mean = zeros, invStd = zeros;
  mergeStats(devices, count, mean, invStd);
  for (Device &device : devices)
    failed |=
        norm_kernels::normalize(device.x, view(mean), view(invStd), view(gamma),
                                view(beta), device.y) != norm_ok;

  // The rest of the network, which ends in a loss, would be here.
  dy = getGradient(y);
  first = 0;
  for (Device &device : devices) {
    device.dy = getPart(dy, first, device.x.sizes[0]);
    first += device.x.sizes[0];
    failed |= norm_kernels::part_sums(device.x, view(mean), view(invStd),
                                      device.dy, view(device.dgamma),
                                      view(device.dbeta)) != norm_ok;
  }
  std::vector<float> dgamma = zeros, dbeta = zeros;
  for (const Device &device : devices)
    for (int64_t c = 0; c < channels; ++c) {
      dgamma[c] += device.dgamma[c];
      dbeta[c] += device.dbeta[c];
    }
  for (Device &device : devices)
    failed |= norm_kernels::part_input_gradient(
                  device.x, view(mean), view(invStd), view(gamma), view(dgamma),
                  view(dbeta), device.dy, count, device.dx) != norm_ok;
  if (failed) {
    std::fprintf(stderr, "devices: error: %s\n", norm_last_error());
    return 1;
  }

  std::printf("devices: %d parts of %d images\n", int(devices.size()),
              int(x.sizes[0]));
  Expected expected = computeExpected(x, gamma, beta, dy);
  bool accurate = isAccurate("mean", mean, expected.mean);
  accurate &= isAccurate("inv_std", invStd, expected.invStd);
  accurate &= isAccurate("y", y.values, expected.y);
  accurate &= isAccurate("dx", dx.values, expected.dx);
  accurate &= isAccurate("dgamma", dgamma, expected.dgamma);
  accurate &= isAccurate("dbeta", dbeta, expected.dbeta);
  return accurate ? 0 : 1;
}
