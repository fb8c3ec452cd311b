//===- CompileFile.h - From one file to another -----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TARGET_COMPILEFILE_H
#define NORM_TARGET_COMPILEFILE_H

#include "norm/Target/Compile.h"
#include "norm/Target/SharedLibrary.h"

namespace norm {

/// What a compiler writes: a module as MLIR, or code.
/// PTX, cubins and fatbins are the kernels for GPUs alone, and so is LLVM IR
/// for a GPU; an object or a shared library contains them and the functions
/// that launch them.
enum class OutputKind {
  MLIR,
  LLVMIR,
  Assembly,
  Object,
  Shared,
  PTX,
  Cubin,
  Fatbin
};

/// The kind called `name` ("mlir", "llvm", "asm", "obj", "shared", "ptx",
/// "cubin", "fatbin"). If `name` is empty, that of the extension of `path`
/// (".mlir", ".ll", ".s", ".o", ".so", ".ptx", ".cubin", ".fatbin"). The error
/// says which there are.
llvm::Expected<OutputKind> parseOutputKind(llvm::StringRef name,
                                           llvm::StringRef path);

/// The stage called `name`, as `parseStage`; the error lists the names.
llvm::Expected<Stage> parseStageName(llvm::StringRef name);

/// The lowering called `name`, as `parseLowering`; the error lists the names.
llvm::Expected<Lowering> parseLoweringName(llvm::StringRef name);

/// Where kernels run for the target `names`: nothing for "cpu", else GPUs as
/// GPUTarget::create takes them. The error is one of the option --target, or
/// says that `lowering` is not for GPUs.
llvm::Expected<std::optional<GPUOptions>> parseTarget(llvm::StringRef names,
                                                      Lowering lowering);

/// What is written of a compiled module.
struct FileOutputs {
  /// The module as `kind`, of stage `last`; absent is the last stage, of which
  /// alone code can be written.
  std::string path;
  OutputKind kind = OutputKind::Object;
  std::optional<Stage> last;

  /// If not empty: the header that declares the functions (see writeCHeader).
  std::string header;

  /// How a shared library is linked.
  LinkOptions link;
};

/// Compiles the module in the file `input` ("-": standard input) and writes
/// `outputs` (see writeOutputs), none of which is touched on an error.
llvm::Error compileFile(llvm::StringRef input, const FileOutputs &outputs,
                        const CompileOptions &options);

} // namespace norm

#endif // NORM_TARGET_COMPILEFILE_H
