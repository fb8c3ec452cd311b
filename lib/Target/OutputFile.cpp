//===- OutputFile.cpp - Files that are written whole or not at all --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/OutputFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace norm;

/// The error of `code` at `path`; success if there is none.
static Error fileError(StringRef path, std::error_code code) {
  if (!code)
    return Error::success();
  return createStringError(code, path + ": " + code.message());
}

/// Writes `bytes` to `stream` and returns what the system said. The error is
/// taken from the stream, whose destructor ends the process if it has one.
static std::error_code writeAll(raw_fd_ostream &stream, StringRef bytes) {
  stream << bytes;
  stream.flush();
  std::error_code error = stream.error();
  stream.clear_error();
  return error;
}

/// Creates a file of a new name in the folder of `target`, where a rename is
/// atomic, and sets `path` to its name and `file` to its descriptor.
static std::error_code createBeside(StringRef target, SmallString<128> &path,
                                    int &file) {
  std::error_code error;
  for (int attempt = 0; attempt < 100; ++attempt) {
    path = sys::path::parent_path(target);
    sys::path::append(path, "norm-" + Twine(sys::Process::getProcessId()) +
                                "-" + Twine(attempt) + ".tmp");
    error = sys::fs::openFileForWrite(path, file, sys::fs::CD_CreateNew);
    if (error != std::errc::file_exists)
      return error;
  }
  return error;
}

Error norm::writeOutput(StringRef path, StringRef bytes) {
  if (path == "-")
    return fileError("standard output", writeAll(outs(), bytes));

  sys::fs::file_status status;
  std::error_code missing = sys::fs::status(path, status);
  std::error_code error;
  if (sys::fs::exists(status) && !sys::fs::is_regular_file(status)) {
    raw_fd_ostream stream(path, error, sys::fs::CD_OpenExisting,
                          sys::fs::FA_Write, sys::fs::OF_None);
    return fileError(path, error ? error : writeAll(stream, bytes));
  }

  SmallString<128> target(path);
  if (!missing) {
    // A symbolic link stays one: the file it leads to is replaced. So would be
    // a read-only file, were it not refused.
    error = sys::fs::real_path(path, target);
    if (!error)
      error = sys::fs::access(target, sys::fs::AccessMode::Write);
    if (error)
      return fileError(path, error);
  }
  SmallString<128> temporary;
  int file;
  if ((error = createBeside(target, temporary, file)))
    return fileError(path, error);
  FileRemover removeOnError(temporary);
  sys::RemoveFileOnSignal(temporary);
  raw_fd_ostream stream(file, /*shouldClose=*/true);
  error = writeAll(stream, bytes);
  stream.close();
  if (!error)
    error = stream.error();
  stream.clear_error();
  if (!error)
    error = sys::fs::rename(temporary, target);
  if (!error)
    removeOnError.releaseFile();
  sys::DontRemoveFileOnSignal(temporary);
  return fileError(path, error);
}
