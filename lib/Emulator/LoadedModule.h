//===- LoadedModule.h - Kernels compiled for the host -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EMULATOR_LOADEDMODULE_H
#define NORM_LIB_EMULATOR_LOADEDMODULE_H

#include "norm/Emulator/Emulator.h"

#include "llvm/ADT/StringMap.h"

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace norm::emulator {

/// A retargeted module, compiled and linked to the emulator's runtime.
class LoadedModule {
public:
  /// Compiles `module`, whose context is that of this call's caller, for this
  /// machine.
  static llvm::Expected<std::unique_ptr<LoadedModule>>
  create(std::unique_ptr<llvm::Module> module);
  ~LoadedModule();

  /// Without its LLVM module, which was compiled.
  const RetargetedModule &getInfo() const { return info; }
  const std::vector<Kernel> &getKernels() const { return kernels; }
  /// The addresses of getInfo().globals.
  llvm::ArrayRef<void *> getGlobals() const { return globals; }

private:
  LoadedModule();

  std::unique_ptr<llvm::orc::LLJIT> jit;
  RetargetedModule info;
  std::vector<Kernel> kernels;
  std::vector<void *> globals;
};

} // namespace norm::emulator

#endif // NORM_LIB_EMULATOR_LOADEDMODULE_H
