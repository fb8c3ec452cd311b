//===- RuntimeSymbols.h - What loaded code may call -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EXECUTIONENGINE_RUNTIMESYMBOLS_H
#define NORM_LIB_EXECUTIONENGINE_RUNTIMESYMBOLS_H

#include "llvm/ADT/ArrayRef.h"

namespace norm {

/// A function of this process by its C name.
struct RuntimeSymbol {
  const char *name;
  void *address;
};

/// The functions that compiled code may call: the runtime library, and of the C
/// library memory functions and the mathematics that LLVM falls back to.
llvm::ArrayRef<RuntimeSymbol> getRuntimeSymbols();

} // namespace norm

#endif // NORM_LIB_EXECUTIONENGINE_RUNTIMESYMBOLS_H
