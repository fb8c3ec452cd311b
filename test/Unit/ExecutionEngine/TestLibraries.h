//===- TestLibraries.h - Libraries that the tests load ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_UNIT_EXECUTIONENGINE_TESTLIBRARIES_H
#define NORM_TEST_UNIT_EXECUTIONENGINE_TESTLIBRARIES_H

#include <fstream>
#include <sstream>
#include <string>

namespace norm {

/// Where the libraries are that the build makes of Inputs.
inline const std::string folder = NORM_TEST_LIBRARIES;

/// The bytes of a file, none if it cannot be read.
inline std::string readFile(const std::string &path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

} // namespace norm

#endif // NORM_TEST_UNIT_EXECUTIONENGINE_TESTLIBRARIES_H
