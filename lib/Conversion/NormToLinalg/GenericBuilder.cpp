//===- GenericBuilder.cpp - Linalg ops of one norm op ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

SmallVector<Value> GenericBuilder::makeGeneric(
    ValueRange inputs, ValueRange inits, ArrayRef<AffineMap> maps,
    ArrayRef<utils::IteratorType> iterators, Body body) {
  auto generic = linalg::GenericOp::create(
      builder, loc, inits.getTypes(), inputs, inits, maps, iterators,
      [&](OpBuilder &b, Location, ValueRange args) {
        linalg::YieldOp::create(b, loc, body(args));
      });
  return llvm::to_vector_of<Value>(generic.getResults());
}

Value GenericBuilder::makeElementwise(ValueRange inputs,
                                      ArrayRef<AffineMap> inputMaps,
                                      ArrayRef<OpFoldResult> sizes,
                                      Type elementType, ElementBody body) {
  Value init = tensor::EmptyOp::create(builder, loc, sizes, elementType);
  SmallVector<AffineMap> maps(inputMaps);
  maps.push_back(builder.getMultiDimIdentityMap(sizes.size()));
  SmallVector<utils::IteratorType> iterators(sizes.size(),
                                             utils::IteratorType::parallel);
  return makeGeneric(inputs, init, maps, iterators,
                     [&](ValueRange args) -> SmallVector<Value> {
                       return {body(args.drop_back())};
                     })[0];
}

SmallVector<Value> GenericBuilder::addSummands(ValueRange args, size_t numSums,
                                               Body summands) {
  SmallVector<Value> values = summands(args.drop_back(numSums));
  for (auto [value, sum] : llvm::zip_equal(values, args.take_back(numSums)))
    value = add(sum, value);
  return values;
}

Value GenericBuilder::makeZeros(ArrayRef<OpFoldResult> sizes) {
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getFloatAttr(acc, 0.0));
  Value empty = tensor::EmptyOp::create(builder, loc, sizes, acc);
  return linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
}

void norm::replaceWithCasts(RewriterBase &rewriter, Operation *op,
                            ValueRange values) {
  SmallVector<Value> results;
  for (auto [value, result] : llvm::zip(values, op->getResults()))
    results.push_back(value.getType() == result.getType()
                          ? value
                          : tensor::CastOp::create(rewriter, op->getLoc(),
                                                   result.getType(), value));
  rewriter.replaceOp(op, results);
}
