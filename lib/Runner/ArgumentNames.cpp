//===- ArgumentNames.cpp - Names of arguments, as a user writes them ------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ArgumentNames.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/AsmParser/AsmParserState.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

/// The names of the arguments of the function `name` in the text of `path`;
/// empty if it cannot be read once more.
static std::vector<std::string>
readSourceNames(MLIRContext *context, StringRef path, StringRef name) {
  if (path == "-")
    return {};
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer || isBytecode((*buffer)->getMemBufferRef()))
    return {};
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  // What there is to say about the file was said when it was parsed first.
  ScopedDiagnosticHandler silence(context, [](Diagnostic &) {});
  Block block;
  AsmParserState state;
  if (failed(
          parseAsmSourceFile(sources, &block, ParserConfig(context), &state)))
    return {};

  std::vector<std::string> names;
  block.walk([&](func::FuncOp function) {
    if (function.getSymName() != name || function.isExternal())
      return;
    const auto *definition = state.getBlockDef(&function.getBody().front());
    if (!definition)
      return;
    for (const AsmParserState::SMDefinition &argument : definition->arguments) {
      const char *begin = argument.loc.Start.getPointer();
      StringRef text(begin, argument.loc.End.getPointer() - begin);
      names.push_back(text.ltrim('%').str());
    }
  });
  return names;
}

std::vector<std::string> norm::runner::getArgumentNames(func::FuncOp function,
                                                        StringRef path) {
  std::vector<std::string> names =
      readSourceNames(function.getContext(), path, function.getSymName());
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    if (i == names.size())
      names.push_back("arg" + std::to_string(i));
    if (auto name = function.getArgAttrOfType<StringAttr>(i, "norm.name"))
      names[i] = name.str();
  }
  return names;
}
