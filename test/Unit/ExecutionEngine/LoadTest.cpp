//===- LoadTest.cpp - Tests of loading compiled libraries -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestLibraries.h"

#include "norm/ExecutionEngine/KernelModule.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <fstream>

using namespace norm;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

const std::string library = folder + "/libkernels.so";
constexpr const char *declarations =
    "func.func private @scale(tensor<?x3xf32>, f32) -> tensor<?x3xf32>";

std::string loadError(const std::string &path) {
  return KernelModule::load(path, declarations).error();
}

/// Calls @scale of `module` by a factor of 2 and checks what it does.
void checkScale(const Result<KernelModule> &module) {
  ASSERT_TRUE(module) << module.error();
  EXPECT_THAT(module->getFunctionNames(), ElementsAre("scale"));
  Result<KernelFunction> scale = module->function("scale");
  ASSERT_TRUE(scale) << scale.error();
  const float x[2][3] = {{1, 1, -1}, {4, -4, 4}};
  float y[2][3];
  View<const float, 2> in(x[0], {2, 3});
  auto shapes = scale->resultShapes({in, 2.0f});
  ASSERT_TRUE(shapes) << shapes.error();
  EXPECT_THAT(*shapes, ElementsAre(ElementsAre(2, 3)));
  Result<void> called = scale->call({in, 2.0f, View<float, 2>(y[0], {2, 3})});
  ASSERT_TRUE(called) << called.error();
  EXPECT_THAT(y[0], ElementsAre(2, 2, -2));
  EXPECT_THAT(y[1], ElementsAre(2, -2, 2));
}

TEST(Load, DeclaredFunction) {
  checkScale(KernelModule::load(library, declarations));
}

TEST(Load, SourceAsDeclarations) {
  checkScale(KernelModule::load(library, readFile(NORM_TEST_SOURCE)));
}

TEST(Load, LibraryThatContainsTheRuntime) {
  checkScale(KernelModule::load(folder + "/libwhole.so", declarations));
}

TEST(Load, ErrorsOfTheFunctionHaveTheirText) {
  for (const char *file : {"/libkernels.so", "/libwhole.so"}) {
    auto module = KernelModule::load(folder + file, declarations);
    ASSERT_TRUE(module) << module.error();
    float x[6] = {}, y[9];
    Result<void> called = module->function("scale")->call(
        {Argument::tensor(x, {2, 3}), 2.0f, Argument::tensor(y, {3, 3})});
    EXPECT_THAT(called.error(), AllOf(StartsWith("function 'scale': "),
                                      HasSubstr("2"), HasSubstr("3")))
        << file;
    EXPECT_THAT(called.error(), testing::Not(HasSubstr("error 3"))) << file;
  }
}

TEST(Load, TypesAreCheckedAgainstTheDeclaration) {
  auto module = KernelModule::load(library, declarations);
  ASSERT_TRUE(module) << module.error();
  float x[6] = {}, y[6];
  EXPECT_THAT(
      module->function("scale")
          ->call({Argument::tensor(x, {6}), 2.0f, Argument::tensor(y, {2, 3})})
          .error(),
      HasSubstr("expected a tensor of rank 2 of f32"));
}

TEST(Load, FunctionThatTheLibraryLacks) {
  EXPECT_EQ(
      KernelModule::load(library, "func.func private @other(f32)").error(),
      library + ": no function '_mlir_ciface_other' in the library, "
                "which has the kernels: scale");
}

TEST(Load, DeclarationsThatAreWrong) {
  EXPECT_THAT(KernelModule::load(library, "func.func private").error(),
              StartsWith("<declarations>:1:"));
  EXPECT_EQ(KernelModule::load(library, "").error(),
            "<declarations>: no function is declared");
  EXPECT_THAT(
      KernelModule::load(library, "func.func private @scale(i8)").error(),
      HasSubstr("function 'scale': argument 0 has type i8"));
}

TEST(Load, FilesThatAreNoLibrary) {
  EXPECT_EQ(loadError("/no/lib.so"), "/no/lib.so: No such file or directory");
  EXPECT_THAT(loadError(NORM_TEST_SOURCE), StartsWith(NORM_TEST_SOURCE ": "));
  EXPECT_THAT(loadError(folder), StartsWith(folder + ": "));
  EXPECT_THAT(loadError(folder + "/kernels.o"),
              HasSubstr("expected a 64-bit ELF shared library"));
}

TEST(Load, TruncatedLibraries) {
  std::string whole = readFile(library);
  ASSERT_GT(whole.size(), 1000u);
  std::string path = testing::TempDir() + "/libnorm-truncated.so";
  for (size_t size : {size_t(0), size_t(3), size_t(40), size_t(100),
                      whole.size() / 4, whole.size() / 2, whole.size() - 1}) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, size);
    EXPECT_THAT(loadError(path), StartsWith(path + ": ")) << size << " bytes";
  }
  // Without its table of sections, which is at the end and not needed to load:
  // e_shoff, e_shnum and e_shstrndx of the ELF header.
  std::string stripped = whole.substr(0, whole.size() / 2);
  std::fill_n(stripped.begin() + 0x28, 8, '\0');
  std::fill_n(stripped.begin() + 0x3c, 4, '\0');
  std::ofstream(path, std::ios::binary) << stripped;
  EXPECT_THAT(loadError(path), HasSubstr(": the file is truncated: it has " +
                                         std::to_string(stripped.size())));
  std::remove(path.c_str());
}

TEST(Load, OtherVersionsOfTheRuntime) {
  EXPECT_THAT(loadError(folder + "/libOtherRuntime.so"),
              HasSubstr("it is linked to version 2.3.4 of the runtime library, "
                        "expected one that fits version 0.1."));
  EXPECT_THAT(loadError(folder + "/libNoRuntime.so"),
              HasSubstr("it is not linked to the runtime library"));
  EXPECT_THAT(loadError(folder + "/libMissingSymbol.so"),
              HasSubstr("norm_of_a_later_version"));
}

TEST(Load, KernelForAnotherVersion) {
  auto module = KernelModule::load(folder + "/libOldKernel.so", declarations);
  ASSERT_TRUE(module) << module.error();
  float x[3] = {}, y[3];
  EXPECT_THAT(module->function("scale")
                  ->call({Argument::tensor(x, {1, 3}), 2.0f,
                          Argument::tensor(y, {1, 3})})
                  .error(),
              HasSubstr("2.3.4"));
}

} // namespace
