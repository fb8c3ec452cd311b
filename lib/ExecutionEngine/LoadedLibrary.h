//===- LoadedLibrary.h - A shared library of kernels ------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EXECUTIONENGINE_LOADEDLIBRARY_H
#define NORM_LIB_EXECUTIONENGINE_LOADEDLIBRARY_H

#include "norm/ExecutionEngine/PreparedCall.h"

namespace llvm {
class Triple;
} // namespace llvm

namespace norm {

/// A shared library that norm-compile wrote, loaded into this process, where it
/// stays: threads of its parallel loops may outlive every call.
class LoadedLibrary {
public:
  /// Loads the file `path` on this machine, whose platform is `host`. The
  /// file is checked first, as the dynamic linker crashes on damaged ones. The
  /// error names the file.
  static llvm::Expected<LoadedLibrary> load(llvm::StringRef path,
                                            const llvm::Triple &host);

  /// Whether the library itself has the function `symbol`.
  bool exports(llvm::StringRef symbol) const {
    return llvm::is_contained(exported, symbol);
  }

  /// The address of the exported function `symbol`; the error lists the kernels
  /// that there are.
  llvm::Expected<void *> lookup(const std::string &symbol) const;

  /// Of the runtime library that this library is linked to.
  const ErrorFunctions &getErrorFunctions() const { return errors; }

private:
  LoadedLibrary() = default;

  std::string path;
  void *handle = nullptr;
  ErrorFunctions errors = {};
  /// The functions that the library exports.
  std::vector<std::string> exported;
};

} // namespace norm

#endif // NORM_LIB_EXECUTIONENGINE_LOADEDLIBRARY_H
