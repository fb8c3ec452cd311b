//===- SanitizerOptions.cpp - What the sanitizers do not see -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// OpenMP's library is built without a sanitizer. Its tool libarcher, which it
// loads by itself, tells ThreadSanitizer of its barriers.

extern "C" {

/// Accesses within OpenMP's library are no races of the runtime's.
const char *__tsan_default_options() {
  return "ignore_noninstrumented_modules=1";
}

/// OpenMP's library keeps its threads until the program ends.
const char *__lsan_default_suppressions() { return "leak:libomp.so"; }

} // extern "C"
