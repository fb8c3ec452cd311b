//===- ChecksTest.cpp - Faults that the emulator finds --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Each kernel has one fault, or is the one beside it without.

#include "Harness.h"

#include "gmock/gmock.h"

using namespace norm::emulator;
using namespace norm::emulator::test;
using testing::HasSubstr;

namespace {

/// Runs `kernel` of `ir` with 64 floats 0, 1, 2.. and another 64 under each
/// schedule, and expects reports of `kind` and no other; none if it is null.
class Checks : public ::testing::Test {
protected:
  void check(const std::string &ir, std::optional<ReportKind> kind,
             LaunchShape shape = makeShape(1, 64)) {
    ASSERT_TRUE(harness.load(ir));
    std::vector<float> values(64);
    for (unsigned i = 0; i < 64; ++i)
      values[i] = i;
    float *in = harness.upload(values);
    out = harness.allocate<float>(64);
    for (const Schedule &schedule : getSchedules()) {
      reports =
          harness.launch("kernel", shape, withSchedule(schedule), in, out);
      EXPECT_EQ(reports.empty(), !kind) << reports.str();
      for (const Report &report : reports.reports)
        EXPECT_EQ(report.kind, kind) << report.str();
    }
  }

  const std::string &text() { return reports.reports.at(0).text; }

  Harness harness;
  Reports reports;
  float *out = nullptr;
};

/// Every thread stores to shared memory and, after %1, reads what its neighbour
/// stored.
std::string neighbour(const std::string &between) {
  return R"(
@buffer = internal addrspace(3) global [64 x float] undef, align 4
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %own = getelementptr float, ptr addrspace(3) @buffer, i32 %thread
  %from = getelementptr float, ptr %in, i32 %thread
  %value = load float, ptr %from
  store float %value, ptr addrspace(3) %own
)" + between +
         R"(
  %next = add i32 %thread, 1
  %wrapped = and i32 %next, 63
  %other = getelementptr float, ptr addrspace(3) @buffer, i32 %wrapped
  %result = load float, ptr addrspace(3) %other
  %to = getelementptr float, ptr %out, i32 %thread
  store float %result, ptr %to
  ret void
})";
}

TEST_F(Checks, NeighbourAfterABarrier) {
  check(neighbour("call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)"),
        std::nullopt);
  auto result = harness.download(out, 64);
  EXPECT_EQ(result[0], 1);
  EXPECT_EQ(result[63], 0);
}

TEST_F(Checks, NeighbourAfterANamedBarrierOfAll) {
  check(neighbour("call void @llvm.nvvm.barrier.cta.sync.count(i32 3, i32 64)"),
        std::nullopt);
}

TEST_F(Checks, NeighbourWithoutABarrier) {
  ASSERT_TRUE(harness.load(neighbour("")));
  float *in = harness.upload(std::vector<float>(64, 1));
  float *result = harness.allocate<float>(64);
  for (const Schedule &schedule : getSchedules()) {
    reports = harness.launch("kernel", makeShape(1, 64), withSchedule(schedule),
                             in, result);
    EXPECT_GT(reports.count(ReportKind::Race) +
                  reports.count(ReportKind::UninitializedShared),
              0u)
        << reports.str();
  }
}

TEST_F(Checks, NeighbourAfterABarrierOfTheWarp) {
  // Lane 31 reads what another warp writes.
  ASSERT_TRUE(
      harness.load(neighbour("call void @llvm.nvvm.bar.warp.sync(i32 -1)")));
  float *in = harness.upload(std::vector<float>(64, 1));
  float *result = harness.allocate<float>(64);
  reports = harness.launch("kernel", makeShape(1, 64), {}, in, result);
  EXPECT_FALSE(reports.empty());
}

TEST_F(Checks, ReadOfSharedMemoryThatNothingWrote) {
  check(R"(
@buffer = internal addrspace(3) global [64 x float] undef, align 4
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %own = getelementptr float, ptr addrspace(3) @buffer, i32 %thread
  %result = load float, ptr addrspace(3) %own
  %to = getelementptr float, ptr %out, i32 %thread
  store float %result, ptr %to
  ret void
})",
        ReportKind::UninitializedShared);
  EXPECT_EQ(reports.reports[0].count, 64u);
}

TEST_F(Checks, BarrierThatHalfOfAWarpReaches) {
  check(R"(
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %low = icmp ult i32 %thread, 16
  br i1 %low, label %then, label %else
then:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  br label %end
else:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  br label %end
end:
  ret void
})",
        ReportKind::DivergentBarrier);
  EXPECT_THAT(text(), HasSubstr("expected all threads of a warp"));
}

