//===- Check.cpp - What cannot be retargeted ------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rewriter.h"

#include "llvm/ADT/SCCIterator.h"
#include "llvm/Analysis/CallGraph.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace norm::emulator;

static Error checkCalls(Function &function) {
  for (BasicBlock &block : function)
    for (Instruction &instruction : block) {
      if (isa<InvokeInst, CallBrInst, ResumeInst, LandingPadInst, VAArgInst>(
              instruction))
        return Rewriter::makeError(instruction,
                                   Twine("expected an instruction that a GPU "
                                         "has, found '") +
                                       instruction.getOpcodeName() + "'");
      auto *call = dyn_cast<CallInst>(&instruction);
      if (!call || call->isInlineAsm())
        continue;
      const Function *callee = call->getCalledFunction();
      if (!callee)
        return Rewriter::makeError(instruction,
                                   "calls through pointers are not supported");
      if (callee->isDeclaration() && !callee->isIntrinsic())
        return Rewriter::makeError(
            instruction, "call of the external function '" + callee->getName() +
                             "'; a kernel must contain all that it calls");
    }
  return Error::success();
}

static Error checkRecursion(Module &module) {
  CallGraph graph(module);
  for (auto it = scc_begin(&graph); !it.isAtEnd(); ++it)
    if (it.hasCycle() && it->front()->getFunction())
      return createStringError("function '" +
                               it->front()->getFunction()->getName() +
                               "' is recursive, so the stack that a thread "
                               "needs is not known");
  return Error::success();
}

Error Rewriter::check() {
  std::string text;
  raw_string_ostream stream(text);
  if (verifyModule(module, &stream))
    return createStringError("the LLVM IR is not valid: " + text);
  Triple triple = module.getTargetTriple();
  if (!triple.empty() && !triple.isNVPTX())
    return createStringError("expected a module for nvptx64, found one for " +
                             triple.str());
  if (!module.alias_empty() || !module.ifunc_empty())
    return createStringError("expected no aliases, found '" +
                             (module.alias_empty()
                                  ? module.ifunc_begin()->getName()
                                  : module.alias_begin()->getName()) +
                             "'");
  for (Function &function : module)
    if (Error error = checkCalls(function))
      return error;
  return checkRecursion(module);
}
