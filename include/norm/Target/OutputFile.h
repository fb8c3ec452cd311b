//===- OutputFile.h - Files that are written whole or not at all ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TARGET_OUTPUTFILE_H
#define NORM_TARGET_OUTPUTFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace norm {

/// Makes `bytes` the contents of the file `path`; "-" is the standard output. A
/// regular file is written beside `path` and renamed, so `path` has its old
/// contents or all of the new ones, and nothing else is left on an error. What
/// exists and is no regular file (a device, a pipe) is written in place. The
/// error names `path`.
llvm::Error writeOutput(llvm::StringRef path, llvm::StringRef bytes);

/// A file to be written: `bytes`, then `moreBytes`, so that a header needs no
/// copy of the data behind it.
struct OutputFile {
  llvm::StringRef path;
  llvm::StringRef bytes;
  llvm::StringRef moreBytes = {};
};

/// Writes all of `files` as writeOutput does, or none: each is written beside
/// its path before the first is renamed.
llvm::Error writeOutputs(llvm::ArrayRef<OutputFile> files);

/// For a program, before it writes: a file beyond the limit on sizes
/// (setrlimit) becomes an error of writing it, and no longer a signal that ends
/// the process.
void ignoreFileSizeSignal();

} // namespace norm

#endif // NORM_TARGET_OUTPUTFILE_H
