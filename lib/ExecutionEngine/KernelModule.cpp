//===- KernelModule.cpp - Kernels for a C++ program -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/ExecutionEngine/KernelModule.h"

#include "norm/ExecutionEngine/ExecutionEngine.h"
#include "norm/Target/CompileFile.h"

using namespace llvm;
using namespace norm;

/// The text of `error` as the failure of a Result.
static Failure makeFailure(Error error) {
  return Failure{toString(std::move(error))};
}

static std::vector<OperandType> getOperandTypes(ArrayRef<ValueType> values) {
  std::vector<OperandType> types;
  for (const ValueType &value : values) {
    std::vector<int64_t> sizes;
    for (int64_t size : value.sizes)
      sizes.push_back(mlir::ShapedType::isDynamic(size) ? -1 : size);
    types.push_back({value.name, value.type, value.isTensor, std::move(sizes)});
  }
  return types;
}

const std::string &KernelFunction::getName() const { return signature->name; }

std::vector<OperandType> KernelFunction::getArguments() const {
  return getOperandTypes(signature->arguments);
}

std::vector<OperandType> KernelFunction::getResults() const {
  return getOperandTypes(signature->results);
}

bool KernelFunction::isOnGPU() const { return engine->isOnGPU(); }

Result<void> KernelFunction::call(const Argument *arguments, size_t count,
                                  const GPUCallOptions &gpu) const {
  Expected<PreparedCall> call =
      engine->prepare(*signature, ArrayRef(arguments, count), gpu);
  if (!call)
    return makeFailure(call.takeError());
  if (Error error = (*call)())
    return makeFailure(std::move(error));
  return {};
}

Result<size_t>
KernelFunction::workspaceBytes(const std::vector<Argument> &inputs) const {
  Expected<size_t> bytes = engine->workspaceBytes(*signature, inputs);
  if (!bytes)
    return makeFailure(bytes.takeError());
  return *bytes;
}

Result<void> KernelFunction::loadKernels() const {
  if (Error error = engine->loadKernels(*signature))
    return makeFailure(std::move(error));
  return {};
}

Result<std::vector<std::vector<int64_t>>>
KernelFunction::resultShapes(const std::vector<Argument> &inputs) const {
  auto shapes = engine->resultShapes(*signature, inputs);
  if (!shapes)
    return makeFailure(shapes.takeError());
  std::vector<std::vector<int64_t>> copies;
  for (ArrayRef<int64_t> shape : *shapes)
    copies.push_back(shape.vec());
  return copies;
}

namespace {
/// Reads a module into the context that it is given.
using ReadModule = function_ref<Expected<mlir::OwningOpRef<mlir::ModuleOp>>(
    mlir::MLIRContext *, const MessageOptions &)>;
} // namespace

/// Compiles the module that `read` returns. Each has a context of its own, so
/// that threads share nothing.
static Expected<std::shared_ptr<const ExecutionEngine>>
compile(const KernelOptions &options, ReadModule read) {
  if (options.optLevel > 3)
    return createStringError(
        "expected an optimization level of 0 to 3, found " +
        Twine(options.optLevel));
  Expected<TargetSpec> target = TargetSpec::create("", options.cpu);
  if (!target)
    return target.takeError();
  Expected<Lowering> lowering = parseLoweringName(options.lowering);
  if (!lowering)
    return lowering.takeError();
  auto gpu = parseTarget(options.target, *lowering);
  if (!gpu)
    return gpu.takeError();
  CompileOptions compileOptions(*target);
  compileOptions.lowering = *lowering;
  compileOptions.gpu = std::move(*gpu);
  compileOptions.optLevel = options.optLevel;
  std::string dropped;
  raw_string_ostream stream(options.messages ? *options.messages : dropped);
  compileOptions.messages.stream = &stream;
  compileOptions.messages.showRemarks = options.showRemarks;

  mlir::DialectRegistry registry;
  registerCompilerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = read(&context, compileOptions.messages);
  if (!module)
    return module.takeError();
  auto engine =
      ExecutionEngine::create(**module, compileOptions, options.cache);
  if (!engine)
    return engine.takeError();
  return std::shared_ptr<const ExecutionEngine>(std::move(*engine));
}

/// The functions that the module `declarations` declares or defines.
static Expected<std::vector<Signature>>
parseDeclarations(StringRef declarations) {
  mlir::DialectRegistry registry;
  registerCompilerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = parseModuleText(declarations, "<declarations>", &context, {});
  if (!module)
    return module.takeError();
  auto signatures = getSignatures(**module, /*withDeclarations=*/true);
  if (signatures && signatures->empty())
    return createStringError("<declarations>: no function is declared");
  return signatures;
}

static Result<KernelModule>
makeModule(Expected<std::shared_ptr<const ExecutionEngine>> engine) {
  if (!engine)
    return makeFailure(engine.takeError());
  return KernelModule(std::move(*engine));
}

Result<KernelModule> KernelModule::parse(const std::string &text,
                                         const KernelOptions &options) {
  return makeModule(compile(options, [&](auto *context, auto &messages) {
    return parseModuleText(text, "<source>", context, messages);
  }));
}

Result<KernelModule> KernelModule::parseFile(const std::string &path,
                                             const KernelOptions &options) {
  return makeModule(compile(options, [&](auto *context, auto &messages) {
    return parseModule(path, context, messages);
  }));
}

Result<KernelModule> KernelModule::load(const std::string &path,
                                        const std::string &declarations) {
  auto signatures = parseDeclarations(declarations);
  if (!signatures)
    return makeFailure(signatures.takeError());
  auto engine = ExecutionEngine::loadLibrary(path, std::move(*signatures));
  if (!engine)
    return makeFailure(engine.takeError());
  return KernelModule(
      std::shared_ptr<const ExecutionEngine>(std::move(*engine)));
}

Result<KernelFunction> KernelModule::function(const std::string &name) const {
  Expected<const Signature *> signature = engine->lookup(name);
  if (!signature)
    return makeFailure(signature.takeError());
  return KernelFunction(engine, *signature);
}

std::vector<std::string> KernelModule::getFunctionNames() const {
  std::vector<std::string> names;
  for (const Signature &signature : engine->getSignatures())
    names.push_back(signature.name);
  return names;
}

bool KernelModule::isFromCache() const { return engine->isFromCache(); }
