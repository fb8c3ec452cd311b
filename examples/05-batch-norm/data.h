//===- data.h - Images and their features -----------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// What both programs normalize: the channels that a convolution makes of
// images.

#ifndef BATCH_NORM_DATA_H
#define BATCH_NORM_DATA_H

#include <norm/Runtime/norm_view.h>

#include <vector>

/// A tensor of images, channels, rows and columns, with its memory.
struct Images {
  std::vector<float> values;
  std::array<int64_t, 4> sizes = {};

  norm::View<float, 4> view() { return {values.data(), sizes}; }
};

/// Zeros of the given sizes.
Images makeImages(const std::array<int64_t, 4> &sizes);

/// Reads the 256 images of 8 x 8 pixels of digits.npy into `images`. If they
/// cannot be read, returns false and says why on the standard error.
bool readDigits(const char *path, Images &images);

/// Four channels of 6 x 6 features of each image of one channel: its mean and
/// its edges, by filters of 3 x 3 pixels.
Images makeFeatures(const Images &images);

/// The gradient with respect to y of half the sum of squares of max(y, 0).
Images getGradient(const Images &y);

#endif // BATCH_NORM_DATA_H
