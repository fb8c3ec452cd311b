//===- Argument.cpp - What a function is called with ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/ExecutionEngine/Argument.h"

#include <cstring>

using namespace norm;

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

static size_t getByteSize(DataType type) {
  switch (type) {
  case DataType::I1:
  case DataType::I8:
    return 1;
  case DataType::F16:
  case DataType::BF16:
  case DataType::I16:
    return 2;
  case DataType::F32:
  case DataType::I32:
    return 4;
  case DataType::F64:
  case DataType::I64:
    return 8;
  }
  llvm_unreachable("every type is listed");
}

Argument Argument::scalar(DataType type, const void *value) {
  Argument argument(Kind::Scalar, type);
  std::memcpy(&argument.bits, value, getByteSize(type));
  return argument;
}

Argument Argument::scalar(float value) { return scalar(DataType::F32, &value); }

Argument Argument::scalar(double value) {
  return scalar(DataType::F64, &value);
}

Argument Argument::scalar(int32_t value) {
  return scalar(DataType::I32, &value);
}

Argument Argument::scalar(int64_t value) {
  return scalar(DataType::I64, &value);
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
