//===- Inputs.cpp - The arguments of a run --------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"

#include "norm/Runner/Npy.h"
#include "norm/Target/ArgumentNames.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringExtras.h"

using namespace norm;
using namespace norm::runner;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

/// "4x?xf32".
static std::string formatType(const ValueType &type) {
  std::string text;
  for (int64_t size : type.sizes)
    text += (mlir::ShapedType::isDynamic(size) ? "?" : std::to_string(size)) +
            std::string("x");
  return text + stringifyDataType(type.type).str();
}

static bool fits(llvm::ArrayRef<int64_t> shape, const ValueType &type) {
  return shape.size() == type.sizes.size() &&
         llvm::all_of_zip(shape, type.sizes, [](int64_t size, int64_t known) {
           return size == known || mlir::ShapedType::isDynamic(known);
         });
}

namespace {
/// The value of one --shape option.
struct ShapeOption {
  std::string text;
  unsigned argument;
  llvm::SmallVector<int64_t> shape;
};
} // namespace

static Expected<ShapeOption>
parseShapeOption(StringRef text, llvm::ArrayRef<std::string> names) {
  auto fail = [&](const Twine &message) {
    return createStringError("--shape=" + text + ": " + message);
  };
  auto [argument, sizes] = text.rsplit(':');
  if (argument == text)
    return fail("expected ARG:SIZExSIZE..");
  ShapeOption option{text.str(), 0, {}};
  if (argument.getAsInteger(10, option.argument)) {
    const auto *it = llvm::find(names, argument);
    if (it == names.end())
      return fail("expected one of the arguments " + llvm::join(names, ", ") +
                  ", found '" + argument + "'");
    option.argument = it - names.begin();
  }
  if (option.argument >= names.size())
    return fail("expected an argument below " + Twine(names.size()) +
                ", found " + Twine(option.argument));
  llvm::SmallVector<StringRef> parts;
  sizes.split(parts, 'x');
  for (StringRef part : parts) {
    int64_t size;
    if (part.getAsInteger(10, size) || size < 0)
      return fail("expected sizes >= 0 with 'x' between them, found '" + part +
                  "'");
    option.shape.push_back(size);
  }
  return option;
}

static Expected<HostTensor> parseScalar(StringRef text, ElementType type) {
  Expected<HostTensor> scalar = HostTensor::create(type, {});
  if (!scalar)
    return scalar;
  double real;
  int64_t integer;
  if (isFloat(type) && !text.getAsDouble(real))
    scalar->setReal(0, real);
  else if (!isFloat(type) && !text.getAsInteger(10, integer) &&
           reference::wrapTo(type, integer) == integer)
    scalar->setInteger(0, integer);
  else
    return createStringError(Twine("expected a number of type ") +
                             reference::getName(type) + ", found '" + text +
                             "'");
  return scalar;
}

namespace {
/// Makes the value of one argument after the other.
class InputMaker {
public:
  InputMaker(const RunOptions &options, const Signature &signature,
             std::vector<std::string> names)
      : options(options), signature(signature), names(std::move(names)) {}

  Error readShapeOptions();
  Expected<HostTensor> make(unsigned i);

private:
  std::string describe(unsigned i) const {
    return "argument " + std::to_string(i) + " (" + names[i] + ") of @" +
           signature.name;
  }
  Error checkShape(unsigned i, llvm::ArrayRef<int64_t> shape,
                   const Twine &where) const;
  const ShapeOption *findShapeOption(unsigned i) const {
    const auto *it = llvm::find_if(
        shapeOptions, [&](const ShapeOption &o) { return o.argument == i; });
    return it == shapeOptions.end() ? nullptr : it;
  }

  const RunOptions &options;
  const Signature &signature;
  std::vector<std::string> names;
  llvm::SmallVector<ShapeOption> shapeOptions;
};
} // namespace

