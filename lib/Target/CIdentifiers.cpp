//===- CIdentifiers.cpp - Names that C and C++ accept ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CIdentifiers.h"

#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace norm;

/// True for keywords and operator names of C11 to C23 and C++11 to C++20, for
/// what <stdint.h> and <stddef.h> define without a pattern, for macros that
/// compilers predefine without underscores, and for names of the runtime's
/// headers.
static bool isReserved(StringRef name) {
  static const StringSet<> words = {"alignas",      "alignof",
                                    "and",          "and_eq",
                                    "asm",          "atomic_cancel",
                                    "auto",         "bitand",
                                    "bitor",        "bool",
                                    "break",        "case",
                                    "catch",        "char",
                                    "char8_t",      "char16_t",
                                    "char32_t",     "class",
                                    "co_await",     "co_return",
                                    "co_yield",     "compl",
                                    "concept",      "const",
                                    "const_cast",   "consteval",
                                    "constexpr",    "constinit",
                                    "continue",     "decltype",
                                    "default",      "delete",
                                    "do",           "double",
                                    "dynamic_cast", "else",
                                    "enum",         "explicit",
                                    "export",       "extern",
                                    "false",        "float",
                                    "for",          "friend",
                                    "goto",         "if",
                                    "inline",       "int",
                                    "long",         "mutable",
                                    "namespace",    "new",
                                    "noexcept",     "not",
                                    "not_eq",       "nullptr",
                                    "operator",     "or",
                                    "or_eq",        "private",
                                    "protected",    "public",
                                    "register",     "reinterpret_cast",
                                    "requires",     "restrict",
                                    "return",       "short",
                                    "signed",       "sizeof",
                                    "static",       "static_assert",
                                    "static_cast",  "struct",
                                    "switch",       "template",
                                    "this",         "thread_local",
                                    "throw",        "true",
                                    "try",          "typedef",
                                    "typeid",       "typename",
                                    "typeof",       "typeof_unqual",
                                    "union",        "unsigned",
                                    "using",        "virtual",
                                    "void",         "volatile",
                                    "wchar_t",      "while",
                                    "xor",          "xor_eq",
                                    "NULL",         "assert",
                                    "i386",         "linux",
                                    "norm",         "norm_f16",
                                    "norm_bf16",    "offsetof",
                                    "std",          "unix"};
  return words.contains(name) || name.starts_with("norm_tensor_") ||
         name.starts_with("NORM_") || name.ends_with("_t") ||
         ((name.starts_with("INT") || name.starts_with("UINT") ||
           name.starts_with("PTRDIFF") || name.starts_with("SIZE") ||
           name.starts_with("WCHAR") || name.starts_with("WINT") ||
           name.starts_with("SIG_ATOMIC")) &&
          (name.ends_with("_MAX") || name.ends_with("_MIN") ||
           name.ends_with("_C")));
}

std::string norm::replaceNonIdentifierBytes(StringRef name) {
  std::string result = name.str();
  for (char &c : result)
    if (!isAlnum(c))
      c = '_';
  return result;
}

std::string IdentifierScope::add(StringRef name) {
  std::string base = replaceNonIdentifierBytes(name);
  // C and C++ keep names with a leading or double underscore for themselves.
  for (size_t at; (at = base.find("__")) != std::string::npos;)
    base.erase(at, 1);
  if (base.empty() || !isAlpha(base.front()))
    base.insert(0, base.empty() || base.front() != '_' ? "v_" : "v");
  if (isReserved(base))
    base += base.back() == '_' ? "v" : "_";
  std::string result = base;
  StringRef separator = base.back() == '_' ? "" : "_";
  for (unsigned number = 1; !used.insert(result).second; ++number)
    result = (base + separator + Twine(number)).str();
  return result;
}
