//===- Adapters.h - Functions with one type that call others ----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EXECUTIONENGINE_ADAPTERS_H
#define NORM_LIB_EXECUTIONENGINE_ADAPTERS_H

#include "norm/Target/Signature.h"

#include <memory>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace norm {

/// A function of the object file and how its arguments are passed.
struct AdaptedFunction {
  std::string symbol;
  /// The type of each argument that is passed by value, or none for a pointer.
  llvm::SmallVector<std::optional<DataType>> arguments;
};

/// The name of the adapter of `symbol`.
std::string getAdapterName(llvm::StringRef symbol);

/// A module with an adapter `void (ptr args)` for each of `functions`. It loads
/// argument i from the address `args[i]`, calls the function, and stores the
/// status that it returns at the address behind the last argument's.
std::unique_ptr<llvm::Module>
createAdapters(llvm::ArrayRef<AdaptedFunction> functions,
               llvm::LLVMContext &context);

} // namespace norm

#endif // NORM_LIB_EXECUTIONENGINE_ADAPTERS_H
