//===- MakeCopyingKernel.cpp - A kernel that copies its operands ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryBuilder.h"

#include "norm/Runtime/norm_runtime.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace norm;

Value norm::allocateLike(OpBuilder &builder, Location loc, Value memref,
                         MemRefType type) {
  SmallVector<Value> sizes;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (type.isDynamicDim(dim))
      sizes.push_back(memref::DimOp::create(builder, loc, memref, dim));
  return memref::AllocOp::create(builder, loc, type, sizes);
}

/// An empty private function `name` that takes what `callee` does with any
/// strides. Leaves the builder in it.
static func::FuncOp makeStridedFunction(OpBuilder &builder, func::FuncOp callee,
                                        StringRef name) {
  SmallVector<Type> types;
  for (Type type : callee.getArgumentTypes()) {
    auto memref = dyn_cast<MemRefType>(type);
    types.push_back(
        memref ? memrefTypeFor(RankedTensorType::get(memref.getShape(),
                                                     memref.getElementType()),
                               Layout::Strided)
               : type);
  }
  builder.setInsertionPointAfter(callee);
  auto kernel = func::FuncOp::create(
      builder, callee.getLoc(), name,
      builder.getFunctionType(types, builder.getI32Type()));
  kernel.setPrivate();
  builder.setInsertionPointToStart(kernel.addEntryBlock());
  return kernel;
}

func::FuncOp norm::makeCopyingKernel(func::FuncOp contiguous,
                                     unsigned numInputs, StringRef name) {
  OpBuilder builder(contiguous.getContext());
  Location loc = contiguous.getLoc();
  func::FuncOp kernel = makeStridedFunction(builder, contiguous, name);
  kernel->setAttr(kFunctionAttr, contiguous->getAttr(kFunctionAttr));

  SmallVector<Value> operands(kernel.getArguments());
  for (auto [i, type] : llvm::enumerate(contiguous.getArgumentTypes())) {
    auto memref = dyn_cast<MemRefType>(type);
    if (!memref)
      continue;
    operands[i] = allocateLike(builder, loc, operands[i], memref);
    if (i < numInputs)
      memref::CopyOp::create(builder, loc, kernel.getArgument(i), operands[i]);
  }
  Value code =
      func::CallOp::create(builder, loc, contiguous, operands).getResult(0);
  // A call that fails writes nothing.
  Value ok = arith::ConstantOp::create(builder, loc,
                                       builder.getI32IntegerAttr(norm_ok));
  Value succeeded =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, code, ok);
  scf::IfOp::create(builder, loc, succeeded, [&](OpBuilder &b, Location) {
    for (unsigned i = numInputs; i < operands.size(); ++i)
      if (isa<MemRefType>(operands[i].getType()))
        memref::CopyOp::create(b, loc, operands[i], kernel.getArgument(i));
    scf::YieldOp::create(b, loc);
  });
  func::ReturnOp::create(builder, loc, code);
  return kernel;
}

func::FuncOp norm::makeCopyingKernel(func::FuncOp function, LLVM::GlobalOp info,
                                     func::FuncOp unitStride,
                                     ArrayRef<ContiguousDims> dims,
                                     const RuntimeFunctions &runtime) {
  SmallVector<Type> types = getOperandTypes(function);
  Type pointer = LLVM::LLVMPointerType::get(function.getContext());
  EntryBuilder kernel(function, function.getSymName() + ".strided",
                      SmallVector<Type>(function.getNumResults(), pointer),
                      runtime);
  kernel.entry.setPrivate();
  OpBuilder &builder = kernel.builder;
  Location loc = kernel.loc;
  size_t numOperands = countOperands(function);
  Value operands = kernel.arrayOfPointers(numOperands);
  kernel.readDescriptors(types);

  // Scalar arguments are no operands, scalar results are.
  SmallVector<std::pair<unsigned, unsigned>> tensors;
  Type i8 = builder.getI8Type(), i32 = builder.getI32Type();
  Value fits = LLVM::AllocaOp::create(
      builder, loc, kernel.pointer, i8,
      kernel.constant(i32, std::max<int64_t>(1, numOperands)));
  unsigned operand = 0;
  for (auto [i, type] : llvm::enumerate(types)) {
    bool isTensor = isa<RankedTensorType>(type);
    if (!isTensor && i < function.getNumArguments())
      continue;
    Value isFitting = kernel.constant(i8, 1);
    if (isTensor) {
      tensors.push_back({i, operand});
      isFitting = arith::ExtUIOp::create(
          builder, loc, i8,
          hasUnitStride(builder, loc, kernel.values[i], i, dims));
    }
    LLVM::StoreOp::create(builder, loc, isFitting,
                          kernel.elementOf(fits, i8, operand++));
  }

  Value table = LLVM::AddressOfOp::create(builder, loc, info);
  Value used =
      LLVM::AllocaOp::create(builder, loc, kernel.pointer, kernel.pointer,
                             kernel.constant(i32, numOperands + 1));
  kernel.returnUnlessOK(
      LLVM::CallOp::create(builder, loc, runtime.beginCopies,
                           ValueRange{table, operands, fits, used})
          .getResult());
  for (auto [i, operand] : tensors)
    kernel.values[i] =
        LLVM::LoadOp::create(builder, loc, kernel.pointer,
                             kernel.elementOf(used, kernel.pointer, operand));
  kernel.readDescriptors(types);
  Value code = kernel.callKernel(unitStride, kernel.values);
  code = LLVM::CallOp::create(builder, loc, runtime.endCopies,
                              ValueRange{table, operands, used, code})
             .getResult();
  func::ReturnOp::create(builder, loc, code);
  return kernel.entry;
}
