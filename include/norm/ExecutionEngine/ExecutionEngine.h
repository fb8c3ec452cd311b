//===- ExecutionEngine.h - Compiles, loads and calls functions --*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_EXECUTIONENGINE_EXECUTIONENGINE_H
#define NORM_EXECUTIONENGINE_EXECUTIONENGINE_H

#include "norm/ExecutionEngine/PreparedCall.h"
#include "norm/Target/Compile.h"
#include "norm/Target/Signature.h"

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace norm {

struct AdaptedFunction;

/// The compiled functions of one module, loaded into this process: the same
/// object file as norm-compile writes, or a shared library that it wrote, and
/// beside it an adapter for each function through which it is called with typed
/// arguments. All functions may be called from several threads at once, those
/// that compile if no two of them share an MLIRContext.
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

  /// Loads the shared library in the file `path`, which norm-compile wrote for
  /// functions of the types `signatures`; the library does not tell its types.
  /// It stays in the process. The error names the file: it is missing, no
  /// library, damaged, for another machine or another version of the runtime
  /// library, or it lacks a function.
  static llvm::Expected<std::unique_ptr<ExecutionEngine>>
  loadLibrary(llvm::StringRef path, std::vector<Signature> signatures);

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

  /// The same for `signature`, one of getSignatures().
  llvm::Expected<PreparedCall>
  prepare(const Signature &signature, llvm::ArrayRef<Argument> arguments) const;

  /// The sizes of the tensors among the results of `name` for the inputs
  /// `inputs` (their data is not read), as the function computes them; a scalar
  /// result has an empty list.
  llvm::Expected<std::vector<llvm::SmallVector<int64_t>>>
  resultShapes(llvm::StringRef name, llvm::ArrayRef<Argument> inputs) const;

  /// The same for `signature`, one of getSignatures().
  llvm::Expected<std::vector<llvm::SmallVector<int64_t>>>
  resultShapes(const Signature &signature,
               llvm::ArrayRef<Argument> inputs) const;

  /// The address of the function that is exported under `symbol`, for example
  /// "_mlir_ciface_f", valid as long as this lives.
  llvm::Expected<void *> getAddress(llvm::StringRef symbol) const;

  /// Bytes of the object file.
  size_t getObjectBytes() const { return objectBytes; }

private:
  /// The adapters of a function; null for one that the module lacks.
  struct Adapters {
    PreparedCall::Entry call;
    PreparedCall::Entry shape;
  };

  ExecutionEngine(std::unique_ptr<llvm::orc::LLJIT> jit,
                  std::vector<Signature> signatures, ErrorFunctions errors);

  const Adapters &getAdapters(const Signature &signature) const {
    return adapters[&signature - signatures.data()];
  }

  /// Adds adapters for `functions`, which `jit` knows.
  llvm::Error addAdapters(llvm::ArrayRef<AdaptedFunction> functions,
                          const TargetSpec &target);

  std::unique_ptr<llvm::orc::LLJIT> jit;
  std::vector<Signature> signatures;
  /// In the order of the signatures.
  std::vector<Adapters> adapters;
  ErrorFunctions errors;
  size_t objectBytes = 0;
};

} // namespace norm

#endif // NORM_EXECUTIONENGINE_EXECUTIONENGINE_H
