//===- LinalgOps.cpp - Structured linalg ops ------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluation.h"
#include "IndexSpace.h"
#include "ScalarProgram.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace norm::reference;

/// The most points of an iteration space: hours of work, and far from overflow.
static constexpr int64_t maxPoints = int64_t(1) << 40;

/// The value of `expr` at a point. Divisors are checked to be positive before.
static int64_t evaluateExpr(AffineExpr expr, llvm::ArrayRef<int64_t> point) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return point[dim.getPosition()];
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  auto binary = cast<AffineBinaryOpExpr>(expr);
  int64_t a = evaluateExpr(binary.getLHS(), point);
  int64_t b = evaluateExpr(binary.getRHS(), point);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return a + b;
  case AffineExprKind::Mul:
    return a * b;
  case AffineExprKind::Mod:
    return llvm::mod(a, b);
  case AffineExprKind::FloorDiv:
    return llvm::divideFloorSigned(a, b);
  default:
    return llvm::divideCeilSigned(a, b);
  }
}

/// Symbols have no value here, and a division needs a positive divisor.
static bool isSupported(AffineExpr expr) {
  bool supported = true;
  expr.walk([&](AffineExpr part) {
    if (isa<AffineSymbolExpr>(part))
      supported = false;
    AffineExprKind kind = part.getKind();
    if (kind == AffineExprKind::Mod || kind == AffineExprKind::FloorDiv ||
        kind == AffineExprKind::CeilDiv) {
      auto divisor =
          dyn_cast<AffineConstantExpr>(cast<AffineBinaryOpExpr>(part).getRHS());
      supported &= divisor && divisor.getValue() > 0;
    }
  });
  return supported;
}

namespace {

/// One operand and where each point of the iteration space finds its element.
class Access {
public:
  Access(AffineMap map, llvm::ArrayRef<int64_t> shape)
      : map(map), shape(shape) {
    if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
      return;
    strides.assign(map.getNumDims(), 0);
    int64_t stride = 1;
    for (int64_t i = int64_t(shape.size()) - 1; i >= 0; --i) {
      if (auto dim = dyn_cast<AffineDimExpr>(map.getResult(i)))
        strides[dim.getPosition()] += stride;
      stride *= shape[i];
    }
    permutes = true;
  }

  /// The position of the element in row-major order, or -1 if it is outside.
  int64_t getPosition(llvm::ArrayRef<int64_t> point) const {
    int64_t position = 0;
    if (permutes) {
      for (auto [stride, i] : llvm::zip(strides, point))
        position += stride * i;
      return position;
    }
    for (auto [expr, size] : llvm::zip(map.getResults(), shape)) {
      int64_t i = evaluateExpr(expr, point);
      if (i < 0 || i >= size)
        return -1;
      position = position * size + i;
    }
    return position;
  }

private:
  AffineMap map;
  llvm::ArrayRef<int64_t> shape;
  llvm::SmallVector<int64_t> strides;
  bool permutes = false;
};

} // namespace

/// The sizes of the loops: each is the size of every dim that it indexes alone.
static llvm::Expected<llvm::SmallVector<int64_t>>
getLoopSizes(linalg::LinalgOp op, llvm::ArrayRef<const Tensor *> operands) {
  llvm::SmallVector<int64_t> sizes(op.getNumLoops(), -1);
  for (auto [number, map] : llvm::enumerate(op.getIndexingMapsArray())) {
    const Tensor &operand = *operands[number];
    if (map.getNumResults() != operand.shape.size())
      return makeError("expected an indexing map of " +
                       llvm::Twine(operand.shape.size()) + " results, found " +
                       llvm::Twine(map.getNumResults()));
    for (auto [expr, size] : llvm::zip(map.getResults(), operand.shape)) {
      if (!isSupported(expr))
        return makeError("expected indexing maps without symbols and with "
                         "positive constant divisors");
      auto dim = dyn_cast<AffineDimExpr>(expr);
      if (!dim)
        continue;
      int64_t &loop = sizes[dim.getPosition()];
      if (loop >= 0 && loop != size)
        return makeError("expected size " + llvm::Twine(loop) + " in operand " +
                         llvm::Twine(number) + ", found " + llvm::Twine(size));
      loop = size;
    }
  }
  int64_t points = 1;
  for (int64_t size : sizes) {
    if (size < 0)
      return makeError("expected each loop to index a dim by itself");
    if (size > 0 && points > maxPoints / size)
      return makeError("expected at most " + llvm::Twine(maxPoints) +
                       " iterations, found more");
    points *= size;
    if (size == 0)
      break;
  }
  return sizes;
}

Results norm::reference::evaluateLinalgOp(Operation *operation,
                                          const Environment &environment) {
  auto op = cast<linalg::LinalgOp>(operation);
  if (!op.hasPureTensorSemantics())
    return makeError("expected tensors");
  llvm::SmallVector<const Tensor *> operands;
  for (Value operand : operation->getOperands())
    operands.push_back(&environment.get(operand));
  Block *body = op.getBlock();
  if (op.getIndexingMapsArray().size() != operands.size() ||
      body->getNumArguments() != operands.size())
    return makeError("expected an indexing map and a body argument for each "
                     "operand");
  auto sizes = getLoopSizes(op, operands);
  if (!sizes)
    return sizes.takeError();
  auto program = ScalarProgram::create(*body, environment);
  if (!program)
    return program.takeError();

  std::vector<Access> accesses;
  for (auto [map, operand] : llvm::zip(op.getIndexingMapsArray(), operands))
    accesses.emplace_back(map, operand->shape);
  // What a reduction accumulates stays unrounded until the op ends.
  unsigned numInputs = op.getNumDpsInputs();
  std::vector<Tensor> outputs;
  for (const Tensor *init : llvm::ArrayRef(operands).drop_front(numInputs))
    outputs.push_back(*init);
  auto getTensor = [&](unsigned i) -> const Tensor & {
    return i < numInputs ? *operands[i] : outputs[i - numInputs];
  };

  llvm::SmallVector<int64_t> positions(operands.size());
  auto visit = [&](llvm::ArrayRef<int64_t> point) -> llvm::Error {
    for (unsigned i = 0; i < operands.size(); ++i) {
      positions[i] = accesses[i].getPosition(point);
      if (positions[i] < 0)
        return makeError("an index is outside operand " + llvm::Twine(i) +
                         " of " +
                         describe(operands[i]->type, operands[i]->shape));
      program->setArgument(i, getElement(getTensor(i), positions[i]));
    }
    if (llvm::Error error = program->run(point))
      return error;
    for (unsigned i = 0; i < outputs.size(); ++i) {
      Scalar value = program->getYield(i);
      int64_t position = positions[numInputs + i];
      if (isFloat(outputs[i].type))
        outputs[i].real[position] = value.real;
      else
        outputs[i].integer[position] = wrapTo(outputs[i].type, value.integer);
    }
    return llvm::Error::success();
  };
  if (llvm::Error error = forEachIndex(*sizes, visit))
    return std::move(error);

  llvm::SmallVector<Tensor, 1> results;
  for (Tensor &output : outputs)
    results.push_back(isFloat(output.type)
                          ? Tensor::getFloat(output.type, output.shape,
                                             std::move(output.real),
                                             /*keepExact=*/true)
                          : std::move(output));
  return std::move(results);
}
