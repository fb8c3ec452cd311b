//===- Rewriter.h - What the steps of retargeting share ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EMULATOR_RETARGET_REWRITER_H
#define NORM_LIB_EMULATOR_RETARGET_REWRITER_H

#include "norm/Emulator/Retarget.h"

#include "llvm/IR/DataLayout.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

namespace norm::emulator {

/// A module on its way from NVPTX to the host. The steps are called in the
/// order in which they are declared.
class Rewriter {
public:
  Rewriter(llvm::Module &module, RetargetedModule &result)
      : module(module), result(result) {}

  /// Refuses what has no meaning here: external functions, recursion, aliases
  /// (Check.cpp).
  llvm::Error check();

  /// Describes the kernels (Kernels.cpp).
  void collectKernels();

  /// Gives shared variables a place, makes constant expressions of pointers
  /// instructions (SharedMemory.cpp).
  llvm::Error placeSharedMemory();

  /// Replaces intrinsics of NVVM, inline PTX and traps by calls to the runtime
  /// (Intrinsics.cpp, InlinePTX.cpp).
  llvm::Error replaceIntrinsics();

  /// Lets the runtime check each access (Accesses.cpp).
  llvm::Error instrumentAccesses();

  /// Lets the runtime count iterations (Accesses.cpp).
  void instrumentLoops();

  // For the steps.

  /// An error at `instruction`: "kernel.mlir:3:4: text".
  static llvm::Error makeError(const llvm::Instruction &instruction,
                               const llvm::Twine &text);

  /// Where `instruction` is, as Report::location.
  static std::string describe(const llvm::Instruction &instruction);

  /// A new site as an operand.
  llvm::Constant *addSite(const llvm::Instruction &instruction,
                          llvm::StringRef operation, uint32_t size = 0,
                          uint32_t align = 1, unsigned addressSpace = 0,
                          bool atomic = false);

  /// The declaration of a function of the runtime.
  llvm::FunctionCallee getRuntime(llvm::StringRef name);

  /// Replaces `call` by one of the runtime's function `name`, converting
  /// operands and results. Fails if there is none or its types differ.
  llvm::Error replaceByRuntime(llvm::CallBase &call, llvm::StringRef name);

private:
  llvm::Error replaceInlinePTX(llvm::CallInst &call);

  llvm::Module &module;
  RetargetedModule &result;
};

/// `module` with all pointers in address space 0, for the host with `triple`
/// and `layout`, without debug information and the attributes and metadata
/// that hold for NVPTX only (AddressSpaces.cpp).
std::unique_ptr<llvm::Module>
stripAddressSpaces(const llvm::Module &module, const llvm::Triple &triple,
                   const llvm::DataLayout &layout);

/// Sets how much of the stack the kernels take at most in `module`, compiled
/// without optimization: each value has a place of its own (Kernels.cpp).
void boundFrames(const llvm::Module &module, std::vector<KernelInfo> &kernels);

/// Adds the entries of the kernels and the conversions that the host may lack
/// (Kernels.cpp, HostFunctions.cpp).
void addEntries(llvm::Module &module, const std::vector<KernelInfo> &kernels);
void addHostConversions(llvm::Module &module);

} // namespace norm::emulator

#endif // NORM_LIB_EMULATOR_RETARGET_REWRITER_H
