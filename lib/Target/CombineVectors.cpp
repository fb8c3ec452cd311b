//===- CombineVectors.cpp - LLVM's vector combiner for sums ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CombineVectors.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/ValueHandle.h"
#include "llvm/Transforms/Vectorize/VectorCombine.h"

using namespace llvm;

/// True for a multiply-add with several uses.
static bool isSharedSum(const Value *value) {
  auto *call = dyn_cast<IntrinsicInst>(value);
  return call && call->getIntrinsicID() == Intrinsic::fma && !call->hasOneUse();
}

PreservedAnalyses norm::CombineVectorsPass::run(Function &function,
                                                FunctionAnalysisManager &am) {
  // Behind a fence a multiply-add is none.
  SmallVector<WeakVH> fences;
  for (Instruction &instruction : instructions(function))
    if (auto *shuffle = dyn_cast<ShuffleVectorInst>(&instruction))
      for (Use &operand : shuffle->operands())
        if (isSharedSum(operand)) {
          IRBuilder<> builder(shuffle);
          operand.set(builder.CreateIntrinsic(
              operand->getType(), Intrinsic::arithmetic_fence, operand.get()));
          fences.push_back(operand.get());
        }
  PreservedAnalyses preserved = VectorCombinePass().run(function, am);
  for (const WeakVH &handle : fences)
    if (auto *fence = cast_or_null<CallInst>(handle)) {
      fence->replaceAllUsesWith(fence->getArgOperand(0));
      fence->eraseFromParent();
    }
  return preserved;
}
