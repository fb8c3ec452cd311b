//===- Result.h - A value or the text of an error ---------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Needs no LLVM: programs that call kernels include it.

#ifndef NORM_EXECUTIONENGINE_RESULT_H
#define NORM_EXECUTIONENGINE_RESULT_H

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace norm {

/// Why something failed, for making a Result of it.
struct Failure {
  std::string text;
};

/// A value, or the text of the error for which there is none. Like
/// std::optional, it is true if there is a value, and `*` of one without a
/// value is undefined.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : value(std::move(value)) {}
  Result(Failure failure) : text(std::move(failure.text)) {}

  explicit operator bool() const { return value.has_value(); }

  T &operator*() & {
    assert(value && "no value after an error");
    return *value;
  }
  const T &operator*() const & {
    assert(value && "no value after an error");
    return *value;
  }
  T &&operator*() && {
    assert(value && "no value after an error");
    return *std::move(value);
  }
  T *operator->() { return &**this; }
  const T *operator->() const { return &**this; }

  /// The text of the error, which is not empty; empty if there is a value.
  const std::string &error() const { return text; }

private:
  std::optional<T> value;
  std::string text;
};

/// Success, or the text of an error.
template <> class [[nodiscard]] Result<void> {
public:
  Result() = default;
  Result(Failure failure) : text(std::move(failure.text)), failed(true) {}

  explicit operator bool() const { return !failed; }

  /// The text of the error, which is not empty; empty after a success.
  const std::string &error() const { return text; }

private:
  std::string text;
  bool failed = false;
};

} // namespace norm

#endif // NORM_EXECUTIONENGINE_RESULT_H
