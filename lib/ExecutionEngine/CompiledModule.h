//===- CompiledModule.h - What a module compiles to ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EXECUTIONENGINE_COMPILEDMODULE_H
#define NORM_LIB_EXECUTIONENGINE_COMPILEDMODULE_H

#include "norm/ExecutionEngine/CacheOptions.h"
#include "norm/Target/Compile.h"
#include "norm/Target/Signature.h"

namespace norm {

/// All that is left of a module when it is compiled; what an engine loads.
struct CompiledModule {
  /// The object file of the functions.
  llvm::SmallVector<char, 0> object;
  /// That of their adapters (see Adapters.h), and the functions that have one.
  llvm::SmallVector<char, 0> adapters;
  std::vector<std::string> symbols;
  /// The warnings and remarks of the compilation, as they were written, if it
  /// is kept.
  std::string messages;
  /// Nothing was compiled.
  bool isFromCache = false;
};

/// Compiles a copy of `source`, a module of stage norm, or takes what was kept
/// of it in the folder of `cache`, where it is kept if it is new. If that fails
/// it is a warning. Messages are said again if nothing is compiled.
llvm::Expected<CompiledModule> compileSource(mlir::ModuleOp source,
                                             const CompileOptions &options,
                                             const CacheOptions &cache);

/// Compiles `module`, which is of the last stage and whose functions
/// `_mlir_ciface_f` have the types of `signatures`. Fails if one is missing or
/// takes another number of arguments.
llvm::Expected<CompiledModule>
compileLLVMStage(mlir::ModuleOp module, llvm::ArrayRef<Signature> signatures,
                 const CompileOptions &options);

} // namespace norm

#endif // NORM_LIB_EXECUTIONENGINE_COMPILEDMODULE_H
