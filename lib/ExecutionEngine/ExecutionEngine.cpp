//===- ExecutionEngine.cpp - Compiles, loads, calls functions -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/ExecutionEngine/ExecutionEngine.h"

#include "Adapters.h"
#include "CompiledModule.h"
#include "LoadedLibrary.h"
#include "RuntimeSymbols.h"

#include "norm/Runtime/norm_runtime.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"

using namespace llvm;
using namespace norm;

/// An empty process image that knows `known` and none of the process.
static Expected<std::unique_ptr<orc::LLJIT>>
createJIT(const Triple &triple, ArrayRef<RuntimeSymbol> known) {
  auto jit =
      orc::LLJITBuilder()
          .setJITTargetMachineBuilder(orc::JITTargetMachineBuilder(triple))
          .setLinkProcessSymbolsByDefault(false)
          .setPlatformSetUp(orc::setUpInactivePlatform)
          .create();
  if (!jit)
    return jit.takeError();
  orc::SymbolMap symbols;
  for (const RuntimeSymbol &symbol : known)
    symbols[(*jit)->mangleAndIntern(symbol.name)] = {
        orc::ExecutorAddr::fromPtr(symbol.address),
        JITSymbolFlags::Exported | JITSymbolFlags::Callable};
  if (Error error = (*jit)->getMainJITDylib().define(
          orc::absoluteSymbols(std::move(symbols))))
    return error;
  return jit;
}

/// Adds the object file `code` to `jit`.
static Error addObject(orc::LLJIT &jit, SmallVector<char, 0> code,
                       StringRef name) {
  return jit.addObjectFile(std::make_unique<SmallVectorMemoryBuffer>(
      std::move(code), name, /*RequiresNullTerminator=*/false));
}

ExecutionEngine::ExecutionEngine(std::unique_ptr<orc::LLJIT> jit,
                                 std::vector<Signature> signatures,
                                 ErrorFunctions errors)
    : jit(std::move(jit)), signatures(std::move(signatures)), errors(errors) {}

ExecutionEngine::~ExecutionEngine() {
  // One for all functions. That of an engine whose creation failed is missing.
  if (!isGPU || isLibrary || adapters.empty())
    return;
  int32_t status;
  void *addresses[] = {&status};
  adapters.front().unload(addresses);
}

Expected<std::unique_ptr<ExecutionEngine>>
ExecutionEngine::create(mlir::ModuleOp source, const CompileOptions &options,
                        const CacheOptions &cache) {
  if (Error error = checkRunsOnHost(options.target))
    return error;
  auto compiled = compileSource(source, options, cache);
  if (!compiled)
    return compiled.takeError();
  auto signatures = norm::getSignatures(source);
  if (!signatures)
    return signatures.takeError();
  return load(std::move(*compiled), std::move(*signatures), options);
}

Expected<std::unique_ptr<ExecutionEngine>>
ExecutionEngine::createFromLLVMStage(mlir::ModuleOp module,
                                     std::vector<Signature> signatures,
                                     const CompileOptions &options) {
  if (Error error = checkRunsOnHost(options.target))
    return error;
  auto compiled = compileLLVMStage(module, signatures, options);
  if (!compiled)
    return compiled.takeError();
  return load(std::move(*compiled), std::move(signatures), options);
}

Expected<std::unique_ptr<ExecutionEngine>>
ExecutionEngine::load(CompiledModule compiled,
                      std::vector<Signature> signatures,
                      const CompileOptions &options) {
  PhaseTimer timer(options.times, "jit-load");
  // Compiled code finds the runtime symbols and nothing else.
  auto jit = createJIT(options.target.getTriple(), getRuntimeSymbols());
  if (!jit)
    return jit.takeError();
  std::unique_ptr<ExecutionEngine> engine(
      new ExecutionEngine(std::move(*jit), std::move(signatures),
                          {&norm_last_error, &norm_report_error}));
  engine->isGPU = bool(options.gpu);
  engine->isCached = compiled.isFromCache;
  engine->objectBytes = compiled.object.size();
  if (Error error =
          addObject(*engine->jit, std::move(compiled.object), "kernels"))
    return error;
  if (Error error =
          engine->addAdapters(std::move(compiled.adapters), compiled.symbols))
    return error;
  return engine;
}

