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

/// What is said beyond `rules` for GPUs.
static constexpr StringRef cudaRules = R"(/*
 * Data of tensors and scalar results are memory that the GPU can access, and
 * so is the workspace: norm_workspace_f tells how many bytes f needs for
 * arguments of these sizes, strides and alignments, and results without gaps;
 * for others it may need more, and its error says how many. It is aligned to
 * 256 bytes, as memory of cuMemAlloc is, used until the call is complete, and
 * may be null where 0 bytes are needed. `stream` is a CUstream (or cudaStream_t)
 * of the current context; null is the default stream. A call
 * allocates nothing and waits for nothing; norm_load_f loads the kernels into
 * the current context, which else the first call does, but not while its stream
 * is captured. norm_unload_f waits for the kernels of f and of all functions
 * that were compiled with it, and unloads them from all contexts: for a program
 * that unloads this code itself, while no other thread calls it. Graphs that have
 * captured calls are not to be launched any more.
 */
)";

namespace {

/// A function as C knows it.
struct CFunction {
  const Signature *signature;
  /// The names of the exported functions, the last three for GPUs only.
  std::string call, shape, workspace, load, unload;
  /// The names of their C++ forms.
  std::string wrapper, shapeWrapper, workspaceWrapper, loadWrapper,
      unloadWrapper;
  /// The names of arguments, results, of the sizes that `shape` writes, and of
  /// what a call for GPUs takes besides.
  std::vector<std::string> arguments, results;
  std::string sizes, memory, bytes, stream;
};

/// The exported functions of a function.
enum class Form { Call, Shape, Workspace, Load, Unload };

/// Whether the function takes the arguments of the one that computes.
bool takesArguments(Form form) {
  return form != Form::Load && form != Form::Unload;
}

class HeaderWriter {
public:
  HeaderWriter(ArrayRef<Signature> signatures, HeaderTarget target,
               raw_ostream &os);

  void writeDescriptors();
  void writePrototypes();
  void writeWrappers(StringRef space);

private:
  void writeComment(const CFunction &function);
  void writePrototype(const CFunction &function, Form form);
  void writeWrapper(const CFunction &function, Form form);

  bool isGPU() const { return target == HeaderTarget::GPU; }

