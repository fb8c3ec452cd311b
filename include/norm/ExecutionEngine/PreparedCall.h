//===- PreparedCall.h - A call that was checked -----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_EXECUTIONENGINE_PREPAREDCALL_H
#define NORM_EXECUTIONENGINE_PREPAREDCALL_H

#include "norm/ExecutionEngine/Argument.h"
#include "norm/Target/Signature.h"

#include "llvm/ADT/ArrayRef.h"

namespace norm {

/// The functions of the runtime library that a compiled function reports its
/// errors to; a loaded library may have its own.
struct ErrorFunctions {
  const char *(*lastError)();
  int32_t (*reportError)(int32_t code, const char *format,
                         const int64_t *values, int32_t count);
};

/// A call whose arguments were checked, for a function that is called again and
/// again with the same memory. The engine and the memory must outlive it. One
/// thread at a time may use one of these.
class PreparedCall {
public:
  PreparedCall(PreparedCall &&) = default;
  PreparedCall &operator=(PreparedCall &&) = default;

  /// Runs the function. The error is what it reported: its text, or its code if
  /// there is no text.
  llvm::Error operator()();

private:
  friend class ExecutionEngine;
  using Entry = void (*)(void **);

  /// Checks `arguments` against the argument types of `signature` and, if
  /// `hasResults`, its result types, and prepares a call of `entry`, an
  /// adapter, with them and, after them, the bits of `others`.
  static llvm::Expected<PreparedCall>
  create(const Signature &signature, Entry entry, const ErrorFunctions &errors,
         llvm::ArrayRef<Argument> arguments, bool hasResults,
         llvm::ArrayRef<uint64_t> others = {});

  PreparedCall(const Signature &signature, Entry entry,
               const ErrorFunctions &errors)
      : signature(&signature), entry(entry), errors(&errors) {}

  void append(const Argument &argument);
  void appendValue(uint64_t bits);

  const Signature *signature;
  Entry entry;
  const ErrorFunctions *errors;
  /// The values of arguments, the descriptors of tensors and, first, the status
  /// that the function returns. Never grows beyond its first capacity, as
  /// addresses of its elements are kept.
  std::vector<uint64_t> words;
  /// The addresses of the values in the order that the adapter expects.
  std::vector<void *> addresses;
};

} // namespace norm

#endif // NORM_EXECUTIONENGINE_PREPAREDCALL_H
