//===- OpSupport.cpp - What the norm ops share in verification ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

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

LogicalResult norm::verifyFinite(const llvm::APFloat &value, FloatType type,
                                 StringRef name, StringRef label,
                                 EmitErrorFn emitError) {
  if (isFiniteIn(value, type))
    return success();
  return emitError() << label << ": expected " << name << " to be finite in "
                     << type << ", found " << value.convertToDouble();
}

LogicalResult norm::verifyEpsilon(const llvm::APFloat &value, FloatType type,
                                  StringRef label, EmitErrorFn emitError) {
  if (isFiniteIn(value, type) && value.convertToDouble() >= 0)
    return success();
  return emitError() << label << ": expected epsilon to be finite and >= 0 in "
                     << type << ", found " << value.convertToDouble();
}

LogicalResult norm::verifyBytes(ShapedType type, StringRef name,
                                StringRef label, EmitErrorFn emitError) {
  FailureOr<int64_t> elements =
      productOfSizes(llvm::filter_to_vector(type.getShape(), [](int64_t size) {
        return !ShapedType::isDynamic(size);
      }));
  unsigned bytes = type.getElementTypeBitWidth() / 8;
  if (succeeded(elements) &&
      *elements <= std::numeric_limits<int64_t>::max() / bytes)
    return success();
  return emitError() << label << ": expected the bytes of " << name
                     << " to fit in a signed 64-bit integer, found " << type;
}

LogicalResult norm::verifyOperandType(Value operand, StringRef name,
                                      ArrayRef<int64_t> shape, Type elementType,
                                      StringRef label, EmitErrorFn emitError) {
  auto type = cast<ShapedType>(operand.getType());
  if (type.getElementType() == elementType &&
      succeeded(verifyCompatibleShape(type.getShape(), shape)))
    return success();
  ShapedType wanted =
      isa<TensorType>(type)
          ? ShapedType(RankedTensorType::get(shape, elementType))
          : ShapedType(MemRefType::get(shape, elementType));
  return emitError() << label << ": expected " << name
                     << " to be compatible with " << wanted << ", found "
                     << type;
}

LogicalResult norm::verifyMixedElementType(Value value, StringRef name,
                                           Type type, StringRef label,
                                           EmitErrorFn emitError) {
  Type found = cast<ShapedType>(value.getType()).getElementType();
  FloatType acc = getAccumulatorType(type);
  if (found == type || found == acc)
    return success();
  auto diag = emitError() << label << ": expected the element type of " << name
                          << " to be " << type;
  if (acc != type)
    diag << " or " << acc;
  return diag << ", found " << found;
}

RankedTensorType OutputDescription::getType() const {
  auto type = cast<ShapedType>(source.getType());
  return RankedTensorType::get(
      llvm::map_to_vector(dims,
                          [&](int64_t dim) { return type.getDimSize(dim); }),
      elementType);
}

OutputDescription norm::describeLike(llvm::StringLiteral name,
                                     llvm::StringLiteral label, Value operand) {
  auto type = cast<ShapedType>(operand.getType());
  return {name, label, type.getElementType(), operand,
          llvm::to_vector(llvm::seq(type.getRank()))};
}

/// Checks the form of the op and the number of its outputs.
static LogicalResult verifyForm(NormOpInterface op, StringRef label,
                                size_t maxOutputs) {
  bool tensorForm = op.hasTensorSemantics();
  for (Value operand : op->getOperands())
    if (isa<ShapedType>(operand.getType()) &&
        isa<TensorType>(operand.getType()) != tensorForm)
      return op->emitOpError(label)
             << ": expected all operands to be tensors or all to be memrefs, "
                "found both";
  if (tensorForm && !op.getOuts().empty())
    return op->emitOpError(label)
           << ": expected results and no outs with tensor operands, found "
           << op.getOuts().size() << " outs";
  if (!tensorForm && op->getNumResults() > 0)
    return op->emitOpError(label)
           << ": expected outs and no results with memref operands, found "
           << op->getNumResults() << " results";
  size_t count = op.getOutputValues().size();
  if (count >= 1 && count <= maxOutputs)
    return success();
  auto diag = op->emitOpError(label) << ": expected 1";
  if (maxOutputs > 1)
    diag << " to " << maxOutputs;
  diag << (tensorForm ? " result" : " out") << (maxOutputs > 1 ? "s" : "");
  return diag << ", found " << count;
}

LogicalResult norm::verifyNormOp(NormOpInterface op, StringRef formLabel) {
  if (failed(op.verifyInputs([&] { return op->emitOpError(); })))
    return failure();
  SmallVector<OutputDescription> outputs = op.describeOutputs();
  if (failed(verifyForm(op, formLabel, outputs.size())))
    return failure();
  for (auto [output, value] : llvm::zip(outputs, op.getOutputValues())) {
    RankedTensorType expected = output.getType();
    if (failed(verifyOperandType(value, output.name, expected.getShape(),
                                 expected.getElementType(), output.label,
                                 [&] { return op->emitOpError(); })))
      return failure();
  }
  return success();
}

