//===- FunctionInfo.cpp - What a compiled function says of its operands -===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryPoints.h"

#include "norm/IR/AttributeNames.h"
#include "norm/Runtime/norm_runtime.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace norm;

namespace {

/// Builds the constant `norm_function_info` of norm_runtime.h.
class InfoBuilder {
public:
  InfoBuilder(func::FuncOp function)
      : function(function), builder(function), loc(function.getLoc()),
        pointer(LLVM::LLVMPointerType::get(function.getContext())),
        i32(builder.getI32Type()) {}

  LLVM::GlobalOp build() {
    auto inPlace = function->getAttrOfType<ArrayAttr>(kInPlaceAttr);
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
      if (auto tensor = dyn_cast<RankedTensorType>(type)) {
        operandOfArgument[i] = operands.size();
        addOperand("argument", i,
                   function.getArgAttrOfType<StringAttr>(i, kNameAttr), tensor,
                   /*isOutput=*/false, 0);
      }
    int32_t numArguments = operands.size();
    for (auto [i, type] : llvm::enumerate(function.getResultTypes())) {
      uint32_t mask = 0;
      if (inPlace)
        for (int64_t argument :
             cast<DenseI64ArrayAttr>(inPlace[i]).asArrayRef())
          if (operandOfArgument.lookup(argument) < 32)
            mask |= 1u << operandOfArgument.lookup(argument);
      addOperand("result", i,
                 function.getResultAttrOfType<StringAttr>(i, kNameAttr), type,
                 /*isOutput=*/true, mask);
    }
    LLVM::GlobalOp table = makeTable();
    auto type = LLVM::LLVMStructType::getLiteral(
        function.getContext(), {i32, i32, i32, i32, pointer, pointer});
    std::string name = function.getSymName().str();
    LLVM::GlobalOp nameText = makeText("info.name", name);
    return makeGlobal("info", type, [&](Value value) {
      value = insert(value, constant(NORM_RUNTIME_VERSION), {0});
      value = insert(value, constant(numArguments), {1});
      value = insert(value, constant(operands.size()), {2});
      value = insert(value, constant(0), {3});
      value = insert(value, addressOf(nameText), {4});
      return insert(value, addressOf(table), {5});
    });
  }

private:
  struct Operand {
    LLVM::GlobalOp name, sizes;
    int32_t rank, elementBytes, isOutput;
    uint32_t inPlaceWith;
  };

  void addOperand(StringRef kind, size_t index, StringAttr sourceName,
                  Type type, bool isOutput, uint32_t inPlaceWith) {
    std::string name = (kind + " " + Twine(index)).str();
    if (sourceName)
      name += " '" + sourceName.getValue().str() + "'";
    std::string suffix = "info." + std::to_string(operands.size());
    Operand operand{
        makeText(suffix + ".name", name), {}, -1, 0, isOutput, inPlaceWith};
    if (auto tensor = dyn_cast<RankedTensorType>(type)) {
      SmallVector<int64_t> sizes;
      for (int64_t size : tensor.getShape())
        sizes.push_back(ShapedType::isDynamic(size) ? -1 : size);
      operand.rank = sizes.size();
      operand.sizes = makeSizes(suffix + ".sizes", sizes);
      type = tensor.getElementType();
    }
    operand.elementBytes = getElementBytes(type);
    operands.push_back(operand);
  }

  /// An array of norm_operand_info.
  LLVM::GlobalOp makeTable() {
    auto type = LLVM::LLVMStructType::getLiteral(
        function.getContext(), {pointer, pointer, i32, i32, i32, i32});
    auto array = LLVM::LLVMArrayType::get(type, operands.size());
    return makeGlobal("info.operands", array, [&](Value value) {
      for (auto [i, operand] : llvm::enumerate(operands)) {
        int64_t at = i;
        value = insert(value, addressOf(operand.name), {at, 0});
        value = insert(
            value,
            operand.sizes
                ? addressOf(operand.sizes)
                : LLVM::ZeroOp::create(builder, loc, pointer).getResult(),
            {at, 1});
        value = insert(value, constant(operand.rank), {at, 2});
        value = insert(value, constant(operand.elementBytes), {at, 3});
        value = insert(value, constant(operand.isOutput), {at, 4});
        value = insert(value, constant(operand.inPlaceWith), {at, 5});
      }
      return value;
    });
  }

  LLVM::GlobalOp makeText(const Twine &suffix, const std::string &text) {
    std::string terminated = text + '\0';
    return LLVM::GlobalOp::create(
        builder, loc,
        LLVM::LLVMArrayType::get(builder.getI8Type(), terminated.size()),
        /*isConstant=*/true, LLVM::Linkage::Internal, symbol(suffix),
        builder.getStringAttr(terminated));
  }

  LLVM::GlobalOp makeSizes(const Twine &suffix, ArrayRef<int64_t> sizes) {
    if (sizes.empty())
      return {};
    return LLVM::GlobalOp::create(
        builder, loc,
        LLVM::LLVMArrayType::get(builder.getI64Type(), sizes.size()),
        /*isConstant=*/true, LLVM::Linkage::Internal, symbol(suffix),
        builder.getI64TensorAttr(sizes));
  }

  LLVM::GlobalOp makeGlobal(const Twine &suffix, Type type,
                            function_ref<Value(Value)> fill) {
    auto global = LLVM::GlobalOp::create(
        builder, loc, type, /*isConstant=*/true, LLVM::Linkage::Internal,
        symbol(suffix), Attribute());
    OpBuilder::InsertionGuard guard(builder);
    builder.createBlock(&global.getInitializerRegion());
    Value value = fill(LLVM::UndefOp::create(builder, loc, type));
    LLVM::ReturnOp::create(builder, loc, value);
    return global;
  }

  std::string symbol(const Twine &suffix) {
    return (function.getSymName() + "." + suffix).str();
  }
  Value insert(Value container, Value value, ArrayRef<int64_t> position) {
    return LLVM::InsertValueOp::create(builder, loc, container, value,
                                       position);
  }
  Value constant(int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, i32,
                                    builder.getI32IntegerAttr(value));
  }
  Value addressOf(LLVM::GlobalOp global) {
    return LLVM::AddressOfOp::create(builder, loc, global);
  }

  func::FuncOp function;
  OpBuilder builder;
  Location loc;
  LLVM::LLVMPointerType pointer;
  Type i32;
  SmallVector<Operand> operands;
  DenseMap<int64_t, unsigned> operandOfArgument;
};

} // namespace

int64_t norm::getElementBytes(Type type) {
  return type.isIndex() ? 8 : llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

LLVM::GlobalOp norm::makeFunctionInfo(func::FuncOp function) {
  return InfoBuilder(function).build();
}
