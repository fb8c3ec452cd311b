//===- ErrorText.cpp - The error text of each thread ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ErrorText.h"

#include "norm/Runtime/norm_runtime.h"

#include <charconv>
#include <cstddef>

using namespace norm::runtime;

static_assert(sizeof(norm_error) == sizeof(int32_t),
              "compiled functions return error codes as int32_t");

namespace {

/// Text of limited length that stays ended by a zero byte.
class ErrorText {
public:
  void clear() {
    size = 0;
    text[0] = 0;
  }

  /// Drops what does not fit.
  void append(char c) {
    if (size + 1 == sizeof(text))
      return;
    text[size++] = c;
    text[size] = 0;
  }

  const char *data() const { return text; }

private:
  char text[1024] = {};
  size_t size = 0;
};

thread_local ErrorText lastError;

/// If `format` starts with `{N}`, 0 <= N < `count`, returns the position after
/// it and sets `index` to N; else returns null.
const char *parseField(const char *format, int32_t count, int32_t &index) {
  if (*format != '{')
    return nullptr;
  const char *end = format + 1;
  while (*end >= '0' && *end <= '9')
    ++end;
  auto parsed = std::from_chars(format + 1, end, index);
  if (parsed.ec != std::errc() || *end != '}' || index >= count)
    return nullptr;
  return end + 1;
}

} // namespace

const char *norm_last_error(void) { return lastError.data(); }

ErrorWriter::ErrorWriter() { lastError.clear(); }

ErrorWriter &ErrorWriter::operator<<(char c) {
  lastError.append(c);
  return *this;
}

ErrorWriter &ErrorWriter::operator<<(const char *text) {
  while (*text)
    lastError.append(*text++);
  return *this;
}

ErrorWriter &ErrorWriter::operator<<(int64_t value) {
  char digits[24] = {};
  std::to_chars(digits, digits + sizeof(digits) - 1, value);
  return *this << digits;
}

ErrorWriter &ErrorWriter::appendAddress(uint64_t address) {
  char digits[24] = {};
  std::to_chars(digits, digits + sizeof(digits) - 1, address, 16);
  return *this << "0x" << digits;
}

int32_t norm_report_error(int32_t code, const char *format,
                          const int64_t *values, int32_t count) {
  ErrorWriter text;
  for (const char *next = format ? format : ""; *next;) {
    int32_t index;
    if (const char *end = parseField(next, count, index)) {
      text << values[index];
      next = end;
    } else {
      text << *next++;
    }
  }
  return code;
}

int32_t norm_runtime_version(void) { return NORM_RUNTIME_VERSION; }
