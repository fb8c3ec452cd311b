//===- Signature.h - The types of a compiled function -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TARGET_SIGNATURE_H
#define NORM_TARGET_SIGNATURE_H

#include "norm/Target/DataType.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
class Type;
} // namespace mlir

namespace norm {

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
/// stage norm, in their order; with `withDeclarations`, those of the functions
/// without a body (which MLIR wants private) too. A memref counts as a tensor.
/// Fails on a type that compiled functions do not take: names the function and
/// the type.
llvm::Expected<std::vector<Signature>>
getSignatures(mlir::ModuleOp source, bool withDeclarations = false);

} // namespace norm

#endif // NORM_TARGET_SIGNATURE_H
