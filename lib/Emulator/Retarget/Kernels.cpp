//===- Kernels.cpp - Kernels and how they are entered ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rewriter.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;
using namespace norm::emulator;

std::string norm::emulator::getEntryName(StringRef name) {
  return ("emu.entry." + name).str();
}

/// The functions that `function` reaches, with itself.
static SetVector<const Function *> collectReached(const Function &function) {
  SetVector<const Function *> reached;
  reached.insert(&function);
  for (size_t i = 0; i < reached.size(); ++i)
    for (const BasicBlock &block : *reached[i])
      for (const Instruction &instruction : block)
        if (auto *call = dyn_cast<CallBase>(&instruction))
          if (const Function *callee = call->getCalledFunction())
            reached.insert(callee);
  return reached;
}

/// Adds the shared variables that `value`, an operand, is made of.
static void collectShared(const Value *value,
                          SetVector<const GlobalVariable *> &variables) {
  if (auto *variable = dyn_cast<GlobalVariable>(value)) {
    if (variable->getAddressSpace() == 3)
      variables.insert(variable);
  } else if (auto *constant = dyn_cast<Constant>(value)) {
    for (const Use &operand : constant->operands())
      collectShared(operand, variables);
  }
}

static uint64_t getSize(const GlobalVariable &variable) {
  return variable.getDataLayout().getTypeAllocSize(variable.getValueType());
}

/// The sizes in an attribute such as "nvvm.reqntid"="32,4"; 0 if not there.
static Dim3 parseSizes(const Function &function, StringRef attribute) {
  StringRef text = function.getFnAttribute(attribute).getValueAsString();
  Dim3 sizes = {0, 0, 0};
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  uint32_t *values[] = {&sizes.x, &sizes.y, &sizes.z};
  for (size_t i = 0; i < parts.size() && i < 3; ++i)
    if (parts[i].trim().getAsInteger(10, *values[i]))
      return {0, 0, 0};
  if (sizes.x)
    sizes = {sizes.x, std::max(sizes.y, 1u), std::max(sizes.z, 1u)};
  return sizes;
}

static KernelInfo describeKernel(const Function &function) {
  const DataLayout &layout = function.getDataLayout();
  KernelInfo info;
  info.name = function.getName();
  for (const Argument &argument : function.args()) {
    Type *type = argument.hasByValAttr() ? argument.getParamByValType()
                                         : argument.getType();
    uint64_t align = layout.getABITypeAlign(type).value();
    if (MaybeAlign own = argument.getParamAlign();
        own && argument.hasByValAttr())
      align = std::max(align, own->value());
    info.parameters.push_back(
        {uint32_t(layout.getTypeStoreSize(type)), uint32_t(align)});
  }
  SetVector<const GlobalVariable *> shared;
  for (const Function *reached : collectReached(function))
    for (const BasicBlock &block : *reached)
      for (const Instruction &instruction : block) {
        for (const Use &operand : instruction.operands())
          collectShared(operand, shared);
        if (auto *local = dyn_cast<AllocaInst>(&instruction))
          if (auto size = local->getAllocationSize(layout))
            info.localBytes += size->getFixedValue();
      }
  for (const GlobalVariable *variable : shared) {
    uint64_t align = variable->getAlign().valueOrOne().value();
    info.sharedBytes = alignTo(info.sharedBytes, align) + getSize(*variable);
  }
  Dim3 most = parseSizes(function, "nvvm.maxntid");
  info.maxThreads = most.count();
  info.requiredBlock = parseSizes(function, "nvvm.reqntid");
  info.requiredCluster = parseSizes(function, "nvvm.cluster_dim");
  return info;
}

void Rewriter::collectKernels() {
  for (const Function &function : module)
    if (function.getCallingConv() == CallingConv::PTX_Kernel)
      result.kernels.push_back(describeKernel(function));
}

/// The most bytes of the stack that values of `type` take. The elements of a
/// vector may be computed one by one, and the host may have no such type.
static uint64_t boundSlots(Type *type, const DataLayout &layout) {
  constexpr uint64_t slots = 4;
  if (!type->isSized())
    return 0;
  uint64_t elements = 1;
  if (auto *vector = dyn_cast<FixedVectorType>(type))
    elements = vector->getNumElements();
  return slots *
         std::max<uint64_t>(layout.getTypeAllocSize(type), 8 * elements);
}

void norm::emulator::boundFrames(const Module &module,
                                 std::vector<KernelInfo> &kernels) {
  const DataLayout &layout = module.getDataLayout();
  for (KernelInfo &kernel : kernels)
    for (const Function *reached :
         collectReached(*module.getFunction(kernel.name))) {
      for (const Argument &argument : reached->args())
        kernel.frameBytes += boundSlots(argument.getType(), layout);
      for (const BasicBlock &block : *reached)
        for (const Instruction &instruction : block) {
          kernel.frameBytes += boundSlots(instruction.getType(), layout);
          if (auto *local = dyn_cast<AllocaInst>(&instruction))
            if (auto size = local->getAllocationSize(layout))
              kernel.frameBytes += alignTo(size->getFixedValue(), 64);
        }
    }
}

void norm::emulator::addEntries(Module &module,
                                const std::vector<KernelInfo> &kernels) {
  LLVMContext &context = module.getContext();
  auto *pointer = PointerType::get(context, 0);
  auto *type = FunctionType::get(Type::getVoidTy(context), {pointer}, false);
  for (const KernelInfo &kernel : kernels) {
    Function *function = module.getFunction(kernel.name);
    Function *entry = Function::Create(type, GlobalValue::ExternalLinkage,
                                       getEntryName(kernel.name), module);
    IRBuilder<> builder(BasicBlock::Create(context, "", entry));
    SmallVector<Value *> arguments;
    for (Argument &argument : function->args()) {
      Value *slot = builder.CreateConstGEP1_32(pointer, entry->getArg(0),
                                               argument.getArgNo());
      Value *value = builder.CreateLoad(pointer, slot);
      // A parameter by value is passed as the pointer to it.
      if (!argument.hasByValAttr())
        value = builder.CreateAlignedLoad(argument.getType(), value, Align(1));
      arguments.push_back(value);
    }
    CallInst *call = builder.CreateCall(function, arguments);
    call->setAttributes(function->getAttributes());
    builder.CreateRetVoid();
    function->setLinkage(GlobalValue::InternalLinkage);
  }
}
