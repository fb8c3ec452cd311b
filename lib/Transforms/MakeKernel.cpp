//===- MakeKernel.cpp - A function on tensors as one on memrefs -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "norm/Runtime/norm_runtime.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace norm;

MemRefType norm::memrefTypeFor(RankedTensorType type, Layout layout) {
  if (layout == Layout::Contiguous)
    return MemRefType::get(type.getShape(), type.getElementType());
  SmallVector<int64_t> sizes(type.getShape()),
      strides(type.getRank(), ShapedType::kDynamic);
  if (layout == Layout::Any)
    sizes.assign(type.getRank(), ShapedType::kDynamic);
  if (layout == Layout::UnitStride && !strides.empty())
    strides.back() = 1;
  return MemRefType::get(
      sizes, type.getElementType(),
      StridedLayoutAttr::get(type.getContext(), ShapedType::kDynamic, strides));
}

namespace {

class KernelBuilder {
public:
  KernelBuilder(func::FuncOp kernel, Layout layout,
                SmallVectorImpl<ContiguousDims> &contiguous)
      : kernel(kernel), layout(layout), contiguous(contiguous),
        builder(kernel.getContext()) {}

  void build() {
    Block &body = kernel.getBody().front();
    unsigned numArguments = body.getNumArguments();
    builder.setInsertionPointToStart(&body);
    for (unsigned i = 0; i < numArguments; ++i)
      if (isa<RankedTensorType>(body.getArgument(i).getType()))
        convertArgument(body.getArgument(i));
    auto terminator = cast<func::ReturnOp>(body.getTerminator());
    builder.setInsertionPoint(terminator);
    for (Value result : terminator.getOperands())
      writeResult(result, body);
    Value ok = arith::ConstantOp::create(builder, terminator.getLoc(),
                                         builder.getI32IntegerAttr(norm_ok));
    func::ReturnOp::create(builder, terminator.getLoc(), ok);
    terminator.erase();
    kernel.setFunctionType(
        builder.getFunctionType(body.getArgumentTypes(), builder.getI32Type()));
    kernel.removeArgAttrsAttr();
    kernel.removeResAttrsAttr();
  }

private:
  void convertArgument(BlockArgument argument) {
    Location loc = argument.getLoc();
    auto type = cast<RankedTensorType>(argument.getType());
    argument.setType(memrefTypeFor(type, layout));
    Value tensor = bufferization::ToTensorOp::create(
        builder, loc, type, argument, /*restrict=*/true);
    argument.replaceAllUsesExcept(tensor, tensor.getDefiningOp());
    if (layout == Layout::Contiguous)
      return; // Every collapse of dims is a view.
    for (Operation *user : llvm::make_early_inc_range(tensor.getUsers())) {
      auto collapse = dyn_cast<tensor::CollapseShapeOp>(user);
      if (!collapse)
        continue;
      // Done on the memref, bufferization need not prove that it is a view.
      Value source = argument;
      if (layout == Layout::UnitStride) {
        requireContiguous(argument.getArgNumber(),
                          collapse.getReassociationIndices());
      } else {
        source = allocateContiguous(loc, argument);
        memref::CopyOp::create(builder, loc, argument, source);
      }
      Value view =
          collapseView(loc, source, collapse.getReassociationIndices());
      Value collapsed = bufferization::ToTensorOp::create(
          builder, loc, collapse.getResultType(), view,
          /*restrict=*/true);
      collapse.replaceAllUsesWith(collapsed);
      collapse.erase();
    }
  }

  void writeResult(Value result, Block &body) {
    Location loc = result.getLoc();
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type) {
      Value pointer = body.addArgument(
          LLVM::LLVMPointerType::get(builder.getContext()), loc);
      if (result.getType().isIndex())
        result = arith::IndexCastOp::create(builder, loc, builder.getI64Type(),
                                            result);
      LLVM::StoreOp::create(builder, loc, result, pointer);
      return;
    }
    BlockArgument out = body.addArgument(memrefTypeFor(type, layout), loc);
    Value dest = out;
    // Views of the destination are made where the whole body can use them.
    OpBuilder::InsertPoint end = builder.saveInsertionPoint();
    builder.setInsertionPointToStart(&body);
    Value copied;
    while (reshapeDestination(result, dest, copied)) {
    }
    // As a tensor, so that bufferization sees what else is written there
    // before; the copy to itself that follows is dropped.
    Value place = bufferization::ToTensorOp::create(
        builder, loc, result.getType(), dest, /*restrict=*/true,
        /*writable=*/true);
    builder.restoreInsertionPoint(end);
    result = bufferization::MaterializeInDestinationOp::create(builder, loc,
                                                               result, place)
                 .getResult();
    bufferization::MaterializeInDestinationOp::create(
        builder, loc, /*result=*/Type(), result, dest,
        /*restrict=*/true, /*writable=*/true);
    if (copied)
      memref::CopyOp::create(builder, loc, copied, out);
  }

