//===- KernelModule.h - Kernels for a C++ program ---------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Needs no LLVM: programs that call kernels include it and link norm::compiler.
// No function throws or ends the process on bad input.

#ifndef NORM_EXECUTIONENGINE_KERNELMODULE_H
#define NORM_EXECUTIONENGINE_KERNELMODULE_H

#include "norm/ExecutionEngine/Argument.h"
#include "norm/ExecutionEngine/CacheOptions.h"
#include "norm/ExecutionEngine/GPUCallOptions.h"
#include "norm/ExecutionEngine/Result.h"

#include <initializer_list>
#include <memory>
#include <string>

namespace norm {

class ExecutionEngine;
struct Signature;

/// How a module is compiled.
struct KernelOptions {
  /// Where kernels run: "cpu", or NVIDIA GPUs as norm-compile takes them
  /// ("sm_90", "sm_80,sm_90"), with the lowering "vector".
  std::string target = "cpu";

  /// The CPU, as norm-compile takes it ("x86-64-v3"); empty is the one of this
  /// machine. The code must run here; beside kernels for GPUs it calls them.
  std::string cpu;

  /// The way from norm ops to loops: "vector", which is fast, or "affine",
  /// which is easy to read.
  std::string lowering = "vector";

  /// Optimization level of LLVM, 0 to 3.
  unsigned optLevel = 2;

  /// Warnings are appended here, one line each with its place. Not owned; null:
  /// they are dropped.
  std::string *messages = nullptr;

  /// Append remarks, which say why code is as it is, as well.
  bool showRemarks = false;

  /// A folder in which compiled kernels are kept, so that a later process loads
  /// instead of compiles them; docs/KernelCache.md says when. Whatever is wrong
  /// with it, the module is compiled; that nothing can be kept is a warning.
  CacheOptions cache;
};

/// What a function takes as an argument or returns as a result.
struct OperandType {
  /// The name in the source, else like "arg0" or "res0".
  std::string name;
  DataType type;
  bool isTensor;
  /// The size of each dim of a tensor; -1 if it may be any.
  std::vector<int64_t> sizes;
};

/// A compiled function. A handle: copies share the function, which lives as
/// long as one of them. All methods may be called from several threads at once.
class KernelFunction {
public:
  /// The name in the source.
  const std::string &getName() const;

  /// The types of the inputs and of the results.
  std::vector<OperandType> getArguments() const;
  std::vector<OperandType> getResults() const;

  /// Whether the kernels run on a GPU.
  bool isOnGPU() const;

  /// Calls the function with the inputs and, after them, the outputs in the
  /// order of the results: memory of the caller with the sizes that
  /// resultShapes tells, and the places of scalar results. The error says which
  /// argument is wrong and what was expected. Number, types, ranks and known
  /// sizes are checked before the function is entered, all else by the
  /// function, before it writes.
  ///
  /// On a GPU all memory is memory that it can access, of the current CUDA
  /// context, and the call returns when the kernels are launched. On the CPU a
  /// workspace, a stream or memory of a GPU that says so are an error.
  Result<void> call(std::initializer_list<Argument> arguments,
                    const GPUCallOptions &gpu = {}) const {
    return call(arguments.begin(), arguments.size(), gpu);
  }
  Result<void> call(const std::vector<Argument> &arguments,
                    const GPUCallOptions &gpu = {}) const {
    return call(arguments.data(), arguments.size(), gpu);
  }
  Result<void> call(const Argument *arguments, size_t count,
                    const GPUCallOptions &gpu = {}) const;

  /// The bytes of workspace that a call with `inputs`, and results without
  /// gaps, needs on a GPU; for others the error of a call says how many. The
  /// data of `inputs` is not read, but is as aligned and as strided as that of
  /// the call. Needs no driver; 0 on the CPU.
  Result<size_t> workspaceBytes(const std::vector<Argument> &inputs) const;

  /// Loads the kernels into the current CUDA context, which else the first call
  /// does, but not while its stream is captured. Does nothing on the CPU.
  Result<void> loadKernels() const;

  /// The sizes of each result for `inputs`, whose data is not read; those of a
  /// scalar result are empty.
  Result<std::vector<std::vector<int64_t>>>
  resultShapes(const std::vector<Argument> &inputs) const;

private:
  friend class KernelModule;
  KernelFunction(std::shared_ptr<const ExecutionEngine> engine,
                 const Signature *signature)
      : engine(std::move(engine)), signature(signature) {}

  std::shared_ptr<const ExecutionEngine> engine;
  const Signature *signature;
};

/// The functions of one module, compiled and in memory. A handle: copies share
/// the functions, and the last one, or the last of its functions, unloads
/// kernels that were compiled here from CUDA contexts, which waits for them.
/// All methods may be called from several threads at once.
class KernelModule {
public:
  /// Compiles `text`, the source of a module. Errors are lines of
  /// "<source>:LINE:COL: error: ..", or one line without a place.
  static Result<KernelModule> parse(const std::string &text,
                                    const KernelOptions &options = {});

  /// Compiles the file `path`, text or bytecode. Errors name it.
  static Result<KernelModule> parseFile(const std::string &path,
                                        const KernelOptions &options = {});

  /// Loads the shared library in the file `path`, which norm-compile wrote. A
  /// library does not tell the types of its functions: `declarations` is the
  /// source that it was compiled of, or a module with a declaration for each
  /// function to be called, like
  ///
  ///   func.func private @f(tensor<?x4096xf32>, f32) -> tensor<?x4096xf32>
  ///
  /// Element types, ranks and scalars are believed: wrong ones are undefined
  /// behaviour of a call. Nothing is compiled but the way into each function.
  /// The library stays in the process. It tells whether its kernels run on a
  /// GPU; all functions that are declared are of one kind. The error names the
  /// file: it is missing, no library, damaged, for another machine or another
  /// version of the runtime library, or lacks a function that is declared.
  static Result<KernelModule> load(const std::string &path,
                                   const std::string &declarations);

  /// The functions of `engine`, for a program that compiles with MLIR itself.
  explicit KernelModule(std::shared_ptr<const ExecutionEngine> engine)
      : engine(std::move(engine)) {}

  /// The function `name`; an empty name is the only one. The error lists the
  /// names that there are.
  Result<KernelFunction> function(const std::string &name) const;

  /// The names of the functions, in the order of the source.
  std::vector<std::string> getFunctionNames() const;

  /// Whether the functions are from the folder of KernelOptions::cache, and
  /// nothing was compiled.
  bool isFromCache() const;

private:
  std::shared_ptr<const ExecutionEngine> engine;
};

} // namespace norm

#endif // NORM_EXECUTIONENGINE_KERNELMODULE_H
