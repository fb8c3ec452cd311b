//===- LaunchTest.cpp - Options of launches -------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace norm::emulator;
using namespace norm::emulator::test;

namespace {

/// @produce writes 64 floats, @consume doubles them, after %1.
std::string producer(const std::string &wait) {
  return R"(
define ptx_kernel void @produce(ptr %data) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %own = getelementptr float, ptr %data, i32 %thread
  store float 1.0, ptr %own
  call void @llvm.nvvm.griddepcontrol.launch.dependents()
  ret void
}
define ptx_kernel void @consume(ptr %data, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
)" + wait +
         R"(
  %own = getelementptr float, ptr %data, i32 %thread
  %value = load float, ptr %own
  %twice = fadd float %value, %value
  %to = getelementptr float, ptr %out, i32 %thread
  store float %twice, ptr %to
  ret void
})";
}

TEST(Launch, DependentLaunchWaits) {
  for (bool waits : {true, false}) {
    Harness harness;
    ASSERT_TRUE(harness.load(
        producer(waits ? "call void @llvm.nvvm.griddepcontrol.wait()" : "")));
    float *data = harness.allocate<float>(64),
          *out = harness.allocate<float>(64);
    LaunchOptions options;
    for (bool dependent : {false, true}) {
      EXPECT_TRUE(
          harness.launch("produce", makeShape(1, 64), options, data).empty());
      LaunchOptions second = options;
      second.dependent = dependent;
      Reports reports =
          harness.launch("consume", makeShape(1, 64), second, data, out);
      EXPECT_EQ(reports.count(ReportKind::Unawaited), dependent && !waits)
          << reports.str();
      EXPECT_EQ(harness.download(out, 64), std::vector<float>(64, 2));
    }
  }
}

// What is between them is not complete, so nor is what it waits for.
TEST(Launch, DependentLaunchWaitsForAllOfAChain) {
  for (bool waits : {true, false}) {
    Harness harness;
    ASSERT_TRUE(harness.load(
        producer(waits ? "call void @llvm.nvvm.griddepcontrol.wait()" : "")));
    float *data = harness.allocate<float>(64),
          *other = harness.allocate<float>(64),
          *out = harness.allocate<float>(64);
    LaunchOptions options;
    harness.launch("produce", makeShape(1, 64), options, data);
    options.dependent = true;
    harness.launch("produce", makeShape(1, 64), options, other);
    Reports reports =
        harness.launch("consume", makeShape(1, 64), options, data, out);
    EXPECT_EQ(reports.count(ReportKind::Unawaited), !waits) << reports.str();
  }
}

