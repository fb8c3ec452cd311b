//===- OutputFile.cpp - Files that are written whole or not at all --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/OutputFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>

using namespace llvm;
using namespace norm;

/// The error of `code` at `path`; success if there is none.
static Error fileError(StringRef path, std::error_code code) {
  if (!code)
    return Error::success();
  return createStringError(code, path + ": " + code.message());
}

/// Writes the bytes of `file` to `stream` and returns what the system said. The
/// error is taken from the stream, whose destructor ends the process if it has
/// one.
static std::error_code writeAll(raw_fd_ostream &stream,
                                const OutputFile &file) {
  stream << file.bytes << file.moreBytes;
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

namespace {

/// A file that is written beside the path that it will have. Unless `commit`
/// succeeds, nothing is left of it.
class StagedFile {
public:
  StagedFile() = default;
  StagedFile(const StagedFile &) = delete;
  ~StagedFile() {
    if (temporary.empty())
      return;
    sys::fs::remove(temporary);
    sys::DontRemoveFileOnSignal(temporary);
  }

  /// Writes `output` beside its path, which is missing or a regular file.
  std::error_code stage(const OutputFile &output) {
    target = output.path;
    if (sys::fs::exists(target)) {
      // A symbolic link stays one: the file it leads to is replaced. So would
      // be a read-only file, were it not refused.
      std::error_code error = sys::fs::real_path(output.path, target);
      if (!error)
        error = sys::fs::access(target, sys::fs::AccessMode::Write);
      if (error)
        return error;
    }
    SmallString<128> name;
    int file;
    if (std::error_code error = createBeside(target, name, file))
      return error;
    temporary = name;
    sys::RemoveFileOnSignal(temporary);
    raw_fd_ostream stream(file, /*shouldClose=*/true);
    std::error_code error = writeAll(stream, output);
    stream.close();
    if (!error)
      error = stream.error();
    stream.clear_error();
    return error;
  }

  /// Gives the file its path.
  std::error_code commit() {
    std::error_code error = sys::fs::rename(temporary, target);
    if (!error) {
      sys::DontRemoveFileOnSignal(temporary);
      temporary.clear();
    }
    return error;
  }

private:
  SmallString<128> target, temporary;
};

} // namespace

/// True for what is written in place: standard output, a device, a pipe, and a
/// folder, which is refused there.
static bool isSpecial(StringRef path) {
  sys::fs::file_status status;
  return path == "-" ||
         (!sys::fs::status(path, status) && !sys::fs::is_regular_file(status));
}

static Error writeSpecial(const OutputFile &file) {
  if (file.path == "-")
    return fileError("standard output", writeAll(outs(), file));
  std::error_code error;
  raw_fd_ostream stream(file.path, error, sys::fs::CD_OpenExisting,
                        sys::fs::FA_Write, sys::fs::OF_None);
  return fileError(file.path, error ? error : writeAll(stream, file));
}

Error norm::writeOutputs(ArrayRef<OutputFile> files) {
  // What cannot be taken back is written when the rest is ready to be renamed.
  std::vector<StagedFile> staged(files.size());
  for (auto [file, place] : zip_equal(files, staged))
    if (!isSpecial(file.path))
      if (std::error_code error = place.stage(file))
        return fileError(file.path, error);
  for (const OutputFile &file : files)
    if (isSpecial(file.path))
      if (Error error = writeSpecial(file))
        return error;
  for (auto [file, place] : zip_equal(files, staged))
    if (!isSpecial(file.path))
      if (std::error_code error = place.commit())
        return fileError(file.path, error);
  return Error::success();
}

Error norm::writeOutput(StringRef path, StringRef bytes) {
  return writeOutputs(OutputFile{path, bytes});
}

void norm::ignoreFileSizeSignal() {
#ifdef SIGXFSZ
  std::signal(SIGXFSZ, SIG_IGN);
#endif
}
