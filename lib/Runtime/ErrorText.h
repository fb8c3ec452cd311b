//===- ErrorText.h - The error text of the calling thread -------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_RUNTIME_ERRORTEXT_H
#define NORM_LIB_RUNTIME_ERRORTEXT_H

#include <cstdint>

namespace norm::runtime {

/// Replaces the text that norm_last_error() returns on the calling thread by
/// what is appended. Text beyond 1023 bytes is cut off; allocates nothing.
class ErrorWriter {
public:
  ErrorWriter();

  /// `text` ends with a zero byte.
  ErrorWriter &operator<<(const char *text);
  ErrorWriter &operator<<(char c);
  /// In decimal.
  ErrorWriter &operator<<(int64_t value);
  /// As "0x" and hexadecimal digits.
  ErrorWriter &appendAddress(uint64_t address);
};

} // namespace norm::runtime

#endif // NORM_LIB_RUNTIME_ERRORTEXT_H
