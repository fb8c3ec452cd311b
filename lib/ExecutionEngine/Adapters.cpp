//===- Adapters.cpp - Functions with one type that call others ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Adapters.h"

#include "norm/Target/ObjectEmitter.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using namespace norm;

std::string norm::getCallSymbol(StringRef function, bool isGPU) {
  return ("_mlir_ciface_" + function + (isGPU ? "_cuda" : "")).str();
}

std::string norm::getShapeSymbol(StringRef function) {
  return ("norm_shape_" + function).str();
}

std::string norm::getWorkspaceSymbol(StringRef function) {
  return ("norm_workspace_" + function).str();
}

std::string norm::getLoadSymbol(StringRef function) {
  return ("norm_load_" + function).str();
}

std::string norm::getUnloadSymbol(StringRef function) {
  return ("norm_unload_" + function).str();
}

/// Appends how `values` are passed: `byPointer`, or scalars by value.
static void appendArguments(ArrayRef<ValueType> values, bool byPointer,
                            AdaptedFunction &function) {
  for (const ValueType &value : values)
    function.arguments.push_back(
        byPointer || value.isTensor ? std::nullopt : std::optional(value.type));
}

SmallVector<AdaptedFunction> norm::getFunctions(const Signature &signature,
                                                bool isGPU) {
  AdaptedFunction call{getCallSymbol(signature.name, isGPU), {}};
  appendArguments(signature.arguments, /*byPointer=*/false, call);
  AdaptedFunction shape{getShapeSymbol(signature.name), call.arguments};
  shape.arguments.push_back(std::nullopt);
  AdaptedFunction workspace{getWorkspaceSymbol(signature.name),
                            shape.arguments};
  appendArguments(signature.results, /*byPointer=*/true, call);
  if (!isGPU)
    return {std::move(call), std::move(shape)};
  // The workspace, its bytes, the stream.
  call.arguments.append({std::nullopt, DataType::I64, std::nullopt});
  return {std::move(call),
          std::move(shape),
          std::move(workspace),
          {getLoadSymbol(signature.name), {}},
          {getUnloadSymbol(signature.name), {}}};
}

std::string norm::getAdapterName(StringRef symbol) {
  return ("__norm_packed_" + symbol).str();
}

static Type *getLLVMType(std::optional<DataType> type, LLVMContext &context) {
  if (!type)
    return PointerType::getUnqual(context);
  switch (*type) {
  case DataType::F32:
    return Type::getFloatTy(context);
  case DataType::F64:
    return Type::getDoubleTy(context);
  case DataType::I32:
    return Type::getInt32Ty(context);
  default:
    assert(*type == DataType::I64 && "a signature has no other scalars");
    return Type::getInt64Ty(context);
  }
}

/// A module with the adapters of `functions`.
static std::unique_ptr<Module>
createAdapters(ArrayRef<AdaptedFunction> functions, LLVMContext &context) {
  auto module = std::make_unique<Module>("adapters", context);
  IRBuilder<> builder(context);
  Type *pointer = builder.getPtrTy();
  auto *adapterType =
      FunctionType::get(builder.getVoidTy(), {pointer}, /*isVarArg=*/false);
  for (const AdaptedFunction &function : functions) {
    SmallVector<Type *> types;
    for (std::optional<DataType> type : function.arguments)
      types.push_back(getLLVMType(type, context));
    FunctionCallee callee = module->getOrInsertFunction(
        function.symbol,
        FunctionType::get(builder.getInt32Ty(), types, /*isVarArg=*/false));
    auto *adapter = Function::Create(adapterType, Function::ExternalLinkage,
                                     getAdapterName(function.symbol), *module);
    builder.SetInsertPoint(BasicBlock::Create(context, "", adapter));
    auto loadAddress = [&](size_t index) {
      Value *slot = builder.CreateConstGEP1_64(pointer, adapter->getArg(0),
                                               int64_t(index));
      return builder.CreateLoad(pointer, slot);
    };
    SmallVector<Value *> arguments;
    for (auto [index, type] : enumerate(types))
      arguments.push_back(builder.CreateLoad(type, loadAddress(index)));
    Value *status = builder.CreateCall(callee, arguments);
    builder.CreateStore(status, loadAddress(types.size()));
    builder.CreateRetVoid();
  }
  return module;
}

Error norm::emitAdapters(ArrayRef<AdaptedFunction> functions,
                         const TargetSpec &target,
                         SmallVectorImpl<char> &code) {
  // Not optimized: they are a few loads, and compile time counts.
  Expected<ObjectEmitter> emitter = ObjectEmitter::create(target, 0);
  if (!emitter)
    return emitter.takeError();
  LLVMContext context;
  std::unique_ptr<Module> module = createAdapters(functions, context);
  emitter->prepare(*module);
  for (Function &function : *module)
    function.setLinkage(GlobalValue::ExternalLinkage);
  return emitter->emit(*module, CodeForm::Object, code);
}
