//===- train.cpp - One step of training on one device ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Normalizes a batch, and differentiates. The argument is digits.npy.

#include "data.h"
#include "formulas.h"

#include <batch_norm.h>

#include <cstdio>

int main(int argc, char **argv) {
  Images images;
  if (!readDigits(argc == 2 ? argv[1] : "digits.npy", images))
    return 1;
  Images x = makeFeatures(images), y = makeImages(x.sizes);
  int64_t channels = x.sizes[1];
  std::vector<float> gamma = {1.0f, 0.5f, 1.5f, 2.0f};
  std::vector<float> beta = {0.0f, 0.25f, -0.5f, 1.0f};
  // A view of the values of all channels.
  auto perChannel = [&](std::vector<float> &values) {
    values.resize(channels);
    return norm::View<float, 1>(values.data(), {channels});
  };

  std::vector<float> mean, invStd, dgamma, dbeta;
  if (norm_kernels::forward(x.view(), perChannel(gamma), perChannel(beta),
                            y.view(), perChannel(mean),
                            perChannel(invStd)) != norm_ok) {
    std::fprintf(stderr, "train: error: %s\n", norm_last_error());
    return 1;
  }
  // The rest of the network, which ends in a loss, would be here.
  Images dy = getGradient(y), dx = makeImages(x.sizes);
  if (norm_kernels::backward(x.view(), perChannel(mean), perChannel(invStd),
                             perChannel(gamma), dy.view(), dx.view(),
                             perChannel(dgamma),
                             perChannel(dbeta)) != norm_ok) {
    std::fprintf(stderr, "train: error: %s\n", norm_last_error());
    return 1;
  }

  std::printf("train: %d images, %d channels\n", int(x.sizes[0]),
              int(channels));
  Expected expected = computeExpected(x, gamma, beta, dy);
  bool accurate = isAccurate("mean", mean, expected.mean);
  accurate &= isAccurate("inv_std", invStd, expected.invStd);
  accurate &= isAccurate("y", y.values, expected.y);
  accurate &= isAccurate("dx", dx.values, expected.dx);
  accurate &= isAccurate("dgamma", dgamma, expected.dgamma);
  accurate &= isAccurate("dbeta", dbeta, expected.dbeta);
  return accurate ? 0 : 1;
}
