//===- CIdentifiers.h - Names that C and C++ accept -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TARGET_CIDENTIFIERS_H
#define NORM_LIB_TARGET_CIDENTIFIERS_H

#include "llvm/ADT/StringSet.h"

#include <string>

namespace norm {

/// `name` with `_` for each byte that is no letter, digit or `_`.
std::string replaceNonIdentifierBytes(llvm::StringRef name);

/// The names of one scope, each of which is given once.
class IdentifierScope {
public:
  /// An identifier like `name` that is valid in C and C++, is no name that
  /// generated headers use themselves, and was not given before: `name` if
  /// that is one, else a spelling close to it.
  std::string add(llvm::StringRef name);

private:
  llvm::StringSet<> used;
};

} // namespace norm

#endif // NORM_LIB_TARGET_CIDENTIFIERS_H
