//===- Argument.cpp - Checks and stores the arguments of a call -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/ExecutionEngine/Argument.h"

#include "norm/Runtime/norm_runtime.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cstring>

using namespace llvm;
using namespace norm;

template <typename T> static uint64_t getBits(T value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(value));
  return bits;
}

Argument Argument::tensor(DataType type, void *data, ArrayRef<int64_t> sizes,
                          ArrayRef<int64_t> strides) {
  Argument argument(Kind::Tensor, type);
  argument.data = data;
  argument.sizes.assign(sizes.begin(), sizes.end());
  argument.strides.assign(strides.begin(), strides.end());
  return argument;
}

Argument Argument::scalar(float value) {
  Argument argument(Kind::Scalar, DataType::F32);
  argument.bits = getBits(value);
  return argument;
}

Argument Argument::scalar(double value) {
  Argument argument(Kind::Scalar, DataType::F64);
  argument.bits = getBits(value);
  return argument;
}

Argument Argument::scalar(int32_t value) {
  Argument argument(Kind::Scalar, DataType::I32);
  argument.bits = getBits(value);
  return argument;
}

Argument Argument::scalar(int64_t value) {
  Argument argument(Kind::Scalar, DataType::I64);
  argument.bits = getBits(value);
  return argument;
}

Argument Argument::scalarResult(DataType type, void *place) {
  Argument argument(Kind::ScalarResult, type);
  argument.data = place;
  return argument;
}

/// "tensor of rank 2 of f32", "scalar f32".
static std::string describe(bool isTensor, size_t rank, DataType type) {
  std::string name = stringifyDataType(type).str();
  if (!isTensor)
    return "scalar " + name;
  return "tensor of rank " + std::to_string(rank) + " of " + name;
}

Expected<PreparedCall> PreparedCall::create(const Signature &signature,
                                            Entry entry,
                                            ArrayRef<Argument> arguments,
                                            bool withResults) {
  size_t inputs = signature.arguments.size();
  size_t outputs = withResults ? signature.results.size() : 0;
  if (arguments.size() != inputs + outputs)
    return createStringError("function '" + signature.name + "': expected " +
                             Twine(inputs) + " inputs and " + Twine(outputs) +
                             " outputs, found " + Twine(arguments.size()) +
                             " arguments");
  PreparedCall call(signature.name, entry);
  for (auto [index, argument] : enumerate(arguments)) {
    bool isResult = index >= inputs;
    const ValueType &expected = isResult ? signature.results[index - inputs]
                                         : signature.arguments[index];
    std::string where = ("function '" + signature.name +
                         "': " + (isResult ? "result " : "argument ") +
                         Twine(isResult ? index - inputs : index) + ": ")
                            .str();
    bool isTensor = argument.kind == Argument::Kind::Tensor;
    if (isTensor != expected.isTensor || argument.type != expected.type ||
        (isTensor && argument.sizes.size() != expected.sizes.size()))
      return createStringError(
          where + "expected a " +
          describe(expected.isTensor, expected.sizes.size(), expected.type) +
          ", found a " +
          describe(isTensor, argument.sizes.size(), argument.type));
    if (!isTensor &&
        isResult != (argument.kind == Argument::Kind::ScalarResult))
      return createStringError(
          where + (isResult ? "expected the place of a scalar result, found a "
                              "scalar input"
                            : "expected a scalar input, found the place of a "
                              "scalar result"));
    if (argument.sizes.size() != argument.strides.size())
      return createStringError(where + "expected a stride for each of " +
                               Twine(argument.sizes.size()) + " dims, found " +
                               Twine(argument.strides.size()) + " strides");
    for (auto [dim, pair] : enumerate(zip(argument.sizes, expected.sizes))) {
      auto [found, wanted] = pair;
      if (!mlir::ShapedType::isDynamic(wanted) && found != wanted)
        return createStringError(where + "dim " + Twine(dim) +
                                 ": expected size " + Twine(wanted) +
                                 ", found " + Twine(found));
    }
    call.append(argument);
  }
  return call;
}

void PreparedCall::appendPointer(void *pointer) {
  values.push_back(std::make_unique<uint64_t>(getBits(pointer)));
  addresses.push_back(values.back().get());
}

void PreparedCall::append(const Argument &argument) {
  if (argument.kind == Argument::Kind::ScalarResult)
    return appendPointer(argument.data);
  if (argument.kind == Argument::Kind::Scalar) {
    values.push_back(std::make_unique<uint64_t>(argument.bits));
    addresses.push_back(values.back().get());
    return;
  }
  // MLIR's memref descriptor: allocated, aligned, offset, sizes, strides.
  auto data = int64_t(getBits(argument.data));
  std::vector<int64_t> descriptor = {data, data, 0};
  append_range(descriptor, argument.sizes);
  append_range(descriptor, argument.strides);
  descriptors.push_back(std::move(descriptor));
  appendPointer(descriptors.back().data());
}

Error PreparedCall::operator()() {
  // Clears the text of an earlier error.
  norm_report_error(norm_ok, nullptr, nullptr, 0);
  addresses.push_back(status.get());
  entry(addresses.data());
  addresses.pop_back();
  if (*status == norm_ok)
    return Error::success();
  StringRef text = norm_last_error();
  return createStringError(
      "function '" + name +
      "': " + (text.empty() ? "error " + Twine(*status) : Twine(text)));
}
