//===- KernelCacheTest.cpp - Tests of kernels that are kept ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelCacheTest.h"

#include <csignal>
#include <sys/resource.h>

using namespace norm;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

namespace {

TEST_F(KernelCache, SecondModuleIsLoadedAndHasTheSameBits) {
  KernelModule compiled = compile();
  EXPECT_FALSE(compiled.isFromCache());
  ASSERT_THAT(entries(), SizeIs(1));
  std::string entry = readFile(entries().front());
  KernelModule loaded = compile();
  EXPECT_TRUE(loaded.isFromCache());
  EXPECT_EQ(run(loaded), run(compiled));
  EXPECT_EQ(readFile(entries().front()), entry);

  // What is known of a function beside its code.
  EXPECT_EQ(loaded.getFunctionNames(), compiled.getFunctionNames());
  Result<KernelFunction> function = loaded.function("f");
  ASSERT_TRUE(function) << function.error();
  EXPECT_EQ(function->getArguments().front().name, "x");
  float x[8];
  auto shapes = function->resultShapes({Argument::tensor(x, {2, 4})});
  ASSERT_TRUE(shapes) << shapes.error();
  EXPECT_EQ(*shapes, (std::vector<std::vector<int64_t>>{{2, 4}}));
  EXPECT_NE(function->call({Argument::tensor(x, {2, 4}), 1.0f}).error(), "");
}

TEST_F(KernelCache, ModuleWithoutPublicFunctions) {
  for (bool isKept : {false, true}) {
    Result<KernelModule> module = KernelModule::parse(
        "func.func private @f(%x: f32) -> f32 { return %x : f32 }", options);
    ASSERT_TRUE(module) << module.error();
    EXPECT_EQ(module->isFromCache(), isKept);
    EXPECT_THAT(module->getFunctionNames(), IsEmpty());
  }
}

TEST_F(KernelCache, NothingIsKeptWithoutFolder) {
  options.cache.directory = "";
  EXPECT_FALSE(compile().isFromCache());
  EXPECT_FALSE(compile().isFromCache());
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(KernelCache, FolderIsMadeForItsOwner) {
  options.cache.directory = folder + "/a/b";
  compile();
  EXPECT_EQ(std::filesystem::status(folder + "/a/b").permissions(),
            std::filesystem::perms::owner_all);
  EXPECT_TRUE(compile().isFromCache());
}

TEST_F(KernelCache, EveryCompilationWritesTheSameBytes) {
  compile();
  std::string first = entries().front();
  std::string bytes = readFile(first);
  std::filesystem::remove_all(folder);
  compile();
  EXPECT_EQ(entries().front(), first);
  EXPECT_EQ(readFile(first), bytes);
}

TEST_F(KernelCache, AllThatTheCodeDependsOnIsTold) {
  std::vector<std::pair<std::string, KernelOptions>> modules(
      10, {getSource("1.0e-6"), options});
  modules[1].first = getSource("1.0e-5");
  modules[2].first = getSource("1.0e-6", "g");
  // Messages would name another line.
  modules[3].first = "\n" + modules[3].first;
  modules[4].second.optLevel = 1;
  modules[5].second.lowering = "affine";
  modules[6].second.showRemarks = true;
  modules[7].second.cpu =
      std::string(NORM_TEST_PROCESSOR) == "x86_64" ? "x86-64" : "generic";
  modules[8].second.target = "sm_90";
  modules[9].second.target = "sm_80";
  for (auto &[text, options] : modules) {
    Result<KernelModule> module = KernelModule::parse(text, options);
    ASSERT_TRUE(module) << module.error();
    EXPECT_FALSE(module->isFromCache()) << entries().size();
  }
  EXPECT_THAT(entries(), SizeIs(modules.size()));
  for (auto &[text, options] : modules)
    EXPECT_TRUE(KernelModule::parse(text, options)->isFromCache());
}

TEST_F(KernelCache, FilesAreTextsLikeAnyOther) {
  std::filesystem::create_directory(folder);
  std::string path = folder + "/source.mlir";
  writeFile(path, getSource("1.0e-6"));
  EXPECT_FALSE(KernelModule::parseFile(path, options)->isFromCache());
  EXPECT_TRUE(KernelModule::parseFile(path, options)->isFromCache());
  writeFile(path, getSource("1.0e-5"));
  EXPECT_FALSE(KernelModule::parseFile(path, options)->isFromCache());
}

TEST_F(KernelCache, MessagesAreSaidAgain) {
  std::string first, second;
  options.showRemarks = true;
  const char *source = R"mlir(
func.func @f(%x: tensor<4x8xf32>, %z: tensor<?xf32>)
    -> (tensor<4x8xf32>, tensor<?xf32>) {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6)
    : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %w = arith.negf %z : tensor<?xf32>
  return %y, %w : tensor<4x8xf32>, tensor<?xf32>
})mlir";
  options.messages = &first;
  ASSERT_TRUE(KernelModule::parse(source, options));
  EXPECT_THAT(first, AllOf(StartsWith("<source>:"), HasSubstr(" remark: ")));
  options.messages = &second;
  EXPECT_TRUE(KernelModule::parse(source, options)->isFromCache());
  EXPECT_EQ(first, second);
}

