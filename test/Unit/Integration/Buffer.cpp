//===- Buffer.cpp - Strided tensors between guard pages --------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffer.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

using namespace norm;
using namespace norm::test;

namespace {
/// What bytes hold that are no elements.
constexpr unsigned char filler = 0xA5;
} // namespace

/// True if all bytes are fillers: the first is, and each equals the next one.
static bool isFilled(const char *data, size_t bytes) {
  return bytes == 0 || (static_cast<unsigned char>(*data) == filler &&
                        std::memcmp(data, data + 1, bytes - 1) == 0);
}

Sizes test::getDenseStrides(const Sizes &sizes) {
  Sizes strides(sizes.size(), 1);
  for (size_t dim = sizes.size(); dim-- > 1;)
    strides[dim - 1] = strides[dim] * std::max<int64_t>(sizes[dim], 1);
  return strides;
}

Buffer::Buffer(ElementType type, const Sizes &sizes, const Place &place)
    : Buffer(type, sizes, getDenseStrides(sizes), place) {}

Buffer::Buffer(ElementType type, const Sizes &sizes, const Sizes &strides,
               const Place &place)
    : type(type), sizes(sizes), strides(strides),
      dense(strides == getDenseStrides(sizes)) {
  // Offsets of the lowest and highest element from the first.
  int64_t low = 0, high = 0;
  for (size_t dim = 0; dim < sizes.size(); ++dim) {
    int64_t span = std::max<int64_t>(sizes[dim] - 1, 0) * strides[dim];
    (span < 0 ? low : high) += span;
  }
  const int64_t size = getBytes(type), shift = place.shift * size;
  const int64_t extent = count(sizes) == 0 ? 0 : (high - low + 1) * size;
  const int64_t page = sysconf(_SC_PAGESIZE);
  const int64_t margin = place.at == Place::At::Inside ? 64 : 0;
  bytes = (extent + shift + 2 * margin + page - 1) / page * page;
  void *all = mmap(nullptr, bytes + 2 * page, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED) {
    std::perror("mmap");
    std::exit(1);
  }
  pages = static_cast<char *>(all) + page;
  if (bytes != 0 && mprotect(pages, bytes, PROT_READ | PROT_WRITE) != 0) {
    std::perror("mprotect");
    std::exit(1);
  }
  std::memset(pages, filler, bytes);
  char *lowest = place.at == Place::At::End ? pages + bytes - extent - shift
                                            : pages + margin + shift;
  data = lowest - low * size;
}

Buffer::Buffer(Buffer &&other) noexcept
    : type(other.type), sizes(other.sizes), strides(other.strides),
      dense(other.dense), pages(std::exchange(other.pages, nullptr)),
      bytes(other.bytes), data(other.data) {}

Buffer::~Buffer() {
  const int64_t page = sysconf(_SC_PAGESIZE);
  if (pages)
    munmap(pages - page, bytes + 2 * page);
}

char *Buffer::address(int64_t index) const {
  if (dense)
    return data + index * getBytes(type);
  int64_t offset = 0;
  for (size_t dim = sizes.size(); dim-- > 0;) {
    offset += index % sizes[dim] * strides[dim];
    index /= sizes[dim];
  }
  return data + offset * getBytes(type);
}

void Buffer::write(const Array &array) {
  for (size_t i = 0; i < array.values.size(); ++i) {
    auto integer =
        static_cast<int64_t>(reference::isFloat(type) ? 0 : array.values[i]);
    uint64_t bits = reference::isFloat(type)
                        ? reference::encodeFloat(type, array.values[i])
                        : static_cast<uint64_t>(integer);
    std::memcpy(address(i), &bits, getBytes(type));
  }
}

Array Buffer::read() const {
  Array array{type, sizes, std::vector<double>(count(sizes))};
  for (size_t i = 0; i < array.values.size(); ++i) {
    uint64_t bits = 0;
    std::memcpy(&bits, address(i), getBytes(type));
    array.values[i] = reference::isFloat(type)
                          ? reference::decodeFloat(type, bits)
                          : static_cast<double>(reference::wrapTo(
                                type, static_cast<int64_t>(bits)));
  }
  return array;
}

Operand Buffer::operand() const {
  return {Operand::Kind::Tensor, type, data, sizes, strides};
}

bool Buffer::areGapsUntouched() const {
  std::vector<char> rest(pages, pages + bytes);
  for (int64_t i = 0, e = count(sizes); i < e; ++i)
    std::memset(rest.data() + (address(i) - pages), filler, getBytes(type));
  return isFilled(rest.data(), bytes);
}

bool Buffer::isUntouched() const { return isFilled(pages, bytes); }

std::string test::callAt(const Kernel &kernel, const std::string &function,
                         const std::vector<Array> &inputs,
                         const std::vector<Layout> &layouts,
                         std::vector<Array> &results) {
  if (layouts.size() != inputs.size() + results.size())
    return "as many layouts as arguments are needed";
  std::vector<Buffer> buffers;
  buffers.reserve(layouts.size());
  std::vector<Operand> operands;
  // The number of the buffer of each argument.
  std::vector<size_t> places;
  for (size_t i = 0; i < layouts.size(); ++i) {
    const Layout &layout = layouts[i];
    const Array &array =
        i < inputs.size() ? inputs[i] : results[i - inputs.size()];
    places.push_back(layout.inPlaceOf ? *layout.inPlaceOf : buffers.size());
    if (!layout.inPlaceOf)
      buffers.emplace_back(array.type, array.sizes,
                           layout.strides.empty() ? getDenseStrides(array.sizes)
                                                  : layout.strides,
                           layout.place);
    if (i < inputs.size())
      buffers.back().write(array);
    // Integers without dims are scalars.
    if (array.sizes.empty() && !reference::isFloat(array.type))
      operands.push_back({.kind = Operand::Kind::Scalar,
                          .type = array.type,
                          .value = array.values[0]});
    else
      operands.push_back(buffers[places.back()].operand());
  }
  std::string error = kernel.call(function, operands);
  if (!error.empty())
    return error;
  for (size_t i = 0; i < layouts.size(); ++i) {
    const Buffer &buffer = buffers[places[i]];
    bool isInput = i < inputs.size();
    std::string name = isInput ? "input " + std::to_string(i)
                               : "result " + std::to_string(i - inputs.size());
    if (!buffer.areGapsUntouched())
      return name + ": memory beside its elements has changed";
    if (!isInput)
      results[i - inputs.size()].values = buffer.read().values;
    else if (std::count(places.begin(), places.end(), i) == 1 &&
             !identical(buffer.read(), inputs[i]))
      return name + " has changed";
  }
  return "";
}

std::string test::checkBitsAt(const Kernel &kernel, const std::string &function,
                              const std::vector<Array> &inputs,
                              const std::vector<Layout> &layouts,
                              const std::vector<Array> &expected) {
  std::vector<Array> found = expected;
  std::string error = callAt(kernel, function, inputs, layouts, found);
  for (size_t i = 0; error.empty() && i < found.size(); ++i)
    if (!identical(found[i], expected[i]))
      error = "result " + std::to_string(i) + " has other bits";
  return error;
}