TEST_F(Checks, BarrierThatSomeThreadsExitBefore) {
  check(R"(
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %low = icmp ult i32 %thread, 32
  br i1 %low, label %wait, label %end
wait:
  call void @llvm.nvvm.barrier.cta.sync.all(i32 0)
  br label %end
end:
  ret void
})",
        ReportKind::DivergentBarrier);
  EXPECT_THAT(text(), HasSubstr("expected all 64 threads of the block, but 32 "
                                "have exited"));
}

TEST_F(Checks, ShuffleOfHalfAWarp) {
  check(R"(
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %low = icmp ult i32 %thread, 16
  br i1 %low, label %then, label %end
then:
  %other = call i32 @llvm.nvvm.shfl.sync.bfly.i32(i32 -1, i32 %thread, i32 1, i32 31)
  br label %end
end:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  ret void
})",
        ReportKind::Deadlock);
  EXPECT_TRUE(reports.stopped);
  EXPECT_THAT(text(), HasSubstr("none of 64 threads can go on: 48 at "
                                "barrier.cta.sync.aligned.all"));
  EXPECT_THAT(text(), HasSubstr(", 16 at shfl.sync.bfly.i32"));
}

TEST_F(Checks, ShuffleFromALaneThatDoesNotTakePart) {
  check(R"(
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %low = icmp ult i32 %thread, 16
  br i1 %low, label %then, label %end
then:
  %other = call i32 @llvm.nvvm.shfl.sync.bfly.i32(i32 65535, i32 %thread, i32 16, i32 31)
  br label %end
end:
  ret void
})",
        ReportKind::InvalidOperand);
}

/// Loads at `address` of %in for each thread and stores to %out.
std::string loadAt(const std::string &type, const std::string &offset,
                   unsigned align) {
  return R"(
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %from = getelementptr i8, ptr %in, i32 )" +
         offset + "\n  %value = load " + type + ", ptr %from, align " +
         std::to_string(align) + "\n  store " + type + " %value, ptr %out, " +
         "align 4\n  ret void\n}";
}

TEST_F(Checks, LoadBehindTheEnd) {
  check(loadAt("<4 x float>", "244", 4), ReportKind::OutOfBounds,
        makeShape(1, 1));
  EXPECT_THAT(text(), HasSubstr("244 bytes from the start of an allocation of "
                                "256 bytes"));
  EXPECT_THAT(reports.reports[0].location,
              HasSubstr("load <4 x float>, ptr %from, align 4' in @kernel"));
}

TEST_F(Checks, LoadBeforeTheStart) {
  check(loadAt("float", "-4", 4), ReportKind::OutOfBounds, makeShape(1, 1));
}

TEST_F(Checks, MisalignedVector) {
  check(loadAt("<4 x float>", "8", 16), ReportKind::Misaligned,
        makeShape(1, 1));
  EXPECT_THAT(text(), HasSubstr("is not a multiple of 16"));
}

TEST_F(Checks, AlignedVector) {
  check(loadAt("<4 x float>", "48", 16), std::nullopt, makeShape(1, 1));
}

TEST_F(Checks, PointerOfTheHost) {
  ASSERT_TRUE(harness.load(loadAt("float", "0", 4)));
  float host = 1;
  float *in = &host, *result = harness.allocate<float>(1);
  reports = harness.launch("kernel", makeShape(1, 1), {}, in, result);
  ASSERT_EQ(reports.count(ReportKind::OutOfBounds), 1u);
  EXPECT_THAT(text(), HasSubstr("may be a pointer of the host"));
}

TEST_F(Checks, OverrunBetweenSharedArrays) {
  check(R"(
@first = internal addrspace(3) global [4 x float] undef, align 4
@second = internal addrspace(3) global [4 x float] undef, align 4
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  store float 0.0, ptr addrspace(3) @second
  store float 0.0, ptr addrspace(3) getelementptr (i8, ptr addrspace(3) @first, i32 16)
  ret void
})",
        ReportKind::OutOfBounds, makeShape(1, 1));
}

TEST_F(Checks, DynamicSharedMemory) {
  const char *ir = R"(
@dynamic = external addrspace(3) global [0 x i8], align 16
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %own = getelementptr float, ptr addrspace(3) @dynamic, i32 %thread
  store float 1.0, ptr addrspace(3) %own
  ret void
})";
  check(ir, std::nullopt, makeShape(1, 64, 1, 256));
  check(ir, ReportKind::OutOfBounds, makeShape(1, 64, 1, 240));
  EXPECT_EQ(reports.reports[0].count, 4u);
}

