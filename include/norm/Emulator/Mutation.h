//===- Mutation.h - Kernels with a fault put in -----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// For tests that show that a check finds the fault it is made for.

#ifndef NORM_EMULATOR_MUTATION_H
#define NORM_EMULATOR_MUTATION_H

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace llvm {
class Module;
} // namespace llvm

namespace norm::emulator {

/// Describes what orders threads or memory in the functions of the NVPTX module
/// `module`, in their order in its text: barriers and arrivals of blocks, warps
/// and clusters, mbarrier arrivals and waits, waits for asynchronous copies and
/// for the grid before, proxy fences. One text each, the name of the
/// instruction and where it is.
std::vector<std::string> listSynchronization(const llvm::Module &module);

/// Removes number `index` of listSynchronization(module). A wait that returns
/// whether it succeeded succeeds at once, and an arrival returns the state 0.
/// Fails if there are not as many.
llvm::Error removeSynchronization(llvm::Module &module, unsigned index);

} // namespace norm::emulator

#endif // NORM_EMULATOR_MUTATION_H
