//===- NpyTest.cpp - Files made by hand, round trips and bad files --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runner/Npy.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <csignal>
#include <cstring>
#include <sys/resource.h>

using namespace norm::runner;
using llvm::StringRef;

namespace {

/// A folder of its own for each test, removed afterwards.
class Npy : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("npy", folder));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(StringRef name) {
    llvm::SmallString<128> result(folder);
    llvm::sys::path::append(result, name);
    return result.str().str();
  }

  std::string writeFile(StringRef bytes) {
    std::string file = path("in.npy");
    std::error_code code;
    llvm::raw_fd_ostream(file, code) << bytes;
    EXPECT_FALSE(code);
    return file;
  }

  std::string readFile(StringRef file) {
    auto buffer = llvm::MemoryBuffer::getFile(file);
    return buffer ? (*buffer)->getBuffer().str() : "";
  }

  unsigned countFiles() {
    std::error_code code;
    unsigned count = 0;
    for (llvm::sys::fs::directory_iterator it(folder, code), end; it != end;
         it.increment(code))
      ++count;
    return count;
  }

  /// A file of format 1.0 with the header `text` and `data` after it.
  static std::string makeFile(StringRef text, StringRef data) {
    std::string file("\x93NUMPY\x01\x00", 8);
    file += static_cast<char>(text.size() & 0xff);
    file += static_cast<char>(text.size() >> 8);
    return file + text.str() + data.str();
  }

  HostTensor read(StringRef bytes, ElementType type) {
    return llvm::cantFail(readNpy(writeFile(bytes), type));
  }

  /// The error of reading `bytes`, without the name of the file, which has to
  /// come first.
  std::string failure(StringRef bytes, ElementType type = ElementType::F32) {
    std::string file = writeFile(bytes);
    llvm::Expected<HostTensor> tensor = readNpy(file, type);
    if (tensor)
      return "success";
    std::string text = llvm::toString(tensor.takeError());
    StringRef rest = text;
    EXPECT_TRUE(rest.consume_front(file + ": ")) << text;
    return rest.str();
  }

  llvm::SmallString<128> folder;
};

constexpr StringRef pair =
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
const StringRef pairData("\0\0\xc0\x3f\0\0\0\xc0", 8); // 1.5, -2

TEST_F(Npy, ReadsFormat1) {
  HostTensor tensor = read(makeFile(pair, pairData), ElementType::F32);
  EXPECT_EQ(tensor.getShape(), llvm::ArrayRef<int64_t>({2}));
  EXPECT_EQ(tensor.getReal(0), 1.5);
  EXPECT_EQ(tensor.getReal(1), -2);
}

TEST_F(Npy, ReadsFormats2And3) {
  for (char version : {2, 3}) {
    std::string file("\x93NUMPY", 6);
    file += {version, 0, static_cast<char>(pair.size()), 0, 0, 0};
    HostTensor tensor =
        read(file + pair.str() + pairData.str(), ElementType::F32);
    EXPECT_EQ(tensor.getReal(1), -2);
  }
}

TEST_F(Npy, ReadsKeysInAnyOrderAndWithoutLastComma) {
  StringRef header =
      "{\"shape\":(1,2),\"descr\":\"<f4\",\"fortran_order\":False}   \n";
  HostTensor tensor = read(makeFile(header, pairData), ElementType::F32);
  EXPECT_EQ(tensor.getShape(), llvm::ArrayRef<int64_t>({1, 2}));
  EXPECT_EQ(tensor.getReal(1), -2);
}

TEST_F(Npy, ReadsFortranOrder) {
  std::string data;
  for (float value : {0, 10, 1, 11, 2, 12}) // columns of two
    data.append(reinterpret_cast<const char *>(&value), 4);
  HostTensor tensor = read(
      makeFile("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n",
               data),
      ElementType::F32);
  EXPECT_EQ(tensor.getStrides(), llvm::ArrayRef<int64_t>({1, 2}));
  for (int64_t row = 0; row < 2; ++row)
    for (int64_t column = 0; column < 3; ++column)
      EXPECT_EQ(tensor.getReal(row * 3 + column), 10 * row + column);
}

TEST_F(Npy, ReadsRank0AndEmpty) {
  HostTensor scalar =
      read(makeFile("{'descr': '<f8', 'fortran_order': False, 'shape': (), }\n",
                    StringRef("\0\0\0\0\0\0\xf8\x3f", 8)),
           ElementType::F64);
  EXPECT_EQ(scalar.getRank(), 0);
  EXPECT_EQ(scalar.getReal(0), 1.5);
  HostTensor empty = read(
      makeFile("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 0), }\n",
               ""),
      ElementType::F64);
  EXPECT_EQ(empty.getShape(), llvm::ArrayRef<int64_t>({3, 0}));
}

