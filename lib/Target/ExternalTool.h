//===- ExternalTool.h - Programs that the compiler runs ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_TARGET_EXTERNALTOOL_H
#define NORM_LIB_TARGET_EXTERNALTOOL_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>

namespace norm {

/// A new folder that is removed with all that is in it.
class TemporaryFolder {
public:
  TemporaryFolder() = default;
  TemporaryFolder(const TemporaryFolder &) = delete;
  ~TemporaryFolder();

  llvm::Error create();

  std::string getPath(llvm::StringRef file) const;

private:
  llvm::SmallString<128> path;
};

/// Runs the program `path`; what it writes goes to files in `folder`. The error
/// says that `doing` failed and what the program wrote.
llvm::Error runTool(llvm::StringRef path, llvm::ArrayRef<std::string> arguments,
                    const TemporaryFolder &folder, llvm::StringRef doing);

/// The file `path` that a program has written.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readToolOutput(llvm::StringRef path, llvm::StringRef doing);

} // namespace norm

#endif // NORM_LIB_TARGET_EXTERNALTOOL_H
