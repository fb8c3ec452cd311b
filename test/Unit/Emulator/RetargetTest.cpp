//===- RetargetTest.cpp - What can and cannot be emulated -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include "norm/Emulator/Mutation.h"

#include "llvm/Support/MemoryBufferRef.h"
#include "gmock/gmock.h"

using namespace norm::emulator;
using namespace norm::emulator::test;
using testing::HasSubstr;

namespace {

/// Why a kernel with the instructions `body` is refused; empty if it is not.
std::string errorOf(const std::string &body, const std::string &rest = "",
                    const std::string &target = "") {
  llvm::LLVMContext context;
  auto module =
      parse(target + "\ndefine ptx_kernel void @kernel(ptr %p, float %x) {\n" +
                body + "\nret void\n}\n" + rest,
            context);
  if (!module)
    return "not parsed";
  Emulator emulator;
  auto loaded = emulator.load(std::move(module));
  return loaded ? "" : llvm::toString(loaded.takeError());
}

TEST(Retarget, NamesWhatItDoesNotKnow) {
  EXPECT_THAT(errorOf("%r = call i32 @llvm.nvvm.read.ptx.sreg.envreg3()"),
              testing::StrEq("'%r = call i32 @llvm.nvvm.read.ptx.sreg.envreg3"
                             "()' in @kernel: the emulator does not know "
                             "'llvm.nvvm.read.ptx.sreg.envreg3'"));
  EXPECT_THAT(errorOf("%r = call float @llvm.exp.f32(float %x)"),
              HasSubstr("does not know 'llvm.exp.f32'"));
  EXPECT_THAT(errorOf("call void asm sideeffect \"brkpt;\", \"\"()"),
              HasSubstr("does not know the inline PTX 'brkpt;'"));
  EXPECT_THAT(errorOf("%r = call float @__nv_expf(float %x)",
                      "declare float @__nv_expf(float)"),
              HasSubstr("external function '__nv_expf'"));
  EXPECT_THAT(errorOf("call void %p()"), HasSubstr("through pointers"));
  EXPECT_THAT(errorOf("call void @kernel(ptr %p, float %x)"),
              HasSubstr("'kernel' is recursive"));
  EXPECT_THAT(errorOf("store ptr addrspace(3) null, ptr %p", "",
                      "target datalayout = \"p3:32:32\""),
              HasSubstr("pointers of 32 bits in memory"));
  EXPECT_THAT(errorOf("", "", "target triple = \"x86_64-linux-gnu\""),
              HasSubstr("expected a module for nvptx64, found one for x86"));
  EXPECT_THAT(errorOf("", "@v = external addrspace(1) global i32"),
              HasSubstr("'v' is not defined"));
}

TEST(Retarget, ConstantExpressionsOfSharedMemory) {
  EXPECT_EQ(errorOf("store float %x, ptr getelementptr (i8, ptr addrspacecast "
                    "(ptr addrspace(3) @s to ptr), i64 4)",
                    "@s = internal addrspace(3) global [4 x float] undef"),
            "");
  EXPECT_EQ(errorOf("store float %x, ptr addrspacecast "
                    "(ptr addrspace(3) null to ptr)"),
            "");
}

TEST(Retarget, BadText) {
  Emulator emulator;
  auto loaded = emulator.load(llvm::MemoryBufferRef("define", "kernels.ll"));
  EXPECT_THAT(llvm::toString(loaded.takeError()), HasSubstr("kernels.ll:1:"));
}

TEST(Retarget, KernelsAreDescribed) {
  Harness harness;
  ASSERT_TRUE(harness.load(R"(
@s = internal addrspace(3) global [100 x i8] undef, align 4
define ptx_kernel void @kernel(i8 %a, double %b, ptr byval({i32, i32}) align 4 %c) #0 {
  store i8 %a, ptr addrspace(3) @s
  ret void
}
define void @function() {
  ret void
}
attributes #0 = { "nvvm.maxntid"="128" "nvvm.cluster_dim"="2,1,1" }
)"));
  auto kernel = harness.emulator.lookup(*harness.module, "kernel");
  ASSERT_TRUE(bool(kernel));
  const KernelInfo &info = (*kernel)->getInfo();
  ASSERT_EQ(info.parameters.size(), 3u);
  EXPECT_EQ(info.parameters[0].size, 1u);
  EXPECT_EQ(info.parameters[1].align, 8u);
  EXPECT_EQ(info.parameters[2].size, 8u);
  EXPECT_EQ(info.sharedBytes, 100u);
  EXPECT_EQ(info.maxThreads, 128u);
  EXPECT_EQ(info.requiredCluster.x, 2u);
  auto refused = [&](const LaunchShape &shape) {
    return llvm::toString(harness.emulator.checkLaunch(**kernel, shape));
  };
  EXPECT_THAT(refused(makeShape(2, 129, 2)), HasSubstr("at most 128"));
  EXPECT_THAT(refused(makeShape(2, 128)),
              HasSubstr("the cluster of 2 x 1 x 1"));
  EXPECT_THAT(refused(makeShape(3, 128, 2)), HasSubstr("whole clusters"));
  EXPECT_EQ(refused(makeShape(2, 128, 2)), "");
  auto missing = harness.emulator.lookup(*harness.module, "function");
  EXPECT_THAT(
      llvm::toString(missing.takeError()),
      HasSubstr("no kernel 'function' in the module, which has: kernel"));
}

TEST(Mutation, NamesTheNumberItHasNot) {
  llvm::LLVMContext context;
  auto module = parse("define void @f() {\nret void\n}", context);
  EXPECT_EQ(llvm::toString(removeSynchronization(*module, 0)),
            "there is no synchronization number 0, the module has 0");
}

} // namespace