TEST_F(Npy, ReadsBF16AsRawBits) {
  for (StringRef descr : {"<u2", "|V2", "<V2"}) {
    HostTensor tensor =
        read(makeFile(("{'descr': '" + descr +
                       "', 'fortran_order': False, 'shape': (1,), }\n")
                          .str(),
                      StringRef("\xc0\x3f", 2)),
             ElementType::BF16);
    EXPECT_EQ(tensor.getReal(0), 1.5);
  }
}

TEST_F(Npy, RoundTripsEveryTypeAndLayout) {
  for (ElementType type :
       {ElementType::F16, ElementType::BF16, ElementType::F32, ElementType::F64,
        ElementType::I1, ElementType::I8, ElementType::I16, ElementType::I32,
        ElementType::I64, ElementType::Index})
    for (Layout layout : {Layout::RowMajor, Layout::ColumnMajor})
      for (const std::vector<int64_t> &shape :
           std::vector<std::vector<int64_t>>{{2, 3, 4}, {5}, {}, {2, 0}}) {
        HostTensor tensor =
            llvm::cantFail(HostTensor::create(type, shape, layout));
        fillRandom(tensor, 5, 0);
        std::string file = path("out.npy");
        llvm::cantFail(writeNpy(file, tensor));
        HostTensor copy = llvm::cantFail(readNpy(file, type));
        EXPECT_EQ(copy.getShape(), tensor.getShape());
        EXPECT_EQ(copy.getStrides(), tensor.getStrides());
        EXPECT_EQ(StringRef(copy.data(), copy.getNumBytes()),
                  StringRef(tensor.data(), tensor.getNumBytes()))
            << norm::reference::getName(type);
      }
}

// The bytes that NumPy writes for np.array([1.5, -2], np.float32).
TEST_F(Npy, WritesWhatNumPyWrites) {
  HostTensor tensor = llvm::cantFail(HostTensor::create(ElementType::F32, {2}));
  tensor.setReal(0, 1.5);
  tensor.setReal(1, -2);
  llvm::cantFail(writeNpy(path("out.npy"), tensor));
  std::string text = pair.drop_back().str();
  text.append(128 - 10 - text.size() - 1, ' ');
  EXPECT_EQ(readFile(path("out.npy")), makeFile(text + "\n", pairData));
}

TEST_F(Npy, MissingFile) {
  llvm::Expected<HostTensor> tensor =
      readNpy(path("none.npy"), ElementType::F32);
  ASSERT_FALSE(tensor);
  EXPECT_EQ(llvm::toString(tensor.takeError()),
            path("none.npy") + ": cannot read: No such file or directory");
}

TEST_F(Npy, FolderInsteadOfFile) {
  llvm::Expected<HostTensor> tensor = readNpy(folder, ElementType::F32);
  ASSERT_FALSE(tensor);
  EXPECT_EQ(llvm::toString(tensor.takeError()),
            folder.str().str() + ": cannot read: Is a directory");
}

TEST_F(Npy, NoMagic) {
  for (StringRef bytes : {"", "\x93NUM", "PK\x03\x04 zip, not npy"})
    EXPECT_EQ(failure(bytes), "not a .npy file: expected the magic string "
                              "\"\\x93NUMPY\" at its start");
}

TEST_F(Npy, UnknownVersion) {
  EXPECT_EQ(failure(StringRef("\x93NUMPY\x04\x00", 8)),
            "expected format version 1.0, 2.0 or 3.0, found 4.0");
  EXPECT_EQ(failure(StringRef("\x93NUMPY\x01\x01", 8)),
            "expected format version 1.0, 2.0 or 3.0, found 1.1");
}

// Every prefix of a good file is an error, and no prefix reads out of bounds.
TEST_F(Npy, TruncatedAnywhere) {
  std::string file = makeFile(pair, pairData);
  for (size_t size = 6; size < file.size(); ++size)
    EXPECT_EQ(
        StringRef(failure(StringRef(file).take_front(size))).take_front(9),
        "truncated")
        << size;
}

TEST_F(Npy, TruncatedData) {
  EXPECT_EQ(failure(makeFile(pair, pairData.drop_back())),
            "truncated: expected 8 bytes of data (2 elements of 4 bytes), "
            "found 7");
}

TEST_F(Npy, TrailingBytes) {
  EXPECT_EQ(failure(makeFile(pair, pairData.str() + "x")),
            "trailing bytes: expected 8 bytes of data (2 elements of 4 bytes), "
            "found 9");
}

/// A header of one f4 dim, with `from` replaced by `to`.
std::string changed(StringRef from, StringRef to) {
  std::string text = pair.str();
  text.replace(text.find(from.str()), from.size(), to.str());
  return text;
}

TEST_F(Npy, ForeignByteOrder) {
  EXPECT_EQ(failure(makeFile(changed("<f4", ">f4"), pairData)),
            "expected byte order '<', found elements of type '>f4'");
}