Error InputMaker::checkShape(unsigned i, llvm::ArrayRef<int64_t> shape,
                             const Twine &where) const {
  const ValueType &type = signature.arguments[i];
  if (fits(shape, type))
    return Error::success();
  return createStringError(where + ": expected a shape that fits " +
                           formatType(type) + ", found " + formatShape(shape) +
                           " for " + describe(i));
}

Error InputMaker::readShapeOptions() {
  for (const std::string &text : options.shapes) {
    Expected<ShapeOption> option = parseShapeOption(text, names);
    if (!option)
      return option.takeError();
    unsigned i = option->argument;
    if (!signature.arguments[i].isTensor)
      return createStringError("--shape=" + text +
                               ": expected a tensor, found " + describe(i) +
                               ", a scalar");
    if (const ShapeOption *other = findShapeOption(i))
      return createStringError("--shape=" + text + ": --shape=" + other->text +
                               " is for the same argument");
    if (Error error = checkShape(i, option->shape, "--shape=" + text))
      return error;
    shapeOptions.push_back(std::move(*option));
  }
  return Error::success();
}

Expected<HostTensor> InputMaker::make(unsigned i) {
  const ValueType &type = signature.arguments[i];
  ElementType element = runner::getElementType(type.type);
  const ShapeOption *shape = findShapeOption(i);
  bool isGiven = i < options.inputs.size();
  if (isGiven && type.isTensor) {
    const std::string &path = options.inputs[i];
    Expected<HostTensor> tensor = readNpy(path, element);
    if (!tensor)
      return tensor;
    if (Error error = checkShape(i, tensor->getShape(), path))
      return error;
    if (shape && tensor->getShape() != llvm::ArrayRef(shape->shape))
      return createStringError("--shape=" + shape->text +
                               ": expected the shape of " + path + ", " +
                               formatShape(tensor->getShape()));
    return tensor;
  }
  if (isGiven) {
    Expected<HostTensor> scalar = parseScalar(options.inputs[i], element);
    if (!scalar)
      return createStringError("--input=" + options.inputs[i] + ": " +
                               llvm::toString(scalar.takeError()) + " for " +
                               describe(i));
    return scalar;
  }

  llvm::ArrayRef<int64_t> sizes = type.sizes;
  if (shape)
    sizes = shape->shape;
  if (llvm::any_of(sizes, mlir::ShapedType::isDynamic))
    return createStringError("expected --shape=" + names[i] +
                             ":SIZES for the open sizes of " +
                             formatType(type) + ", " + describe(i));
  Expected<HostTensor> tensor = HostTensor::create(element, sizes);
  if (!tensor)
    return createStringError(describe(i) + ": " +
                             llvm::toString(tensor.takeError()));
  fillRandom(*tensor, *options.random, i);
  return tensor;
}

Expected<std::vector<HostTensor>>
norm::runner::makeInputs(const RunOptions &options, const Signature &signature,
                         mlir::func::FuncOp function) {
  size_t expected = signature.arguments.size();
  size_t found = options.inputs.size();
  if (found > expected || (found < expected && !options.random))
    return createStringError(
        options.path + ": expected " + Twine(expected) + " inputs for @" +
        signature.name +
        (found < expected ? ", or --random=SEED to make those not given" : "") +
        ", found " + Twine(found));

  InputMaker maker(options, signature, getArgumentNames(function));
  if (Error error = maker.readShapeOptions())
    return error;
  std::vector<HostTensor> inputs;
  for (unsigned i = 0; i < expected; ++i) {
    Expected<HostTensor> input = maker.make(i);
    if (!input)
      return input.takeError();
    inputs.push_back(std::move(*input));
  }
  return inputs;
}

Argument norm::runner::toArgument(HostTensor &input, const ValueType &type) {
  if (type.isTensor)
    return toTensorArgument(input, type, input.data());
  return Argument::scalar(type.type, input.data());
}

Argument norm::runner::toTensorArgument(const HostTensor &tensor,
                                        const ValueType &type, void *data) {
  return Argument::tensor(type.type, data, tensor.getShape().vec(),
                          tensor.getStrides().vec());
}
