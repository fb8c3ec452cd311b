//===- ShapeRefinement.cpp - Refine the types of tensors ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeRefinement.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

/// True for an op whose ranked tensors all have one shape.
static bool hasOneShape(Operation *op) {
  auto isTensor = [](Type type) { return isa<RankedTensorType>(type); };
  return OpTrait::hasElementwiseMappableTraits(op) &&
         op->getNumRegions() == 0 &&
         llvm::all_of(op->getResultTypes(), isTensor);
}

/// True for an op whose types this refinement may change.
static bool isRefinable(Operation *op) {
  auto normOp = dyn_cast<NormOpInterface>(op);
  return normOp ? normOp.hasTensorSemantics() : hasOneShape(op);
}

void norm::castOperand(OpOperand &operand, Type type) {
  if (operand.get().getType() == type)
    return;
  OpBuilder builder(operand.getOwner());
  operand.set(tensor::CastOp::create(builder, operand.getOwner()->getLoc(),
                                     type, operand.get()));
}

bool ShapeRefinement::mayChangeType(Value value) {
  if (auto arg = dyn_cast<BlockArgument>(value))
    return mayChangeSignature && arg.getOwner() == &func.front();
  return isRefinable(value.getDefiningOp());
}

LogicalResult ShapeRefinement::refine(Value value, ArrayRef<int64_t> shape,
                                      Operation *op, StringRef what) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> refined(type.getShape());
  for (auto [i, size] : llvm::enumerate(refined)) {
    if (ShapedType::isDynamic(shape[i]) || size == shape[i])
      continue;
    if (!ShapedType::isDynamic(size))
      return op->emitError("expected size ")
             << shape[i] << " in dim " << i << " of " << what << ", found "
             << size << " in " << type;
    size = shape[i];
  }
  auto newType = cast<RankedTensorType>(type.clone(refined));
  if (newType == type)
    return success();
  changed = true;

  if (!mayChangeType(value)) {
    // Only the refinable ops learn of the size, behind a cast.
    OpBuilder builder(func.getContext());
    builder.setInsertionPointAfterValue(value);
    Value known =
        tensor::CastOp::create(builder, value.getLoc(), newType, value);
    value.replaceUsesWithIf(known, [&](OpOperand &use) {
      return use.getOwner() != known.getDefiningOp() &&
             isRefinable(use.getOwner());
    });
    return success();
  }
  value.setType(newType);
  for (OpOperand &use : llvm::make_early_inc_range(value.getUses())) {
    Operation *user = use.getOwner();
    bool acceptsAnySize = isRefinable(user) ||
                          isa<tensor::DimOp, tensor::CastOp>(user) ||
                          (mayChangeSignature && isa<func::ReturnOp>(user));
    if (!acceptsAnySize)
      castOperand(use, type);
  }
  return success();
}

LogicalResult ShapeRefinement::unify(Operation *op, ArrayRef<Value> values) {
  SmallVector<int64_t> shape;
  for (Value value : values) {
    auto type = cast<RankedTensorType>(value.getType());
    if (shape.empty())
      shape.assign(type.getRank(), ShapedType::kDynamic);
    for (auto [known, size] : llvm::zip_equal(shape, type.getShape()))
      if (ShapedType::isDynamic(known))
        known = size;
  }
  for (auto [i, value] : llvm::enumerate(values)) {
    std::string what = i < op->getNumOperands()
                           ? "tensor operand #" + std::to_string(i)
                           : "a result";
    if (failed(refine(value, shape, op, what)))
      return failure();
  }
  return success();
}

LogicalResult ShapeRefinement::propagate(Operation *op,
                                         const SizeConstraint &constraint) {
  auto found = cast<RankedTensorType>(constraint.found.getType());
  auto expected = cast<RankedTensorType>(constraint.expected.getType());
  int64_t size = found.getDimSize(constraint.foundDim);
  int64_t product = 1, unknown = -1, numUnknown = 0;
  for (int64_t dim : constraint.expectedDims) {
    if (expected.isDynamicDim(dim)) {
      unknown = dim;
      ++numUnknown;
    } else if (llvm::MulOverflow(product, expected.getDimSize(dim), product)) {
      return success(); // the verifier has an error for it
    }
  }
  SmallVector<int64_t> foundShape(found.getRank(), ShapedType::kDynamic);
  SmallVector<int64_t> expectedShape(expected.getRank(), ShapedType::kDynamic);
  if (numUnknown == 0) {
    foundShape[constraint.foundDim] = product;
    return refine(constraint.found, foundShape, op, constraint.what);
  }
  if (ShapedType::isDynamic(size) || numUnknown > 1 || product == 0)
    return success();
  if (size % product != 0)
    return op->emitError("expected the size of ")
           << constraint.what << " to be a multiple of " << product
           << ", as dims of " << expected << " say, found " << size;
  expectedShape[unknown] = size / product;
  return refine(constraint.expected, expectedShape, op,
                "the operand that " + constraint.what + " belongs to");
}

LogicalResult ShapeRefinement::visitNormOp(NormOpInterface op) {
  auto emitError = [&] { return op->emitOpError(); };
  SmallVector<SizeConstraint> constraints;
  op.collectSizeConstraints(constraints);
  for (const SizeConstraint &constraint : constraints)
    if (failed(propagate(op, constraint)))
      return failure();
  SmallVector<Type> types;
  if (failed(mergeOutputTypes(op, emitError, types)))
    return failure();
  for (auto [result, type] : llvm::zip(op->getResults(), types))
    if (failed(refine(result, cast<RankedTensorType>(type).getShape(), op,
                      "a result")))
      return failure();
  return success();
}

LogicalResult ShapeRefinement::visitCast(tensor::CastOp op) {
  auto source = dyn_cast<RankedTensorType>(op.getSource().getType());
  auto result = dyn_cast<RankedTensorType>(op.getType());
  if (!source || !result)
    return success();
  if (failed(verifyCompatibleShape(source, result)))
    return op->emitOpError("expected sizes compatible with the source, ")
           << source << ", found " << result;
  // A cast asserts the sizes that it adds. The ones that it loses are seen by
  // refinable users past it.
  if (!mayChangeType(op.getSource()))
    return success();
  return refine(op.getSource(), result.getShape(), op, "the source");
}

LogicalResult ShapeRefinement::visit(Operation *op) {
  if (auto castOp = dyn_cast<tensor::CastOp>(op))
    return visitCast(castOp);
  bool isReturn = mayChangeSignature && isa<func::ReturnOp>(op);
  if (!isRefinable(op) && !isReturn)
    return success();
  for (OpOperand &operand : op->getOpOperands()) {
    auto castOp = operand.get().getDefiningOp<tensor::CastOp>();
    if (castOp && tensor::canFoldIntoConsumerOp(castOp)) {
      operand.set(castOp.getSource());
      // A return whose type must stay gets its cast back: no change.
      changed |= !isReturn;
    }
  }
  if (isReturn)
    return success();
  if (auto normOp = dyn_cast<NormOpInterface>(op))
    return visitNormOp(normOp);
  SmallVector<Value> values(op->getOperands());
  llvm::append_range(values, op->getResults());
  llvm::erase_if(values, [](Value value) {
    return !isa<RankedTensorType>(value.getType());
  });
  return unify(op, values);
}

FailureOr<bool> ShapeRefinement::run() {
  bool changedOnce = changed;
  do {
    changed = false;
    // Ops may appear while they are visited, so the list is made before.
    SmallVector<Operation *> ops;
    func.walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops)
      if (failed(visit(op)))
        return failure();
    changedOnce |= changed;
  } while (changed);
  return changedOnce;
}
