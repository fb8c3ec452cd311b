//===- AddContiguousVariant.cpp - Elementwise functions on flat tensors ---===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "norm/IR/NormOps.h"
#include "norm/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

namespace norm {
#define GEN_PASS_DEF_ADDCONTIGUOUSVARIANT
#include "norm/Transforms/Passes.h.inc"
} // namespace norm

using namespace mlir;
using namespace norm;

/// The 1-d tensor of the same elements; other types are what they are.
static Type flatten(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return type;
  int64_t size =
      tensor.hasStaticShape() ? tensor.getNumElements() : ShapedType::kDynamic;
  return RankedTensorType::get({size}, tensor.getElementType());
}

/// True if every element of the results depends on the same element of the
/// operands alone.
static bool isElementwise(Operation *op) {
  if (auto normOp = dyn_cast<NormOpInterface>(op))
    return isa<ReciprocalOp, ReciprocalGradOp>(op);
  auto generic = dyn_cast<linalg::GenericOp>(op);
  return generic && generic.getNumParallelLoops() == generic.getNumLoops() &&
         !generic.hasIndexSemantics() &&
         llvm::all_of(llvm::zip_equal(generic->getOperands(),
                                      generic.getIndexingMapsArray()),
                      [](const auto &pair) {
                        auto [operand, map] = pair;
                        return map.isIdentity() ||
                               !isa<ShapedType>(operand.getType());
                      });
}

namespace {
struct AddContiguousVariantPass
    : norm::impl::AddContiguousVariantBase<AddContiguousVariantPass> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      if (function.isPublic() && !function.isExternal() && fits(function))
        addVariant(function);
  }

  /// A function whose tensors, an argument among them, all have one shape, of
  /// several dims, and whose ops work on each element alone.
  static bool fits(func::FuncOp function) {
    RankedTensorType first;
    auto hasShape = [&](Type type) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (tensor && !first)
        first = tensor;
      return !tensor || tensor.getShape() == first.getShape();
    };
    bool hasNormOp = false;
    for (Operation &op : function.getBody().front()) {
      if (!llvm::all_of(op.getOperandTypes(), hasShape) ||
          !llvm::all_of(op.getResultTypes(), hasShape))
        return false;
      hasNormOp |= isa<NormOpInterface>(op);
      if (!isa<tensor::EmptyOp, tensor::DimOp, func::ReturnOp>(op) &&
          !isElementwise(&op) &&
          !(op.hasTrait<OpTrait::ConstantLike>() &&
            !isa<ShapedType>(op.getResult(0).getType())))
        return false;
    }
    return hasNormOp && first.getRank() > 1 &&
           llvm::any_of(function.getArgumentTypes(),
                        llvm::IsaPred<RankedTensorType>) &&
           llvm::all_of(function.getArgumentTypes(), hasShape);
  }

  static void addVariant(func::FuncOp function) {
    OpBuilder builder(function);
    auto types = [](TypeRange range) {
      return llvm::map_to_vector(range, flatten);
    };
    auto variant = func::FuncOp::create(
        builder, function.getLoc(),
        (function.getSymName() + kContiguousSuffix).str(),
        builder.getFunctionType(types(function.getArgumentTypes()),
                                types(function.getResultTypes())));
    variant.setPrivate();
    Block *body = variant.addEntryBlock();
    builder.setInsertionPointToStart(body);
    IRMapping map;
    map.map(function.getArguments(), body->getArguments());
    Value shaped = *llvm::find_if(body->getArguments(), [](Value argument) {
      return isa<RankedTensorType>(argument.getType());
    });
    for (Operation &op : function.getBody().front()) {
      if (isa<tensor::DimOp>(op))
        continue; // Only a size of an empty tensor.
      if (auto empty = dyn_cast<tensor::EmptyOp>(op)) {
        map.map(empty.getResult(),
                tensor::EmptyOp::create(
                    builder, op.getLoc(),
                    tensor::getMixedSizes(builder, op.getLoc(), shaped),
                    empty.getType().getElementType())
                    .getResult());
        continue;
      }
      Operation *flat = builder.clone(op, map);
      for (Value result : flat->getResults())
        result.setType(flatten(result.getType()));
      if (auto generic = dyn_cast<linalg::GenericOp>(flat))
        flattenLoops(generic);
    }
  }

  static void flattenLoops(linalg::GenericOp op) {
    Builder builder(op.getContext());
    SmallVector<AffineMap> maps;
    for (Value operand : op->getOperands())
      maps.push_back(isa<ShapedType>(operand.getType())
                         ? builder.getMultiDimIdentityMap(1)
                         : AffineMap::get(1, 0, builder.getContext()));
    op.setIndexingMapsAttr(builder.getAffineMapArrayAttr(maps));
    op.setIteratorTypesAttr(builder.getArrayAttr(linalg::IteratorTypeAttr::get(
        op.getContext(), utils::IteratorType::parallel)));
  }
};
} // namespace