/// Whether the functions of `library` that `signatures` describe launch kernels
/// on a GPU; fails if some do and others do not.
static Expected<bool> runsOnGPU(const LoadedLibrary &library,
                                ArrayRef<Signature> signatures) {
  auto isGPU = [&](const Signature &signature) {
    return library.exports(getLoadSymbol(signature.name));
  };
  auto isCPU = [&](const Signature &signature) {
    return library.exports(getCallSymbol(signature.name, /*isGPU=*/false));
  };
  auto gpu = find_if(signatures, isGPU), cpu = find_if(signatures, isCPU);
  if (gpu == signatures.end())
    return false;
  if (cpu == signatures.end())
    return true;
  return createStringError("'" + gpu->name + "' is for GPUs and '" + cpu->name +
                           "' for the CPU, expected functions of one kind: "
                           "load each kind for itself");
}

Expected<std::unique_ptr<ExecutionEngine>>
ExecutionEngine::loadLibrary(StringRef path,
                             std::vector<Signature> signatures) {
  Expected<TargetSpec> target = TargetSpec::createHost();
  if (!target)
    return target.takeError();
  Expected<LoadedLibrary> library =
      LoadedLibrary::load(path, target->getTriple());
  if (!library)
    return library.takeError();
  Expected<bool> isGPU = runsOnGPU(*library, signatures);
  if (!isGPU)
    return createStringError(path + ": " + toString(isGPU.takeError()));
  std::vector<AdaptedFunction> functions;
  for (const Signature &signature : signatures)
    append_range(functions, getFunctions(signature, *isGPU));
  std::vector<std::string> names;
  std::vector<RuntimeSymbol> symbols;
  for (const AdaptedFunction &function : functions) {
    Expected<void *> address = library->lookup(function.symbol);
    if (!address)
      return address.takeError();
    names.push_back(function.symbol);
    symbols.push_back({function.symbol.c_str(), *address});
  }
  SmallVector<char, 0> adapters;
  if (Error error = emitAdapters(functions, *target, adapters))
    return error;
  auto jit = createJIT(target->getTriple(), symbols);
  if (!jit)
    return jit.takeError();
  std::unique_ptr<ExecutionEngine> engine(new ExecutionEngine(
      std::move(*jit), std::move(signatures), library->getErrorFunctions()));
  engine->isGPU = *isGPU;
  engine->isLibrary = true;
  if (Error error = engine->addAdapters(std::move(adapters), names))
    return error;
  return engine;
}

Error ExecutionEngine::addAdapters(SmallVector<char, 0> object,
                                   ArrayRef<std::string> symbols) {
  if (Error error = addObject(*jit, std::move(object), "adapters"))
    return error;
  // The linker reports what it misses here and returns only that it failed.
  std::string reported;
  auto &session = jit->getExecutionSession();
  session.setErrorReporter(
      [&](Error error) { reported += "; " + toString(std::move(error)); });
  // The session lives longer than the text.
  scope_exit restore([&] {
    session.setErrorReporter(
        [](Error error) { consumeError(std::move(error)); });
  });
  StringMap<PreparedCall::Entry> entries;
  for (const std::string &symbol : symbols) {
    auto address = jit->lookup(getAdapterName(symbol));
    if (!address)
      return createStringError(toString(address.takeError()) + reported);
    entries[symbol] = address->toPtr<PreparedCall::Entry>();
  }
  for (const Signature &signature : signatures)
    adapters.push_back({entries.lookup(getCallSymbol(signature.name, isGPU)),
                        entries.lookup(getShapeSymbol(signature.name)),
                        entries.lookup(getWorkspaceSymbol(signature.name)),
                        entries.lookup(getLoadSymbol(signature.name)),
                        entries.lookup(getUnloadSymbol(signature.name))});
  return Error::success();
}

Expected<const Signature *> ExecutionEngine::lookup(StringRef name) const {
  if (name.empty() && signatures.size() == 1)
    return &signatures.front();
  for (const Signature &signature : signatures)
    if (signature.name == name)
      return &signature;
  std::string known =
      join(map_range(signatures,
                     [](const Signature &signature) { return signature.name; }),
           ", ");
  if (known.empty())
    return createStringError("the module has no public function");
  if (name.empty())
    return createStringError("the module has several functions, name one of: " +
                             known);
  return createStringError("no public function '" + name +
                           "' in the module, which has: " + known);
}

