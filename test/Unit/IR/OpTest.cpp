//===- OpTest.cpp - Building and parsing ops in tests ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

OpTest::OpTest()
    : builder(&context), handler(&context, [this](Diagnostic &d) {
        errors += d.str();
        return success();
      }) {
  context.loadDialect<NormDialect, func::FuncDialect, tensor::TensorDialect,
                      memref::MemRefDialect, arith::ArithDialect>();
  loc = builder.getUnknownLoc();
  module = ModuleOp::create(*loc);
  builder.setInsertionPointToEnd(module->getBody());
}

ValueRange OpTest::arguments(ArrayRef<StringRef> types) {
  SmallVector<Type> parsed;
  for (StringRef type : types)
    parsed.push_back(parseType(type, &context));
  auto func = func::FuncOp::create(builder, *loc, "f",
                                   builder.getFunctionType(parsed, {}));
  Block *block = func.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  return block->getArguments();
}

std::vector<std::string> OpTest::getConstraints(NormOpInterface op) {
  SmallVector<SizeConstraint> constraints;
  op.collectSizeConstraints(constraints);
  std::vector<std::string> texts;
  for (const SizeConstraint &constraint : constraints) {
    std::string dims;
    for (int64_t dim : constraint.expectedDims)
      dims += (dims.empty() ? "" : "*") + std::to_string(dim);
    texts.push_back(constraint.what + "[" +
                    std::to_string(constraint.foundDim) + "] = " + dims);
  }
  return texts;
}

std::vector<std::string> OpTest::getEffects(NormOpInterface op) {
  SmallVector<MemoryEffects::EffectInstance> effects;
  cast<MemoryEffectOpInterface>(op.getOperation()).getEffects(effects);
  std::vector<std::string> texts;
  for (const MemoryEffects::EffectInstance &effect : effects) {
    unsigned number = effect.getEffectValue<OpOperand *>()->getOperandNumber();
    texts.push_back(std::to_string(number) +
                    (isa<MemoryEffects::Write>(effect.getEffect()) ? "w" : ""));
  }
  return texts;
}
