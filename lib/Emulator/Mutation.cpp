//===- Mutation.cpp - Kernels with a fault put in -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Emulator/Mutation.h"

#include "Retarget/Rewriter.h"

#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;
using namespace norm::emulator;

/// The name of what `instruction` synchronizes by; empty if it does not.
static std::string getSynchronization(const Instruction &instruction) {
  auto *call = dyn_cast<CallInst>(&instruction);
  if (!call)
    return "";
  if (call->isInlineAsm()) {
    StringRef text = cast<InlineAsm>(call->getCalledOperand())->getAsmString();
    for (StringRef word :
         {"mbarrier.try_wait", "mbarrier.test_wait", "mbarrier.arrive",
          "bar.arrive", "bar.sync", "barrier.", "wait_group", "wait_all",
          "fence.proxy", "griddepcontrol.wait"})
      if (text.contains(word))
        return word.str();
    return "";
  }
  const Function *callee = call->getCalledFunction();
  StringRef name = callee ? callee->getName() : "";
  if (!name.consume_front("llvm.nvvm."))
    return "";
  for (StringRef prefix :
       {"barrier.", "bar.warp.sync", "mbarrier.arrive", "mbarrier.test.wait",
        "mbarrier.try.wait", "cp.async.wait", "cp.async.bulk.wait",
        "cp.async.mbarrier.arrive", "griddepcontrol.wait", "fence.proxy"})
    if (name.starts_with(prefix))
      return name.str();
  return "";
}

std::vector<std::string>
norm::emulator::listSynchronization(const Module &module) {
  std::vector<std::string> names;
  for (const Function &function : module)
    for (const Instruction &instruction : instructions(function))
      if (std::string name = getSynchronization(instruction); !name.empty())
        names.push_back(name + " at " + Rewriter::describe(instruction));
  return names;
}

Error norm::emulator::removeSynchronization(Module &module, unsigned index) {
  unsigned count = 0;
  for (Function &function : module)
    for (Instruction &instruction :
         make_early_inc_range(instructions(function))) {
      if (getSynchronization(instruction).empty() || count++ != index)
        continue;
      if (Type *type = instruction.getType(); !type->isVoidTy())
        instruction.replaceAllUsesWith(type->isIntegerTy(1)
                                           ? ConstantInt::getTrue(type)
                                           : Constant::getNullValue(type));
      instruction.eraseFromParent();
      return Error::success();
    }
  return createStringError("there is no synchronization number " +
                           Twine(index) + ", the module has " + Twine(count));
}