/// Fails if a call of a function for the CPU has what only a GPU takes.
static Error checkIsOnCPU(const Signature &signature,
                          ArrayRef<norm::Argument> arguments,
                          const GPUCallOptions &gpu) {
  auto fail = [&](const Twine &problem) {
    return createStringError("function '" + signature.name + "': " + problem +
                             ": its kernels run on the CPU");
  };
  if (gpu.workspace || gpu.workspaceBytes || gpu.stream)
    return fail("expected no workspace and no stream, found some");
  for (auto [i, argument] : enumerate(arguments))
    if (argument.isInGPUMemory()) {
      size_t inputs = signature.arguments.size();
      return fail((i < inputs ? "argument " + Twine(i)
                              : "result " + Twine(i - inputs)) +
                  ": expected a tensor in memory of the host, found one in "
                  "memory of a GPU");
    }
  return Error::success();
}

Expected<PreparedCall>
ExecutionEngine::prepare(const Signature &signature,
                         ArrayRef<Argument> arguments,
                         const GPUCallOptions &gpu) const {
  if (!isGPU)
    if (Error error = checkIsOnCPU(signature, arguments, gpu))
      return error;
  SmallVector<uint64_t> others;
  if (isGPU)
    others = {reinterpret_cast<uintptr_t>(gpu.workspace), gpu.workspaceBytes,
              reinterpret_cast<uintptr_t>(gpu.stream)};
  return PreparedCall::create(signature, getAdapters(signature).call, errors,
                              arguments, /*hasResults=*/true, others);
}

Expected<PreparedCall>
ExecutionEngine::prepare(StringRef name, ArrayRef<Argument> arguments,
                         const GPUCallOptions &gpu) const {
  Expected<const Signature *> signature = lookup(name);
  if (!signature)
    return signature.takeError();
  return prepare(**signature, arguments, gpu);
}

Error ExecutionEngine::invoke(StringRef name, ArrayRef<Argument> arguments,
                              const GPUCallOptions &gpu) const {
  Expected<PreparedCall> call = prepare(name, arguments, gpu);
  if (!call)
    return call.takeError();
  return (*call)();
}

Expected<size_t>
ExecutionEngine::workspaceBytes(const Signature &signature,
                                ArrayRef<Argument> inputs) const {
  size_t bytes = 0;
  if (!isGPU)
    return bytes;
  Expected<PreparedCall> call = PreparedCall::create(
      signature, getAdapters(signature).workspace, errors, inputs,
      /*hasResults=*/false, reinterpret_cast<uintptr_t>(&bytes));
  if (!call)
    return call.takeError();
  if (Error error = (*call)())
    return error;
  return bytes;
}

Error ExecutionEngine::loadKernels(const Signature &signature) const {
  if (!isGPU)
    return Error::success();
  int32_t status = norm_ok;
  void *addresses[] = {&status};
  getAdapters(signature).load(addresses);
  if (status == norm_ok)
    return Error::success();
  StringRef text = errors.lastError();
  text.consume_front("norm_cuda_load: ");
  return createStringError("function '" + signature.name + "': " + text);
}

Expected<std::vector<SmallVector<int64_t>>>
ExecutionEngine::resultShapes(const Signature &signature,
                              ArrayRef<Argument> inputs) const {
  PreparedCall::Entry entry = getAdapters(signature).shape;
  if (!entry)
    return createStringError("the compiled module has no function '" +
                             getShapeSymbol(signature.name) + "'");
  size_t count = 0;
  for (const ValueType &result : signature.results)
    count += result.sizes.size();
  SmallVector<int64_t> sizes(count);
  Expected<PreparedCall> call = PreparedCall::create(
      signature, entry, errors, inputs,
      /*hasResults=*/false, reinterpret_cast<uintptr_t>(sizes.data()));
  if (!call)
    return call.takeError();
  if (Error error = (*call)())
    return error;
  std::vector<SmallVector<int64_t>> shapes;
  ArrayRef<int64_t> rest(sizes);
  for (const ValueType &result : signature.results) {
    shapes.emplace_back(rest.take_front(result.sizes.size()));
    rest = rest.drop_front(result.sizes.size());
  }
  return shapes;
}

Expected<std::vector<SmallVector<int64_t>>>
ExecutionEngine::resultShapes(StringRef name, ArrayRef<Argument> inputs) const {
  Expected<const Signature *> signature = lookup(name);
  if (!signature)
    return signature.takeError();
  return resultShapes(**signature, inputs);
}

Expected<void *> ExecutionEngine::getAddress(StringRef symbol) const {
  Expected<orc::ExecutorAddr> address = jit->lookup(symbol);
  if (!address)
    return address.takeError();
  return address->toPtr<void *>();
}
