//===- CodeIdentity.h - Tells builds of code apart --------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EXECUTIONENGINE_CODEIDENTITY_H
#define NORM_LIB_EXECUTIONENGINE_CODEIDENTITY_H

#include "llvm/ADT/ArrayRef.h"

#include <string>

namespace norm {

/// Bytes that differ between two builds of the programs or libraries that are
/// loaded at `addresses`, wherever their files are, and are the same in each
/// process that runs the same ones. Of each it is the build id that its linker
/// has made of its contents, or, without one, a hash of all its code and
/// constants. Both are taken from memory: a file may have been replaced since
/// it was loaded, and neither its version nor its time of change tells all
/// builds apart. Empty if there is nothing loaded at one of the addresses.
std::string identifyCode(llvm::ArrayRef<const void *> addresses);

/// The identity of this compiler: of its own code, of MLIR and of LLVM.
const std::string &getCompilerIdentity();

} // namespace norm

#endif // NORM_LIB_EXECUTIONENGINE_CODEIDENTITY_H
