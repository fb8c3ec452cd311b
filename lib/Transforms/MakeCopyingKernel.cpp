//===- MakeCopyingKernel.cpp - A kernel that copies its operands ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "norm/IR/NormOps.h"
#include "norm/Runtime/norm_runtime.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
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

namespace {

/// An operand of a kernel on unit strides, and its copy.
class CopiedOperand {
public:
  /// `strategy` may be null.
  CopiedOperand(OpBuilder &builder, Location loc, Value operand,
                MemRefType type, Value fits, StrategyAttr strategy)
      : loc(loc), operand(operand), strategy(strategy) {
    int64_t rank = type.getRank();
    SmallVector<OpFoldResult> sizes, strides(rank, builder.getIndexAttr(1));
    SmallVector<Value> allocated;
    Value bytes = arith::ConstantIndexOp::create(
        builder, loc, llvm::divideCeil(type.getElementTypeBitWidth(), 8));
    for (int64_t dim = 0; dim < rank; ++dim) {
      Value size = memref::DimOp::create(builder, loc, operand, dim);
      bytes = arith::MulIOp::create(builder, loc, bytes, size);
      allocated.push_back(size);
      sizes.push_back(type.isDynamicDim(dim)
                          ? OpFoldResult(size)
                          : builder.getIndexAttr(type.getDimSize(dim)));
    }
    Value none = arith::ConstantIndexOp::create(builder, loc, 0);
    numRows = arith::SelectOp::create(builder, loc, fits, none, allocated[0]);
    copiedBytes = arith::SelectOp::create(builder, loc, fits, none, bytes);
    for (int64_t dim = rank; dim-- > 1;)
      strides[dim - 1] = arith::MulIOp::create(builder, loc,
                                               getValueOrCreateConstantIndexOp(
                                                   builder, loc, strides[dim]),
                                               allocated[dim])
                             .getResult();
    allocated[0] = numRows;
    Value memory = memref::AllocOp::create(
        builder, loc,
        MemRefType::get(SmallVector<int64_t>(rank, ShapedType::kDynamic),
                        type.getElementType()),
        allocated);
    Value view = memref::ReinterpretCastOp::create(
        builder, loc, memory, builder.getIndexAttr(0), sizes, strides);
    copy = memref::CastOp::create(builder, loc, type, view);
    used = arith::SelectOp::create(
        builder, loc, fits, memref::CastOp::create(builder, loc, type, operand),
        copy);
  }

  /// What the kernel takes.
  Value getUsed() const { return used; }

  void copyIn(OpBuilder &builder) {
    copyRows(builder, operand, copy, numRows, copiedBytes);
  }
  /// Unless `failed`.
  void copyOut(OpBuilder &builder, Value failed) {
    Value none = arith::ConstantIndexOp::create(builder, loc, 0);
    copyRows(builder, copy, operand,
             arith::SelectOp::create(builder, loc, failed, none, numRows),
             copiedBytes);
  }

private:
  /// Copies the first `numRows` elements of the first dim.
  void copyRows(OpBuilder &builder, Value from, Value to, Value numRows,
                Value bytes) {
    auto type = cast<MemRefType>(from.getType());
    auto rowOf = [&](OpBuilder &nested, Value memref, Value i) -> Value {
      SmallVector<OpFoldResult> offsets(type.getRank(), nested.getIndexAttr(0)),
          sizes = memref::getMixedSizes(nested, loc, memref),
          strides(type.getRank(), nested.getIndexAttr(1));
      offsets[0] = i;
      sizes[0] = nested.getIndexAttr(1);
      return memref::SubViewOp::create(nested, loc, memref, offsets, sizes,
                                       strides);
    };
    scf::ForallOp::create(
        builder, loc, ArrayRef<OpFoldResult>{numRows}, ValueRange(),
        /*mapping=*/std::nullopt,
        [&](OpBuilder &nested, Location, ValueRange arguments) {
          if (strategy)
            LoopScheduleOp::create(nested, loc, strategy, bytes);
          memref::CopyOp::create(nested, loc, rowOf(nested, from, arguments[0]),
                                 rowOf(nested, to, arguments[0]));
          scf::InParallelOp::create(nested, loc);
        });
  }

  Location loc;
  Value operand;
  StrategyAttr strategy;
  /// Of the copy: 0 where the operand is used itself.
  Value numRows, copiedBytes;
  Value copy, used;
};

} // namespace

func::FuncOp norm::makeCopyingKernel(func::FuncOp unitStride,
                                     ArrayRef<ContiguousDims> dims,
                                     unsigned numInputs, StringRef name) {
  OpBuilder builder(unitStride.getContext());
  Location loc = unitStride.getLoc();
  func::FuncOp kernel = makeStridedFunction(builder, unitStride, name);
  auto strategy = unitStride->getAttrOfType<StrategyAttr>(kStrategyAttr);

  SmallVector<Value> operands(kernel.getArguments());
  SmallVector<std::pair<unsigned, CopiedOperand>> copied;
  for (auto [i, type] : llvm::enumerate(unitStride.getArgumentTypes())) {
    auto memref = dyn_cast<MemRefType>(type);
    if (!memref || memref.getRank() == 0)
      continue;
    // Without elements strides do not matter.
    if (llvm::is_contained(memref.getShape(), 0)) {
      operands[i] = memref::CastOp::create(builder, loc, type, operands[i]);
      continue;
    }
    Value fits = hasUnitStride(builder, loc, operands[i], i, dims);
    copied.emplace_back(
        i, CopiedOperand(builder, loc, operands[i], memref, fits, strategy));
    operands[i] = copied.back().second.getUsed();
  }
  for (auto &[i, operand] : copied)
    if (i < numInputs)
      operand.copyIn(builder);
  Value code =
      func::CallOp::create(builder, loc, unitStride, operands).getResult(0);
  Value ok = arith::ConstantOp::create(builder, loc,
                                       builder.getI32IntegerAttr(norm_ok));
  Value failed =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, code, ok);
  for (auto &[i, operand] : copied)
    if (i >= numInputs)
      operand.copyOut(builder, failed);
  func::ReturnOp::create(builder, loc, code);
  return kernel;
}
