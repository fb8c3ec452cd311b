//===- HostTensor.cpp - A tensor that owns its memory ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runner/HostTensor.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cassert>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace norm;
using namespace norm::runner;

// The types of a pair have one name.
static constexpr std::pair<DataType, ElementType> typePairs[] = {
    {DataType::F16, ElementType::F16}, {DataType::BF16, ElementType::BF16},
    {DataType::F32, ElementType::F32}, {DataType::F64, ElementType::F64},
    {DataType::I1, ElementType::I1},   {DataType::I8, ElementType::I8},
    {DataType::I16, ElementType::I16}, {DataType::I32, ElementType::I32},
    {DataType::I64, ElementType::I64}, {DataType::I64, ElementType::Index}};

ElementType norm::runner::getElementType(DataType type) {
  for (auto [dataType, elementType] : typePairs)
    if (dataType == type)
      return elementType;
  llvm_unreachable("every type is listed");
}

DataType norm::runner::getDataType(ElementType type) {
  for (auto [dataType, elementType] : typePairs)
    if (elementType == type)
      return dataType;
  llvm_unreachable("every type is listed");
}

size_t norm::runner::getByteSize(ElementType type) {
  return (reference::getBitWidth(type) + 7) / 8;
}

std::string norm::runner::formatShape(llvm::ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  return llvm::join(
      llvm::map_range(shape, [](int64_t size) { return std::to_string(size); }),
      "x");
}

std::string norm::runner::formatNumber(double value, int digits) {
  if (std::isnan(value))
    return "nan";
  char text[32];
  std::snprintf(text, sizeof(text), "%.*g", digits, value);
  return text;
}

void FreeDeleter::operator()(char *memory) const { std::free(memory); }

AlignedBytes norm::runner::allocateBytes(size_t bytes) {
  constexpr size_t alignment = 64;
  if (bytes > SIZE_MAX - alignment)
    return nullptr;
  size_t rounded = llvm::alignTo(bytes == 0 ? 1 : bytes, alignment);
  AlignedBytes memory(
      static_cast<char *>(std::aligned_alloc(alignment, rounded)));
  if (memory)
    std::memset(memory.get(), 0, rounded);
  return memory;
}

llvm::Expected<int64_t>
norm::runner::computeBytes(ElementType type, llvm::ArrayRef<int64_t> shape) {
  for (int64_t size : shape)
    if (size < 0)
      return llvm::createStringError("expected sizes >= 0, found " +
                                     formatShape(shape));
  if (llvm::is_contained(shape, 0))
    return int64_t(0);
  int64_t bytes = getByteSize(type);
  for (int64_t size : shape)
    if (llvm::MulOverflow(bytes, size, bytes))
      return llvm::createStringError(
          "expected a tensor of less than 2^63 bytes, found " +
          formatShape(shape) + " of " + reference::getName(type));
  return bytes;
}

llvm::Expected<HostTensor> HostTensor::create(ElementType type,
                                              llvm::ArrayRef<int64_t> shape,
                                              Layout layout) {
  llvm::Expected<int64_t> bytes = computeBytes(type, shape);
  if (!bytes)
    return bytes.takeError();

  HostTensor tensor;
  tensor.type = type;
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.numElements = *bytes / getByteSize(type);
  tensor.rowMajor = layout == Layout::RowMajor || shape.size() <= 1;
  tensor.strides.resize(shape.size());
  int64_t stride = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    size_t dim = tensor.rowMajor ? shape.size() - 1 - i : i;
    tensor.strides[dim] = stride;
    // The strides of an empty tensor are never used, but must not overflow.
    if (*bytes != 0)
      stride *= shape[dim];
  }
  tensor.storage = allocateBytes(tensor.getNumBytes());
  if (!tensor.storage)
    return llvm::createStringError("no memory for a tensor of " +
                                   llvm::Twine(tensor.getNumBytes()) +
                                   " bytes (" + formatShape(shape) + " of " +
                                   reference::getName(type) + ")");
  return tensor;
}