  HeaderTarget target;
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

HeaderWriter::HeaderWriter(ArrayRef<Signature> signatures, HeaderTarget target,
                           raw_ostream &os)
    : target(target), os(os) {
  // Plain names come first, so that they stay as they are.
  IdentifierScope exported, wrappers;
  for (const Signature &signature : signatures) {
    CFunction function;
    function.signature = &signature;
    function.wrapper = wrappers.add(signature.name);
    functions.push_back(std::move(function));
  }
  StringSet<> spellings;
  for (CFunction &function : functions) {
    StringRef name = function.signature->name;
    std::string base = replaceNonIdentifierBytes(name), spelling = base;
    for (unsigned i = 1; !spellings.insert(spelling).second; ++i)
      spelling = (base + "_" + Twine(i)).str();
    function.call = "_mlir_ciface_" + spelling + (isGPU() ? "_cuda" : "");
    function.shape = "norm_shape_" + spelling;
    function.workspace = "norm_workspace_" + spelling;
    function.load = "norm_load_" + spelling;
    function.unload = "norm_unload_" + spelling;
    function.shapeWrapper = wrappers.add("shape_" + spelling);
    if (isGPU()) {
      function.workspaceWrapper = wrappers.add("workspace_" + spelling);
      function.loadWrapper = wrappers.add("load_" + spelling);
      function.unloadWrapper = wrappers.add("unload_" + spelling);
    }

    IdentifierScope names;
    for (const ValueType &argument : function.signature->arguments)
      function.arguments.push_back(names.add(argument.name));
    for (const ValueType &result : function.signature->results)
      function.results.push_back(names.add(result.name));
    function.sizes = names.add("sizes");
    function.memory = names.add("workspace");
    function.bytes = names.add("workspace_bytes");
    function.stream = names.add("stream");
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

/// The exported name of `form` and how the header spells it.
static std::pair<StringRef, StringRef> getName(const CFunction &function,
                                               Form form) {
  switch (form) {
  case Form::Call:
    return {"_mlir_ciface_", function.call};
  case Form::Shape:
    return {"norm_shape_", function.shape};
  case Form::Workspace:
    return {"norm_workspace_", function.workspace};
  case Form::Load:
    return {"norm_load_", function.load};
  case Form::Unload:
    return {"norm_unload_", function.unload};
  }
  llvm_unreachable("all forms are listed");
}

void HeaderWriter::writePrototype(const CFunction &function, Form form) {
  const Signature &signature = *function.signature;
  SmallVector<std::string> parameters;
  if (takesArguments(form))
    for (auto [type, name] : zip_equal(signature.arguments, function.arguments))
      parameters.push_back(getCParameter(type, name, /*isResult=*/false));
  if (form == Form::Shape)
    parameters.push_back("int64_t *" + function.sizes);
  if (form == Form::Workspace)
    parameters.push_back("size_t *" + function.bytes);
  if (form == Form::Call) {
    for (auto [type, name] : zip_equal(signature.results, function.results))
      parameters.push_back(getCParameter(type, name, /*isResult=*/true));
    if (isGPU())
      parameters.append({"void *" + function.memory, "size_t " + function.bytes,
                         "void *" + function.stream});
  }
  if (parameters.empty())
    parameters.push_back("void");
  auto [prefix, spelling] = getName(function, form);
  bool hasSuffix = form == Form::Call && isGPU();
  os << formatv("int32_t {0}({1}){2};\n", spelling, join(parameters, ",\n    "),
                getSymbolLabel(prefix,
                               signature.name + (hasSuffix ? "_cuda" : ""),
                               spelling));
}

void HeaderWriter::writePrototypes() {
  os << "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
  for (const CFunction &function : functions) {
    writeComment(function);
    writePrototype(function, Form::Call);
    os << formatv(
        "\n/** Writes the sizes of the results of {0} ({1} in all), in "
        "order, to `{2}`.\n * Data of tensors is not read. */\n",
        function.wrapper, countSizes(*function.signature), function.sizes);
    writePrototype(function, Form::Shape);
    if (!isGPU())
      continue;
    os << formatv("\n/** Writes the bytes of workspace that {0} needs for "
                  "results without gaps to\n * `{1}`. Data of tensors is not "
                  "read. */\n",
                  function.wrapper, function.bytes);
    writePrototype(function, Form::Workspace);
    os << formatv(
        "\n/** Loads the kernels of {0} into the current context. */\n",
        function.wrapper);
    writePrototype(function, Form::Load);
    os << formatv("\n/** Unloads the kernels of {0} from all contexts. */\n",
                  function.wrapper);
    writePrototype(function, Form::Unload);
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

void HeaderWriter::writeWrapper(const CFunction &function, Form form) {
  const Signature &signature = *function.signature;
  SmallVector<std::string> parameters, values;
  if (takesArguments(form))
    for (auto [type, name] :
         zip_equal(signature.arguments, function.arguments)) {
      parameters.push_back(getViewParameter(type, name, /*isResult=*/false));
      values.push_back(toC(type, name));
    }
  StringRef wrapper;
  switch (form) {
  case Form::Call:
    wrapper = function.wrapper;
    for (auto [type, name] : zip_equal(signature.results, function.results)) {
      parameters.push_back(getViewParameter(type, name, /*isResult=*/true));
      values.push_back(toC(type, name));
    }
    if (isGPU()) {
      parameters.append({"void *" + function.memory,
                         "std::size_t " + function.bytes,
                         "void *" + function.stream});
      values.append({function.memory, function.bytes, function.stream});
    }
    break;
  case Form::Shape:
    wrapper = function.shapeWrapper;
    parameters.push_back(formatv("std::array<int64_t, {0}> &{1}",
                                 countSizes(signature), function.sizes));
    values.push_back(function.sizes + ".data()");
    break;
  case Form::Workspace:
    wrapper = function.workspaceWrapper;
    parameters.push_back("std::size_t &" + function.bytes);
    values.push_back("&" + function.bytes);
    break;
  case Form::Load:
    wrapper = function.loadWrapper;
    break;
  case Form::Unload:
    wrapper = function.unloadWrapper;
    break;
  }
  StringRef callee = getName(function, form).second;
  os << formatv("\n/// See {0}.\n", callee);
  os << formatv("inline int32_t {0}({1}) {{\n  return ::{2}({3});\n}\n",
                wrapper, join(parameters, ",\n    "), callee,
                join(values, ",\n      "));
}

void HeaderWriter::writeWrappers(StringRef space) {
  os << "\n#ifdef __cplusplus\nnamespace " << space << " {\n";
  for (const CFunction &function : functions) {
    writeWrapper(function, Form::Call);
    writeWrapper(function, Form::Shape);
    if (isGPU()) {
      writeWrapper(function, Form::Workspace);
      writeWrapper(function, Form::Load);
      writeWrapper(function, Form::Unload);
    }
  }
  os << "\n} // namespace " << space << "\n#endif /* __cplusplus */\n";
}

std::string norm::writeCHeader(ArrayRef<Signature> signatures,
                               StringRef moduleName, StringRef source,
                               HeaderTarget target) {
  std::string body;
  raw_string_ostream os(body);
  os << rules << (target == HeaderTarget::GPU ? cudaRules : "")
     << "\n#include \"norm/Runtime/norm_runtime.h\"\n"
        "#include \"norm/Runtime/norm_view.h\"\n";
  HeaderWriter writer(signatures, target, os);
  writer.writeDescriptors();
  writer.writePrototypes();
  // With an ending that no function of a library has: those are global, where
  // no namespace can have their names.
  std::string space = moduleName.empty() ? "norm" : moduleName.str();
  if (!StringRef(space).ends_with("kernels"))
    space += "_kernels";
  writer.writeWrappers(IdentifierScope().add(space));

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
