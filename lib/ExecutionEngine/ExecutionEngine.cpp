//===- ExecutionEngine.cpp - Compiles, loads, calls functions -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/ExecutionEngine/ExecutionEngine.h"

#include "Adapters.h"
#include "RuntimeSymbols.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"

using namespace llvm;
using namespace norm;

static std::string getCallSymbol(StringRef function) {
  return ("_mlir_ciface_" + function).str();
}

static std::string getShapeSymbol(StringRef function) {
  return ("norm_shape_" + function).str();
}

/// Appends how `values` are passed: `byPointer`, or scalars by value.
static void appendArguments(ArrayRef<ValueType> values, bool byPointer,
                            AdaptedFunction &function) {
  for (const ValueType &value : values)
    function.arguments.push_back(
        byPointer || value.isTensor ? std::nullopt : std::optional(value.type));
}

/// The functions of `module` that `signatures` describe. Fails if one is
/// missing or takes another number of arguments.
static Expected<std::vector<AdaptedFunction>>
collectFunctions(mlir::ModuleOp module, ArrayRef<Signature> signatures) {
  std::vector<AdaptedFunction> functions;
  for (const Signature &signature : signatures) {
    AdaptedFunction call{getCallSymbol(signature.name), {}};
    appendArguments(signature.arguments, /*byPointer=*/false, call);
    AdaptedFunction shape{getShapeSymbol(signature.name), call.arguments};
    appendArguments(signature.results, /*byPointer=*/true, call);
    shape.arguments.push_back(std::nullopt);
    for (AdaptedFunction &function : {std::ref(call), std::ref(shape)}) {
      auto op = module.lookupSymbol<mlir::LLVM::LLVMFuncOp>(function.symbol);
      if (!op && &function == &shape)
        continue;
      if (!op)
        return createStringError("the compiled module has no function '" +
                                 function.symbol + "'");
      if (op.getNumArguments() != function.arguments.size())
        return createStringError("the compiled function '" + function.symbol +
                                 "' has " + Twine(op.getNumArguments()) +
                                 " arguments, expected " +
                                 Twine(function.arguments.size()));
      functions.push_back(function);
    }
  }
  return functions;
}

/// Writes the adapters of `functions` for the CPU of `options` to `code`.
static Error emitAdapters(ArrayRef<AdaptedFunction> functions,
                          const CompileOptions &options,
                          SmallVectorImpl<char> &code) {
  // Not optimized: they are a few loads, and compile time counts.
  Expected<ObjectEmitter> emitter = ObjectEmitter::create(options.target, 0);
  if (!emitter)
    return emitter.takeError();
  LLVMContext context;
  std::unique_ptr<Module> module = createAdapters(functions, context);
  emitter->prepare(*module);
  for (Function &function : *module)
    function.setLinkage(GlobalValue::ExternalLinkage);
  return emitter->emit(*module, CodeForm::Object, code);
}

/// An empty process image without the symbols of the process: compiled code
/// finds the runtime symbols and nothing else.
static Expected<std::unique_ptr<orc::LLJIT>> createJIT(const Triple &triple) {
  auto jit =
      orc::LLJITBuilder()
          .setJITTargetMachineBuilder(orc::JITTargetMachineBuilder(triple))
          .setLinkProcessSymbolsByDefault(false)
          .setPlatformSetUp(orc::setUpInactivePlatform)
          .create();
  if (!jit)
    return jit.takeError();
  orc::SymbolMap symbols;
  for (const RuntimeSymbol &symbol : getRuntimeSymbols())
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
                                 std::vector<Signature> signatures)
    : jit(std::move(jit)), signatures(std::move(signatures)) {}
ExecutionEngine::~ExecutionEngine() = default;

Expected<std::unique_ptr<ExecutionEngine>>
ExecutionEngine::create(mlir::ModuleOp source, const CompileOptions &options) {
  mlir::OwningOpRef<mlir::ModuleOp> module = source.clone();
  if (Error error = runStages(*module, options, Stage::LLVM))
    return error;
  // After the pipeline, which says more about what it does not support.
  auto signatures = norm::getSignatures(source);
  if (!signatures)
    return signatures.takeError();
  return createFromLLVMStage(*module, std::move(*signatures), options);
}