  /// If `result` is a reshape, takes its source for it, and the same reshape
  /// backwards for the destination. Without it, bufferization would copy. If
  /// the destination may have gaps it becomes a new buffer, `copied`.
  bool reshapeDestination(Value &result, Value &dest, Value &copied) {
    Location loc = result.getLoc();
    if (auto expand = result.getDefiningOp<tensor::ExpandShapeOp>()) {
      if (layout == Layout::Contiguous) {
        dest = memref::CollapseShapeOp::create(
            builder, loc, dest, expand.getReassociationIndices());
        result = expand.getSrc();
        return true;
      }
      auto out = dyn_cast<BlockArgument>(dest);
      if (!out)
        return false;
      if (layout == Layout::UnitStride)
        requireContiguous(out.getArgNumber(), expand.getReassociationIndices());
      else
        dest = copied = allocateContiguous(loc, out);
      dest = collapseView(loc, dest, expand.getReassociationIndices());
      result = expand.getSrc();
      return true;
    }
    if (auto insert = result.getDefiningOp<tensor::InsertSliceOp>()) {
      // The only row, put whole into a new tensor.
      auto empty = insert.getDest().getDefiningOp<tensor::EmptyOp>();
      if (!empty || !insert.hasUnitStride() || !insert.hasZeroOffset() ||
          !isEqualConstantIntOrValueArray(insert.getMixedSizes(),
                                          empty.getMixedSizes()))
        return false;
      // The slice is all of the destination.
      SmallVector<OpFoldResult> sizes;
      for (int64_t i = 0; i < insert.getDestType().getRank(); ++i)
        sizes.push_back(dimOf(loc, dest, i));
      MemRefType type = memref::SubViewOp::inferRankReducedResultType(
          insert.getSourceType().getShape(), cast<MemRefType>(dest.getType()),
          insert.getMixedOffsets(), sizes, insert.getMixedStrides());
      dest = memref::SubViewOp::create(builder, loc, type, dest,
                                       insert.getMixedOffsets(), sizes,
                                       insert.getMixedStrides());
      result = insert.getSource();
      return true;
    }
    auto collapse = result.getDefiningOp<tensor::CollapseShapeOp>();
    if (!collapse || !hasKnownSizes(collapse))
      return false;
    FailureOr<MemRefType> type = memref::ExpandShapeOp::computeExpandedType(
        cast<MemRefType>(dest.getType()), collapse.getSrcType().getShape(),
        collapse.getReassociationIndices());
    if (failed(type))
      return false;
    // To rank 0 there is no group.
    SmallVector<OpFoldResult> sizes(collapse.getSrcType().getRank(),
                                    builder.getIndexAttr(1));
    for (auto [i, group] : llvm::enumerate(collapse.getReassociationIndices()))
      expandSize(loc, dimOf(loc, dest, i), collapse.getSrcType(), group, sizes);
    dest = memref::ExpandShapeOp::create(
        builder, loc, *type, dest, collapse.getReassociationIndices(), sizes);
    result = collapse.getSrc();
    return true;
  }

  OpFoldResult dimOf(Location loc, Value memref, int64_t i) {
    auto type = cast<MemRefType>(memref.getType());
    if (!type.isDynamicDim(i))
      return builder.getIndexAttr(type.getDimSize(i));
    return memref::DimOp::create(builder, loc, memref, i).getResult();
  }

  /// Whether the sizes of the source follow from those of the result.
  static bool hasKnownSizes(tensor::CollapseShapeOp collapse) {
    ArrayRef<int64_t> shape = collapse.getSrcType().getShape();
    return llvm::all_of(collapse.getReassociationIndices(),
                        [&](const ReassociationIndices &group) {
                          return llvm::count_if(group, [&](int64_t dim) {
                                   return ShapedType::isDynamic(shape[dim]);
                                 }) <= 1;
                        });
  }