TEST_F(KernelCache, ErrorsAreNotKept) {
  for (int i = 0; i < 2; ++i)
    EXPECT_THAT(
        KernelModule::parse("func.func @f(%x: i8) { return }", options).error(),
        HasSubstr("i8"));
  EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(KernelCache, FoldersThatCannotBeWritten) {
  writeFile(folder, "a file");
  // Not even root may make a file in /proc.
  for (std::string directory :
       {folder, folder + "/below", std::string("/proc/norm")}) {
    std::string messages;
    options.messages = &messages;
    options.cache.directory = directory;
    EXPECT_FALSE(compile().isFromCache());
    EXPECT_THAT(messages,
                AllOf(StartsWith(directory + ": warning: the compiled kernels "
                                             "are not kept: "),
                      EndsWith("\n")));
    messages.clear();
    EXPECT_EQ(run(compile()), getExpected());
  }
  EXPECT_EQ(readFile(folder), "a file");
}

TEST_F(KernelCache, FolderThatCanOnlyBeRead) {
  compile();
  std::filesystem::permissions(folder, std::filesystem::perms(0500));
  std::string messages;
  options.messages = &messages;
  EXPECT_TRUE(compile().isFromCache());
  EXPECT_EQ(messages, "");
  bool mayWrite = std::ofstream(folder + "/file").good();
  EXPECT_TRUE(KernelModule::parse(getSource("2.0"), options));
  if (!mayWrite)
    EXPECT_THAT(messages, HasSubstr("warning"));
  std::filesystem::permissions(folder, std::filesystem::perms(0700));
}

/// The disk is full after `bytes` of a file: it takes no more of it.
class FullDisk {
public:
  explicit FullDisk(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before);
    rlimit limit = before;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
    handler = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
  }

private:
  rlimit before;
  void (*handler)(int);
};

TEST_F(KernelCache, FullDiskKeepsNothing) {
  compile();
  std::string kept = readFile(entries().front());
  for (rlim_t bytes : {rlim_t(0), rlim_t(1), rlim_t(kept.size() - 1)}) {
    std::string messages;
    options.messages = &messages;
    FullDisk disk(bytes);
    Result<KernelModule> module =
        KernelModule::parse(getSource("1.0e-7"), options);
    ASSERT_TRUE(module) << module.error();
    EXPECT_EQ(run(*module), getExpected("1.0e-7"));
    EXPECT_THAT(messages, HasSubstr("warning: the compiled kernels are not "
                                    "kept: File too large"));
    EXPECT_TRUE(compile().isFromCache());
  }
  EXPECT_THAT(entries(), SizeIs(1));
  EXPECT_FALSE(
      KernelModule::parse(getSource("1.0e-7"), options)->isFromCache());
  EXPECT_THAT(entries(), SizeIs(2));
}

} // namespace
