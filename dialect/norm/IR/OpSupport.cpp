//===- OpSupport.cpp - What the norm ops share in verification ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpSupport.h"

using namespace mlir;
using namespace norm;

bool norm::isFiniteIn(const llvm::APFloat &value, FloatType type) {
  llvm::APFloat rounded = value;
  bool losesInfo;
  rounded.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven,
                  &losesInfo);
  return rounded.isFinite();
}

FailureOr<int64_t> norm::productOfSizes(ArrayRef<int64_t> sizes) {
  int64_t product = 1;
  bool dynamic = false;
  if (llvm::is_contained(sizes, 0))
    return int64_t(0);
  for (int64_t size : sizes) {
    if (ShapedType::isDynamic(size))
      dynamic = true;
    else if (llvm::MulOverflow(product, size, product))
      return failure();
  }
  return dynamic ? ShapedType::kDynamic : product;
}

LogicalResult norm::verifyOutputs(Operation *op, Value x, ValueRange results,
                                  ValueRange outs,
                                  ArrayRef<RankedTensorType> expected,
                                  ArrayRef<StringRef> labels,
                                  ArrayRef<StringRef> names) {
  bool tensorForm = isa<TensorType>(x.getType());
  for (Value operand : op->getOperands())
    if (isa<TensorType>(operand.getType()) != tensorForm)
      return op->emitOpError(labels[0])
             << ": expected all operands to be tensors or all to be memrefs, "
                "found both";
  if (tensorForm && !outs.empty())
    return op->emitOpError(labels[0])
           << ": expected results and no outs with tensor operands, found "
           << outs.size() << " outs";
  if (!tensorForm && !results.empty())
    return op->emitOpError(labels[0])
           << ": expected outs and no results with memref operands, found "
           << results.size() << " results";
  ValueRange outputs = tensorForm ? results : outs;
  StringRef kind = tensorForm ? "results" : "outs";
  if (outputs.empty() || outputs.size() > expected.size())
    return op->emitOpError(labels[0])
           << ": expected 1 to " << expected.size() << " " << kind << ", found "
           << outputs.size();

  for (auto [i, output] : llvm::enumerate(outputs)) {
    auto found = cast<ShapedType>(output.getType());
    if (found.getElementType() == expected[i].getElementType() &&
        succeeded(verifyCompatibleShape(found, expected[i])))
      continue;
    ShapedType wanted = expected[i];
    if (!tensorForm)
      wanted = MemRefType::get(wanted.getShape(), wanted.getElementType());
    return op->emitOpError(labels[i + 1])
           << ": expected " << names[i] << " to be compatible with " << wanted
           << ", found " << found;
  }
  return success();
}

void norm::addMemRefFormEffects(
    MutableArrayRef<OpOperand> operands, OperandRange outs,
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand &operand : operands) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    unsigned begin = outs.getBeginOperandIndex();
    unsigned i = operand.getOperandNumber();
    bool isOut = i >= begin && i < begin + outs.size();
    if (isOut)
      effects.emplace_back(MemoryEffects::Write::get(), &operand,
                           SideEffects::DefaultResource::get());
    else
      effects.emplace_back(MemoryEffects::Read::get(), &operand,
                           SideEffects::DefaultResource::get());
  }
}

void norm::addSizeConstraint(SmallVectorImpl<SizeConstraint> &constraints,
                             StringRef what, Value found, int64_t foundDim,
                             Value expected, ArrayRef<int64_t> expectedDims) {
  auto expectedShape = cast<ShapedType>(expected.getType());
  bool isStatic = !cast<ShapedType>(found.getType()).isDynamicDim(foundDim) &&
                  llvm::none_of(expectedDims, [&](int64_t dim) {
                    return expectedShape.isDynamicDim(dim);
                  });
  if (!isStatic)
    constraints.push_back({what.str(), found, foundDim, expected,
                           SmallVector<int64_t>(expectedDims)});
}
