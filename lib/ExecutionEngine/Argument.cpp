//===- Argument.cpp - What a function is called with ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/ExecutionEngine/Argument.h"

#include <cstring>

using namespace norm;

template <typename T> static uint64_t getBits(T value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(value));
  return bits;
}

Argument Argument::tensor(DataType type, void *data, std::vector<int64_t> sizes,
                          std::vector<int64_t> strides) {
  Argument argument(Kind::Tensor, type);
  argument.data = data;
  argument.sizes = std::move(sizes);
  argument.strides = std::move(strides);
  return argument;
}

Argument Argument::constTensor(DataType type, const void *data,
                               std::vector<int64_t> sizes,
                               std::vector<int64_t> strides) {
  Argument argument = tensor(type, const_cast<void *>(data), std::move(sizes),
                             std::move(strides));
  argument.isConst = true;
  return argument;
}

Argument Argument::scalar(float value) {
  Argument argument(Kind::Scalar, DataType::F32);
  argument.bits = getBits(value);
  return argument;
}

Argument Argument::scalar(double value) {
  Argument argument(Kind::Scalar, DataType::F64);
  argument.bits = getBits(value);
  return argument;
}

Argument Argument::scalar(int32_t value) {
  Argument argument(Kind::Scalar, DataType::I32);
  argument.bits = getBits(value);
  return argument;
}

Argument Argument::scalar(int64_t value) {
  Argument argument(Kind::Scalar, DataType::I64);
  argument.bits = getBits(value);
  return argument;
}

Argument Argument::scalarResult(DataType type, void *place) {
  Argument argument(Kind::ScalarResult, type);
  argument.data = place;
  return argument;
}

std::vector<int64_t>
Argument::getContiguousStrides(const std::vector<int64_t> &sizes) {
  std::vector<int64_t> strides(sizes.size());
  // Unsigned, as the compiled function refuses sizes whose product overflows.
  uint64_t stride = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    strides[i] = static_cast<int64_t>(stride);
    stride *= static_cast<uint64_t>(sizes[i]);
  }
  return strides;
}
