//===- Rewriter.cpp - What the steps of retargeting share -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rewriter.h"

#include "../Runtime/RuntimeTable.h"

#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace norm::emulator;

std::string Rewriter::describe(const Instruction &instruction) {
  std::string text;
  raw_string_ostream stream(text);
  if (const DILocation *location = instruction.getDebugLoc().get()) {
    stream << location->getFilename() << ":" << location->getLine() << ":"
           << location->getColumn();
    return text;
  }
  instruction.print(stream);
  return ("'" + StringRef(text).trim() + "' in @" +
          instruction.getFunction()->getName())
      .str();
}

Error Rewriter::makeError(const Instruction &instruction, const Twine &text) {
  return createStringError(describe(instruction) + ": " + text);
}

Constant *Rewriter::addSite(const Instruction &instruction, StringRef operation,
                            uint32_t size, uint32_t align,
                            unsigned addressSpace, bool atomic) {
  result.sites.push_back({describe(instruction), operation.str(), size, align,
                          addressSpace, atomic});
  return ConstantInt::get(Type::getInt32Ty(module.getContext()),
                          result.sites.size() - 1);
}

/// The type that a letter of RuntimeFunction::types stands for.
static Type *getType(char letter, LLVMContext &context) {
  switch (letter) {
  case 'v':
    return Type::getVoidTy(context);
  case 'i':
    return Type::getInt32Ty(context);
  case 'l':
    return Type::getInt64Ty(context);
  case 'f':
    return Type::getFloatTy(context);
  case 'd':
    return Type::getDoubleTy(context);
  default:
    return PointerType::get(context, 0);
  }
}

FunctionCallee Rewriter::getRuntime(StringRef name) {
  const RuntimeFunction *function = RuntimeTable::get().find(name);
  assert(function && "no such function of the runtime");
  LLVMContext &context = module.getContext();
  SmallVector<Type *> parameters;
  for (char letter : StringRef(function->types).drop_front())
    parameters.push_back(getType(letter, context));
  auto *type = FunctionType::get(getType(function->types.front(), context),
                                 parameters, false);
  FunctionCallee callee =
      module.getOrInsertFunction(RuntimeTable::getSymbol(name), type);
  auto *declaration = cast<Function>(callee.getCallee());
  declaration->setDoesNotThrow();
  if (function->pure) {
    declaration->setDoesNotAccessMemory();
    declaration->setWillReturn();
  } else {
    // It may wait for other threads: it must stay where control flow has it.
    declaration->setConvergent();
  }
  return callee;
}

/// `value` as an operand of the type that `letter` stands for; null if it
/// cannot be one.
static Value *toOperand(IRBuilder<> &builder, Value *value, char letter) {
  Type *type = value->getType();
  Type *wanted = getType(letter, builder.getContext());
  if (type == wanted)
    return value;
  if (type->isPointerTy() && letter == 'p')
    return builder.CreateAddrSpaceCast(value, wanted);
  if (letter != 'i' && letter != 'f')
    return nullptr;
  unsigned bits = type->getPrimitiveSizeInBits().getFixedValue();
  if (bits == 0 || bits > 32)
    return nullptr;
  if (!type->isIntegerTy())
    value = builder.CreateBitCast(value, builder.getIntNTy(bits));
  value = builder.CreateZExt(value, builder.getInt32Ty());
  return builder.CreateBitCast(value, wanted);
}

/// The result `value` of the runtime as one of `type`; null if it cannot be.
static Value *toResult(IRBuilder<> &builder, Value *value, Type *type) {
  Type *given = value->getType();
  if (given == type || type->isVoidTy())
    return value;
  if (type->isPointerTy() && given->isPointerTy())
    return builder.CreateAddrSpaceCast(value, type);
  // A pair of 32 bits and i1.
  if (auto *pair = dyn_cast<StructType>(type)) {
    if (!given->isIntegerTy(64) || pair->getNumElements() != 2 ||
        !pair->getElementType(1)->isIntegerTy(1))
      return nullptr;
    Value *first = builder.CreateTrunc(value, builder.getInt32Ty());
    Value *second =
        builder.CreateTrunc(builder.CreateLShr(value, 32), builder.getInt1Ty());
    Value *both = PoisonValue::get(type);
    both = builder.CreateInsertValue(
        both, builder.CreateBitCast(first, pair->getElementType(0)), 0);
    return builder.CreateInsertValue(both, second, 1);
  }
  unsigned bits = type->getPrimitiveSizeInBits().getFixedValue();
  if (bits == 0 || bits > 32)
    return nullptr;
  if (given->isFloatTy())
    value = builder.CreateBitCast(value, builder.getInt32Ty());
  // A shuffle without the predicate.
  if (!value->getType()->isIntegerTy())
    return nullptr;
  value = builder.CreateTrunc(value, builder.getIntNTy(bits));
  return builder.CreateBitCast(value, type);
}

Error Rewriter::replaceByRuntime(CallBase &call, StringRef name) {
  const RuntimeFunction *function = RuntimeTable::get().find(name);
  StringRef callee =
      call.isInlineAsm() ? "inline PTX" : call.getCalledFunction()->getName();
  if (!function)
    return makeError(call, "the emulator does not know '" + callee + "'");
  StringRef letters = StringRef(function->types).drop_front();
  IRBuilder<> builder(&call);
  SmallVector<Value *> operands;
  size_t count = call.arg_size();
  bool fits = letters.size() == count || letters.size() == count + 1;
  for (size_t i = 0; fits && i < count; ++i) {
    operands.push_back(toOperand(builder, call.getArgOperand(i), letters[i]));
    fits = operands.back();
  }
  if (!fits)
    return makeError(call, "the operands of '" + callee +
                               "' are not those that the emulator knows");
  if (letters.size() > count)
    operands.push_back(addSite(call, name));
  Value *value = builder.CreateCall(getRuntime(name), operands);
  if (!call.getType()->isVoidTy()) {
    value = toResult(builder, value, call.getType());
    if (!value)
      return makeError(call, "the result of '" + callee +
                                 "' is not the one that the emulator knows");
    call.replaceAllUsesWith(value);
  }
  call.eraseFromParent();
  return Error::success();
}
