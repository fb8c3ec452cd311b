//===- CIdentifiers.cpp - Names that C and C++ accept ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CIdentifiers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace norm;

/// True for names as macros have them: C's headers define hundreds of those,
/// and any that is included before a generated one can change its names.
static bool isLikeMacro(StringRef name) {
  static const StringSet<> words = {
      // <complex.h>, of which one is short, and <stdnoreturn.h>
      "I", "complex", "imaginary", "noreturn",
      // <errno.h>, <math.h>, <stdio.h>, <time.h>
      "errno", "math_errhandling", "signgam", "stderr", "stdin", "stdout",
      "L_tmpnam",
      // With parameters, so only as names of functions: <assert.h>,
      // <setjmp.h>, <stdarg.h>, <stddef.h>, <sys/sysmacros.h>
      "assert", "major", "makedev", "minor", "offsetof", "setjmp", "va_arg",
      "va_copy", "va_end", "va_start",
      // <netdb.h>, <signal.h>, <sys/stat.h>
      "h_errno", "sa_handler", "sa_sigaction", "st_atime", "st_ctime",
      "st_mtime",
      // Predefined by compilers
      "i386", "linux", "unix"};
  return words.contains(name) || name.starts_with("PRI") ||
         name.starts_with("SCN") ||
         (none_of(name, isLower) && count_if(name, isUpper) > 1);
}

/// True for keywords and operator names of C11 to C23 and C++11 to C++20, for
/// the types of C's headers, and for names of the runtime's headers.
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
                                    "norm",         "norm_f16",
                                    "norm_bf16",    "std"};
  return words.contains(name) || name.starts_with("norm_tensor_") ||
         name.ends_with("_t") || isLikeMacro(name);
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
