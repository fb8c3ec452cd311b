//===- MakeCUDAEntry.cpp - Entry functions for NVIDIA GPUs ----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryBuilder.h"
#include "GPUStrategy.h"

#include "norm/Runtime/norm_cuda.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"

using namespace mlir;
using namespace norm;

FailureOr<CUDAFunctions> CUDAFunctions::declare(ModuleOp module) {
  OpBuilder builder(module.getBodyRegion());
  Type i32 = builder.getI32Type(), i64 = builder.getI64Type();
  Type pointer = LLVM::LLVMPointerType::get(module.getContext());
  Type nothing = LLVM::LLVMVoidType::get(module.getContext());
  auto load =
      LLVM::lookupOrCreateFn(builder, module, "norm_cuda_load", {pointer}, i32);
  auto unload = LLVM::lookupOrCreateFn(builder, module, "norm_cuda_unload",
                                       {pointer}, i32);
  auto begin = LLVM::lookupOrCreateFn(
      builder, module, "norm_cuda_begin",
      {pointer, pointer, pointer, pointer, pointer, i64, pointer}, i32);
  auto query = LLVM::lookupOrCreateFn(builder, module, "norm_cuda_query",
                                      {pointer, pointer}, nothing);
  auto neededBytes = LLVM::lookupOrCreateFn(
      builder, module, "norm_cuda_needed_bytes", {pointer}, i64);
  if (failed(load) || failed(unload) || failed(begin) || failed(query) ||
      failed(neededBytes))
    return failure();
  // Declared here; norm-lower-launches, which knows the kernels, fills it.
  auto type = LLVM::LLVMStructType::getLiteral(
      module.getContext(), {i32, i32, pointer, pointer, pointer, pointer});
  builder.setInsertionPointToStart(module.getBody());
  auto cudaModule = LLVM::GlobalOp::create(
      builder, module.getLoc(), type, /*isConstant=*/false,
      LLVM::Linkage::External, kCUDAModule, Attribute());
  return CUDAFunctions{cudaModule, *load,  *unload,
                       *begin,     *query, *neededBytes};
}

void norm::addCallArgument(func::FuncOp kernel) {
  Type pointer = LLVM::LLVMPointerType::get(kernel.getContext());
  kernel.getBody().addArgument(pointer, kernel.getLoc());
  kernel.setFunctionType(FunctionType::get(kernel.getContext(),
                                           kernel.getBody().getArgumentTypes(),
                                           kernel.getResultTypes()));
}

/// Memory for a norm_cuda_call.
static Value allocateCall(EntryBuilder &entry) {
  Type i64 = entry.builder.getI64Type();
  return LLVM::AllocaOp::create(
      entry.builder, entry.loc, entry.pointer, i64,
      entry.constant(entry.builder.getI32Type(),
                     llvm::divideCeil(sizeof(norm_cuda_call), 8)));
}

void norm::makeCUDAEntry(func::FuncOp function, func::FuncOp shape,
                         LLVM::GlobalOp info, const Kernels &kernels,
                         const RuntimeFunctions &runtime,
                         const CUDAFunctions &cuda) {
  SmallVector<Type> types = getOperandTypes(function);
  Type pointer = LLVM::LLVMPointerType::get(function.getContext());
  Type i64 = IntegerType::get(function.getContext(), 64);
  SmallVector<Type> others(function.getNumResults(), pointer);
  others.append({pointer, i64, pointer});
  EntryBuilder entry(function,
                     "_mlir_ciface_" + function.getSymName() + "_cuda", others,
                     runtime);
  Value operands = entry.arrayOfPointers(countOperands(function));
  entry.checkOperands(runtime.checkCall, info, operands);
  entry.readDescriptors(types);
  entry.checkResultSizes(function.getNumArguments(), entry.inlineShape(shape));

  OpBuilder &builder = entry.builder;
  entry.call = allocateCall(entry);
  SmallVector<Value> arguments{
      entry.call,
      LLVM::AddressOfOp::create(builder, entry.loc, cuda.cudaModule),
      LLVM::AddressOfOp::create(builder, entry.loc, info), operands};
  llvm::append_range(arguments, entry.entry.getArguments().take_back(3));
  entry.returnUnlessOK(
      LLVM::CallOp::create(builder, entry.loc, cuda.begin, arguments)
          .getResult());
  entry.succeedIfEmpty(function.getNumArguments());
  entry.rowAlignment = rowAlignment;
  entry.callKernel(kernels, getTensors(types));
}

