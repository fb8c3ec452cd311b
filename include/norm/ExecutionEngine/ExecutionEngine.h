//===- ExecutionEngine.h - Compiles, loads and calls functions --*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_EXECUTIONENGINE_EXECUTIONENGINE_H
#define NORM_EXECUTIONENGINE_EXECUTIONENGINE_H

#include "norm/ExecutionEngine/CacheOptions.h"
#include "norm/ExecutionEngine/GPUCallOptions.h"
#include "norm/ExecutionEngine/PreparedCall.h"
#include "norm/Target/Compile.h"
#include "norm/Target/Signature.h"

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace norm {

struct CompiledModule;

/// The compiled functions of one module, loaded into this process: the same
/// object file as norm-compile writes, or a shared library that it wrote, and
/// beside it an adapter for each function through which it is called with typed
/// arguments. All functions may be called from several threads at once, those
/// that compile if no two of them share an MLIRContext.
class ExecutionEngine {
public:
  /// Compiles a copy of `source`, a module of stage norm, for `options.target`,
  /// which must run on this machine, or loads what `cache` has of it. If
  /// `options.times` is set, the stages and the phases "llvm-translate",
  /// "llvm-optimize", "llvm-emit", "adapters" and "jit-load" are added to it;
  /// with a cache "cache-read" before them, and "cache-write" before "jit-load"
  /// or none of those between. That nothing can be kept is a warning. A
  /// compilation that dumps its stages or has `writeImage` is not kept.
  static llvm::Expected<std::unique_ptr<ExecutionEngine>>
  create(mlir::ModuleOp source, const CompileOptions &options,
         const CacheOptions &cache = {});

  /// Loads `module`, which is of the last stage already and whose functions
  /// `_mlir_ciface_f` have the types of `signatures`.
  static llvm::Expected<std::unique_ptr<ExecutionEngine>>
  createFromLLVMStage(mlir::ModuleOp module, std::vector<Signature> signatures,
                      const CompileOptions &options);

  /// Loads the shared library in the file `path`, which norm-compile wrote for
  /// functions of the types `signatures`; the library does not tell its types.
  /// It stays in the process, and its kernels for GPUs in their contexts. The
  /// error names the file: it is missing, no library, damaged, for another
  /// machine or another version of the runtime library, it lacks a function, or
  /// some functions are for the CPU and others for GPUs.
  static llvm::Expected<std::unique_ptr<ExecutionEngine>>
  loadLibrary(llvm::StringRef path, std::vector<Signature> signatures);

  /// Unloads the kernels that were compiled here from all CUDA contexts, which
  /// waits for them.
  ~ExecutionEngine();

  /// Whether kernels run on a GPU.
  bool isOnGPU() const { return isGPU; }

  /// The functions that can be called, in the order of the source.
  llvm::ArrayRef<Signature> getSignatures() const { return signatures; }

  /// The signature of `name`; the error lists the names that there are. An
  /// empty name means the only function.
  llvm::Expected<const Signature *> lookup(llvm::StringRef name) const;

  /// Calls `name` with `arguments`: the inputs and, after them, the outputs in
  /// the order of the results. Number, types, ranks and static sizes are
  /// checked here, everything else by the function, whose error is returned
  /// with its text. If kernels run on a GPU, tensors and places of scalar
  /// results are in memory that it can access, and the call returns when they
  /// are launched; otherwise memory of a GPU, a workspace or a stream are an
  /// error.
  llvm::Error invoke(llvm::StringRef name, llvm::ArrayRef<Argument> arguments,
                     const GPUCallOptions &gpu = {}) const;

  /// Checks the arguments of a call as `invoke` does, for calling it later.
  llvm::Expected<PreparedCall> prepare(llvm::StringRef name,
                                       llvm::ArrayRef<Argument> arguments,
                                       const GPUCallOptions &gpu = {}) const;

  /// The same for `signature`, one of getSignatures().
  llvm::Expected<PreparedCall> prepare(const Signature &signature,
                                       llvm::ArrayRef<Argument> arguments,
                                       const GPUCallOptions &gpu = {}) const;

  /// The bytes of workspace that a call of `signature`, one of getSignatures(),
  /// with the inputs `inputs`, and results without gaps, needs on a GPU; the
  /// data of `inputs` is not read, but is as aligned and as strided as that of
  /// the call. 0 if kernels run on the CPU.
  llvm::Expected<size_t> workspaceBytes(const Signature &signature,
                                        llvm::ArrayRef<Argument> inputs) const;

  /// Loads the kernels of `signature`, one of getSignatures(), into the current
  /// CUDA context, so that a call can be captured. Does nothing if they run on
  /// the CPU.
  llvm::Error loadKernels(const Signature &signature) const;

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

  /// The functions are from a cache, and nothing was compiled.
  bool isFromCache() const { return isCached; }

  /// Bytes of the object file.
  size_t getObjectBytes() const { return objectBytes; }

private:
  /// The adapters of a function; null for one that the module lacks.
  struct Adapters {
    PreparedCall::Entry call;
    PreparedCall::Entry shape;
    PreparedCall::Entry workspace;
    PreparedCall::Entry load;
    PreparedCall::Entry unload;
  };

  ExecutionEngine(std::unique_ptr<llvm::orc::LLJIT> jit,
                  std::vector<Signature> signatures, ErrorFunctions errors);

  const Adapters &getAdapters(const Signature &signature) const {
    return adapters[&signature - signatures.data()];
  }

  /// Loads the code of functions of the types `signatures`.
  static llvm::Expected<std::unique_ptr<ExecutionEngine>>
  load(CompiledModule compiled, std::vector<Signature> signatures,
       const CompileOptions &options);

  /// Adds the object file `object` with the adapters of `symbols`, which `jit`
  /// knows.
  llvm::Error addAdapters(llvm::SmallVector<char, 0> object,
                          llvm::ArrayRef<std::string> symbols);

  std::unique_ptr<llvm::orc::LLJIT> jit;
  std::vector<Signature> signatures;
  /// In the order of the signatures.
  std::vector<Adapters> adapters;
  ErrorFunctions errors;
  bool isGPU = false;
  /// The functions are those of a shared library.
  bool isLibrary = false;
  bool isCached = false;
  size_t objectBytes = 0;
};

} // namespace norm

#endif // NORM_EXECUTIONENGINE_EXECUTIONENGINE_H
