//===- Signature.cpp - The types of a compiled function -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/Signature.h"

#include "norm/Target/ArgumentNames.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace norm;

StringRef norm::stringifyDataType(DataType type) {
  switch (type) {
  case DataType::F16:
    return "f16";
  case DataType::BF16:
    return "bf16";
  case DataType::F32:
    return "f32";
  case DataType::F64:
    return "f64";
  case DataType::I1:
    return "i1";
  case DataType::I8:
    return "i8";
  case DataType::I16:
    return "i16";
  case DataType::I32:
    return "i32";
  case DataType::I64:
    return "i64";
  }
  llvm_unreachable("all data types are listed");
}

std::optional<DataType> norm::getDataType(mlir::Type type) {
  if (type.isF16())
    return DataType::F16;
  if (type.isBF16())
    return DataType::BF16;
  if (type.isF32())
    return DataType::F32;
  if (type.isF64())
    return DataType::F64;
  if (type.isIndex())
    return DataType::I64;
  if (!isa<mlir::IntegerType>(type))
    return std::nullopt;
  switch (type.getIntOrFloatBitWidth()) {
  case 1:
    return DataType::I1;
  case 8:
    return DataType::I8;
  case 16:
    return DataType::I16;
  case 32:
    return DataType::I32;
  case 64:
    return DataType::I64;
  default:
    return std::nullopt;
  }
}

/// The form of `type` as an argument or result of a compiled function.
static std::optional<ValueType> getValueType(mlir::Type type) {
  ValueType value;
  if (auto shaped = dyn_cast<mlir::ShapedType>(type)) {
    if (!shaped.hasRank() || !isa<mlir::TensorType, mlir::MemRefType>(type))
      return std::nullopt;
    value.isTensor = true;
    value.sizes.assign(shaped.getShape().begin(), shaped.getShape().end());
    type = shaped.getElementType();
  }
  std::optional<DataType> data = getDataType(type);
  if (!data)
    return std::nullopt;
  value.type = *data;
  static constexpr DataType scalars[] = {DataType::F32, DataType::F64,
                                         DataType::I32, DataType::I64};
  if (!value.isTensor && !is_contained(scalars, *data))
    return std::nullopt;
  return value;
}

static Error appendTypes(StringRef function, StringRef what,
                         mlir::TypeRange types, ArrayRef<std::string> names,
                         SmallVectorImpl<ValueType> &values) {
  for (auto [index, type] : enumerate(types)) {
    std::optional<ValueType> value = getValueType(type);
    if (!value) {
      std::string name;
      raw_string_ostream(name) << type;
      return createStringError(
          "function '" + function + "': " + what + " " + Twine(index) +
          " has type " + name +
          ", expected a ranked tensor of floats or integers, or a scalar "
          "f32, f64, i32, i64 or index");
    }
    value->name = names[index];
    values.push_back(std::move(*value));
  }
  return Error::success();
}

Expected<std::vector<Signature>> norm::getSignatures(mlir::ModuleOp source,
                                                     bool withDeclarations) {
  std::vector<Signature> signatures;
  for (auto function : source.getOps<mlir::func::FuncOp>()) {
    if (function.isDeclaration() ? !withDeclarations : !function.isPublic())
      continue;
    Signature signature;
    signature.name = function.getName().str();
    if (Error error =
            appendTypes(signature.name, "argument", function.getArgumentTypes(),
                        getArgumentNames(function), signature.arguments))
      return error;
    if (Error error =
            appendTypes(signature.name, "result", function.getResultTypes(),
                        getResultNames(function), signature.results))
      return error;
    signatures.push_back(std::move(signature));
  }
  return signatures;
}
