//===- CompileFile.cpp - From one file to another -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/CompileFile.h"

#include "norm/Target/OutputFile.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace norm;

Expected<OutputKind> norm::parseOutputKind(StringRef name, StringRef path) {
  auto kind = StringSwitch<std::optional<OutputKind>>(name)
                  .Case("mlir", OutputKind::MLIR)
                  .Case("llvm", OutputKind::LLVMIR)
                  .Case("asm", OutputKind::Assembly)
                  .Case("obj", OutputKind::Object)
                  .Default(std::nullopt);
  if (kind)
    return *kind;
  StringRef known = "expected one of mlir, llvm, asm, obj";
  if (is_contained({"shared", "ptx", "cubin", "fatbin"}, name))
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
             .Default(std::nullopt);
  if (kind)
    return *kind;
  return createStringError(
      path + ": no output form is given and the extension says none; expected "
             "--emit=mlir|llvm|asm|obj, or .mlir, .ll, .s or .o");
}

Expected<Stage> norm::parseStageName(StringRef name) {
  if (std::optional<Stage> stage = parseStage(name))
    return *stage;
  return createStringError(
      "unknown stage '" + name +
      "', expected one of norm, linalg, tiled, vector, buffer, llvm");
}

Error norm::compileFile(StringRef input, StringRef output, OutputKind kind,
                        Stage last, const CompileOptions &options) {
  if (kind != OutputKind::MLIR && last != Stage::LLVM)
    return createStringError("the module of stage '" + stringifyStage(last) +
                             "' can be written as mlir only");
  mlir::DialectRegistry registry;
  registerCompilerDialects(registry);
  // One kernel gives threads little to do, and starting them takes longer.
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = parseModule(input, &context, options.messages, options.times);
  if (!module)
    return module.takeError();
  if (Error error = runStages(**module, options, last))
    return error;
  if (kind == OutputKind::MLIR) {
    std::string text;
    raw_string_ostream(text) << **module << "\n";
    return writeOutput(output, text);
  }
  CodeForm form = kind == OutputKind::LLVMIR     ? CodeForm::LLVMIR
                  : kind == OutputKind::Assembly ? CodeForm::Assembly
                                                 : CodeForm::Object;
  SmallVector<char, 0> code;
  if (Error error = emitCode(**module, options, form, code))
    return error;
  return writeOutput(output, StringRef(code.data(), code.size()));
}
