//===- Adapters.h - Functions with one type that call others ----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EXECUTIONENGINE_ADAPTERS_H
#define NORM_LIB_EXECUTIONENGINE_ADAPTERS_H

#include "norm/Target/Signature.h"

namespace norm {

class TargetSpec;

/// The functions of a compiled module that compute what `function` of the
/// source does, on the CPU or on a GPU, that tell the sizes of its results and
/// the bytes of its workspace, and that load and unload its kernels.
std::string getCallSymbol(llvm::StringRef function, bool isGPU);
std::string getShapeSymbol(llvm::StringRef function);
std::string getWorkspaceSymbol(llvm::StringRef function);
std::string getLoadSymbol(llvm::StringRef function);
std::string getUnloadSymbol(llvm::StringRef function);

/// A function of the object file and how its arguments are passed.
struct AdaptedFunction {
  std::string symbol;
  /// The type of each argument that is passed by value, or none for a pointer.
  llvm::SmallVector<std::optional<DataType>> arguments;
};

/// How the functions of `signature` are called: first the one that computes,
/// then norm_shape_f, which not every module has, then those of a GPU.
llvm::SmallVector<AdaptedFunction> getFunctions(const Signature &signature,
                                                bool isGPU);

/// The name of the adapter of `symbol`.
std::string getAdapterName(llvm::StringRef symbol);

/// Appends an object file for `target` to `code` with an adapter
/// `void (ptr args)` for each of `functions`. It loads argument i from the
/// address `args[i]`, calls the function, and stores the status that it returns
/// at the address behind the last argument's.
llvm::Error emitAdapters(llvm::ArrayRef<AdaptedFunction> functions,
                         const TargetSpec &target,
                         llvm::SmallVectorImpl<char> &code);

} // namespace norm

#endif // NORM_LIB_EXECUTIONENGINE_ADAPTERS_H
