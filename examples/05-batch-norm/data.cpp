//===- data.cpp - Images and their features -------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "data.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

Images makeImages(const std::array<int64_t, 4> &sizes) {
  Images images;
  images.sizes = sizes;
  images.values.resize(sizes[0] * sizes[1] * sizes[2] * sizes[3]);
  return images;
}

bool readDigits(const char *path, Images &images) {
  images = makeImages({256, 1, 8, 8});
  size_t bytes = images.values.size() * sizeof(float);
  std::ifstream file(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(file), {}};
  if (content.find("'<f4'") == std::string::npos ||
      content.find("(256, 1, 8, 8)") == std::string::npos ||
      content.size() < bytes) {
    std::fprintf(stderr,
                 "error: %s: expected a .npy file of (256, 1, 8, 8) values of "
                 "type <f4\n",
                 path);
    return false;
  }
  // The header takes what is in front of the values.
  content.copy(reinterpret_cast<char *>(images.values.data()), bytes,
               content.size() - bytes);
  return true;
}

Images makeFeatures(const Images &images) {
  constexpr float filters[4][3][3] = {{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}},
                                      {{-1, 0, 1}, {-2, 0, 2}, {-1, 0, 1}},
                                      {{-1, -2, -1}, {0, 0, 0}, {1, 2, 1}},
                                      {{0, -1, 0}, {-1, 4, -1}, {0, -1, 0}}};
  auto [n, channels, height, width] = images.sizes;
  Images features = makeImages({n, 4, height - 2, width - 2});
  norm::View<float, 4> out = features.view();
  norm::View<const float, 4> in(images.values.data(), images.sizes);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t c = 0; c < 4; ++c)
      for (int64_t row = 0; row < height - 2; ++row)
        for (int64_t column = 0; column < width - 2; ++column)
          for (int64_t y = 0; y < 3; ++y)
            for (int64_t x = 0; x < 3; ++x)
              out(i, c, row, column) +=
                  filters[c][y][x] * in(i, 0, row + y, column + x);
  return features;
}

Images getGradient(const Images &y) {
  Images gradient = y;
  for (float &value : gradient.values)
    value = std::max(value, 0.0f);
  return gradient;
}
