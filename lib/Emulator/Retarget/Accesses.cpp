//===- Accesses.cpp - Checked accesses and counted loops ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rewriter.h"

#include "llvm/Analysis/CFG.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;
using namespace norm::emulator;

/// Whether `pointer` points into a local variable or a parameter, which only
/// its thread can reach.
static bool isPrivate(const Value *pointer) {
  const Value *object = getUnderlyingObject(pointer);
  if (auto *argument = dyn_cast<Argument>(object))
    return argument->hasByValAttr();
  return isa<AllocaInst>(object);
}

namespace {
/// The accesses of a function.
class AccessRewriter {
public:
  AccessRewriter(Rewriter &rewriter, Function &function)
      : rewriter(rewriter), function(function),
        layout(function.getDataLayout()) {}

  Error run() {
    for (BasicBlock &block : function)
      for (Instruction &instruction : make_early_inc_range(block))
        if (Error error = visit(instruction))
          return error;
    return Error::success();
  }

private:
  Error visit(Instruction &instruction) {
    if (auto *transfer = dyn_cast<AnyMemTransferInst>(&instruction))
      return replaceTransfer(*transfer), Error::success();
    if (auto *set = dyn_cast<AnyMemSetInst>(&instruction))
      return replaceSet(*set), Error::success();
    const Value *pointer = getLoadStorePointerOperand(&instruction);
    if (auto *change = dyn_cast<AtomicRMWInst>(&instruction))
      pointer = change->getPointerOperand();
    if (auto *exchange = dyn_cast<AtomicCmpXchgInst>(&instruction))
      pointer = exchange->getPointerOperand();
    if (!pointer)
      return Error::success();
    Type *type = getAccessType(instruction);
    if (auto *narrow = dyn_cast<PointerType>(type->getScalarType());
        narrow && layout.getPointerSize(narrow->getAddressSpace()) != 8)
      return Rewriter::makeError(
          instruction, "pointers of 32 bits in memory are not supported");
    if (isPrivate(pointer) || layout.getTypeStoreSize(type).isZero())
      return Error::success();
    if (auto *store = dyn_cast<StoreInst>(&instruction))
      return replaceStore(*store), Error::success();
    check(instruction, isa<LoadInst>(instruction) ? "load" : "change", type);
    return Error::success();
  }

  static Type *getAccessType(Instruction &instruction) {
    if (auto *change = dyn_cast<AtomicRMWInst>(&instruction))
      return change->getValOperand()->getType();
    if (auto *exchange = dyn_cast<AtomicCmpXchgInst>(&instruction))
      return exchange->getNewValOperand()->getType();
    return getLoadStoreType(&instruction);
  }

  /// The generic pointer to what `pointer` points to.
  Value *toGeneric(IRBuilder<> &builder, Value *pointer) {
    return builder.CreateAddrSpaceCast(pointer, builder.getPtrTy());
  }

  Constant *addSite(Instruction &instruction, Type *type, Align align,
                    unsigned addressSpace) {
    return rewriter.addSite(instruction, instruction.getOpcodeName(),
                            layout.getTypeStoreSize(type), align.value(),
                            addressSpace, instruction.isAtomic());
  }

  /// Takes the pointer of `instruction` from the function `hook`.
  void check(Instruction &instruction, StringRef hook, Type *type) {
    IRBuilder<> builder(&instruction);
    // It is the first operand of loads and atomics.
    Use &operand = instruction.getOperandUse(0);
    Value *pointer = operand.get();
    Align align = layout.getABITypeAlign(type);
    if (auto *load = dyn_cast<LoadInst>(&instruction))
      align = load->getAlign();
    else if (auto *change = dyn_cast<AtomicRMWInst>(&instruction))
      align = change->getAlign();
    Constant *site = addSite(instruction, type, align,
                             pointer->getType()->getPointerAddressSpace());
    Value *checked = builder.CreateCall(rewriter.getRuntime(hook),
                                        {toGeneric(builder, pointer), site});
    operand.set(checked);
  }

  /// The runtime stores, as it wants to see the bytes.
  void replaceStore(StoreInst &store) {
    IRBuilder<> builder(&store);
    Type *type = store.getValueOperand()->getType();
    AllocaInst *value =
        new AllocaInst(type, layout.getAllocaAddrSpace(), nullptr, Align(16),
                       "", function.getEntryBlock().begin());
    builder.CreateAlignedStore(store.getValueOperand(), value, Align(16));
    Constant *site =
        addSite(store, type, store.getAlign(), store.getPointerAddressSpace());
    builder.CreateCall(rewriter.getRuntime("store"),
                       {toGeneric(builder, store.getPointerOperand()),
                        toGeneric(builder, value), site});
    store.eraseFromParent();
  }

  void replaceTransfer(AnyMemTransferInst &transfer) {
    IRBuilder<> builder(&transfer);
    builder.CreateCall(
        rewriter.getRuntime("memcpy"),
        {toGeneric(builder, transfer.getRawDest()),
         toGeneric(builder, transfer.getRawSource()),
         builder.CreateZExtOrTrunc(transfer.getLength(), builder.getInt64Ty()),
         rewriter.addSite(transfer, "memcpy")});
    transfer.eraseFromParent();
  }

  void replaceSet(AnyMemSetInst &set) {
    IRBuilder<> builder(&set);
    builder.CreateCall(
        rewriter.getRuntime("memset"),
        {toGeneric(builder, set.getRawDest()),
         builder.CreateZExt(set.getValue(), builder.getInt32Ty()),
         builder.CreateZExtOrTrunc(set.getLength(), builder.getInt64Ty()),
         rewriter.addSite(set, "memset")});
    set.eraseFromParent();
  }

  Rewriter &rewriter;
  Function &function;
  const DataLayout &layout;
};
} // namespace

Error Rewriter::instrumentAccesses() {
  for (Function &function : module)
    if (Error error = AccessRewriter(*this, function).run())
      return error;
  return Error::success();
}

void Rewriter::instrumentLoops() {
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    SmallVector<std::pair<const BasicBlock *, const BasicBlock *>> edges;
    FindFunctionBackedges(function, edges);
    SmallPtrSet<const BasicBlock *, 8> seen;
    for (auto [from, to] : edges)
      if (seen.insert(from).second) {
        // The block belongs to the module that is rewritten.
        Instruction *end = const_cast<Instruction *>(from->getTerminator());
        IRBuilder<> builder(end);
        builder.CreateCall(getRuntime("step"), {addSite(*end, "loop")});
      }
  }
}
