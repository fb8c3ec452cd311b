//===- Operand.cpp - The operands of a call -------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operand.h"

#include "ErrorText.h"
#include "Overlap.h"

#include <cstddef>

using namespace norm::runtime;

namespace {
/// A memref descriptor of MLIR up to its sizes and strides, which follow.
struct DescriptorHead {
  void *allocated;
  void *aligned;
  int64_t offset;
};
} // namespace

static_assert(
    sizeof(void *) == 8 && sizeof(DescriptorHead) == 24,
    "compiled functions read sizes behind two pointers and an offset");

static const int64_t *getSizes(const void *descriptor) {
  return reinterpret_cast<const int64_t *>(
      static_cast<const DescriptorHead *>(descriptor) + 1);
}

/// Starts a text with the names of the function and the operand.
static ErrorWriter startError(const Operand &operand) {
  ErrorWriter text;
  text << operand.function.name << ": " << operand.info.name << ": ";
  return text;
}

/// Appends for example "[2, 3]".
static void appendList(ErrorWriter &text, const int64_t *values,
                       int64_t count) {
  text << '[';
  for (int64_t i = 0; i < count; ++i)
    text << (i ? ", " : "") << values[i];
  text << ']';
}

/// Appends where the elements of `view` are.
static void appendView(ErrorWriter &text, const View &view) {
  text << "address ";
  text.appendAddress(view.address) << ", sizes ";
  appendList(text, view.sizes, view.rank);
  text << ", strides ";
  appendList(text, view.strides, view.rank);
  text << ", " << view.elementBytes << " bytes an element";
}

int32_t Operand::checkSizes() const {
  if (!given) {
    startError(*this) << (info.rank < 0 ? "expected a pointer to a scalar"
                                        : "expected a pointer to a descriptor")
                      << ", found null";
    return norm_error_null_pointer;
  }
  if (info.rank < 0)
    return norm_ok;
  const int64_t *sizes = getSizes(given);
  for (int64_t dim = 0; dim < info.rank; ++dim) {
    if (sizes[dim] < 0) {
      startError(*this) << "dim " << dim
                        << ": expected a size of at least 0, found "
                        << sizes[dim];
      return norm_error_negative_size;
    }
    if (info.sizes[dim] >= 0 && sizes[dim] != info.sizes[dim]) {
      startError(*this) << "dim " << dim << ": expected size "
                        << info.sizes[dim] << ", found " << sizes[dim];
      return norm_error_size_mismatch;
    }
  }
  return norm_ok;
}

int32_t Operand::locate() {
  uint64_t base;
  int64_t offset = 0;
  view = {0, nullptr, nullptr, 0, info.element_bytes};
  range = {0, 0};
  if (info.rank < 0) {
    base = reinterpret_cast<uintptr_t>(given);
  } else {
    const auto *head = static_cast<const DescriptorHead *>(given);
    base = reinterpret_cast<uintptr_t>(head->aligned);
    offset = head->offset;
    view.rank = info.rank;
    view.sizes = getSizes(given);
    view.strides = view.sizes + info.rank;
    for (int64_t dim = 0; dim < view.rank; ++dim)
      if (view.sizes[dim] == 0)
        return norm_ok;
  }

  if (base == 0) {
    ErrorWriter text = startError(*this);
    text << "expected data for sizes ";
    appendList(text, view.sizes, view.rank);
    text << ", found a null pointer";
    return norm_error_null_pointer;
  }
  int64_t offsetBytes;
  if (__builtin_mul_overflow(offset, view.elementBytes, &offsetBytes) ||
      __builtin_add_overflow(base, offsetBytes, &view.address) ||
      !getByteRange(view, range)) {
    ErrorWriter text = startError(*this);
    text << "expected elements within the address space, found offset "
         << offset << ", sizes ";
    appendList(text, view.sizes, view.rank);
    text << ", strides ";
    appendList(text, view.strides, view.rank);
    return norm_error_stride;
  }
  if (view.address % uint32_t(info.element_bytes) != 0) {
    ErrorWriter text = startError(*this);
    text << "expected data aligned to " << view.elementBytes
         << " bytes, found address ";
    text.appendAddress(view.address);
    return norm_error_alignment;
  }
  return norm_ok;
}

int32_t Operand::checkDistinct() const {
  if (range.begin == range.end)
    return norm_ok;
  Answer answer = hasSelfOverlap(view);
  if (answer == Answer::No)
    return norm_ok;
  ErrorWriter text = startError(*this);
  text << "expected an output with each element at an address of its own, "
       << (answer == Answer::Yes ? "found " : "which could not be shown for ");
  appendView(text, view);
  return norm_error_stride;
}

int32_t Operand::checkApart(const Operand &other, bool inPlace) const {
  if (range.end <= other.range.begin || other.range.end <= range.begin)
    return norm_ok;
  if (inPlace && isSameView(view, other.view))
    return norm_ok;
  Answer answer = hasOverlap(view, range, other.view, other.range);
  if (answer == Answer::No)
    return norm_ok;
  ErrorWriter text = startError(*this);
  text << "expected no element in common with " << other.info.name
       << (inPlace ? " or the same view" : "")
       << (answer == Answer::Yes ? "; found " : ", which could not be shown; ");
  appendView(text, view);
  text << ", and ";
  appendView(text, other.view);
  return norm_error_overlap;
}
