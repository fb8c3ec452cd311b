//===- PreparedCall.cpp - A call that was checked -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/ExecutionEngine/PreparedCall.h"

#include "norm/Runtime/norm_runtime.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cstring>

using namespace llvm;
using namespace norm;

static uint64_t getBits(void *pointer) {
  return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(pointer));
}

/// "tensor of rank 2 of f32", "scalar f32".
static std::string describe(bool isTensor, size_t rank, DataType type) {
  std::string name = stringifyDataType(type).str();
  if (!isTensor)
    return "scalar " + name;
  return "tensor of rank " + std::to_string(rank) + " of " + name;
}

Expected<PreparedCall>
PreparedCall::create(const Signature &signature, Entry entry,
                     const ErrorFunctions &errors, ArrayRef<Argument> arguments,
                     bool hasResults, ArrayRef<uint64_t> others) {
  size_t inputs = signature.arguments.size();
  size_t outputs = hasResults ? signature.results.size() : 0;
  if (arguments.size() != inputs + outputs)
    return createStringError("function '" + signature.name + "': expected " +
                             Twine(inputs) + " inputs and " + Twine(outputs) +
                             " outputs, found " + Twine(arguments.size()) +
                             " arguments");
  PreparedCall call(signature, entry, errors);
  // The status, `others`, and for each argument its value and descriptor.
  size_t numWords = 1 + others.size();
  for (const Argument &argument : arguments)
    numWords += 4 + argument.sizes.size() + argument.strides.size();
  call.words.reserve(numWords);
  call.addresses.reserve(arguments.size() + others.size() + 1);
  call.words.push_back(0);
  for (auto [index, argument] : enumerate(arguments)) {
    bool isResult = index >= inputs;
    const ValueType &expected = isResult ? signature.results[index - inputs]
                                         : signature.arguments[index];
    auto fail = [&, index = index](const Twine &problem) {
      return createStringError("function '" + signature.name +
                               "': " + (isResult ? "result " : "argument ") +
                               Twine(isResult ? index - inputs : index) + ": " +
                               problem);
    };
    bool isTensor = argument.kind == Argument::Kind::Tensor;
    if (isTensor != expected.isTensor || argument.type != expected.type ||
        (isTensor && argument.sizes.size() != expected.sizes.size()))
      return fail(
          "expected a " +
          describe(expected.isTensor, expected.sizes.size(), expected.type) +
          ", found a " +
          describe(isTensor, argument.sizes.size(), argument.type));
    if (!isTensor &&
        isResult != (argument.kind == Argument::Kind::ScalarResult))
      return fail((isResult ? "expected the place of a scalar result, found a "
                              "scalar input"
                            : "expected a scalar input, found the place of a "
                              "scalar result"));
    if (isResult && argument.isConst)
      return fail("expected a tensor that can be written, found a constant "
                  "one");
    if (argument.sizes.size() != argument.strides.size())
      return fail("expected a stride for each of " +
                  Twine(argument.sizes.size()) + " dims, found " +
                  Twine(argument.strides.size()) + " strides");
    for (auto [dim, pair] : enumerate(zip(argument.sizes, expected.sizes))) {
      auto [found, wanted] = pair;
      if (!mlir::ShapedType::isDynamic(wanted) && found != wanted)
        return fail("dim " + Twine(dim) + ": expected size " + Twine(wanted) +
                    ", found " + Twine(found));
    }
    call.append(argument);
  }
  for (uint64_t bits : others)
    call.appendValue(bits);
  call.addresses.push_back(call.words.data());
  return call;
}

void PreparedCall::appendValue(uint64_t bits) {
  assert(words.size() < words.capacity() && "addresses must stay valid");
  words.push_back(bits);
  addresses.push_back(&words.back());
}

void PreparedCall::append(const Argument &argument) {
  if (argument.kind == Argument::Kind::ScalarResult)
    return appendValue(getBits(argument.data));
  if (argument.kind == Argument::Kind::Scalar)
    return appendValue(argument.bits);
  // MLIR's memref descriptor: allocated, aligned, offset, sizes, strides.
  appendValue(getBits(words.data() + words.size() + 1));
  words.insert(words.end(),
               {getBits(argument.data), getBits(argument.data), 0});
  words.insert(words.end(), argument.sizes.begin(), argument.sizes.end());
  words.insert(words.end(), argument.strides.begin(), argument.strides.end());
}

Error PreparedCall::operator()() {
  // Clears the text of an earlier error.
  errors->reportError(norm_ok, nullptr, nullptr, 0);
  entry(addresses.data());
  // The adapter stores the status to the last address.
  int32_t status;
  std::memcpy(&status, words.data(), sizeof(status));
  if (status == norm_ok)
    return Error::success();
  StringRef text = errors->lastError();
  // The texts of compiled functions start with their name, too.
  if (text.consume_front(signature->name))
    text.consume_front(": ");
  return createStringError(
      "function '" + signature->name +
      "': " + (text.empty() ? "error " + Twine(status) : Twine(text)));
}
