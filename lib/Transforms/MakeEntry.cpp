//===- MakeEntry.cpp - Entry functions that check their arguments ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryBuilder.h"

#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"

using namespace mlir;
using namespace norm;

FailureOr<RuntimeFunctions> RuntimeFunctions::declare(ModuleOp module) {
  OpBuilder builder(module.getContext());
  Type i32 = builder.getI32Type();
  Type pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto checkCall = LLVM::lookupOrCreateFn(builder, module, "norm_check_call",
                                          {pointer, pointer}, i32);
  auto checkArguments = LLVM::lookupOrCreateFn(
      builder, module, "norm_check_arguments", {pointer, pointer}, i32);
  auto reportError = LLVM::lookupOrCreateFn(
      builder, module, "norm_report_error", {i32, pointer, pointer, i32}, i32);
  auto beginCopies =
      LLVM::lookupOrCreateFn(builder, module, "norm_begin_copies",
                             {pointer, pointer, pointer, pointer}, i32);
  auto endCopies =
      LLVM::lookupOrCreateFn(builder, module, "norm_end_copies",
                             {pointer, pointer, pointer, i32}, i32);
  if (failed(checkCall) || failed(checkArguments) || failed(reportError) ||
      failed(beginCopies) || failed(endCopies))
    return failure();
  return RuntimeFunctions{*checkCall, *checkArguments, *reportError,
                          *beginCopies, *endCopies};
}

SmallVector<Type> norm::getOperandTypes(func::FuncOp function) {
  SmallVector<Type> types(function.getArgumentTypes());
  llvm::append_range(types, function.getResultTypes());
  return types;
}

SmallVector<unsigned> norm::getTensors(TypeRange types) {
  SmallVector<unsigned> tensors;
  for (auto [i, type] : llvm::enumerate(types))
    if (isa<RankedTensorType>(type))
      tensors.push_back(i);
  return tensors;
}

size_t norm::countOperands(func::FuncOp function) {
  return getTensors(function.getArgumentTypes()).size() +
         function.getNumResults();
}

void norm::makeEntry(func::FuncOp function, func::FuncOp shape,
                     LLVM::GlobalOp info, const Kernels &kernels,
                     const RuntimeFunctions &runtime) {
  SmallVector<Type> types = getOperandTypes(function);
  SmallVector<unsigned> tensors = getTensors(types);
  Type pointer = LLVM::LLVMPointerType::get(function.getContext());
  EntryBuilder entry(function, "_mlir_ciface_" + function.getSymName(),
                     SmallVector<Type>(function.getNumResults(), pointer),
                     runtime);
  entry.checkOperands(runtime.checkCall, info,
                      entry.arrayOfPointers(countOperands(function)));
  entry.readDescriptors(types);
  entry.checkResultSizes(function.getNumArguments(), entry.inlineShape(shape));
  entry.succeedIfEmpty(function.getNumArguments());
  entry.callKernel(kernels, tensors);
}

void norm::makeShapeEntry(func::FuncOp function, func::FuncOp shape,
                          LLVM::GlobalOp info,
                          const RuntimeFunctions &runtime) {
  SmallVector<Type> types(function.getArgumentTypes());
  Type pointer = LLVM::LLVMPointerType::get(function.getContext());
  EntryBuilder entry(function, "norm_shape_" + function.getSymName(), pointer,
                     runtime);
  entry.checkOperands(runtime.checkArguments, info,
                      entry.arrayOfPointers(getTensors(types).size() + 1));
  entry.readDescriptors(types);
  Value sizes = entry.entry.getArguments().back();
  for (auto [i, size] : llvm::enumerate(entry.inlineShape(shape)))
    LLVM::StoreOp::create(
        entry.builder, entry.loc, entry.toI64(size),
        entry.elementOf(sizes, entry.builder.getI64Type(), i));
  entry.succeed();
}
