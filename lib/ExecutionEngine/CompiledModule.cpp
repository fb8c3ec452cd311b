//===- CompiledModule.cpp - What a module compiles to ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledModule.h"

#include "Adapters.h"
#include "CacheEntry.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace llvm;
using namespace norm;

/// The number of arguments of the function `symbol` of `module`; none if there
/// is no such function.
static std::optional<size_t> countArguments(mlir::ModuleOp module,
                                            StringRef symbol) {
  auto op = module.lookupSymbol<mlir::LLVM::LLVMFuncOp>(symbol);
  return op ? std::optional<size_t>(op.getNumArguments()) : std::nullopt;
}

/// The functions of `module` that `signatures` describe. Fails if one is
/// missing or takes another number of arguments.
static Expected<std::vector<AdaptedFunction>>
collectFunctions(mlir::ModuleOp module, ArrayRef<Signature> signatures,
                 bool isGPU) {
  std::vector<AdaptedFunction> functions;
  for (const Signature &signature : signatures)
    for (AdaptedFunction &function : getFunctions(signature, isGPU)) {
      std::optional<size_t> found = countArguments(module, function.symbol);
      if (!found && function.symbol == getShapeSymbol(signature.name))
        continue;
      if (!found)
        return createStringError("the compiled module has no function '" +
                                 function.symbol + "'");
      if (*found != function.arguments.size())
        return createStringError("the compiled function '" + function.symbol +
                                 "' has " + Twine(*found) +
                                 " arguments, expected " +
                                 Twine(function.arguments.size()));
      functions.push_back(function);
    }
  return functions;
}

Expected<CompiledModule> norm::compileLLVMStage(mlir::ModuleOp module,
                                                ArrayRef<Signature> signatures,
                                                const CompileOptions &options) {
  auto functions = collectFunctions(module, signatures, bool(options.gpu));
  if (!functions)
    return functions.takeError();
  CompiledModule compiled;
  if (Error error =
          emitCode(module, options, CodeForm::Object, compiled.object))
    return error;
  PhaseTimer timer(options.times, "adapters");
  if (Error error = emitAdapters(*functions, options.target, compiled.adapters))
    return error;
  for (AdaptedFunction &function : *functions)
    compiled.symbols.push_back(std::move(function.symbol));
  return compiled;
}

static Expected<CompiledModule> compileSource(mlir::ModuleOp source,
                                              const CompileOptions &options) {
  mlir::OwningOpRef<mlir::ModuleOp> module = source.clone();
  if (Error error = runStages(*module, options, getStages(options).back()))
    return error;
  // After the pipeline, which says more about what it does not support.
  auto signatures = getSignatures(source);
  if (!signatures)
    return signatures.takeError();
  return compileLLVMStage(*module, *signatures, options);
}

Expected<CompiledModule> norm::compileSource(mlir::ModuleOp source,
                                             const CompileOptions &options,
                                             const CacheOptions &cache) {
  auto say = [&](const Twine &text) {
    if (options.messages.stream)
      *options.messages.stream << text;
  };
  std::optional<CacheEntry> entry;
  if (!cache.directory.empty()) {
    PhaseTimer timer(options.times, "cache-read");
    entry = CacheEntry::create(cache, source, options);
    if (std::optional<CompiledModule> kept =
            entry ? entry->read() : std::nullopt) {
      say(kept->messages);
      return std::move(*kept);
    }
  }
  if (!entry)
    return ::compileSource(source, options);

  std::string messages;
  raw_string_ostream stream(messages);
  CompileOptions collecting = options;
  collecting.messages.stream = &stream;
  Expected<CompiledModule> compiled = ::compileSource(source, collecting);
  say(messages);
  if (!compiled)
    return compiled;
  compiled->messages = std::move(messages);
  PhaseTimer timer(options.times, "cache-write");
  if (Error error = entry->write(*compiled))
    say(cache.directory + ": warning: the compiled kernels are not kept: " +
        toString(std::move(error)) + "\n");
  return compiled;
}
