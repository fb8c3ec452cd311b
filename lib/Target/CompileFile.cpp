//===- CompileFile.cpp - From one file to another -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/CompileFile.h"

#include "norm/Target/CHeader.h"
#include "norm/Target/OutputFile.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace norm;

Expected<OutputKind> norm::parseOutputKind(StringRef name, StringRef path) {
  auto kind = StringSwitch<std::optional<OutputKind>>(name)
                  .Case("mlir", OutputKind::MLIR)
                  .Case("llvm", OutputKind::LLVMIR)
                  .Case("asm", OutputKind::Assembly)
                  .Case("obj", OutputKind::Object)
                  .Case("shared", OutputKind::Shared)
                  .Default(std::nullopt);
  if (kind)
    return *kind;
  StringRef known = "expected one of mlir, llvm, asm, obj, shared";
  if (is_contained({"ptx", "cubin", "fatbin"}, name))
    return createStringError("the output form '" + name +
                             "' is not supported yet by this version, " +
                             known);
  if (!name.empty())
    return createStringError("unknown output form '" + name + "', " + known);
  kind = StringSwitch<std::optional<OutputKind>>(sys::path::extension(path))
             .Case(".mlir", OutputKind::MLIR)
             .Case(".ll", OutputKind::LLVMIR)
             .Case(".s", OutputKind::Assembly)
             .Case(".o", OutputKind::Object)
             .Case(".so", OutputKind::Shared)
             .Default(std::nullopt);
  if (kind)
    return *kind;
  return createStringError(
      path + ": no output form is given and the extension says none; expected "
             "--emit=mlir|llvm|asm|obj|shared, or .mlir, .ll, .s, .o or .so");
}

Expected<Stage> norm::parseStageName(StringRef name) {
  if (std::optional<Stage> stage = parseStage(name))
    return *stage;
  return createStringError(
      "unknown stage '" + name +
      "', expected one of norm, linalg, tiled, vector, buffer, llvm");
}

Expected<Lowering> norm::parseLoweringName(StringRef name) {
  if (std::optional<Lowering> lowering = parseLowering(name))
    return *lowering;
  return createStringError("unknown lowering '" + name +
                           "', expected vector or affine");
}

/// Sets `bytes` to `module`, which is of stage `outputs.last`, as
/// `outputs.kind`.
static Error emit(mlir::ModuleOp module, const FileOutputs &outputs,
                  const CompileOptions &options, SmallVector<char, 0> &bytes) {
  if (outputs.kind == OutputKind::MLIR) {
    raw_svector_ostream(bytes) << module << "\n";
    return Error::success();
  }
  CodeForm form = outputs.kind == OutputKind::LLVMIR     ? CodeForm::LLVMIR
                  : outputs.kind == OutputKind::Assembly ? CodeForm::Assembly
                                                         : CodeForm::Object;
  if (Error error = emitCode(module, options, form, bytes))
    return error;
  if (outputs.kind != OutputKind::Shared)
    return Error::success();
  PhaseTimer timer(options.times, "link");
  SmallVector<char, 0> library;
  StringRef name = outputs.path == "-" ? "" : sys::path::filename(outputs.path);
  if (Error error = linkSharedLibrary(StringRef(bytes.data(), bytes.size()),
                                      options.target.getTriple(), name,
                                      outputs.link, library))
    return error;
  bytes = std::move(library);
  return Error::success();
}

/// True if both names are of one file; "-" is none.
static bool isSameFile(StringRef a, StringRef b) {
  if (a == "-" || b == "-")
    return false;
  return a == b || sys::fs::equivalent(a, b);
}

/// Fails if an output would replace the source or the other output.
static Error checkDistinct(StringRef input, const FileOutputs &outputs) {
  if (isSameFile(input, outputs.path))
    return createStringError(outputs.path +
                             ": expected another file for the output than the "
                             "source");
  if (outputs.header.empty())
    return Error::success();
  if (isSameFile(input, outputs.header))
    return createStringError(outputs.header +
                             ": expected another file for the header than the "
                             "source");
  if (outputs.header == outputs.path ||
      isSameFile(outputs.header, outputs.path))
    return createStringError(outputs.header +
                             ": expected another file for the header than for "
                             "the output");
  return Error::success();
}

Error norm::compileFile(StringRef input, const FileOutputs &outputs,
                        const CompileOptions &options) {
  if (outputs.kind != OutputKind::MLIR && outputs.last != Stage::LLVM)
    return createStringError("the module of stage '" +
                             stringifyStage(outputs.last) +
                             "' can be written as mlir only");
  if (Error error = checkDistinct(input, outputs))
    return error;
  mlir::DialectRegistry registry;
  registerCompilerDialects(registry);
  // One kernel gives threads little to do, and starting them takes longer.
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = parseModule(input, &context, options.messages, options.times);
  if (!module)
    return module.takeError();
  mlir::OwningOpRef<mlir::ModuleOp> source;
  if (!outputs.header.empty())
    source = (*module)->clone();
  if (Error error = runStages(**module, options, outputs.last))
    return error;

  SmallVector<char, 0> bytes;
  if (Error error = emit(**module, outputs, options, bytes))
    return error;
  SmallVector<OutputFile, 2> files = {
      {outputs.path, StringRef(bytes.data(), bytes.size())}};
  std::string header;
  if (source) {
    auto signatures = getSignatures(*source);
    if (!signatures)
      return signatures.takeError();
    header = writeCHeader(*signatures, source->getName().value_or(""),
                          sys::path::filename(input));
    files.push_back({outputs.header, header});
  }
  return writeOutputs(files);
}