TEST_F(Npy, OtherElementTypes) {
  EXPECT_EQ(failure(makeFile(changed("<f4", "<f8"), pairData)),
            "expected elements of type f4 (f32), found '<f8'");
  EXPECT_EQ(failure(makeFile(changed("<f4", "<c8"), pairData)),
            "expected elements of type f4 (f32), found '<c8'");
  EXPECT_EQ(failure(makeFile(changed("<f4", ""), pairData)),
            "expected elements of type f4 (f32), found ''");
  EXPECT_EQ(
      failure(makeFile(changed("<f4", "<i2"), pairData), ElementType::BF16),
      "expected elements of type u2 or V2 (bf16), found '<i2'");
}

TEST_F(Npy, ObjectsAndStructures) {
  EXPECT_EQ(failure(makeFile(changed("<f4", "|O"), pairData)),
            "expected elements of type f4 (f32), found '|O' (Python objects)");
  EXPECT_EQ(failure(makeFile(changed("'<f4'", "[('a', '<f4')]"), pairData)),
            "expected elements of one number each, found a structured type");
}

TEST_F(Npy, BadHeaders) {
  struct Case {
    StringRef from, to, error;
  };
  for (const Case &c : std::vector<Case>{
           {"{", "[", "bad header: expected '{', found '['descr': '<f4', 'fo'"},
           {"'descr'", "'dtype'",
            "bad header: expected keys descr, fortran_order and shape, found "
            "'dtype'"},
           {"'descr': '<f4', ", "",
            "bad header: expected key 'descr', found none"},
           {"'shape': (2,), ", "'descr': '<f4', ",
            "bad header: key 'descr' comes twice"},
           {"False", "0",
            "bad header: expected True or False, found '0, 'shape': (2,), }'"},
           {"(2,)", "(2)", "bad header: expected ',', found '), }'"},
           {"(2,)", "(-2,)", "bad header: expected a size, found '-2,), }'"},
           {"(2,)", "(2, 3", "bad header: expected a size, found '}'"},
           {"(2,)", "2", "bad header: expected '(', found '2, }'"},
           {"(2,), }", "(2,), } x",
            "bad header: expected nothing after '}', found 'x'"},
           {"(2,), }", "(2,)",
            "bad header: expected '}' before the end of the header"},
           {"'descr':", "'descr'",
            "bad header: expected ':', found ''<f4', 'fortran_orde'"},
           {"'<f4'", "'<f4",
            "bad header: expected '}', found 'fortran_order': Fals'"},
       })
    EXPECT_EQ(failure(makeFile(changed(c.from, c.to), pairData)), c.error.str())
        << c.to.str();
}

TEST_F(Npy, ShapesThatOverflow) {
  EXPECT_EQ(
      failure(makeFile(changed("(2,)", "(4294967296, 4294967296)"), pairData)),
      "expected a tensor of less than 2^63 bytes, found "
      "4294967296x4294967296 of f32");
  EXPECT_EQ(failure(makeFile(changed("(2,)", "(99999999999999999999,)"), "")),
            "expected sizes below 2^63, found 99999999999999999999");
  // Legal, but not in the file: nothing of that size is allocated.
  EXPECT_EQ(failure(makeFile(changed("(2,)", "(1099511627776,)"), pairData)),
            "truncated: expected 4398046511104 bytes of data (1099511627776 "
            "elements of 4 bytes), found 8");
}

TEST_F(Npy, WriteIntoMissingFolder) {
  HostTensor tensor = llvm::cantFail(HostTensor::create(ElementType::F32, {2}));
  llvm::Error error = writeNpy(path("none/out.npy"), tensor);
  std::string text = llvm::toString(std::move(error));
  EXPECT_EQ(text, path("none/out.npy") + ": No such file or directory");
  EXPECT_EQ(countFiles(), 0u);
}

TEST_F(Npy, WriteToFullDevice) {
  if (!llvm::sys::fs::exists("/dev/full"))
    GTEST_SKIP() << "needs /dev/full";
  HostTensor tensor = llvm::cantFail(HostTensor::create(ElementType::F32, {2}));
  EXPECT_EQ(llvm::toString(writeNpy("/dev/full", tensor)),
            "/dev/full: No space left on device");
  EXPECT_TRUE(llvm::sys::fs::exists("/dev/full"));
}

// A limit on the size of files stands for a full disk.
TEST_F(Npy, FailedWriteKeepsTheOldFile) {
  std::string file = writeFile("old contents");
  HostTensor tensor =
      llvm::cantFail(HostTensor::create(ElementType::F32, {4096}));
  rlimit old;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  rlimit small = {4096, old.rlim_max};
  auto oldHandler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  llvm::Error error = writeNpy(file, tensor);
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, oldHandler);
  EXPECT_EQ(llvm::toString(std::move(error)), file + ": File too large");
  EXPECT_EQ(readFile(file), "old contents");
  EXPECT_EQ(countFiles(), 1u);
}

} // namespace