char *HostTensor::getAddress(int64_t index) const {
  assert(index >= 0 && index < numElements && "element index out of range");
  int64_t offset = rowMajor ? index : 0;
  for (size_t dim = rowMajor ? 0 : shape.size(); dim-- > 0;) {
    offset += index % shape[dim] * strides[dim];
    index /= shape[dim];
  }
  return storage.get() + offset * getByteSize(type);
}

template <typename T> static T load(const char *address) {
  T value;
  std::memcpy(&value, address, sizeof(T));
  return value;
}

template <typename T> static void store(char *address, T value) {
  std::memcpy(address, &value, sizeof(T));
}

double HostTensor::getReal(int64_t index) const {
  assert(isFloat(type) && "not a float tensor");
  const char *address = getAddress(index);
  switch (getByteSize(type)) {
  case 2:
    return decodeFloat(type, load<uint16_t>(address));
  case 4:
    return decodeFloat(type, load<uint32_t>(address));
  default:
    return decodeFloat(type, load<uint64_t>(address));
  }
}

void HostTensor::setReal(int64_t index, double value) {
  assert(isFloat(type) && "not a float tensor");
  char *address = getAddress(index);
  uint64_t bits = encodeFloat(type, value);
  switch (getByteSize(type)) {
  case 2:
    return store(address, static_cast<uint16_t>(bits));
  case 4:
    return store(address, static_cast<uint32_t>(bits));
  default:
    return store(address, bits);
  }
}

int64_t HostTensor::getInteger(int64_t index) const {
  assert(!isFloat(type) && "not an integer tensor");
  const char *address = getAddress(index);
  switch (getByteSize(type)) {
  case 1:
    return reference::wrapTo(type, load<int8_t>(address));
  case 2:
    return load<int16_t>(address);
  case 4:
    return load<int32_t>(address);
  default:
    return load<int64_t>(address);
  }
}

void HostTensor::setInteger(int64_t index, int64_t value) {
  assert(!isFloat(type) && "not an integer tensor");
  char *address = getAddress(index);
  int64_t wrapped = reference::wrapTo(type, value);
  switch (getByteSize(type)) {
  case 1:
    return store(address, static_cast<int8_t>(wrapped));
  case 2:
    return store(address, static_cast<int16_t>(wrapped));
  case 4:
    return store(address, static_cast<int32_t>(wrapped));
  default:
    return store(address, wrapped);
  }
}

llvm::Expected<HostTensor> HostTensor::clone() const {
  llvm::Expected<HostTensor> copy = create(type, shape, getLayout());
  if (copy)
    std::memcpy(copy->data(), data(), getNumBytes());
  return copy;
}

norm::reference::Tensor norm::runner::toReference(const HostTensor &tensor) {
  reference::Tensor value;
  value.type = tensor.getType();
  value.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  int64_t count = tensor.getNumElements();
  if (isFloat(tensor.getType())) {
    value.real.resize(count);
    for (int64_t i = 0; i < count; ++i)
      value.real[i] = tensor.getReal(i);
  } else {
    value.integer.resize(count);
    for (int64_t i = 0; i < count; ++i)
      value.integer[i] = tensor.getInteger(i);
  }
  return value;
}

/// The output function of SplitMix64.
static uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

uint64_t norm::runner::getRandomBits(uint64_t seed, uint64_t index) {
  return mix(seed + (index + 1) * 0x9E3779B97F4A7C15u);
}

void norm::runner::fillRandom(HostTensor &tensor, uint64_t seed,
                              uint64_t stream) {
  uint64_t start = getRandomBits(seed, stream);
  bool asFloat = isFloat(tensor.getType());
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
    uint64_t bits = getRandomBits(start, i);
    // 53 bits fill a double exactly; 4 bits give 0 to 15.
    if (asFloat)
      tensor.setReal(i, static_cast<double>(bits >> 11) * 0x1p-52 - 1.0);
    else
      tensor.setInteger(i, static_cast<int64_t>(bits >> 60));
  }
}
