//===- Adapters.cpp - Functions with one type that call others ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Adapters.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using namespace norm;

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

std::unique_ptr<Module>
norm::createAdapters(ArrayRef<AdaptedFunction> functions,
                     LLVMContext &context) {
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
