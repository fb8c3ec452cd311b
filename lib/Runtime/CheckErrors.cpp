//===- CheckErrors.cpp - What the checks of a call report -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckErrors.h"

#include "ErrorText.h"

using namespace norm::runtime;

/// Starts a text with the names of the function and the operand.
static ErrorWriter startError(const Operand &operand) {
  ErrorWriter text;
  text << operand.function->name << ": " << operand.info->name << ": ";
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

int32_t norm::runtime::reportNullPointer(const Operand &operand) {
  startError(operand) << (operand.info->rank < 0
                              ? "expected a pointer to a scalar"
                              : "expected a pointer to a descriptor")
                      << ", found null";
  return norm_error_null_pointer;
}

int32_t norm::runtime::reportNullSizes(const norm_function_info &function,
                                       int64_t numSizes) {
  ErrorWriter() << function.name << ": expected a pointer to " << numSizes
                << " sizes of results, found null";
  return norm_error_null_pointer;
}

int32_t norm::runtime::reportNoMemory(const norm_function_info &function,
                                      uint64_t bytes) {
  constexpr uint64_t most = INT64_MAX;
  ErrorWriter() << function.name << ": expected "
                << int64_t(bytes < most ? bytes : most)
                << " bytes of memory for copies of operands, found none";
  return norm_error_out_of_memory;
}

int32_t norm::runtime::reportSize(const Operand &operand, int64_t dim,
                                  int64_t found) {
  ErrorWriter text = startError(operand);
  text << "dim " << dim << ": expected ";
  if (found < 0) {
    text << "a size of at least 0, found " << found;
    return norm_error_negative_size;
  }
  text << "size " << operand.info->sizes[dim] << ", found " << found;
  return norm_error_size_mismatch;
}

int32_t norm::runtime::reportNullData(const Operand &operand) {
  ErrorWriter text = startError(operand);
  text << "expected data for sizes ";
  appendList(text, operand.view.sizes, operand.view.rank);
  text << ", found a null pointer";
  return norm_error_null_pointer;
}

int32_t norm::runtime::reportAddressSpace(const Operand &operand,
                                          int64_t offset) {
  ErrorWriter text = startError(operand);
  text << "expected elements within the address space, found offset " << offset
       << ", sizes ";
  appendList(text, operand.view.sizes, operand.view.rank);
  text << ", strides ";
  appendList(text, operand.view.strides, operand.view.rank);
  return norm_error_stride;
}

int32_t norm::runtime::reportAlignment(const Operand &operand) {
  ErrorWriter text = startError(operand);
  text << "expected data aligned to " << operand.view.elementBytes
       << " bytes, found address ";
  text.appendAddress(operand.view.address);
  return norm_error_alignment;
}

int32_t norm::runtime::reportSelfOverlap(const Operand &operand,
                                         Answer answer) {
  ErrorWriter text = startError(operand);
  text << "expected an output with each element at an address of its own, "
       << (answer == Answer::Yes ? "found " : "which could not be shown for ");
  appendView(text, operand.view);
  return norm_error_stride;
}

int32_t norm::runtime::reportOverlap(const Operand &output,
                                     const Operand &other, bool inPlace,
                                     Answer answer) {
  ErrorWriter text = startError(output);
  text << "expected no element in common with " << other.info->name
       << (inPlace ? " or the same view" : "")
       << (answer == Answer::Yes ? "; found " : ", which could not be shown; ");
  appendView(text, output.view);
  text << ", and ";
  appendView(text, other.view);
  return norm_error_overlap;
}

/// As long as the major version is 0, only patches keep the interface.
bool norm::runtime::fitsVersion(int32_t version) {
  return version / 100 == NORM_RUNTIME_VERSION / 100;
}

static void appendVersion(ErrorWriter &text, int64_t version) {
  text << version / 10000 << '.' << version / 100 % 100 << '.' << version % 100;
}

int32_t norm::runtime::reportVersion(const char *name, int32_t version) {
  ErrorWriter text;
  text << name << ": expected a runtime library that fits version ";
  appendVersion(text, version);
  text << ", found version ";
  appendVersion(text, NORM_RUNTIME_VERSION);
  return norm_error_version;
}