Expected<std::unique_ptr<ExecutionEngine>>
ExecutionEngine::createFromLLVMStage(mlir::ModuleOp module,
                                     std::vector<Signature> signatures,
                                     const CompileOptions &options) {
  if (Error error = checkRunsOnHost(options.target))
    return error;
  auto functions = collectFunctions(module, signatures);
  if (!functions)
    return functions.takeError();
  SmallVector<char, 0> object, adapterObject;
  if (Error error = emitCode(module, options, CodeForm::Object, object))
    return error;

  PhaseTimer timer(options.times, "jit-load");
  if (Error error = emitAdapters(*functions, options, adapterObject))
    return error;
  auto jit = createJIT(options.target.getTriple());
  if (!jit)
    return jit.takeError();
  std::unique_ptr<ExecutionEngine> engine(
      new ExecutionEngine(std::move(*jit), std::move(signatures)));
  engine->objectBytes = object.size();
  if (Error error = addObject(*engine->jit, std::move(object), "kernels"))
    return error;
  if (Error error =
          addObject(*engine->jit, std::move(adapterObject), "adapters"))
    return error;

  // The linker reports what it misses here and returns only that it failed.
  std::string reported;
  engine->jit->getExecutionSession().setErrorReporter(
      [&](Error error) { reported += "; " + toString(std::move(error)); });
  for (const AdaptedFunction &function : *functions) {
    auto address = engine->jit->lookup(getAdapterName(function.symbol));
    if (!address)
      return createStringError(toString(address.takeError()) + reported);
    engine->adapters[function.symbol] = address->toPtr<PreparedCall::Entry>();
  }
  engine->jit->getExecutionSession().setErrorReporter(
      [](Error error) { consumeError(std::move(error)); });
  return engine;
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

PreparedCall::Entry ExecutionEngine::getAdapter(StringRef symbol) const {
  return adapters.lookup(symbol);
}

Expected<PreparedCall>
ExecutionEngine::prepare(StringRef name, ArrayRef<Argument> arguments) const {
  Expected<const Signature *> signature = lookup(name);
  if (!signature)
    return signature.takeError();
  return PreparedCall::create(**signature,
                              getAdapter(getCallSymbol((*signature)->name)),
                              arguments, /*withResults=*/true);
}

Error ExecutionEngine::invoke(StringRef name,
                              ArrayRef<Argument> arguments) const {
  Expected<PreparedCall> call = prepare(name, arguments);
  if (!call)
    return call.takeError();
  return (*call)();
}

Expected<std::vector<SmallVector<int64_t>>>
ExecutionEngine::resultShapes(StringRef name, ArrayRef<Argument> inputs) const {
  Expected<const Signature *> signature = lookup(name);
  if (!signature)
    return signature.takeError();
  std::string symbol = getShapeSymbol((*signature)->name);
  PreparedCall::Entry entry = getAdapter(symbol);
  if (!entry)
    return createStringError("the compiled module has no function '" + symbol +
                             "'");
  Expected<PreparedCall> call =
      PreparedCall::create(**signature, entry, inputs, /*withResults=*/false);
  if (!call)
    return call.takeError();
  size_t count = 0;
  for (const ValueType &result : (*signature)->results)
    count += result.sizes.size();
  SmallVector<int64_t> sizes(count);
  call->appendPointer(sizes.data());
  if (Error error = (*call)())
    return error;
  std::vector<SmallVector<int64_t>> shapes;
  ArrayRef<int64_t> rest(sizes);
  for (const ValueType &result : (*signature)->results) {
    shapes.emplace_back(rest.take_front(result.sizes.size()));
    rest = rest.drop_front(result.sizes.size());
  }
  return shapes;
}

Expected<void *> ExecutionEngine::getAddress(StringRef symbol) const {
  Expected<orc::ExecutorAddr> address = jit->lookup(symbol);
  if (!address)
    return address.takeError();
  return address->toPtr<void *>();
}
