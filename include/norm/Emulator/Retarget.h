//===- Retarget.h - NVPTX modules for the host ------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_EMULATOR_RETARGET_H
#define NORM_EMULATOR_RETARGET_H

#include "norm/Emulator/Report.h"

#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace llvm {
class DataLayout;
class Module;
class Triple;
} // namespace llvm

namespace norm::emulator {

/// An instruction that the emulator is told of: what it accesses and where it
/// is in the source.
struct Site {
  /// As Report::location.
  std::string location;
  /// For messages, such as "load" or "barrier.cta.sync.aligned.all".
  std::string operation;
  /// Bytes that a load, store or atomic accesses, and the alignment that it
  /// relies on.
  uint32_t size = 0;
  uint32_t align = 1;
  /// The address space of the pointer: 0 generic, 1 global, 3 shared.
  unsigned addressSpace = 0;
  bool atomic = false;
};

struct KernelParameter {
  uint32_t size;
  uint32_t align;
};

/// What a launch needs to know of a kernel.
struct KernelInfo {
  std::string name;
  std::vector<KernelParameter> parameters;
  /// Bytes of static shared memory that it reaches.
  uint32_t sharedBytes = 0;
  /// Bytes that a thread needs for its local variables.
  uint64_t localBytes = 0;
  /// The most bytes of the stack that a thread of it takes on the host, beside
  /// what the runtime needs.
  uint64_t frameBytes = 0;
  /// From nvvm.maxntid, nvvm.reqntid and nvvm.cluster_dim; 0 if not there.
  uint32_t maxThreads = 0;
  Dim3 requiredBlock = {0, 0, 0};
  Dim3 requiredCluster = {0, 0, 0};
};

/// Where the shared variables of a module lie in the memory of a block.
struct SharedLayout {
  struct Range {
    uint32_t begin, end;
  };
  /// The variables, in the order of their offsets; between them are bytes that
  /// nothing may access.
  std::vector<Range> variables;
  /// Where dynamic shared memory starts; nothing follows it.
  uint32_t dynamicBegin = 0;
};

/// A global variable of the module, in global or constant memory.
struct GlobalInfo {
  std::string name;
  uint64_t size;
  bool constant;
};

/// The entry of the kernel `name` in the retargeted module, a
/// `void(void **arguments)` that loads argument i from arguments[i].
std::string getEntryName(llvm::StringRef name);

struct RetargetedModule {
  std::unique_ptr<llvm::Module> module;
  std::vector<KernelInfo> kernels;
  std::vector<GlobalInfo> globals;
  SharedLayout shared;
  /// Site 0 stands for none.
  std::vector<Site> sites;
};

/// Makes of `module`, the LLVM IR of a gpu.module for NVPTX, one for the host
/// with `triple` and `layout`: the functions of the emulator's runtime take the
/// place of NVVM intrinsics, of inline PTX, of address spaces and of memory
/// accesses. The error names what is not supported and where it is: unknown
/// intrinsics and inline PTX, external functions such as those of libdevice,
/// recursion.
llvm::Expected<RetargetedModule> retarget(std::unique_ptr<llvm::Module> module,
                                          const llvm::Triple &triple,
                                          const llvm::DataLayout &layout);

} // namespace norm::emulator

#endif // NORM_EMULATOR_RETARGET_H
