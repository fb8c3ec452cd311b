//===- ScalarProgram.cpp - Bodies of linalg ops ---------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalarProgram.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace norm::reference;

llvm::Expected<ScalarProgram>
ScalarProgram::create(Block &block, const Environment &environment) {
  ScalarProgram program;
  llvm::DenseMap<Value, unsigned> numbers;
  auto addRegister = [&](Value value, Scalar content) {
    numbers[value] = program.registers.size();
    program.registers.push_back(content);
    return numbers[value];
  };
  for (BlockArgument argument : block.getArguments())
    addRegister(argument, {});
  program.numArguments = block.getNumArguments();

  auto find = [&](Operation *user, Value value) -> llvm::Expected<unsigned> {
    auto found = numbers.find(value);
    if (found != numbers.end())
      return found->second;
    if (!environment.contains(value) || isa<ShapedType>(value.getType()))
      return makeError(user, "expected scalar operands in a body");
    return addRegister(value, getElement(environment.get(value), 0));
  };

  for (Operation &op : block.without_terminator()) {
    if (isa<arith::ConstantOp>(op)) {
      Results constant = evaluateConstant(&op);
      if (!constant)
        return addContext(&op, constant.takeError());
      addRegister(op.getResult(0), getElement(constant->front(), 0));
      continue;
    }
    Instruction instruction{&op, {}, ElementType::Index, {}, 0, 0};
    if (auto index = dyn_cast<linalg::IndexOp>(op)) {
      instruction.indexDim = index.getDim();
    } else {
      auto function = getScalarFunction(&op);
      if (!function)
        return addContext(&op, function.takeError());
      instruction.function = std::move(*function);
      auto type = getElementType(op.getResult(0).getType());
      if (!type)
        return addContext(&op, type.takeError());
      instruction.type = *type;
      for (Value operand : op.getOperands()) {
        auto number = find(&op, operand);
        if (!number)
          return number.takeError();
        instruction.operands.push_back(*number);
      }
    }
    instruction.result = addRegister(op.getResult(0), {});
    program.instructions.push_back(std::move(instruction));
  }

  Operation *terminator = block.getTerminator();
  for (Value value : terminator->getOperands()) {
    auto number = find(terminator, value);
    if (!number)
      return number.takeError();
    program.yields.push_back(*number);
  }
  program.unrounded = program.registers;
  return std::move(program);
}

llvm::Error ScalarProgram::run(llvm::ArrayRef<int64_t> indices) {
  for (unsigned i = 0; i < numArguments; ++i)
    unrounded[i] = registers[i];
  llvm::SmallVector<Scalar, 3> operands;
  for (const Instruction &instruction : instructions) {
    Scalar value;
    if (!instruction.function) {
      value = Scalar::getInteger(indices[instruction.indexDim]);
    } else {
      operands.clear();
      for (unsigned number : instruction.operands)
        operands.push_back(registers[number]);
      value = instruction.function(operands.data());
      if (value.undefined)
        return makeError(instruction.op,
                         "the result is undefined for these operands");
    }
    unrounded[instruction.result] = value;
    registers[instruction.result] = convertTo(instruction.type, value);
  }
  return llvm::Error::success();
}
