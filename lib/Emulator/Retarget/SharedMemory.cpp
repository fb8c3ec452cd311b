//===- SharedMemory.cpp - Places of shared variables ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rewriter.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/ReplaceConstant.h"

using namespace llvm;
using namespace norm::emulator;

/// Bytes between two shared variables that nothing may access: as many as the
/// widest access has.
constexpr uint32_t redZone = 16;

/// The next offset that is a multiple of `align` and of no larger power of 2,
/// so that code that relies on more is found.
static uint32_t placeAt(uint32_t offset, uint32_t align) {
  offset = alignTo(offset, align);
  return offset % (2 * align) ? offset : offset + align;
}

/// Adds the casts between address spaces within the constant `value`.
static void collectCasts(Value *value, SetVector<Constant *> &casts) {
  auto *expression = dyn_cast<ConstantExpr>(value);
  if (!expression)
    return;
  if (expression->getOpcode() == Instruction::AddrSpaceCast)
    casts.insert(expression);
  for (Use &operand : expression->operands())
    collectCasts(operand, casts);
}

/// Makes instructions of all constant expressions that have to do with address
/// spaces.
static void expandConstants(Module &module) {
  SmallVector<Constant *> variables;
  for (GlobalVariable &variable : module.globals())
    if (variable.getAddressSpace() != 0)
      variables.push_back(&variable);
  convertUsersOfConstantsToInstructions(variables);
  SetVector<Constant *> casts;
  for (Function &function : module)
    for (Instruction &instruction : instructions(function))
      for (Use &operand : instruction.operands())
        collectCasts(operand, casts);
  convertUsersOfConstantsToInstructions(casts.getArrayRef(), nullptr,
                                        /*RemoveDeadConstants=*/true,
                                        /*IncludeSelf=*/true);
}

Error Rewriter::placeSharedMemory() {
  expandConstants(module);
  SmallVector<GlobalVariable *> fixed, dynamic;
  for (GlobalVariable &variable : module.globals()) {
    if (variable.getAddressSpace() == 3)
      (variable.isDeclaration() ? dynamic : fixed).push_back(&variable);
    else if (variable.isDeclaration())
      return createStringError("the variable '" + variable.getName() +
                               "' is not defined in the module");
  }

  const DataLayout &layout = module.getDataLayout();
  uint32_t end = 0;
  MapVector<GlobalVariable *, uint32_t> offsets;
  for (GlobalVariable *variable : fixed) {
    uint32_t size = layout.getTypeAllocSize(variable->getValueType());
    uint32_t align = layout.getPreferredAlign(variable).value();
    uint32_t begin = placeAt(end + redZone, align);
    end = begin + size;
    offsets[variable] = begin;
    result.shared.variables.push_back({begin, end});
  }
  // All dynamic variables are the same memory.
  uint32_t align = 16;
  for (GlobalVariable *variable : dynamic)
    align =
        std::max(align, uint32_t(variable->getAlign().valueOrOne().value()));
  bool any = !fixed.empty() || !dynamic.empty();
  result.shared.dynamicBegin = any ? placeAt(end + redZone, align) : 0;
  for (GlobalVariable *variable : dynamic)
    offsets[variable] = result.shared.dynamicBegin;

  for (auto [variable, offset] : offsets) {
    DenseMap<Function *, Value *> addresses;
    for (Use &use : make_early_inc_range(variable->uses())) {
      auto *user = dyn_cast<Instruction>(use.getUser());
      if (!user)
        return createStringError("the address of the shared variable '" +
                                 variable->getName() +
                                 "' is used in the value of another variable");
      Value *&address = addresses[user->getFunction()];
      if (!address) {
        IRBuilder<> builder(&*user->getFunction()->getEntryBlock().begin());
        Value *base = builder.CreateCall(getRuntime("shared"));
        address = builder.CreateAddrSpaceCast(
            builder.CreatePtrAdd(base, builder.getInt64(offset)),
            variable->getType());
      }
      use.set(address);
    }
  }
  for (auto [variable, offset] : offsets)
    variable->eraseFromParent();
  return Error::success();
}