  /// Divides `total` among the dims of `group`, of which at most one is
  /// dynamic.
  void expandSize(Location loc, OpFoldResult total, RankedTensorType type,
                  ArrayRef<int64_t> group,
                  MutableArrayRef<OpFoldResult> sizes) {
    int64_t known = 1;
    for (int64_t dim : group)
      if (!type.isDynamicDim(dim))
        known *= type.getDimSize(dim);
    AffineExpr a = builder.getAffineSymbolExpr(0);
    for (int64_t dim : group)
      sizes[dim] =
          type.isDynamicDim(dim)
              ? affine::makeComposedFoldedAffineApply(
                    builder, loc, a.floorDiv(std::max<int64_t>(known, 1)),
                    {total})
              : OpFoldResult(builder.getIndexAttr(type.getDimSize(dim)));
  }

  Value allocateContiguous(Location loc, Value memref) {
    auto type = cast<MemRefType>(memref.getType());
    return allocateLike(
        builder, loc, memref,
        MemRefType::get(type.getShape(), type.getElementType()));
  }

  /// The view of a memref whose groups of dims lie without gaps, each as one
  /// dim. memref.collapse_shape would lose the unit stride of dynamic dims.
  Value collapseView(Location loc, Value memref,
                     ArrayRef<ReassociationIndices> groups) {
    SmallVector<OpFoldResult> shape, strides, sizes, groupStrides;
    Value base = memref;
    OpFoldResult offset = builder.getIndexAttr(0);
    AffineExpr x, y;
    bindSymbols(builder.getContext(), x, y);
    auto multiply = [&](OpFoldResult a, OpFoldResult b) {
      return affine::makeComposedFoldedAffineApply(builder, loc, x * y, {a, b});
    };
    if (auto alloc = memref.getDefiningOp<memref::AllocOp>()) {
      // The sizes do not depend on the buffer.
      shape = alloc.getMixedSizes();
      strides.assign(shape.size(), builder.getIndexAttr(1));
      for (size_t i = shape.size(); i-- > 1;)
        strides[i - 1] = multiply(strides[i], shape[i]);
    } else {
      auto metadata =
          memref::ExtractStridedMetadataOp::create(builder, loc, memref);
      shape = metadata.getConstifiedMixedSizes();
      strides = metadata.getConstifiedMixedStrides();
      base = metadata.getBaseBuffer();
      offset = OpFoldResult(metadata.getOffset());
    }
    for (const ReassociationIndices &group : groups) {
      OpFoldResult size = builder.getIndexAttr(1);
      for (int64_t dim : group)
        size = multiply(size, shape[dim]);
      sizes.push_back(size);
      groupStrides.push_back(group.back() + 1 ==
                                     static_cast<int64_t>(shape.size())
                                 ? OpFoldResult(builder.getIndexAttr(1))
                                 : strides[group.back()]);
    }
    return memref::ReinterpretCastOp::create(builder, loc, base, offset, sizes,
                                             groupStrides);
  }

  /// The groups name dims of the operand itself, not of a view of it.
  void requireContiguous(unsigned operand,
                         ArrayRef<ReassociationIndices> groups) {
    for (const ReassociationIndices &group : groups)
      if (group.size() > 1)
        contiguous.push_back({operand, group.front(), group.back()});
  }

  func::FuncOp kernel;
  Layout layout;
  SmallVectorImpl<ContiguousDims> &contiguous;
  OpBuilder builder;
};

} // namespace

StringRef norm::functionOf(func::FuncOp kernel) {
  auto name = kernel->getAttrOfType<StringAttr>(kFunctionAttr);
  return name ? name.getValue() : kernel.getSymName();
}

func::FuncOp norm::makeKernel(func::FuncOp function, Layout layout,
                              StringRef suffix,
                              SmallVectorImpl<ContiguousDims> &contiguous) {
  OpBuilder builder(function);
  auto kernel = cast<func::FuncOp>(builder.clone(*function));
  kernel.setPrivate();
  kernel->removeAttr(kInPlaceAttr);
  kernel->setAttr(kFunctionAttr, function.getSymNameAttr());
  kernel.setSymName((function.getSymName() + "." + suffix).str());
  KernelBuilder(kernel, layout, contiguous).build();
  return kernel;
}
