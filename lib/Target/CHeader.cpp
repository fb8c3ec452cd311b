//===- CHeader.cpp - Declarations of compiled functions -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/CHeader.h"

#include "CIdentifiers.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;
using namespace norm;

/// The ranks for which norm_view.h defines a descriptor.
static constexpr size_t numDefinedRanks = 9;

static constexpr StringRef rules = R"(/*
 * A tensor is passed as a pointer to its descriptor. Results are memory of the
 * caller and follow the arguments; norm_shape_f tells their sizes. A size that
 * is given below as a number must have that value; ? is any size >= 0. Strides
 * may be any, in elements, but no two elements of a result may have one
 * address. Data must be aligned to its element type.
 *
 * A result may share memory with an argument only as the identical view (same
 * data, sizes and strides), and only where an operation allows that (y = x of
 * rmsnorm and reciprocal; dx = dy of reciprocal_grad and channel_backprop) and
 * the function reads the argument nowhere else. Every other overlap of a result
 * is an error.
 *
 * Each function returns 0, or an error code of norm_runtime.h whose text
 * norm_last_error() returns. Arguments that are refused leave the results as
 * they were. All functions may be called from several threads at once.
 */
)";

namespace {

/// A function as C knows it.
struct CFunction {
  const Signature *signature;
  /// The names of the exported functions.
  std::string call, shape;
  /// The names of their C++ forms.
  std::string wrapper, shapeWrapper;
  /// The names of arguments, results, and of the sizes that `shape` writes.
  std::vector<std::string> arguments, results;
  std::string sizes;
};

class HeaderWriter {
public:
  HeaderWriter(ArrayRef<Signature> signatures, raw_ostream &os);

  void writeDescriptors();
  void writePrototypes();
  void writeWrappers(StringRef space);

private:
  void writeComment(const CFunction &function);
  void writeWrapper(const CFunction &function, bool isShape);

  raw_ostream &os;
  std::vector<CFunction> functions;
};

} // namespace

static StringRef getCType(DataType type) {
  switch (type) {
  case DataType::F16:
    return "norm_f16";
  case DataType::BF16:
    return "norm_bf16";
  case DataType::F32:
    return "float";
  case DataType::F64:
    return "double";
  case DataType::I1:
    return "bool";
  case DataType::I8:
    return "int8_t";
  case DataType::I16:
    return "int16_t";
  case DataType::I32:
    return "int32_t";
  case DataType::I64:
    return "int64_t";
  }
  llvm_unreachable("all data types are listed");
}

static std::string getDescriptor(const ValueType &type) {
  return "norm_tensor_" + std::to_string(type.sizes.size());
}

/// "tensor of f32, sizes [?, 64]", "scalar f32".
static std::string describe(const ValueType &type) {
  std::string name = stringifyDataType(type.type).str();
  if (!type.isTensor)
    return "scalar " + name;
  auto sizes = map_range(type.sizes, [](int64_t size) {
    return mlir::ShapedType::isDynamic(size) ? "?" : std::to_string(size);
  });
  return "tensor of " + name + ", sizes [" + join(sizes, ", ") + "]";
}

/// The number of sizes that norm_shape_f writes.
static size_t countSizes(const Signature &signature) {
  size_t count = 0;
  for (const ValueType &result : signature.results)
    count += result.sizes.size();
  return count;
}

/// A parameter of the exported function.
static std::string getCParameter(const ValueType &type, StringRef name,
                                 bool isResult) {
  if (type.isTensor)
    return ("const " + getDescriptor(type) + " *" + name).str();
  return (getCType(type.type) + (isResult ? " *" : " ") + name).str();
}

/// A parameter of the C++ function.
static std::string getViewParameter(const ValueType &type, StringRef name,
                                    bool isResult) {
  if (!type.isTensor)
    return getCParameter(type, name, isResult);
  return formatv("norm::View<{0}{1}, {2}> {3}", isResult ? "" : "const ",
                 getCType(type.type), type.sizes.size(), name);
}

/// The symbol `prefix` + `name`, said to the compiler where C cannot spell it.
static std::string getSymbolLabel(StringRef prefix, StringRef name,
                                  StringRef spelling) {
  if ((prefix + name).str() == spelling)
    return "";
  std::string label;
  raw_string_ostream os(label);
  os << " __asm__(\"";
  os.write_escaped((prefix + name).str(), /*UseHexEscapes=*/false);
  os << "\")";
  return label;
}

HeaderWriter::HeaderWriter(ArrayRef<Signature> signatures, raw_ostream &os)
    : os(os) {
  // Plain names come first, so that they stay as they are.
  IdentifierScope exported, wrappers;
  for (const Signature &signature : signatures)
    functions.push_back(
        {&signature, "", "", wrappers.add(signature.name), "", {}, {}, ""});
  StringSet<> spellings;
  for (CFunction &function : functions) {
    StringRef name = function.signature->name;
    std::string base = replaceNonIdentifierBytes(name), spelling = base;
    for (unsigned i = 1; !spellings.insert(spelling).second; ++i)
      spelling = (base + "_" + Twine(i)).str();
    function.call = "_mlir_ciface_" + spelling;
    function.shape = "norm_shape_" + spelling;
    function.shapeWrapper = wrappers.add("shape_" + spelling);

    IdentifierScope names;
    for (const ValueType &argument : function.signature->arguments)
      function.arguments.push_back(names.add(argument.name));
    for (const ValueType &result : function.signature->results)
      function.results.push_back(names.add(result.name));
    function.sizes = names.add("sizes");
  }
}

