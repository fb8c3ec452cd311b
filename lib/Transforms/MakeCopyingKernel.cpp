//===- MakeCopyingKernel.cpp - A kernel that copies its operands ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "norm/Runtime/norm_runtime.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace norm;

/// A new memref of the sizes of `memref` and of `type`.
static Value allocateLike(OpBuilder &builder, Location loc, Value memref,
                          MemRefType type) {
  SmallVector<Value> sizes;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (type.isDynamicDim(dim))
      sizes.push_back(memref::DimOp::create(builder, loc, memref, dim));
  return memref::AllocOp::create(builder, loc, type, sizes);
}

func::FuncOp norm::makeCopyingKernel(func::FuncOp contiguous,
                                     unsigned numInputs, StringRef name) {
  OpBuilder builder(contiguous);
  Location loc = contiguous.getLoc();
  SmallVector<Type> types;
  for (Type type : contiguous.getArgumentTypes()) {
    auto memref = dyn_cast<MemRefType>(type);
    types.push_back(
        memref ? memrefTypeFor(RankedTensorType::get(memref.getShape(),
                                                     memref.getElementType()),
                               Layout::Strided)
               : type);
  }
  auto kernel = func::FuncOp::create(
      builder, loc, name, builder.getFunctionType(types, builder.getI32Type()));
  kernel.setPrivate();
  builder.setInsertionPointToStart(kernel.addEntryBlock());

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
