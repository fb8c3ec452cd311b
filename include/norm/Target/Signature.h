//===- Signature.h - The types of a compiled function -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TARGET_SIGNATURE_H
#define NORM_TARGET_SIGNATURE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
class Type;
} // namespace mlir

namespace norm {

/// The types of scalars and elements; index is I64, an element of I1 has one
/// byte.
enum class DataType : uint8_t { F16, BF16, F32, F64, I1, I8, I16, I32, I64 };

/// The name in MLIR: "f16", "bf16", .., "i64".
llvm::StringRef stringifyDataType(DataType type);

/// The data type that holds `type`, if there is one.
std::optional<DataType> getDataType(mlir::Type type);

/// The type of an argument or result: a scalar or a tensor of known rank.
struct ValueType {
  DataType type = DataType::F32;
  bool isTensor = false;
  /// The size of each dim of a tensor; mlir::ShapedType::kDynamic if it is not
  /// known.
  llvm::SmallVector<int64_t> sizes;
  /// As getArgumentNames and getResultNames say.
  std::string name = {};
};

/// A public function of the source, as its caller sees it.
struct Signature {
  std::string name;
  llvm::SmallVector<ValueType> arguments;
  llvm::SmallVector<ValueType> results;
};

/// The signatures of the public functions with a body in `source`, a module of
/// stage norm, in their order. A memref counts as a tensor. Fails on a type
/// that compiled functions do not take: names the function and the type.
llvm::Expected<std::vector<Signature>> getSignatures(mlir::ModuleOp source);

} // namespace norm

#endif // NORM_TARGET_SIGNATURE_H
