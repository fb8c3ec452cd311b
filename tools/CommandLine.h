//===- CommandLine.h - What the tools' command lines share ------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TOOLS_COMMANDLINE_H
#define NORM_TOOLS_COMMANDLINE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace norm::tool {

/// Reads the options that are declared. The error is what LLVM says of the
/// first that is wrong, and of each further one in a line of its own, as
/// norm::printError writes it.
inline llvm::Error parseCommandLine(int argc, char **argv, llvm::StringRef tool,
                                    llvm::StringRef overview) {
  static std::string version;
  version = (tool + " " NORM_VERSION ", LLVM " LLVM_VERSION_STRING "\n").str();
  llvm::cl::SetVersionPrinter([](llvm::raw_ostream &os) { os << version; });
  std::string problems;
  llvm::raw_string_ostream stream(problems);
  if (llvm::cl::ParseCommandLineOptions(argc, argv, overview, &stream))
    return llvm::Error::success();
  // It writes those of values to stderr itself.
  if (problems.empty())
    return llvm::createStringError("the value of an option is wrong");
  // LLVM begins each with the name of the program.
  std::string program = (llvm::sys::path::filename(argv[0]) + ": ").str();
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(problems).trim().split(lines, '\n');
  std::string text;
  for (llvm::StringRef line : lines) {
    bool isNew = line.consume_front(program);
    if (!text.empty())
      text += isNew ? "\n" + tool.str() + ": error: " : "\n";
    text += line;
  }
  return llvm::createStringError(text);
}

/// An error if `option` is given but not what it takes to matter, which `needs`
/// names.
template <typename Option>
llvm::Error checkMatters(const Option &option, bool matters,
                         llvm::StringRef needs) {
  if (option.getNumOccurrences() == 0 || matters)
    return llvm::Error::success();
  return llvm::createStringError("--" + option.ArgStr + ": expected " + needs +
                                 ", found none");
}

} // namespace norm::tool

#endif // NORM_TOOLS_COMMANDLINE_H
