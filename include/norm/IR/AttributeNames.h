//===- AttributeNames.h - Attributes on functions ---------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_IR_ATTRIBUTENAMES_H
#define NORM_IR_ATTRIBUTENAMES_H

#include "llvm/ADT/StringRef.h"

namespace norm {

/// The string attribute on an argument or result of a function that names it
/// in messages, options and headers.
inline constexpr llvm::StringRef kNameAttr = "norm.name";

} // namespace norm

#endif // NORM_IR_ATTRIBUTENAMES_H