TEST_F(Checks, GlobalRaceOfBlocks) {
  std::string ir = R"(
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %to = getelementptr half, ptr %out, i32 INDEX
  %value = uitofp i32 %block to half
  store half %value, ptr %to
  ret void
})";
  std::string own = ir, same = ir;
  own.replace(own.find("INDEX"), 5, "%block");
  same.replace(same.find("INDEX"), 5, "0");
  check(own, std::nullopt, makeShape(8, 1));
  check(same, ReportKind::Race, makeShape(8, 1));
  EXPECT_THAT(text(), HasSubstr("by another block of the grid"));
}

TEST_F(Checks, AtomicsOfBlocksDoNotRace) {
  check(R"(
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %old = atomicrmw fadd ptr %out, float 1.0 monotonic
  ret void
})",
        std::nullopt, makeShape(4, 64));
  // Seven launches on the same memory.
  EXPECT_EQ(harness.download(out, 1)[0], 7 * 4 * 64);
}

TEST_F(Checks, EqualStoresDoNotRace) {
  check(R"(
@cell = internal addrspace(3) global float undef, align 4
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  store float 2.0, ptr addrspace(3) @cell
  ret void
})",
        std::nullopt);
}

TEST_F(Checks, BytesOfAWordDoNotRace) {
  check(R"(
@bytes = internal addrspace(3) global [64 x i8] undef, align 4
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %own = getelementptr i8, ptr addrspace(3) @bytes, i32 %thread
  %value = trunc i32 %thread to i8
  store i8 %value, ptr addrspace(3) %own
  %back = load i8, ptr addrspace(3) %own
  ret void
})",
        std::nullopt);
}

TEST_F(Checks, WriteAfterReadsOfManyThreads) {
  // Every reader is kept: thread 0 writes after all have read.
  check(R"(
@cell = internal addrspace(3) global float undef, align 4
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %first = icmp eq i32 %thread, 0
  br i1 %first, label %init, label %read
init:
  store float 1.0, ptr addrspace(3) @cell
  br label %read
read:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %value = load float, ptr addrspace(3) @cell
  call void @llvm.nvvm.bar.warp.sync(i32 -1)
  br i1 %first, label %write, label %end
write:
  store float 2.0, ptr addrspace(3) @cell
  br label %end
end:
  ret void
})",
        ReportKind::Race);
}

TEST_F(Checks, LoopThatNeverEnds) {
  ASSERT_TRUE(harness.load(R"(
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  br label %loop
loop:
  %value = load volatile float, ptr %in
  br label %loop
})"));
  float *in = harness.allocate<float>(1);
  LaunchOptions options;
  options.stepLimit = 100000;
  reports = harness.launch("kernel", makeShape(2, 64), options, in, in);
  ASSERT_EQ(reports.count(ReportKind::StepLimit), 1u);
  EXPECT_TRUE(reports.stopped);
}

TEST_F(Checks, LoopThatPollsMemoryEnds) {
  // Thread 63 sets what the others wait for.
  check(R"(
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %last = icmp eq i32 %thread, 63
  br i1 %last, label %set, label %poll
set:
  %old = atomicrmw xchg ptr %out, i32 1 release
  br label %end
poll:
  %value = load atomic i32, ptr %out acquire, align 4
  %go = icmp eq i32 %value, 1
  br i1 %go, label %end, label %poll
end:
  ret void
})",
        std::nullopt);
}

TEST_F(Checks, Trap) {
  check(R"(
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  call void @llvm.trap()
  unreachable
})",
        ReportKind::Trap);
  EXPECT_EQ(reports.reports.size(), 1u);
  EXPECT_TRUE(reports.stopped);
}

TEST_F(Checks, LocationsOfTheSource) {
  check(R"(
define ptx_kernel void @kernel(ptr %in, ptr %out) !dbg !3 {
  %value = load float, ptr null, align 4, !dbg !5
  ret void
}
!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2}
!0 = distinct !DICompileUnit(language: DW_LANG_C, file: !1)
!1 = !DIFile(filename: "kernel.mlir", directory: "/")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = distinct !DISubprogram(name: "kernel", file: !1, type: !4, unit: !0, spFlags: DISPFlagDefinition)
!4 = !DISubroutineType(types: !{})
!5 = !DILocation(line: 12, column: 7, scope: !3)
)",
        ReportKind::OutOfBounds);
  EXPECT_EQ(reports.reports[0].location, "kernel.mlir:12:7");
  EXPECT_THAT(reports.reports[0].str(),
              HasSubstr("(kernel kernel, block (0, 0, 0), thread ("));
}

} // namespace
