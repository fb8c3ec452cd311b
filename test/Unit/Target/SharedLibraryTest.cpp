//===- SharedLibraryTest.cpp - Tests of what cannot be linked -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/SharedLibrary.h"

#include "norm/Target/OutputFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Host.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cstdlib>

using namespace norm;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

class SharedLibrary : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("norm-library", folder));
    options.runtimeDirectory = folder.str().str();
    llvm::cantFail(
        writeOutput((folder + "/libnorm_runtime.so").str(), "no library"));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  /// The error of linking what is no object file.
  std::string link(const llvm::Triple &triple) {
    llvm::SmallVector<char> library;
    std::string error = llvm::toString(linkSharedLibrary(
        "no object", triple, "libkernels.so", options, library));
    EXPECT_TRUE(library.empty());
    return error;
  }

  llvm::Triple host{llvm::sys::getProcessTriple()};
  llvm::SmallString<128> folder;
  LinkOptions options;
};

TEST_F(SharedLibrary, WhatTheLinkerSaysIsTheError) {
  std::string error = link(host);
  EXPECT_THAT(error, StartsWith("linking a shared library for " + host.str()));
  EXPECT_THAT(error, HasSubstr("kernels.o"));
}

TEST_F(SharedLibrary, NoLinker) {
  const char *path = std::getenv("PATH");
  std::string saved = path ? path : "";
  setenv("PATH", folder.c_str(), /*overwrite=*/1);
  options.toolDirectory = folder.str().str();
  EXPECT_EQ(link(host), "found no program to link with, expected ld.lld in '" +
                            options.toolDirectory +
                            "' or ld.lld, cc, clang or gcc in the PATH");
  setenv("PATH", saved.c_str(), /*overwrite=*/1);
}

TEST_F(SharedLibrary, LinkerThatIsNoProgram) {
  options.linker = options.runtimeDirectory + "/libnorm_runtime.so";
  EXPECT_EQ(link(host), "the linker '" + options.linker + "' was not found");
}

TEST_F(SharedLibrary, NoStaticRuntime) {
  options.runtime = RuntimeLinkage::Static;
  EXPECT_EQ(link(host), options.runtimeDirectory +
                            "/libnorm_runtime.a: the runtime library to link "
                            "with is missing");
}

TEST_F(SharedLibrary, PlatformWithoutELF) {
  EXPECT_EQ(link(llvm::Triple("x86_64-apple-darwin")),
            "shared libraries are linked for ELF platforms, found "
            "x86_64-apple-darwin");
}

} // namespace
