//===- CopyOperands.cpp - Copies of operands with gaps --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckErrors.h"
#include "Operand.h"

#include <cstring>

using namespace norm::runtime;

namespace {
/// What is copied from one view to another of the same sizes.
struct Copy {
  const int64_t *sizes;
  const int64_t *fromStrides;
  const int64_t *toStrides;
  int64_t rank;
  int64_t elementBytes;
  const char *from;
  char *to;
};
} // namespace

/// Blocks of scratch memory begin on a line of the cache.
static constexpr uint64_t alignment = 64;

/// Bytes of a body of the parallel loop; a smaller copy runs on the caller.
static constexpr int64_t grainBytes = 256 << 10;

template <typename Element>
static void copyElements(const char *from, int64_t fromStride, char *to,
                         int64_t toStride, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    Element element;
    std::memcpy(&element, from + i * fromStride * int64_t(sizeof(Element)),
                sizeof(Element));
    std::memcpy(to + i * toStride * int64_t(sizeof(Element)), &element,
                sizeof(Element));
  }
}

/// Copies `count` elements along the last dim.
static void copyLine(const Copy &copy, const char *from, char *to,
                     int64_t count) {
  int64_t fromStride = copy.fromStrides[copy.rank - 1];
  int64_t toStride = copy.toStrides[copy.rank - 1];
  if (fromStride == 1 && toStride == 1) {
    std::memcpy(to, from, size_t(count * copy.elementBytes));
    return;
  }
  switch (copy.elementBytes) {
  case 1:
    return copyElements<uint8_t>(from, fromStride, to, toStride, count);
  case 2:
    return copyElements<uint16_t>(from, fromStride, to, toStride, count);
  case 4:
    return copyElements<uint32_t>(from, fromStride, to, toStride, count);
  case 8:
    return copyElements<uint64_t>(from, fromStride, to, toStride, count);
  }
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(to + i * toStride * copy.elementBytes,
                from + i * fromStride * copy.elementBytes,
                size_t(copy.elementBytes));
}

/// Copies the indices [begin, end) of dim `dim`.
static void copyRange(const Copy &copy, int64_t dim, const char *from, char *to,
                      int64_t begin, int64_t end) {
  // The stride of a dim of one element may be anything.
  bool hasStride = copy.sizes[dim] > 1;
  int64_t fromBytes = hasStride ? copy.fromStrides[dim] * copy.elementBytes : 0;
  int64_t toBytes = hasStride ? copy.toStrides[dim] * copy.elementBytes : 0;
  if (dim + 1 == copy.rank)
    return copyLine(copy, from + begin * fromBytes, to + begin * toBytes,
                    end - begin);
  for (int64_t i = begin; i < end; ++i)
    copyRange(copy, dim + 1, from + i * fromBytes, to + i * toBytes, 0,
              copy.sizes[dim + 1]);
}

static void copyRows(void *context, int64_t begin, int64_t end) {
  const Copy &copy = *static_cast<const Copy *>(context);
  copyRange(copy, 0, copy.from, copy.to, begin, end);
}

