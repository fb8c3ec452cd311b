//===- SumBody.cpp - The body of a sum on vectors -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SumBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace norm;

SmallVector<Value> norm::matchSums(linalg::LinalgOp op) {
  if (!isa<linalg::GenericOp>(op) || op.hasIndexSemantics() ||
      op->getNumResults() == 0)
    return {};
  Block *body = op.getBlock();
  for (Operation &inner : body->without_terminator())
    if (!OpTrait::hasElementwiseMappableTraits(&inner) &&
        !isa<arith::ConstantOp>(inner))
      return {};
  SmallVector<Value> summands;
  ValueRange accumulators = body->getArguments().take_back(op->getNumResults());
  for (auto [yielded, acc] :
       llvm::zip_equal(body->getTerminator()->getOperands(), accumulators)) {
    auto add = yielded.getDefiningOp<arith::AddFOp>();
    if (!add || !acc.hasOneUse() || acc.getType() != accumulators[0].getType())
      return {};
    if (add.getLhs() == acc)
      summands.push_back(add.getRhs());
    else if (add.getRhs() == acc)
      summands.push_back(add.getLhs());
    else
      return {};
  }
  return summands;
}

SmallVector<Value> norm::sumInChunks(
    OpBuilder &b, Location loc, int64_t known, Value size, ValueRange sums,
    llvm::function_ref<SmallVector<Value>(Value, ValueRange)> addRow) {
  constexpr int64_t chunkRows = 32;
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  auto addChunk = [&](Value begin, Value end, ValueRange sums) {
    SmallVector<Value> zeros = llvm::map_to_vector(sums, [&](Value sum) {
      TypedAttr zero = b.getZeroAttr(sum.getType());
      return arith::ConstantOp::create(b, loc, zero).getResult();
    });
    auto loop =
        scf::ForOp::create(b, loc, begin, end, index(1), zeros,
                           [&](OpBuilder &, Location, Value row, ValueRange s) {
                             scf::YieldOp::create(b, loc, addRow(row, s));
                           });
    SmallVector<Value> added;
    for (auto [sum, chunk] : llvm::zip_equal(sums, loop.getResults()))
      added.push_back(arith::AddFOp::create(b, loc, sum, chunk));
    return added;
  };
  if (!ShapedType::isDynamic(known) && known <= chunkRows)
    return addChunk(index(0), size, sums);
  auto loop = scf::ForOp::create(
      b, loc, index(0), size, index(chunkRows), sums,
      [&](OpBuilder &, Location, Value begin, ValueRange carried) {
        Value rest = arith::SubIOp::create(b, loc, size, begin);
        Value rows = arith::MinUIOp::create(b, loc, rest, index(chunkRows));
        Value end = arith::AddIOp::create(b, loc, begin, rows);
        scf::YieldOp::create(b, loc, addChunk(begin, end, carried));
      });
  return llvm::to_vector_of<Value>(loop.getResults());
}

SumBody::SumBody(OpBuilder &builder, linalg::GenericOp op,
                 ArrayRef<Value> summands, int64_t lanes)
    : b(builder), op(op), loc(op.getLoc()), summands(summands),
      type(VectorType::get({lanes}, summands[0].getType())) {}

SmallVector<Value> SumBody::accumulate(ValueRange inputs, ValueRange sums) {
  map.clear();
  Block *body = op.getBlock();
  for (auto [argument, input] : llvm::zip(body->getArguments(), inputs))
    map.map(argument, input);
  // A product that is only summed is part of the multiply-add.
  auto fusedProduct = [&](Value summand) {
    auto product = summand.getDefiningOp<arith::MulFOp>();
    return product && product->hasOneUse() ? product : arith::MulFOp();
  };
  llvm::SmallDenseSet<Operation *> fused;
  for (Value summand : summands)
    if (auto product = fusedProduct(summand))
      fused.insert(product);
  ValueRange accumulators = body->getArguments().take_back(summands.size());
  for (Operation &inner : body->without_terminator()) {
    bool isSum = llvm::any_of(inner.getOperands(), [&](Value operand) {
      return llvm::is_contained(accumulators, operand);
    });
    if (!isSum && !fused.contains(&inner))
      cloneOnVectors(inner);
  }
  SmallVector<Value> results;
  for (auto [summand, sum] : llvm::zip_equal(summands, sums)) {
    if (auto product = fusedProduct(summand))
      results.push_back(vector::FMAOp::create(
          b, loc, vectorOf(product.getLhs()), vectorOf(product.getRhs()), sum));
    else
      results.push_back(arith::AddFOp::create(b, loc, sum, vectorOf(summand)));
  }
  return results;
}

/// The vector form of a value of the body; a value from outside is broadcast.
Value SumBody::vectorOf(Value value) {
  if (Value mapped = map.lookupOrNull(value))
    return mapped;
  map.map(value, broadcast(value));
  return map.lookup(value);
}

void SumBody::cloneOnVectors(Operation &inner) {
  if (isa<arith::ConstantOp>(inner)) {
    map.map(inner.getResult(0), broadcast(b.clone(inner)->getResult(0)));
    return;
  }
  SmallVector<Value> operands;
  for (Value operand : inner.getOperands())
    operands.push_back(vectorOf(operand));
  SmallVector<Type> types;
  for (Type result : inner.getResultTypes())
    types.push_back(VectorType::get(type.getShape(), result));
  Operation *clone = b.create(loc, inner.getName().getIdentifier(), operands,
                              types, inner.getAttrs());
  map.map(inner.getResults(), clone->getResults());
}

Value SumBody::broadcast(Value scalar) {
  return vector::BroadcastOp::create(
      b, loc, VectorType::get(type.getShape(), scalar.getType()), scalar);
}
