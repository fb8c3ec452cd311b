//===- KernelCacheDamageTest.cpp - Tests of damaged and shared entries ----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelCacheTest.h"

#include <atomic>
#include <sys/stat.h>
#include <thread>

using namespace norm;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

namespace {

/// A folder with an entry that can be damaged.
class KernelCacheDamage : public KernelCache {
protected:
  KernelCacheDamage() {
    compile();
    path = entries().front();
    bytes = readFile(path);
  }

  /// The module is compiled again, and then kept again.
  void expectRebuilt(const std::string &what) {
    std::string messages;
    options.messages = &messages;
    KernelModule module = compile();
    EXPECT_FALSE(module.isFromCache()) << what;
    EXPECT_EQ(run(module), expected) << what;
    EXPECT_EQ(messages, "") << what;
    EXPECT_EQ(readFile(path), bytes) << what;
    EXPECT_THAT(entries(), SizeIs(1)) << what;
    EXPECT_TRUE(compile().isFromCache()) << what;
  }

  std::string path, bytes;
  const std::vector<float> expected = getExpected();
};

TEST_F(KernelCacheDamage, TruncatedOrLonger) {
  for (size_t size :
       {size_t(0), size_t(1), size_t(31), size_t(32), size_t(63), size_t(64),
        size_t(72), bytes.size() / 2, bytes.size() - 1}) {
    writeFile(path, bytes.substr(0, size));
    expectRebuilt("truncated to " + std::to_string(size));
  }
  writeFile(path, bytes + '\0');
  expectRebuilt("longer");
}

TEST_F(KernelCacheDamage, FlippedBits) {
  for (size_t i : {size_t(0), size_t(31), size_t(32), size_t(63), size_t(64),
                   size_t(71), bytes.size() / 3, bytes.size() - 1}) {
    std::string flipped = bytes;
    flipped[i] ^= 1 << i % 8;
    writeFile(path, flipped);
    expectRebuilt("flipped byte " + std::to_string(i));
  }
}

TEST_F(KernelCacheDamage, OtherContents) {
  writeFile(path, std::string(bytes.size(), 'x'));
  expectRebuilt("garbage");
  writeFile(path, std::string(bytes.size(), '\0'));
  expectRebuilt("zeros");
  // An entry under a name that is not its own, of another module or another
  // compiler.
  std::filesystem::remove(path);
  ASSERT_TRUE(KernelModule::parse(getSource("1.0"), options));
  std::filesystem::rename(entries().front(), path);
  expectRebuilt("foreign");
}

TEST_F(KernelCacheDamage, NoFiles) {
  std::filesystem::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  expectRebuilt("a pipe that nobody writes to");
  std::filesystem::remove(path);
  std::filesystem::create_symlink("/dev/zero", path);
  expectRebuilt("a device without an end");
  std::filesystem::remove(path);
  std::filesystem::create_symlink(path, path);
  expectRebuilt("a link to itself");
  std::filesystem::remove(path);
  // What a link leads to is not written.
  std::string other = folder + "-other";
  std::filesystem::create_symlink(other, path);
  expectRebuilt("a link to nothing");
  EXPECT_FALSE(std::filesystem::exists(other));
}

TEST_F(KernelCacheDamage, LinksAreFollowed) {
  std::filesystem::path moved = folder + "-moved";
  std::filesystem::rename(folder, moved);
  std::filesystem::create_directory_symlink(moved, folder);
  EXPECT_TRUE(compile().isFromCache());
  std::filesystem::rename(path, moved / "entry");
  std::filesystem::create_symlink("entry", path);
  EXPECT_TRUE(compile().isFromCache());
  std::filesystem::remove_all(moved);
}

TEST_F(KernelCacheDamage, FolderInPlaceOfAnEntry) {
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  std::string messages;
  options.messages = &messages;
  KernelModule module = compile();
  EXPECT_FALSE(module.isFromCache());
  EXPECT_EQ(run(module), expected);
  EXPECT_THAT(messages, AllOf(HasSubstr(folder + ": warning: "),
                              HasSubstr("Is a directory")));
  EXPECT_THAT(entries(), SizeIs(1));
}

/// A time that is past by `hours`.
void setAge(const std::string &path, int hours) {
  std::filesystem::last_write_time(
      path, std::filesystem::file_time_type::clock::now() -
                std::chrono::hours(hours));
}

TEST_F(KernelCacheDamage, LeastRecentlyUsedIsRemoved) {
  ASSERT_TRUE(KernelModule::parse(getSource("2.0"), options));
  std::vector<std::string> both = entries();
  std::string second = both[0] == path ? both[1] : both[0];
  std::string left = folder + "/norm-kernels-0123.tmp", note = folder + "/note";
  writeFile(left, "of a process that was killed");
  writeFile(note, std::string(100000, 'x'));
  setAge(left, 4);
  setAge(note, 5);
  setAge(path, 3);
  setAge(second, 2);
  EXPECT_TRUE(compile().isFromCache());
  // Room for two, as all have the same size but for a few bytes.
  options.cache.maxBytes = bytes.size() * 5 / 2;
  ASSERT_TRUE(KernelModule::parse(getSource("3.0"), options));
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_FALSE(std::filesystem::exists(second));
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_THAT(entries(), SizeIs(3));
  EXPECT_EQ(readFile(note).size(), 100000u);
  EXPECT_TRUE(KernelModule::parse(getSource("3.0"), options)->isFromCache());
}

TEST_F(KernelCacheDamage, LargerThanTheFolderMayBe) {
  std::string messages;
  options.messages = &messages;
  options.cache.maxBytes = bytes.size() - 1;
  EXPECT_FALSE(compile().isFromCache());
  EXPECT_THAT(messages, HasSubstr("they have " + std::to_string(bytes.size()) +
                                  " bytes, and the folder may have " +
                                  std::to_string(bytes.size() - 1)));
  options.cache.maxBytes = bytes.size();
  EXPECT_TRUE(compile().isFromCache());
  options.cache.maxBytes = 0;
  EXPECT_TRUE(compile().isFromCache());
}

/// Threads that compile the same modules in the same folder while `meanwhile`
/// runs again and again.
class KernelCacheThreads : public KernelCache {
protected:
  template <typename Body> void runThreads(Body meanwhile) {
    std::atomic<int> numRunning{4};
    std::vector<std::thread> threads;
    std::vector<std::string> errors(numRunning);
    for (std::string &error : errors)
      threads.emplace_back([&] {
        for (int repeat = 0; repeat < 2; ++repeat)
          for (size_t i = 0; i < 3; ++i) {
            auto module = KernelModule::parse(getSource(epsilons[i]), options);
            if (!module)
              error = module.error();
            else if (run(*module) != expected[i])
              error = "a wrong value";
          }
        --numRunning;
      });
    while (numRunning)
      meanwhile();
    for (std::thread &thread : threads)
      thread.join();
    for (const std::string &error : errors)
      EXPECT_EQ(error, "");
  }

  const std::vector<std::string> epsilons = {"1.0e-6", "0.5", "2.0"};
  const std::vector<std::vector<float>> expected = {getExpected(epsilons[0]),
                                                    getExpected(epsilons[1]),
                                                    getExpected(epsilons[2])};
};

TEST_F(KernelCacheThreads, ShareAFolder) {
  runThreads([] { std::this_thread::yield(); });
  EXPECT_THAT(entries(), SizeIs(3));
  EXPECT_TRUE(compile().isFromCache());
}

TEST_F(KernelCacheThreads, FolderIsRemovedMeanwhile) {
  runThreads([&] {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  });
}

TEST_F(KernelCacheThreads, EntriesAreRemovedMeanwhile) {
  compile();
  options.cache.maxBytes = readFile(entries().front()).size() * 3 / 2;
  runThreads([] { std::this_thread::yield(); });
  EXPECT_THAT(entries(), SizeIs(1));
}

TEST_F(KernelCacheThreads, EntriesAreDamagedMeanwhile) {
  compile();
  runThreads([&] {
    for (const std::string &path : entries())
      writeFile(path, "damaged");
  });
}

} // namespace