void HeaderWriter::writeDescriptors() {
  SmallVector<size_t> ranks;
  for (const CFunction &function : functions)
    for (auto types :
         {&function.signature->arguments, &function.signature->results})
      for (const ValueType &type : *types)
        if (type.sizes.size() >= numDefinedRanks)
          ranks.push_back(type.sizes.size());
  llvm::sort(ranks);
  ranks.erase(llvm::unique(ranks), ranks.end());
  for (size_t rank : ranks)
    os << formatv("\n#ifndef NORM_TENSOR_{0}\n#define NORM_TENSOR_{0}\n"
                  "NORM_DEFINE_TENSOR({0});\n#endif\n",
                  rank);
}

void HeaderWriter::writeComment(const CFunction &function) {
  const Signature &signature = *function.signature;
  auto write = [&](StringRef title, ArrayRef<ValueType> types,
                   ArrayRef<std::string> names) {
    if (types.empty())
      return;
    os << " * " << title << ":\n";
    for (auto [type, name] : zip_equal(types, names))
      os << " *   " << name << ": " << describe(type) << "\n";
  };
  os << "\n/** " << function.wrapper << "\n";
  write("Arguments", signature.arguments, function.arguments);
  write("Results", signature.results, function.results);
  os << " */\n";
}

void HeaderWriter::writePrototypes() {
  os << "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
  for (const CFunction &function : functions) {
    const Signature &signature = *function.signature;
    SmallVector<std::string> parameters;
    for (auto [type, name] : zip_equal(signature.arguments, function.arguments))
      parameters.push_back(getCParameter(type, name, /*isResult=*/false));
    SmallVector<std::string> shapeParameters = parameters;
    shapeParameters.push_back("int64_t *" + function.sizes);
    for (auto [type, name] : zip_equal(signature.results, function.results))
      parameters.push_back(getCParameter(type, name, /*isResult=*/true));
    if (parameters.empty())
      parameters.push_back("void");

    writeComment(function);
    os << formatv(
        "int32_t {0}({1}){2};\n", function.call, join(parameters, ",\n    "),
        getSymbolLabel("_mlir_ciface_", signature.name, function.call));
    os << formatv(
        "\n/** Writes the sizes of the results of {0} ({1} in all), in "
        "order, to `{2}`.\n * Data of tensors is not read. */\n",
        function.wrapper, countSizes(signature), function.sizes);
    os << formatv(
        "int32_t {0}({1}){2};\n", function.shape,
        join(shapeParameters, ",\n    "),
        getSymbolLabel("norm_shape_", signature.name, function.shape));
  }
  os << "\n#ifdef __cplusplus\n} /* extern \"C\" */\n#endif\n";
}

/// `value` as an argument of the exported function.
static std::string toC(const ValueType &type, StringRef name) {
  if (!type.isTensor)
    return name.str();
  return ("norm::Descriptor<" + getDescriptor(type) + ">(" + name + ").get()")
      .str();
}

void HeaderWriter::writeWrapper(const CFunction &function, bool isShape) {
  const Signature &signature = *function.signature;
  SmallVector<std::string> parameters, values;
  for (auto [type, name] : zip_equal(signature.arguments, function.arguments)) {
    parameters.push_back(getViewParameter(type, name, /*isResult=*/false));
    values.push_back(toC(type, name));
  }
  if (isShape) {
    parameters.push_back(formatv("std::array<int64_t, {0}> &{1}",
                                 countSizes(signature), function.sizes));
    values.push_back(function.sizes + ".data()");
  } else {
    for (auto [type, name] : zip_equal(signature.results, function.results)) {
      parameters.push_back(getViewParameter(type, name, /*isResult=*/true));
      values.push_back(toC(type, name));
    }
  }
  StringRef callee = isShape ? function.shape : function.call;
  os << formatv("\n/// See {0}.\n", callee);
  os << formatv("inline int32_t {0}({1}) {{\n  return ::{2}({3});\n}\n",
                isShape ? function.shapeWrapper : function.wrapper,
                join(parameters, ",\n    "), callee, join(values, ",\n      "));
}

void HeaderWriter::writeWrappers(StringRef space) {
  os << "\n#ifdef __cplusplus\nnamespace " << space << " {\n";
  for (const CFunction &function : functions) {
    writeWrapper(function, /*isShape=*/false);
    writeWrapper(function, /*isShape=*/true);
  }
  os << "\n} // namespace " << space << "\n#endif /* __cplusplus */\n";
}

std::string norm::writeCHeader(ArrayRef<Signature> signatures,
                               StringRef moduleName, StringRef source) {
  std::string body;
  raw_string_ostream os(body);
  os << rules
     << "\n#include \"norm/Runtime/norm_runtime.h\"\n"
        "#include \"norm/Runtime/norm_view.h\"\n";
  HeaderWriter writer(signatures, os);
  writer.writeDescriptors();
  writer.writePrototypes();
  writer.writeWrappers(moduleName.empty() ? "norm_kernels"
                                          : IdentifierScope().add(moduleName));

  // The same functions twice are declared once, different ones never clash.
  std::string guard = formatv("NORM_KERNELS_{0:X-}_H", xxh3_64bits(body));
  std::string name = source.str();
  for (char &c : name)
    if (!isPrint(c) || c == '*' || c == '\\')
      c = '_';
  return formatv("/* Kernels compiled from {0}, written by norm-compile: do "
                 "not edit. */\n\n#ifndef {1}\n#define {1}\n\n{2}\n#endif /* "
                 "{1} */\n",
                 name, guard, body);
}
