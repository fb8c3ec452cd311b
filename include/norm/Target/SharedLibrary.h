//===- SharedLibrary.h - From an object file to a library -------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TARGET_SHAREDLIBRARY_H
#define NORM_TARGET_SHAREDLIBRARY_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

#include <string>

namespace norm {

/// How a library of kernels comes by libnorm_runtime.
enum class RuntimeLinkage {
  /// It loads libnorm_runtime.so, which lies beside it or where the dynamic
  /// linker looks. All libraries of a process share one thread pool and one
  /// error text.
  Shared,
  /// It contains libnorm_runtime.a and exports its functions: for a process
  /// with one such library.
  Static
};

/// How shared libraries are linked.
struct LinkOptions {
  /// The program that links: an ELF linker, if its name begins or ends with
  /// "ld", else a C compiler. If empty, LLVM's ld.lld, or the C compiler if
  /// there is none or the runtime is static.
  std::string linker;

  /// The folder where LLVM's tools are looked for, before PATH. May be empty.
  std::string toolDirectory;

  /// The folder of libnorm_runtime.so and libnorm_runtime.a.
  std::string runtimeDirectory;

  RuntimeLinkage runtime = RuntimeLinkage::Shared;
};

/// Links `object`, an ELF object file for `triple`, with the runtime library to
/// a shared library called `name` ("libkernels.so"; may be empty), and appends
/// its bytes to `library`. It exports the functions of the calling convention;
/// it needs libc, libm and libgcc_s, and nothing of LLVM. The error says which
/// program or file is missing, or what the linker wrote.
llvm::Error linkSharedLibrary(llvm::StringRef object,
                              const llvm::Triple &triple, llvm::StringRef name,
                              const LinkOptions &options,
                              llvm::SmallVectorImpl<char> &library);

} // namespace norm

#endif // NORM_TARGET_SHAREDLIBRARY_H
