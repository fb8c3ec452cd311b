//===- SizeChecks.cpp - Sizes that must agree when called -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SizeChecks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace norm;

void SizeCheckCollector::add(Operation *op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](NormOpInterface normOp) { addNorm(normOp); })
      .Case([&](linalg::LinalgOp linalgOp) { addLinalg(linalgOp); })
      .Case([&](tensor::CastOp cast) { addCast(cast); })
      .Case([&](tensor::ConcatOp concat) { addConcat(concat); })
      .Case([&](tensor::ExpandShapeOp expand) { addExpansion(expand); })
      .Case([&](tensor::PadOp pad) { addPad(pad); })
      .Case([&](tensor::ExtractSliceOp slice) {
        addSlice(slice, slice.getSource(), "the source", Value());
      })
      .Case([&](tensor::InsertSliceOp slice) {
        addSlice(slice, slice.getDest(), "the destination", slice.getSource());
      })
      .Case([&](tensor::ParallelInsertSliceOp slice) {
        addSlice(slice, slice.getDest(), "the destination", slice.getSource());
      });
}

void SizeCheckCollector::addDim(Operation *op, const Twine &what, int64_t dim,
                                Value found, Value expected) {
  std::string name = ("dim " + Twine(dim) + " of " + what).str();
  record(op, name, "expected " + name + " to have {1} elements, found {0}",
         found, expected);
}

Value SizeCheckCollector::dim(Operation *op, Value value, int64_t i) {
  auto type = cast<RankedTensorType>(value.getType());
  if (!type.isDynamicDim(i))
    return toValue(op, builder.getIndexAttr(type.getDimSize(i)));
  return tensor::DimOp::create(builder, op->getLoc(), value, i);
}

void SizeCheckCollector::record(Operation *op, const Twine &what,
                                const Twine &text, Value found,
                                Value expected) {
  if (isEqualConstantIntOrValue(found, expected))
    return;
  checks.push_back({found, expected, conditions, op->getLoc(), op->getName(),
                    what.str(),
                    (op->getName().getStringRef() + ": " + text).str()});
}

Value SizeCheckCollector::toValue(Operation *op, OpFoldResult size) {
  return getValueOrCreateConstantIndexOp(builder, op->getLoc(), size);
}

void SizeCheckCollector::addNorm(NormOpInterface op) {
  SmallVector<SizeConstraint> constraints;
  op.collectSizeConstraints(constraints);
  for (const SizeConstraint &constraint : constraints) {
    Value expected;
    for (int64_t i : constraint.expectedDims) {
      Value size = dim(op, constraint.expected, i);
      expected = expected ? fold<arith::MulIOp>(op, expected, size) : size;
    }
    addDim(op, constraint.what, constraint.foundDim,
           dim(op, constraint.found, constraint.foundDim), expected);
  }
}

/// A cast asserts the sizes that it adds.
void SizeCheckCollector::addCast(tensor::CastOp op) {
  auto source = dyn_cast<RankedTensorType>(op.getSource().getType());
  auto result = dyn_cast<RankedTensorType>(op.getType());
  if (!result)
    return;
  if (!source) // Nothing is known of its sizes.
    return record(op, "the rank of the source", "",
                  tensor::RankOp::create(builder, op.getLoc(), op.getSource()),
                  toValue(op, builder.getIndexAttr(result.getRank())));
  for (int64_t i = 0; i < result.getRank(); ++i)
    if (!result.isDynamicDim(i))
      addDim(op, "the source", i, dim(op, op.getSource(), i),
             dim(op, op.getResult(), i));
}

/// All dims but one agree, and that one adds up.
void SizeCheckCollector::addConcat(tensor::ConcatOp op) {
  RankedTensorType result = op.getResultType();
  auto along = static_cast<int64_t>(op.getDim());
  Value sum;
  for (auto [number, input] : llvm::enumerate(op.getInputs()))
    for (int64_t i = 0; i < result.getRank(); ++i) {
      Value size = dim(op, input, i);
      if (i == along)
        sum = sum ? fold<arith::AddIOp>(op, sum, size) : size;
      else
        addDim(op, "operand " + Twine(number), i, size,
               result.isDynamicDim(i) ? dim(op, op.getInputs().front(), i)
                                      : dim(op, op.getResult(), i));
    }
  if (!result.isDynamicDim(along))
    addDim(op, "the operands", along, sum, dim(op, op.getResult(), along));
}

/// The sizes of each group of an expansion make up the size of its dim.
void SizeCheckCollector::addExpansion(tensor::ExpandShapeOp op) {
  SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
  for (auto [i, group] : llvm::enumerate(op.getReassociationIndices())) {
    Value product = toValue(op, builder.getIndexAttr(1));
    for (int64_t dim : group)
      product = fold<arith::MulIOp>(op, product, toValue(op, sizes[dim]));
    addDim(op, "the source", i, dim(op, op.getSrc(), i), product);
  }
}