void norm::makeWorkspaceEntry(func::FuncOp function, func::FuncOp shape,
                              LLVM::GlobalOp info, const Kernels &kernels,
                              const RuntimeFunctions &runtime,
                              const CUDAFunctions &cuda) {
  Type pointer = LLVM::LLVMPointerType::get(function.getContext());
  EntryBuilder entry(function, "norm_workspace_" + function.getSymName(),
                     pointer, runtime);
  OpBuilder &builder = entry.builder;
  Location loc = entry.loc;
  Type i64 = builder.getI64Type();
  Value bytes = entry.entry.getArguments().back();
  entry.check(arith::CmpIPredicate::ne,
              LLVM::PtrToIntOp::create(builder, loc, i64, bytes),
              entry.constant(i64, 0), norm_error_null_pointer,
              (function.getSymName() +
               ": expected a place for the bytes of the workspace, found a "
               "null pointer")
                  .str());
  SmallVector<Type> types(function.getArgumentTypes());
  SmallVector<unsigned> tensors = getTensors(types);
  entry.checkOperands(runtime.checkArguments, info,
                      entry.arrayOfPointers(tensors.size() + 1));
  entry.readDescriptors(types);

  // The results have sizes, but no memory.
  SmallVector<Value> sizes = entry.inlineShape(shape);
  ArrayRef<Value> rest = sizes;
  Value null = LLVM::ZeroOp::create(builder, loc, pointer);
  entry.values.resize(types.size());
  for (Type type : function.getResultTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor) {
      entry.values.push_back(null);
      continue;
    }
    SmallVector<Value> fields{null, null, entry.constant(i64, 0)}, strides;
    Value stride = entry.constant(i64, 1);
    for (Value size : llvm::reverse(rest.take_front(tensor.getRank()))) {
      strides.push_back(stride);
      stride = arith::MulIOp::create(builder, loc, stride, entry.toI64(size));
    }
    for (Value size : rest.take_front(tensor.getRank()))
      fields.push_back(entry.toI64(size));
    llvm::append_range(fields, llvm::reverse(strides));
    rest = rest.drop_front(tensor.getRank());
    MemRefType memref = memrefTypeFor(tensor, Layout::Any);
    entry.values.push_back(
        entry.asMemRef(MemRefDescriptor::pack(builder, loc, entry.typeConverter,
                                              memref, fields),
                       memref));
  }
  LLVM::StoreOp::create(builder, loc, entry.constant(i64, 0), bytes);
  entry.succeedIfEmpty(types.size());

  entry.call = allocateCall(entry);
  LLVM::CallOp::create(
      builder, loc, cuda.query,
      ValueRange{entry.call, LLVM::AddressOfOp::create(builder, loc, info)});
  entry.afterCall = [&] {
    Value needed =
        LLVM::CallOp::create(builder, loc, cuda.neededBytes, entry.call)
            .getResult();
    LLVM::StoreOp::create(builder, loc, needed, bytes);
  };
  entry.rowAlignment = rowAlignment;
  for (unsigned i = types.size(); i < entry.values.size(); ++i)
    if (isa<MemRefType>(entry.values[i].getType()))
      tensors.push_back(i);
  entry.callKernel(kernels, tensors);
}

/// The public `@<prefix>f() -> i32`, which returns `callee` of the module.
static void makeModuleEntry(func::FuncOp function, StringRef prefix,
                            LLVM::LLVMFuncOp callee,
                            const CUDAFunctions &cuda) {
  OpBuilder builder(function);
  Location loc = function.getLoc();
  auto entry =
      func::FuncOp::create(builder, loc, (prefix + function.getSymName()).str(),
                           builder.getFunctionType({}, builder.getI32Type()));
  builder.setInsertionPointToStart(entry.addEntryBlock());
  Value cudaModule = LLVM::AddressOfOp::create(builder, loc, cuda.cudaModule);
  Value code =
      LLVM::CallOp::create(builder, loc, callee, cudaModule).getResult();
  func::ReturnOp::create(builder, loc, code);
}

void norm::makeLoadEntries(func::FuncOp function, const CUDAFunctions &cuda) {
  makeModuleEntry(function, "norm_load_", cuda.load, cuda);
  makeModuleEntry(function, "norm_unload_", cuda.unload, cuda);
}
