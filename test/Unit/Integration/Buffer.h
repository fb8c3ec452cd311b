//===- Buffer.h - Strided tensors between guard pages ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_INTEGRATION_BUFFER_H
#define NORM_TEST_INTEGRATION_BUFFER_H

#include "Kernel.h"

#include <optional>

namespace norm::test {

/// Where the first element in memory lies.
struct Place {
  enum class At {
    /// At a multiple of 64 bytes, with at least 64 bytes around the tensor.
    Inside,
    /// Right behind an inaccessible page.
    Start,
    /// Such that the last element ends right before an inaccessible page.
    End
  };
  At at = At::Inside;
  /// Elements that the tensor is moved by, away from the page or the multiple
  /// of 64 bytes.
  int64_t shift = 0;
};

/// A tensor of any strides in pages of its own, between two pages that must
/// not be touched. Every byte that is no element has a known value.
class Buffer {
public:
  /// Row-major and dense.
  Buffer(ElementType type, const Sizes &sizes, const Place &place = {});
  /// `strides` are in elements; negative and zero ones are legal.
  Buffer(ElementType type, const Sizes &sizes, const Sizes &strides,
         const Place &place = {});
  Buffer(Buffer &&other) noexcept;
  Buffer &operator=(Buffer &&) = delete;
  ~Buffer();

  /// Writes the elements of `array`, of the same type and as many elements.
  void write(const Array &array);
  /// Reads all elements.
  Array read() const;

  /// The tensor as an argument.
  Operand operand() const;

  /// True if all bytes beside the elements are as they were made.
  bool areGapsUntouched() const;
  /// True if the elements are as well.
  bool isUntouched() const;

private:
  /// The address of the element number `index` in row-major order.
  char *address(int64_t index) const;

  ElementType type;
  Sizes sizes, strides;
  /// Row-major, so that addresses need no division.
  bool dense;
  /// The accessible pages.
  char *pages = nullptr;
  size_t bytes = 0;
  /// The element at [0, .., 0].
  char *data = nullptr;
};

/// The strides of a dense row-major tensor.
Sizes getDenseStrides(const Sizes &sizes);

/// Where an argument of a call lies.
struct Layout {
  /// In elements; empty: row-major and dense.
  Sizes strides = {};
  Place place = {};
  /// For a result: the number of the input that it is written over, of the same
  /// type and sizes. Strides and place are then the input's.
  std::optional<size_t> inPlaceOf = std::nullopt;
};

/// Calls `function` with copies of the tensors `inputs`; those of integers
/// without dims are scalars. `results` has the
/// types and sizes of its results and gets their values. `layouts` are those of
/// the inputs and then of the results. Returns "", or the error of the call or
/// the name of a tensor beside whose elements, or in which though it is no
/// result, something was written.
std::string callAt(const Kernel &kernel, const std::string &function,
                   const std::vector<Array> &inputs,
                   const std::vector<Layout> &layouts,
                   std::vector<Array> &results);

/// The same, but the results must have the bits of `expected`; returns the
/// number of one that has not, too.
std::string checkBitsAt(const Kernel &kernel, const std::string &function,
                        const std::vector<Array> &inputs,
                        const std::vector<Layout> &layouts,
                        const std::vector<Array> &expected);

} // namespace norm::test

#endif // NORM_TEST_INTEGRATION_BUFFER_H
