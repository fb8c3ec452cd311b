//===- OutputFileTest.cpp - Tests of writing files whole ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/OutputFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace norm;
using namespace llvm::sys;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

class OutputFile : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(fs::createUniqueDirectory("norm-output", folder));
  }
  void TearDown() override { fs::remove_directories(folder); }

  std::string pathOf(llvm::StringRef name) {
    llvm::SmallString<128> path(folder);
    path::append(path, name);
    return path.str().str();
  }

  static std::string read(llvm::StringRef path) {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "no file";
  }

  /// The number of entries in the folder.
  int countFiles() {
    std::error_code error;
    int count = 0;
    for (fs::directory_iterator it(folder, error), end; it != end && !error;
         it.increment(error))
      ++count;
    return count;
  }

  static std::string write(llvm::StringRef path, llvm::StringRef bytes) {
    return llvm::toString(writeOutput(path, bytes));
  }

  llvm::SmallString<128> folder;
};

TEST_F(OutputFile, IsCreatedAndReplaced) {
  std::string path = pathOf("100%.o");
  EXPECT_EQ(write(path, "long contents"), "");
  EXPECT_EQ(write(path, llvm::StringRef("a\0b", 3)), "");
  EXPECT_EQ(read(path), std::string("a\0b", 3));
  EXPECT_EQ(countFiles(), 1);
}

TEST_F(OutputFile, SymbolicLinkStaysOne) {
  ASSERT_EQ(write(pathOf("file"), "old"), "");
  ASSERT_FALSE(fs::create_link(pathOf("file"), pathOf("link")));
  EXPECT_EQ(write(pathOf("link"), "new"), "");
  EXPECT_EQ(read(pathOf("file")), "new");
  EXPECT_TRUE(fs::is_symlink_file(pathOf("link")));
}

TEST_F(OutputFile, MissingFolder) {
  std::string path = pathOf("none/file");
  EXPECT_EQ(write(path, "x"), path + ": No such file or directory");
  EXPECT_EQ(countFiles(), 0);
}

TEST_F(OutputFile, Folder) {
  EXPECT_THAT(write(folder, "x"), StartsWith(folder.str().str() + ": "));
  EXPECT_EQ(countFiles(), 0);
}

TEST_F(OutputFile, FullDevice) {
  if (!fs::exists("/dev/full"))
    GTEST_SKIP() << "the machine has no /dev/full";
  EXPECT_EQ(write("/dev/full", "x"), "/dev/full: No space left on device");
  // The device is still one.
  EXPECT_FALSE(fs::is_regular_file("/dev/full"));
}

TEST_F(OutputFile, SeveralOrNone) {
  std::string first = pathOf("first"), second = pathOf("second");
  auto writeBoth = [&](llvm::StringRef one, llvm::StringRef other) {
    return llvm::toString(writeOutputs({{one, "1"}, {other, "2"}}));
  };
  EXPECT_EQ(writeBoth(first, second), "");
  EXPECT_EQ(read(first), "1");
  EXPECT_EQ(read(second), "2");
  EXPECT_EQ(countFiles(), 2);

  ASSERT_EQ(write(first, "old"), "");
  std::string missing = pathOf("none/file");
  EXPECT_EQ(writeBoth(first, missing), missing + ": No such file or directory");
  EXPECT_EQ(writeBoth(missing, first), missing + ": No such file or directory");
  EXPECT_THAT(writeBoth(first, folder), StartsWith(folder.str().str() + ": "));
  if (fs::exists("/dev/full")) {
    EXPECT_EQ(writeBoth("/dev/full", first),
              "/dev/full: No space left on device");
    EXPECT_EQ(writeBoth(first, "/dev/full"),
              "/dev/full: No space left on device");
  }
  EXPECT_EQ(read(first), "old");
  EXPECT_EQ(countFiles(), 2);
}

} // namespace
