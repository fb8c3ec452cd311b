//===- CompileFile.h - From one file to another -----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TARGET_COMPILEFILE_H
#define NORM_TARGET_COMPILEFILE_H

#include "norm/Target/Compile.h"

namespace norm {

/// What a compiler writes: a module as MLIR, or code.
enum class OutputKind { MLIR, LLVMIR, Assembly, Object };

/// The kind called `name` ("mlir", "llvm", "asm", "obj"). If `name` is empty,
/// that of the extension of `path` (".mlir", ".ll", ".s", ".o"). The error says
/// which there are.
llvm::Expected<OutputKind> parseOutputKind(llvm::StringRef name,
                                           llvm::StringRef path);

/// The stage called `name`, as `parseStage`; the error lists the names.
llvm::Expected<Stage> parseStageName(llvm::StringRef name);

/// Compiles the module in the file `input` ("-": standard input) up to the
/// stage `last` and writes it as `kind` to `output` (see writeOutput), which is
/// not touched on an error. Code can be written of stage llvm only.
llvm::Error compileFile(llvm::StringRef input, llvm::StringRef output,
                        OutputKind kind, Stage last,
                        const CompileOptions &options);

} // namespace norm

#endif // NORM_TARGET_COMPILEFILE_H
