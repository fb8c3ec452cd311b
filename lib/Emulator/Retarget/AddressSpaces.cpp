//===- AddressSpaces.cpp - A module with one address space ----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The types of a module cannot be changed in place, as functions and variables
// have theirs for good. Cloning with a type mapper makes new ones and maps
// types within constants and instructions; printing and parsing the module
// again would do the same for text.

#include "Rewriter.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/ValueMapper.h"

using namespace llvm;
using namespace norm::emulator;

namespace {
/// Puts all pointers in address space 0.
class GenericPointers : public ValueMapTypeRemapper {
public:
  Type *remapType(Type *type) override {
    LLVMContext &context = type->getContext();
    if (type->isPointerTy())
      return PointerType::get(context, 0);
    if (auto *array = dyn_cast<ArrayType>(type))
      return ArrayType::get(remapType(array->getElementType()),
                            array->getNumElements());
    if (auto *vector = dyn_cast<VectorType>(type))
      return VectorType::get(remapType(vector->getElementType()),
                             vector->getElementCount());
    if (auto *function = dyn_cast<FunctionType>(type))
      return FunctionType::get(remapType(function->getReturnType()),
                               remapAll(function->params()),
                               function->isVarArg());
    auto *structure = dyn_cast<StructType>(type);
    if (!structure || structure->isOpaque())
      return type;
    SmallVector<Type *> elements = remapAll(structure->elements());
    // A named type without such pointers stays itself.
    if (ArrayRef(elements) == structure->elements())
      return type;
    return StructType::get(context, elements, structure->isPacked());
  }

private:
  SmallVector<Type *> remapAll(ArrayRef<Type *> types) {
    SmallVector<Type *> mapped;
    for (Type *type : types)
      mapped.push_back(remapType(type));
    return mapped;
  }
};
} // namespace

/// Leaves of the attributes those that say how arguments are passed. Others,
/// such as that memory is only read, hold without the runtime's hooks only.
static AttributeList keepPassing(LLVMContext &context, AttributeList all,
                                 unsigned arguments) {
  AttributeList kept;
  for (unsigned i = 0; i < arguments; ++i)
    if (Type *type = all.getParamByValType(i))
      kept = kept.addParamAttribute(context, i,
                                    Attribute::getWithByValType(context, type));
  return kept;
}

static void cleanFunction(Function &function) {
  LLVMContext &context = function.getContext();
  bool convergent = function.isConvergent();
  if (!function.isDeclaration()) {
    function.setAttributes(
        keepPassing(context, function.getAttributes(), function.arg_size()));
    function.setDoesNotThrow();
    if (convergent)
      function.setConvergent();
  }
  for (Instruction &instruction :
       make_early_inc_range(instructions(function))) {
    instruction.dropUnknownNonDebugMetadata();
    if (auto *call = dyn_cast<CallInst>(&instruction)) {
      call->setAttributes(
          keepPassing(context, call->getAttributes(), call->arg_size()));
      call->setCallingConv(CallingConv::C);
      call->setTailCallKind(CallInst::TCK_None);
    } else if (auto *cast = dyn_cast<AddrSpaceCastInst>(&instruction)) {
      cast->replaceAllUsesWith(cast->getOperand(0));
      cast->eraseFromParent();
    }
  }
}

std::unique_ptr<Module>
norm::emulator::stripAddressSpaces(const Module &module, const Triple &triple,
                                   const DataLayout &layout) {
  auto host = std::make_unique<Module>(module.getName(), module.getContext());
  host->setTargetTriple(triple);
  host->setDataLayout(layout);
  GenericPointers types;
  ValueToValueMapTy map;
  for (const GlobalVariable &variable : module.globals()) {
    auto *copy = new GlobalVariable(
        *host, types.remapType(variable.getValueType()), variable.isConstant(),
        GlobalValue::ExternalLinkage, nullptr, variable.getName());
    copy->setAlignment(variable.getAlign());
    map[&variable] = copy;
  }
  for (const Function &function : module) {
    auto *type =
        cast<FunctionType>(types.remapType(function.getFunctionType()));
    Function *copy = Function::Create(type, GlobalValue::ExternalLinkage,
                                      function.getName(), *host);
    // Not `convergent` of kernels' own functions: what waits has it itself.
    copy->setAttributes(function.getAttributes());
    map[&function] = copy;
    for (auto [from, to] : zip_equal(function.args(), copy->args()))
      map[&from] = &to;
  }
  for (const GlobalVariable &variable : module.globals())
    if (variable.hasInitializer())
      cast<GlobalVariable>(map[&variable])
          ->setInitializer(
              MapValue(variable.getInitializer(), map, RF_None, &types));
  for (const Function &function : module) {
    if (function.isDeclaration())
      continue;
    SmallVector<ReturnInst *> returns;
    Function *copy = cast<Function>(map[&function]);
    CloneFunctionInto(copy, &function, map,
                      CloneFunctionChangeType::DifferentModule, returns, "",
                      nullptr, &types);
    copy->setLinkage(GlobalValue::InternalLinkage);
    copy->setCallingConv(CallingConv::C);
  }
  for (Function &function : make_early_inc_range(*host)) {
    cleanFunction(function);
    // The names of intrinsics tell the types of pointers.
    if (function.isIntrinsic())
      if (auto renamed = Intrinsic::remangleIntrinsicFunction(&function)) {
        function.replaceAllUsesWith(*renamed);
        function.eraseFromParent();
      }
  }
  // Cloning made a list of compile units, which there are none of.
  while (!host->named_metadata_empty())
    host->eraseNamedMetadata(&*host->named_metadata_begin());
  return host;
}