void norm::addSizeConstraint(SmallVectorImpl<SizeConstraint> &constraints,
                             StringRef what, Value found, int64_t foundDim,
                             Value expected, ArrayRef<int64_t> expectedDims) {
  auto expectedShape = cast<ShapedType>(expected.getType());
  bool isStatic = !cast<ShapedType>(found.getType()).isDynamicDim(foundDim) &&
                  llvm::none_of(expectedDims, [&](int64_t dim) {
                    return expectedShape.isDynamicDim(dim);
                  });
  bool isSame = found == expected && expectedDims == ArrayRef(foundDim);
  if (!isStatic && !isSame)
    constraints.push_back({what.str(), found, foundDim, expected,
                           SmallVector<int64_t>(expectedDims)});
}

void norm::addSameShapeConstraints(SmallVectorImpl<SizeConstraint> &constraints,
                                   StringRef what, Value found,
                                   Value expected) {
  for (int64_t dim : llvm::seq(cast<ShapedType>(found.getType()).getRank()))
    addSizeConstraint(constraints, what, found, dim, expected, {dim});
}

void norm::addOutputConstraints(NormOpInterface op,
                                SmallVectorImpl<SizeConstraint> &constraints) {
  for (auto [output, value] :
       llvm::zip(op.describeOutputs(), op.getOutputValues())) {
    auto type = cast<ShapedType>(value.getType());
    for (auto [i, dim] : llvm::enumerate(output.dims))
      if (!op.hasTensorSemantics() || !type.isDynamicDim(i))
        addSizeConstraint(constraints, output.name, value, i, output.source,
                          {dim});
  }
}

void norm::addMemRefFormEffects(
    NormOpInterface op,
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  OperandRange outs = op.getOuts();
  for (OpOperand &operand : op->getOpOperands()) {
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

Speculation::Speculatability norm::getSpeculatability(NormOpInterface op) {
  SmallVector<SizeConstraint> constraints;
  op.collectSizeConstraints(constraints);
  return op.hasTensorSemantics() && constraints.empty()
             ? Speculation::Speculatable
             : Speculation::NotSpeculatable;
}

void norm::populateOutputBounds(NormOpInterface op, Value value, int64_t dim,
                                ValueBoundsConstraintSet &bounds) {
  unsigned number = cast<OpResult>(value).getResultNumber();
  OutputDescription output = op.describeOutputs()[number];
  bounds.bound(value)[dim] == bounds.getExpr(output.source, output.dims[dim]);
}

LogicalResult norm::reifyOutputShapes(NormOpInterface op, OpBuilder &builder,
                                      ReifiedRankedShapedTypeDims &shapes) {
  DenseMap<std::pair<Value, int64_t>, OpFoldResult> operandSizes;
  auto getSize = [&](Value source, int64_t dim) {
    OpFoldResult &size = operandSizes[{source, dim}];
    if (!size)
      size = tensor::getMixedSize(builder, op.getLoc(), source, dim);
    return size;
  };
  for (auto [output, result] :
       llvm::zip(op.describeOutputs(), op->getResults())) {
    auto type = cast<RankedTensorType>(result.getType());
    SmallVector<OpFoldResult> sizes;
    // A result type may know a size that the operand's type does not.
    for (auto [i, dim] : llvm::enumerate(output.dims))
      sizes.push_back(type.isDynamicDim(i)
                          ? getSize(output.source, dim)
                          : builder.getIndexAttr(type.getDimSize(i)));
    shapes.push_back(std::move(sizes));
  }
  return success();
}

LogicalResult norm::foldWithoutElements(NormOpInterface op, Value x,
                                        ArrayRef<APFloat> values,
                                        PatternRewriter &rewriter) {
  ReifiedRankedShapedTypeDims shapes;
  if (!op.hasTensorSemantics() ||
      !llvm::is_contained(cast<ShapedType>(x.getType()).getShape(), 0) ||
      failed(reifyResultShapes(rewriter, op, shapes)))
    return rewriter.notifyMatchFailure(op, "x may have elements");
  Location loc = op.getLoc();
  SmallVector<Value> results;
  for (auto [type, value, shape] :
       llvm::zip(op->getResultTypes(), values, shapes)) {
    auto tensorType = cast<RankedTensorType>(type);
    SmallVector<Value> dynamicSizes;
    for (auto [dim, size] : llvm::enumerate(shape))
      if (tensorType.isDynamicDim(dim))
        dynamicSizes.push_back(
            getValueOrCreateConstantIndexOp(rewriter, loc, size));
    Value scalar = arith::ConstantOp::create(
        rewriter, loc,
        rewriter.getFloatAttr(tensorType.getElementType(),
                              value.convertToDouble()));
    results.push_back(tensor::SplatOp::create(rewriter, loc, scalar, tensorType,
                                              dynamicSizes));
  }
  rewriter.replaceOp(op, results);
  return success();
}
