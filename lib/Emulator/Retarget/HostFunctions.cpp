//===- HostFunctions.cpp - Conversions that the host may lack -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rewriter.h"

#include "../Runtime/RuntimeTable.h"

using namespace llvm;
using namespace norm::emulator;

/// Adds the function `name` of `result` and `parameter`, one of which is of 16
/// bits, that calls the runtime's function `runtime`.
static void addConversion(Module &module, StringRef name, Type *result,
                          Type *parameter, StringRef runtime) {
  auto *type = FunctionType::get(result, {parameter}, false);
  Function *function =
      Function::Create(type, GlobalValue::ExternalLinkage, name, module);
  IRBuilder<> builder(BasicBlock::Create(module.getContext(), "", function));
  Value *value = function->getArg(0);
  Type *int16 = builder.getInt16Ty(), *int32 = builder.getInt32Ty();
  bool widens = parameter->getPrimitiveSizeInBits() == 16;
  if (widens)
    value = builder.CreateZExt(builder.CreateBitCast(value, int16), int32);
  FunctionCallee callee =
      module.getOrInsertFunction(RuntimeTable::getSymbol(runtime),
                                 widens ? result : int32, value->getType());
  value = builder.CreateCall(callee, value);
  if (!widens)
    value = builder.CreateBitCast(builder.CreateTrunc(value, int16), result);
  builder.CreateRet(value);
}

void norm::emulator::addHostConversions(Module &module) {
  LLVMContext &context = module.getContext();
  Type *half = Type::getHalfTy(context), *bfloat = Type::getBFloatTy(context);
  Type *single = Type::getFloatTy(context);
  Type *twice = Type::getDoubleTy(context);
  // The names that LLVM gives these conversions, which are otherwise in
  // compiler-rt.
  addConversion(module, "__truncsfhf2", half, single, "half.from.float");
  addConversion(module, "__truncdfhf2", half, twice, "half.from.double");
  addConversion(module, "__extendhfsf2", single, half, "half.to.float");
  addConversion(module, "__truncsfbf2", bfloat, single, "bfloat.from.float");
  addConversion(module, "__truncdfbf2", bfloat, twice, "bfloat.from.double");
}