TEST(Launch, DependentWaitOfOneThreadIsKnownAfterABarrier) {
  Harness harness;
  ASSERT_TRUE(harness.load(producer(R"(
  %first = icmp eq i32 %thread, 0
  br i1 %first, label %wait, label %go
wait:
  call void @llvm.nvvm.griddepcontrol.wait()
  br label %go
go:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
)")));
  float *data = harness.allocate<float>(64), *out = harness.allocate<float>(64);
  LaunchOptions options;
  harness.launch("produce", makeShape(1, 64), options, data);
  options.dependent = true;
  Reports reports =
      harness.launch("consume", makeShape(1, 64), options, data, out);
  EXPECT_TRUE(reports.empty()) << reports.str();
}

/// Lane 0 stores to shared memory, all shuffle and read it.
constexpr const char *ordered = R"(
@cell = internal addrspace(3) global i32 undef, align 4
define ptx_kernel void @kernel(ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %first = icmp eq i32 %thread, 0
  br i1 %first, label %store, label %go
store:
  store i32 3, ptr addrspace(3) @cell
  br label %go
go:
  %any = call i32 @llvm.nvvm.shfl.sync.idx.i32(i32 -1, i32 %thread, i32 0, i32 31)
  %value = load i32, ptr addrspace(3) @cell
  %to = getelementptr i32, ptr %out, i32 %thread
  store i32 %value, ptr %to
  ret void
})";

TEST(Launch, ShufflesOrderMemoryIfAsked) {
  Harness harness;
  ASSERT_TRUE(harness.load(ordered));
  auto *out = harness.allocate<uint32_t>(32);
  LaunchOptions options;
  EXPECT_TRUE(harness.launch("kernel", makeShape(1, 32), options, out).empty());
  options.warpOperationsOrderMemory = false;
  EXPECT_EQ(harness.launch("kernel", makeShape(1, 32), options, out)
                .count(ReportKind::Race),
            1u);
  options.checkRaces = false;
  EXPECT_TRUE(harness.launch("kernel", makeShape(1, 32), options, out).empty());
}

TEST(Launch, StacksHoldAllValuesOfAKernel) {
  // All are loaded before the first is used: more than a stack of 64 KiB.
  constexpr unsigned values = 12000;
  std::string loads, sums, sum = "0.0";
  for (unsigned i = 0; i < values; ++i) {
    std::string index = std::to_string(i);
    loads += "  %p" + index + " = getelementptr double, ptr %data, i32 " +
             index + "\n  %v" + index + " = load double, ptr %p" + index + "\n";
    sums += "  %s" + index + " = fadd double " + sum + ", %v" + index + "\n";
    sum = "%s" + index;
  }
  Harness harness;
  ASSERT_TRUE(harness.load(R"(
define ptx_kernel void @kernel(ptr %data, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
)" + loads + sums + R"(
  %to = getelementptr double, ptr %out, i32 %thread
  store double )" + sum + R"(, ptr %to
  ret void
})"));
  double *data = harness.upload(std::vector<double>(values, 1)),
         *out = harness.allocate<double>(64);
  Reports reports =
      harness.launch("kernel", makeShape(1, 64), LaunchOptions(), data, out);
  EXPECT_TRUE(reports.empty()) << reports.str();
  EXPECT_EQ(harness.download(out, 64), std::vector<double>(64, values));
}

TEST(Launch, TheSameScheduleGivesTheSameOrder) {
  Harness harness;
  // The order in which threads come to the atomic.
  ASSERT_TRUE(harness.load(R"(
define ptx_kernel void @kernel(ptr %count, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %place = atomicrmw add ptr %count, i32 1 monotonic
  %to = getelementptr i32, ptr %out, i32 %place
  store i32 %thread, ptr %to
  ret void
})"));
  std::vector<std::vector<uint32_t>> orders;
  for (const Schedule &schedule : getSchedules())
    for (int repeat = 0; repeat < 2; ++repeat) {
      auto *count = harness.upload(std::vector<uint32_t>{0});
      auto *out = harness.allocate<uint32_t>(128);
      harness.launch("kernel", makeShape(1, 128), withSchedule(schedule), count,
                     out);
      orders.push_back(harness.download(out, 128));
    }
  for (size_t i = 0; i < orders.size(); i += 2) {
    EXPECT_EQ(orders[i], orders[i + 1]);
    if (i > 0) {
      EXPECT_NE(orders[i], orders[i - 2]);
    }
  }
}

TEST(Launch, ReportsAreCapped) {
  Harness harness;
  std::string stores;
  for (int i = 0; i < 10; ++i)
    stores += "store i8 0, ptr null, align 1\n";
  ASSERT_TRUE(harness.load("define ptx_kernel void @kernel() {\n" + stores +
                           "ret void\n}"));
  LaunchOptions options;
  options.maxReports = 4;
  Reports reports = harness.launch("kernel", makeShape(3, 5), options);
  EXPECT_EQ(reports.reports.size(), 4u);
  EXPECT_EQ(reports.omitted, 6u);
  EXPECT_EQ(reports.reports[0].count, 15u);
}

TEST(Launch, ArgumentsAreChecked) {
  Harness harness;
  ASSERT_TRUE(harness.load(ordered));
  auto kernel = harness.emulator.lookup(*harness.module, "kernel");
  ASSERT_TRUE(bool(kernel));
  auto none = harness.emulator.launch(**kernel, makeShape(1, 1), {});
  EXPECT_EQ(llvm::toString(none.takeError()),
            "launch of 'kernel': expected 1 arguments, found 0");
  auto null = harness.emulator.launch(**kernel, makeShape(1, 1),
                                      {static_cast<const void *>(nullptr)});
  EXPECT_EQ(llvm::toString(null.takeError()),
            "launch of 'kernel': expected a pointer to each argument, found "
            "null");
}

TEST(Memory, LimitsAndErrors) {
  DeviceLimits limits;
  limits.memoryBytes = 1000;
  Emulator emulator(limits);
  auto most = emulator.allocate(1000);
  ASSERT_TRUE(bool(most));
  EXPECT_EQ(emulator.getFreeBytes(), 0u);
  auto more = emulator.allocate(1);
  EXPECT_EQ(
      llvm::toString(more.takeError()),
      "out of device memory: 1 bytes asked for, 0 of 1000 bytes are free");
  EXPECT_EQ(emulator.getExtent(static_cast<char *>(*most) + 900), 100u);
  char host = 0;
  EXPECT_NE(llvm::toString(emulator.copyToDevice(&host, &host, 1))
                .find("expected device memory, found 0 bytes"),
            std::string::npos);
  EXPECT_FALSE(bool(emulator.free(*most)));
  EXPECT_EQ(llvm::toString(emulator.free(*most)).substr(0, 2), "0x");
  auto empty = emulator.allocate(0);
  ASSERT_TRUE(bool(empty));
  EXPECT_EQ(*empty, nullptr);
  EXPECT_FALSE(bool(emulator.free(nullptr)));
}

} // namespace
