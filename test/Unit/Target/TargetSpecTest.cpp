//===- TargetSpecTest.cpp - Tests of target names -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/TargetSpec.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace norm;
using testing::HasSubstr;

namespace {

/// The text of the error that `triple` and `cpu` give.
std::string errorOf(llvm::StringRef triple, llvm::StringRef cpu) {
  llvm::Expected<TargetSpec> spec = TargetSpec::create(triple, cpu);
  EXPECT_FALSE(bool(spec)) << triple.str() << " " << cpu.str();
  return spec ? "" : llvm::toString(spec.takeError());
}

TargetSpec specOf(llvm::StringRef triple, llvm::StringRef cpu) {
  return llvm::cantFail(TargetSpec::create(triple, cpu));
}

TEST(TargetSpec, HostHasItsNameAndFeatures) {
  TargetSpec spec = llvm::cantFail(TargetSpec::createHost());
  EXPECT_TRUE(spec.isHost());
  EXPECT_NE(spec.getCPU(), "native");
  EXPECT_FALSE(spec.getFeatures().empty());
  EXPECT_EQ(specOf("", "").getFeatures(), spec.getFeatures());
}

TEST(TargetSpec, NamedCPUHasNoFeaturesOfTheHost) {
  TargetSpec spec = specOf("x86_64-linux-gnu", "x86-64-v3");
  EXPECT_FALSE(spec.isHost());
  EXPECT_EQ(spec.getTriple().str(), "x86_64-unknown-linux-gnu");
  EXPECT_EQ(spec.getCPU(), "x86-64-v3");
  EXPECT_EQ(spec.getFeatures(), "");
}

TEST(TargetSpec, NoCPUComputesInHalves) {
  TargetSpec spec = specOf("x86_64-linux-gnu", "sapphirerapids");
  EXPECT_EQ(spec.getFeatures(), "-avx512fp16");
  EXPECT_TRUE(getTargetModel(spec).hasMasked16);
}

TEST(TargetSpec, UnknownCPUNamesCloseOrCommonOnes) {
  EXPECT_EQ(errorOf("x86_64-linux-gnu", "x86-64-v5"),
            "unknown CPU 'x86-64-v5' for x86_64-unknown-linux-gnu: did you "
            "mean x86-64-v2, x86-64-v3, x86-64-v4");
  EXPECT_THAT(errorOf("x86_64-linux-gnu", "quantum9000"),
              HasSubstr("known are for example native, x86-64,"));
  EXPECT_THAT(errorOf("aarch64-linux-gnu", "x86-64-v3"),
              HasSubstr("neoverse-n1"));
  EXPECT_THAT(errorOf("x86_64-linux-gnu", "help"), HasSubstr("unknown CPU"));
  EXPECT_THAT(errorOf("x86_64-linux-gnu", "X86-64-V3"),
              HasSubstr("unknown CPU"));
}

TEST(TargetSpec, CPUWithout64BitInstructions) {
  for (const char *cpu : {"i386", "pentium4", "lakemont", "k6"})
    EXPECT_THAT(errorOf("x86_64-linux-gnu", cpu),
                HasSubstr("has no 64-bit instructions"));
}

TEST(TargetSpec, NativeOnlyForTheArchitectureOfTheHost) {
  TargetSpec host = llvm::cantFail(TargetSpec::createHost());
  llvm::StringRef other =
      host.getTriple().isX86() ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  EXPECT_THAT(errorOf(other, "native"), HasSubstr("'native'"));
  EXPECT_FALSE(specOf(other, "").isHost());
}

TEST(TargetSpec, UnknownTriples) {
  EXPECT_THAT(errorOf("banana", ""), HasSubstr("found 'banana'"));
  EXPECT_THAT(errorOf("riscv64-linux-gnu", ""), HasSubstr("found 'riscv64'"));
  EXPECT_THAT(errorOf("i686-linux-gnu", ""), HasSubstr("found 'i686'"));
  EXPECT_THAT(errorOf("aarch64_be-linux-gnu", ""),
              HasSubstr("found 'aarch64_be'"));
  EXPECT_THAT(errorOf("nvptx64-nvidia-cuda", "sm_90"),
              HasSubstr("found 'nvptx64'"));
  EXPECT_THAT(errorOf("x86_64-lnux-gnu", ""), HasSubstr("'lnux'"));
  EXPECT_THAT(errorOf("x86_64-unknown-linux-gnoo", ""), HasSubstr("'gnoo'"));
  EXPECT_THAT(errorOf("x86_64-linux-gnux32", ""), HasSubstr("32 bits"));
  EXPECT_THAT(errorOf("x86_64-unknown-linux-wasm", ""),
              HasSubstr("expected the object format elf, found wasm"));
  EXPECT_THAT(errorOf("x86_64-linux-gnu\n", ""), HasSubstr("unknown triple"));
}

TEST(TargetSpec, KnownTriples) {
  for (const char *triple :
       {"x86_64-linux-gnu", "x86_64-unknown-none-elf", "x86_64-unknown-freebsd",
        "arm64-apple-macosx14.0", "x86_64-pc-windows-msvc",
        "aarch64-unknown-linux-musl", "x86_64"})
    EXPECT_EQ(specOf(triple, "").getTriple().str(),
              llvm::Triple::normalize(triple));
}

TEST(TargetModel, VectorsAndMasksOfNamedCPUs) {
  TargetModel v2 = getTargetModel(specOf("x86_64-linux-gnu", "x86-64-v2"));
  EXPECT_EQ(v2.vectorBits, 128);
  EXPECT_FALSE(v2.hasMasked32);
  EXPECT_FALSE(v2.wideningMovesElements);

  TargetModel v3 = getTargetModel(specOf("x86_64-linux-gnu", "x86-64-v3"));
  EXPECT_EQ(v3.vectorBits, 256);
  EXPECT_FALSE(v3.hasRCP14);
  EXPECT_TRUE(v3.hasMasked32);
  EXPECT_TRUE(v3.wideningMovesElements);
  EXPECT_FALSE(v3.hasMasked16);

  TargetModel v4 = getTargetModel(specOf("x86_64-linux-gnu", "x86-64-v4"));
  EXPECT_EQ(v4.vectorBits, 512);
  EXPECT_TRUE(v4.hasRCP14);
  EXPECT_TRUE(v4.hasMasked16);

  TargetModel arm = getTargetModel(specOf("aarch64-linux-gnu", ""));
  EXPECT_EQ(arm.vectorBits, 128);
  EXPECT_FALSE(arm.hasRCP14);
  EXPECT_FALSE(arm.wideningMovesElements);
}

TEST(TargetModel, CachesAreMeasuredOnlyOnTheHost) {
  TargetModel cross = getTargetModel(specOf("x86_64-linux-gnu", "x86-64-v3"));
  EXPECT_EQ(cross.lastLevelCacheBytes, int64_t(32) << 20);
  TargetModel host = getTargetModel(llvm::cantFail(TargetSpec::createHost()));
  EXPECT_GT(host.lastLevelCacheBytes, 0);
  EXPECT_LE(host.lastLevelCacheBytes, TargetModel::maxLastLevelCacheBytes);
}

} // namespace
