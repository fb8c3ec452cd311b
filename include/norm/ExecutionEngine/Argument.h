//===- Argument.h - What a compiled function is called with -----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_EXECUTIONENGINE_ARGUMENT_H
#define NORM_EXECUTIONENGINE_ARGUMENT_H

#include "norm/Target/Signature.h"

#include "llvm/ADT/ArrayRef.h"

namespace norm {

/// One argument of a call: a tensor in memory of the caller, a scalar, or the
/// place of a scalar result. A plain value; memory is never owned.
class Argument {
public:
  /// A tensor whose first element is at `data`, for input or output. `sizes`
  /// and `strides` (in elements) have one entry for each dim; both are copied.
  static Argument tensor(DataType type, void *data,
                         llvm::ArrayRef<int64_t> sizes,
                         llvm::ArrayRef<int64_t> strides);

  /// A scalar input.
  static Argument scalar(float value);
  static Argument scalar(double value);
  static Argument scalar(int32_t value);
  static Argument scalar(int64_t value);

  /// The place, one value of `type`, that a scalar result is stored to.
  static Argument scalarResult(DataType type, void *place);

private:
  friend class PreparedCall;
  enum class Kind { Tensor, Scalar, ScalarResult };

  Argument(Kind kind, DataType type) : kind(kind), type(type) {}

  Kind kind;
  DataType type;
  /// The bits of a scalar, in its lowest bytes.
  uint64_t bits = 0;
  void *data = nullptr;
  llvm::SmallVector<int64_t, 4> sizes;
  llvm::SmallVector<int64_t, 4> strides;
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

  /// Checks `arguments` against the argument and, if `withResults`, result
  /// types of `signature`, and prepares a call of `entry`, an adapter.
  static llvm::Expected<PreparedCall> create(const Signature &signature,
                                             Entry entry,
                                             llvm::ArrayRef<Argument> arguments,
                                             bool withResults);

  PreparedCall(std::string name, Entry entry) : name(name), entry(entry) {}

  void append(const Argument &argument);
  void appendPointer(void *pointer);

  std::string name;
  Entry entry;
  /// The status that the function returned, apart so that its address is kept
  /// when this is moved.
  std::unique_ptr<int32_t> status = std::make_unique<int32_t>(0);
  /// The descriptors of tensors, values of arguments, and the addresses of the
  /// latter in the order that the adapter expects.
  std::vector<std::vector<int64_t>> descriptors;
  std::vector<std::unique_ptr<uint64_t>> values;
  std::vector<void *> addresses;
};

} // namespace norm

#endif // NORM_EXECUTIONENGINE_ARGUMENT_H
