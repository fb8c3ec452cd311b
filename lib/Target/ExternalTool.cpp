//===- ExternalTool.cpp - Programs that the compiler runs -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExternalTool.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace llvm;
using namespace norm;

TemporaryFolder::~TemporaryFolder() {
  if (!path.empty())
    sys::fs::remove_directories(path);
}

Error TemporaryFolder::create() {
  if (std::error_code error = sys::fs::createUniqueDirectory("norm", path)) {
    path.clear();
    return createStringError(error, "no folder for temporary files: " +
                                        error.message());
  }
  return Error::success();
}

std::string TemporaryFolder::getPath(StringRef file) const {
  SmallString<128> result(path);
  sys::path::append(result, file);
  return result.str().str();
}

Error norm::runTool(StringRef path, ArrayRef<std::string> arguments,
                    const TemporaryFolder &folder, StringRef doing) {
  SmallVector<StringRef> words = {path};
  words.append(arguments.begin(), arguments.end());
  std::string outPath = folder.getPath("out"), errPath = folder.getPath("err");
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(outPath),
                                          StringRef(errPath)};
  std::string problem;
  int status =
      sys::ExecuteAndWait(path, words, /*Env=*/std::nullopt, redirects,
                          /*SecondsToWait=*/300, /*MemoryLimit=*/0, &problem);
  if (status == 0)
    return Error::success();
  if (auto text = MemoryBuffer::getFile(errPath)) {
    StringRef written = (*text)->getBuffer().trim();
    // Without the stack trace that ld.lld writes before the error if a file
    // grows beyond a limit.
    if (size_t line = written.rfind('\n', written.rfind("error: "));
        written.contains("Stack dump:") && line != StringRef::npos)
      written = written.drop_front(line + 1);
    if (!written.empty())
      problem = written.str();
  }
  if (problem.empty())
    problem = "exit code " + std::to_string(status);
  return createStringError(doing + " with '" + path + "' failed: " + problem);
}

Expected<std::unique_ptr<MemoryBuffer>> norm::readToolOutput(StringRef path,
                                                             StringRef doing) {
  auto file = MemoryBuffer::getFile(path, /*IsText=*/false,
                                    /*RequiresNullTerminator=*/false);
  if (!file)
    return createStringError(
        file.getError(),
        doing + ": the file that was written: " + file.getError().message());
  return std::move(*file);
}