/// Padding is not negative, and leads to the size of the result.
void SizeCheckCollector::addPad(tensor::PadOp op) {
  RankedTensorType result = op.getResultType();
  Value zero = toValue(op, builder.getIndexAttr(0));
  // More than memory has, and far from where sums of sizes overflow.
  Value most = toValue(op, builder.getIndexAttr(int64_t(1) << 48));
  SmallVector<OpFoldResult> lows = op.getMixedLowPad();
  SmallVector<OpFoldResult> highs = op.getMixedHighPad();
  for (int64_t i = 0; i < result.getRank(); ++i) {
    Value size = dim(op, op.getSource(), i);
    for (auto [pad, where] :
         {std::pair(lows[i], "in front of"), std::pair(highs[i], "behind")}) {
      Value found = toValue(op, pad);
      std::string what =
          ("the padding " + Twine(where) + " dim " + Twine(i)).str();
      record(op, what,
             "expected " + what + " to have {1} elements or more, found {0}",
             found, fold<arith::MaxSIOp>(op, found, zero));
      record(op, what,
             "expected " + what + " to have {1} elements or fewer, found {0}",
             found, fold<arith::MinSIOp>(op, found, most));
      size = fold<arith::AddIOp>(op, size, found);
    }
    if (!result.isDynamicDim(i))
      addDim(op, "the padded source", i, size, dim(op, op.getResult(), i));
  }
}

void SizeCheckCollector::addSlice(OffsetSizeAndStrideOpInterface op,
                                  Value whole, StringRef what, Value inserted) {
  auto type = cast<RankedTensorType>(whole.getType());
  SmallVector<OpFoldResult> sizes = op.getMixedSizes();
  for (int64_t i = 0; i < type.getRank(); ++i)
    // norm-check-source accepts a whole dim where it does not know the size.
    if (type.isDynamicDim(i) || isa<Value>(sizes[i]))
      addDim(op, what, i, dim(op, whole, i), toValue(op, sizes[i]));
  if (!inserted)
    return;
  auto source = cast<RankedTensorType>(inserted.getType());
  SmallVector<int64_t> shape;
  std::tie(shape, std::ignore) = decomposeMixedValues(sizes);
  auto dropped = computeRankReductionMask(shape, source.getShape());
  int64_t next = 0;
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (!dropped || !dropped->contains(i)) {
      addDim(op, "the source", next, dim(op, inserted, next),
             toValue(op, sizes[i]));
      ++next;
    }
}

/// Operands that index a loop by the same dim have that size there; others have
/// room for all indices.
void SizeCheckCollector::addLinalg(linalg::LinalgOp op) {
  SmallVector<Value> loops(op.getNumLoops());
  auto forEachDim = [&](auto visit) {
    for (OpOperand &operand : op->getOpOperands())
      if (isa<RankedTensorType>(operand.get().getType()))
        for (auto [i, expr] :
             llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
          visit("operand " + std::to_string(operand.getOperandNumber()), i,
                expr, operand.get());
  };
  forEachDim([&](std::string what, int64_t i, AffineExpr expr, Value value) {
    auto loop = dyn_cast<AffineDimExpr>(expr);
    if (!loop)
      return;
    Value &size = loops[loop.getPosition()];
    if (!size)
      size = dim(op, value, i);
    else
      addDim(op, what, i, dim(op, value, i), size);
  });
  forEachDim([&](std::string what, int64_t i, AffineExpr expr, Value value) {
    if (isa<AffineDimExpr>(expr))
      return;
    std::string name = ("dim " + Twine(i) + " of " + what).str();
    auto [least, greatest] = rangeOf(op, expr, loops);
    Value zero = toValue(op, builder.getIndexAttr(0));
    Value one = toValue(op, builder.getIndexAttr(1));
    record(op, name,
           "expected the least index of " + name + " to be {1}, found {0}",
           least, fold<arith::MaxSIOp>(op, least, zero));
    Value size = dim(op, value, i);
    record(
        op, name,
        "expected " + name + " to have {1} elements or more, found {0}", size,
        fold<arith::MaxSIOp>(op, size, fold<arith::AddIOp>(op, greatest, one)));
  });
}

std::pair<Value, Value> SizeCheckCollector::rangeOf(Operation *op,
                                                    AffineExpr expr,
                                                    ArrayRef<Value> sizes) {
  Value zero = toValue(op, builder.getIndexAttr(0));
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return {zero, fold<arith::SubIOp>(op, sizes[dim.getPosition()],
                                      toValue(op, builder.getIndexAttr(1)))};
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    Value value = toValue(op, builder.getIndexAttr(constant.getValue()));
    return {value, value};
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  auto [leastLeft, greatestLeft] = rangeOf(op, binary.getLHS(), sizes);
  auto [leastRight, greatestRight] = rangeOf(op, binary.getRHS(), sizes);
  // All but sums have a constant on the right: norm-check-source says so.
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return {fold<arith::AddIOp>(op, leastLeft, leastRight),
            fold<arith::AddIOp>(op, greatestLeft, greatestRight)};
  case AffineExprKind::Mul: {
    Value a = fold<arith::MulIOp>(op, leastLeft, leastRight);
    Value b = fold<arith::MulIOp>(op, greatestLeft, leastRight);
    return getConstantIntValue(leastRight).value_or(0) < 0 ? std::pair(b, a)
                                                           : std::pair(a, b);
  }
  case AffineExprKind::FloorDiv:
    return {fold<arith::FloorDivSIOp>(op, leastLeft, leastRight),
            fold<arith::FloorDivSIOp>(op, greatestLeft, leastRight)};
  case AffineExprKind::CeilDiv:
    return {fold<arith::CeilDivSIOp>(op, leastLeft, leastRight),
            fold<arith::CeilDivSIOp>(op, greatestLeft, leastRight)};
  default: // mod
    return {zero, fold<arith::SubIOp>(op, leastRight,
                                      toValue(op, builder.getIndexAttr(1)))};
  }
}
