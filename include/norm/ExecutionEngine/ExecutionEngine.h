//===- ExecutionEngine.h - Compiles, loads and calls functions --*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_EXECUTIONENGINE_EXECUTIONENGINE_H
#define NORM_EXECUTIONENGINE_EXECUTIONENGINE_H

#include "norm/ExecutionEngine/Argument.h"
#include "norm/Target/Compile.h"
#include "norm/Target/Signature.h"

#include "llvm/ADT/StringMap.h"

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace norm {

/// The compiled functions of one module, loaded into this process: the same
/// object file as norm-compile writes, and beside it an adapter for each
/// function through which it is called with typed arguments. All functions but
/// `create` may be called from several threads at once.
class ExecutionEngine {
public:
  /// Compiles a copy of `source`, a module of stage norm, for `options.target`,
  /// which must run on this machine. If `options.times` is set, the stages and
  /// the phases "llvm-translate", "llvm-optimize", "llvm-emit" and "jit-load"
  /// are added to it.
  static llvm::Expected<std::unique_ptr<ExecutionEngine>>
  create(mlir::ModuleOp source, const CompileOptions &options);

  /// Loads `module`, which is of stage llvm already and whose functions
  /// `_mlir_ciface_f` have the types of `signatures`.
  static llvm::Expected<std::unique_ptr<ExecutionEngine>>
  createFromLLVMStage(mlir::ModuleOp module, std::vector<Signature> signatures,
                      const CompileOptions &options);

  ~ExecutionEngine();

  /// The functions that can be called, in the order of the source.
  llvm::ArrayRef<Signature> getSignatures() const { return signatures; }

  /// The signature of `name`; the error lists the names that there are. An
  /// empty name means the only function.
  llvm::Expected<const Signature *> lookup(llvm::StringRef name) const;

  /// Calls `name` with `arguments`: the inputs and, after them, the outputs in
  /// the order of the results. Number, types, ranks and static sizes are
  /// checked here, everything else by the function, whose error is returned
  /// with its text.
  llvm::Error invoke(llvm::StringRef name,
                     llvm::ArrayRef<Argument> arguments) const;

  /// Checks the arguments of a call as `invoke` does, for calling it later.
  llvm::Expected<PreparedCall>
  prepare(llvm::StringRef name, llvm::ArrayRef<Argument> arguments) const;

  /// The sizes of the tensors among the results of `name` for the inputs
  /// `inputs` (their data is not read), as the function computes them; a scalar
  /// result has an empty list.
  llvm::Expected<std::vector<llvm::SmallVector<int64_t>>>
  resultShapes(llvm::StringRef name, llvm::ArrayRef<Argument> inputs) const;

  /// The address of the function that is exported under `symbol`, for example
  /// "_mlir_ciface_f", valid as long as this lives.
  llvm::Expected<void *> getAddress(llvm::StringRef symbol) const;

  /// Bytes of the object file.
  size_t getObjectBytes() const { return objectBytes; }

private:
  ExecutionEngine(std::unique_ptr<llvm::orc::LLJIT> jit,
                  std::vector<Signature> signatures);

  /// The adapter of `symbol`; null if the module has no such function.
  PreparedCall::Entry getAdapter(llvm::StringRef symbol) const;

  std::unique_ptr<llvm::orc::LLJIT> jit;
  std::vector<Signature> signatures;
  /// The adapters by the name of the function that they call.
  llvm::StringMap<PreparedCall::Entry> adapters;
  size_t objectBytes = 0;
};

} // namespace norm

#endif // NORM_EXECUTIONENGINE_EXECUTIONENGINE_H