static uint64_t addSaturated(uint64_t a, uint64_t b) {
  uint64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t roundUp(uint64_t bytes) {
  return addSaturated(bytes, alignment - 1) & ~(alignment - 1);
}

static uint64_t getDescriptorBytes(const norm_operand_info &info) {
  return roundUp(sizeof(DescriptorHead) +
                 2 * sizeof(int64_t) * uint64_t(info.rank));
}

/// The bytes of all elements. An input may have more than memory: the strides
/// of what is broadcast are 0.
static uint64_t getElementBytes(const norm_operand_info &info,
                                const void *descriptor) {
  const int64_t *sizes = getSizes(descriptor);
  for (int32_t dim = 0; dim < info.rank; ++dim)
    if (sizes[dim] == 0)
      return 0;
  uint64_t bytes = uint64_t(info.element_bytes);
  for (int32_t dim = 0; dim < info.rank; ++dim)
    if (__builtin_mul_overflow(bytes, uint64_t(sizes[dim]), &bytes))
      return UINT64_MAX;
  return bytes;
}

static char *getData(const norm_operand_info &info, const void *descriptor) {
  const auto *head = static_cast<const DescriptorHead *>(descriptor);
  return static_cast<char *>(head->aligned) + head->offset * info.element_bytes;
}

/// Makes `copy` the descriptor of a tensor like `given`, but without gaps,
/// whose elements follow it.
static void makeDescriptor(const norm_operand_info &info, const void *given,
                           char *copy) {
  char *data = copy + getDescriptorBytes(info);
  DescriptorHead head = {data, data, 0};
  std::memcpy(copy, &head, sizeof(head));
  auto *sizes = reinterpret_cast<int64_t *>(copy + sizeof(head));
  int64_t stride = 1;
  for (int64_t dim = info.rank - 1; dim >= 0; --dim) {
    sizes[dim] = getSizes(given)[dim];
    sizes[info.rank + dim] = stride;
    // Without elements it may overflow, and means nothing.
    if (__builtin_mul_overflow(stride, sizes[dim], &stride))
      stride = 0;
  }
}

/// Copies the elements of the tensor `from` to `to`, on all threads.
static int32_t copyTensor(const norm_operand_info &info, const void *from,
                          const void *to) {
  uint64_t bytes = getElementBytes(info, from);
  if (bytes == 0)
    return norm_ok;
  const int64_t *sizes = getSizes(from);
  Copy copy = {sizes,
               sizes + info.rank,
               getSizes(to) + info.rank,
               info.rank,
               info.element_bytes,
               getData(info, from),
               getData(info, to)};
  int64_t rowBytes = int64_t(bytes) / sizes[0];
  int64_t grain = grainBytes / rowBytes;
  return norm_parallel_for(sizes[0], grain > 1 ? grain : 1, &copyRows, &copy);
}

int32_t norm_begin_copies(const norm_function_info *info,
                          const void *const *operands, const int8_t *fits,
                          const void **used) {
  uint64_t bytes = 0;
  for (int32_t i = 0; i < info->num_operands; ++i) {
    used[i] = operands[i];
    const norm_operand_info &operand = info->operands[i];
    if (fits[i] || operand.rank <= 0)
      continue;
    bytes = addSaturated(bytes, getDescriptorBytes(operand));
    bytes = addSaturated(bytes, roundUp(getElementBytes(operand, operands[i])));
  }
  char *scratch = nullptr;
  if (bytes <= PTRDIFF_MAX)
    scratch = static_cast<char *>(norm_scratch_acquire(bytes, alignment));
  used[info->num_operands] = scratch;
  if (!scratch)
    return reportNoMemory(*info, bytes);

  int32_t status = norm_ok;
  for (int32_t i = 0; i < info->num_operands && status == norm_ok; ++i) {
    const norm_operand_info &operand = info->operands[i];
    if (fits[i] || operand.rank <= 0)
      continue;
    makeDescriptor(operand, operands[i], scratch);
    used[i] = scratch;
    scratch += getDescriptorBytes(operand) +
               roundUp(getElementBytes(operand, operands[i]));
    if (i < info->num_arguments)
      status = copyTensor(operand, operands[i], used[i]);
  }
  if (status != norm_ok)
    norm_scratch_release(const_cast<void *>(used[info->num_operands]));
  return status;
}

int32_t norm_end_copies(const norm_function_info *info,
                        const void *const *operands, const void *const *used,
                        int32_t status) {
  for (int32_t i = 0; i < info->num_operands && status == norm_ok; ++i)
    if (used[i] != operands[i] && info->operands[i].is_output)
      status = copyTensor(info->operands[i], used[i], operands[i]);
  norm_scratch_release(const_cast<void *>(used[info->num_operands]));
  return status;
}
