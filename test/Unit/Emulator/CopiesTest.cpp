//===- CopiesTest.cpp - Asynchronous copies, mbarriers, clusters ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include "norm/Emulator/Mutation.h"

using namespace norm::emulator;
using namespace norm::emulator::test;

namespace {

/// Runs `ir` with 256 floats to read and as many to write, for all schedules.
class Copies : public ::testing::Test {
protected:
  void SetUp() override {
    for (unsigned i = 0; i < 256; ++i)
      values.push_back(i + 1);
  }

  void run(std::unique_ptr<llvm::Module> module, const LaunchShape &shape,
           llvm::function_ref<void(const Reports &)> expect) {
    ASSERT_TRUE(harness.load(std::move(module)));
    float *in = harness.upload(values);
    float *out = harness.allocate<float>(256);
    for (const Schedule &schedule : getSchedules()) {
      Reports reports =
          harness.launch("kernel", shape, withSchedule(schedule), in, out);
      result = harness.download(out, 256);
      expect(reports);
    }
  }

  /// Expects no report and `wanted`, and a report once any synchronization is
  /// removed.
  void checkWithMutations(const std::string &ir, const LaunchShape &shape,
                          const std::vector<float> &wanted) {
    llvm::LLVMContext context;
    auto module = parse(ir, context);
    ASSERT_TRUE(module);
    auto names = listSynchronization(*module);
    run(std::move(module), shape, [&](const Reports &reports) {
      EXPECT_TRUE(reports.empty()) << reports.str();
      EXPECT_EQ(result, wanted);
    });
    EXPECT_FALSE(names.empty());
    for (unsigned i = 0; i < names.size(); ++i) {
      auto mutant = parse(ir, context);
      ASSERT_FALSE(removeSynchronization(*mutant, i));
      unsigned found = 0;
      run(std::move(mutant), shape,
          [&](const Reports &reports) { found += !reports.empty(); });
      EXPECT_GT(found, 0u) << names[i];
    }
  }

  Harness harness;
  std::vector<float> values, result;
};

TEST_F(Copies, ByThreads) {
  // 64 threads copy 16 bytes each, in two groups, and read backwards.
  std::vector<float> wanted(values.rbegin(), values.rend());
  checkWithMutations(R"(
@buffer = internal addrspace(3) global [256 x float] undef, align 16
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %offset = mul i32 %thread, 16
  %to = getelementptr i8, ptr addrspace(3) @buffer, i32 %offset
  %global = addrspacecast ptr %in to ptr addrspace(1)
  %from = getelementptr i8, ptr addrspace(1) %global, i32 %offset
  call void @llvm.nvvm.cp.async.cg.shared.global.16(ptr addrspace(3) %to, ptr addrspace(1) %from)
  call void @llvm.nvvm.cp.async.commit.group()
  call void @llvm.nvvm.cp.async.commit.group()
  call void @llvm.nvvm.cp.async.wait.group(i32 1)
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  br label %loop
loop:
  %i = phi i32 [ 0, %0 ], [ %next, %loop ]
  %j = mul i32 %i, 64
  %index = add i32 %j, %thread
  %mirrored = sub i32 255, %index
  %source = getelementptr float, ptr addrspace(3) @buffer, i32 %mirrored
  %value = load float, ptr addrspace(3) %source
  %target = getelementptr float, ptr %out, i32 %index
  store float %value, ptr %target
  %next = add i32 %i, 1
  %more = icmp ult i32 %next, 4
  br i1 %more, label %loop, label %end
end:
  ret void
})",
                     makeShape(1, 64), wanted);
}

TEST_F(Copies, PartOfTheSourceAndZeros) {
  llvm::LLVMContext context;
  run(parse(R"(
@buffer = internal addrspace(3) global [4 x float] undef, align 16
define ptx_kernel void @kernel(ptr addrspace(1) %in, ptr %out) {
  call void @llvm.nvvm.cp.async.ca.shared.global.16.s(ptr addrspace(3) @buffer, ptr addrspace(1) %in, i32 8)
  call void @llvm.nvvm.cp.async.wait.all()
  %value = load <4 x float>, ptr addrspace(3) @buffer
  store <4 x float> %value, ptr %out
  ret void
})",
            context),
      makeShape(1, 1), [&](const Reports &reports) {
        EXPECT_TRUE(reports.empty()) << reports.str();
        EXPECT_EQ(std::vector<float>(result.begin(), result.begin() + 4),
                  (std::vector<float>{1, 2, 0, 0}));
      });
}

/// A bulk copy to shared memory, doubled by the threads, a bulk copy back.
constexpr const char *bulk = R"(
@buffer = internal addrspace(3) global [256 x float] undef, align 16
@full = internal addrspace(3) global i64 undef, align 8
define ptx_kernel void @kernel(ptr addrspace(1) %in, ptr addrspace(1) %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %first = icmp eq i32 %thread, 0
  br i1 %first, label %start, label %wait
start:
  call void @llvm.nvvm.mbarrier.init.shared(ptr addrspace(3) @full, i32 1)
  br label %wait
wait:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  br i1 %first, label %copy, label %full
copy:
  %state = call i64 @llvm.nvvm.mbarrier.arrive.expect.tx.scope.cta.space.cta(ptr addrspace(3) @full, i32 1024)
  call void @llvm.nvvm.cp.async.bulk.global.to.shared.cta(ptr addrspace(3) @buffer, ptr addrspace(3) @full, ptr addrspace(1) %in, i32 1024, i64 0, i1 false)
  br label %full
full:
  call void asm sideeffect "{\0A\09.reg .pred       P1; \0A\09LAB_WAIT: \0A\09mbarrier.try_wait.parity.shared.b64 P1, [$0], $1, $2; \0A\09@P1 bra.uni DONE; \0A\09bra.uni     LAB_WAIT; \0A\09DONE: \0A\09}", "r,n,n"(ptr addrspace(3) @full, i32 0, i32 1000)
  %offset = mul i32 %thread, 16
  %own = getelementptr i8, ptr addrspace(3) @buffer, i32 %offset
  %value = load <4 x float>, ptr addrspace(3) %own
  %twice = fadd <4 x float> %value, %value
  store <4 x float> %twice, ptr addrspace(3) %own
  call void @llvm.nvvm.fence.proxy.async.shared_cta()
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  br i1 %first, label %store, label %end
store:
  call void @llvm.nvvm.cp.async.bulk.shared.cta.to.global(ptr addrspace(1) %out, ptr addrspace(3) @buffer, i32 1024, i64 0, i1 false)
  call void @llvm.nvvm.cp.async.bulk.commit.group()
  call void @llvm.nvvm.cp.async.bulk.wait.group.read(i32 0)
  br label %end
end:
  ret void
})";

TEST_F(Copies, InBulk) {
  std::vector<float> wanted = values;
  for (float &value : wanted)
    value *= 2;
  checkWithMutations(bulk, makeShape(1, 64), wanted);
}

TEST_F(Copies, PolledMBarrier) {
  // The loop around test.wait is the program's; without the wait of removed
  // bytes nothing completes the phase.
  std::string ir = bulk;
  size_t begin = ir.find("  call void asm"), end = ir.find("  %offset");
  ir.replace(begin, end - begin, R"(  br label %poll
poll:
  %done = call i1 @llvm.nvvm.mbarrier.test.wait.parity.scope.cta.space.cta(ptr addrspace(3) @full, i32 0)
  br i1 %done, label %ready, label %poll
ready:
)");
  std::vector<float> wanted = values;
  for (float &value : wanted)
    value *= 2;
  checkWithMutations(ir, makeShape(1, 64), wanted);
}

TEST_F(Copies, MisalignedBulk) {
  std::string ir = bulk;
  size_t place = ir.find("i32 1024, i64 0, i1 false)\n  br label %full");
  ir.replace(place, 8, "i32 1020");
  llvm::LLVMContext context;
  run(parse(ir, context), makeShape(1, 64), [&](const Reports &reports) {
    EXPECT_EQ(reports.count(ReportKind::Misaligned), 1u) << reports.str();
    EXPECT_EQ(reports.count(ReportKind::Deadlock), 1u) << reports.str();
  });
}

TEST_F(Copies, DistributedSharedMemory) {
  // Four blocks; each adds up what the four stored.
  std::vector<float> wanted(256);
  for (unsigned i = 0; i < 256; ++i)
    for (unsigned block = 0; block < 4; ++block)
      wanted[i] += values[block * 64 + i % 64];
  checkWithMutations(R"(
@buffer = internal addrspace(3) global [64 x float] undef, align 4
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %block = call i32 @llvm.nvvm.read.ptx.sreg.cluster.ctarank()
  %base = mul i32 %block, 64
  %index = add i32 %base, %thread
  %from = getelementptr float, ptr %in, i32 %index
  %value = load float, ptr %from
  %own = getelementptr float, ptr addrspace(3) @buffer, i32 %thread
  store float %value, ptr addrspace(3) %own
  call void @llvm.nvvm.barrier.cluster.arrive.aligned()
  call void @llvm.nvvm.barrier.cluster.wait.aligned()
  br label %loop
loop:
  %rank = phi i32 [ 0, %0 ], [ %next, %loop ]
  %sum = phi float [ 0.0, %0 ], [ %total, %loop ]
  %remote = call ptr addrspace(7) @llvm.nvvm.mapa.shared.cluster(ptr addrspace(3) %own, i32 %rank)
  %part = load float, ptr addrspace(7) %remote
  %total = fadd float %sum, %part
  %next = add i32 %rank, 1
  %more = icmp ult i32 %next, 4
  br i1 %more, label %loop, label %end
end:
  %to = getelementptr float, ptr %out, i32 %index
  store float %total, ptr %to
  call void @llvm.nvvm.barrier.cluster.arrive.aligned()
  call void @llvm.nvvm.barrier.cluster.wait.aligned()
  ret void
})",
                     makeShape(4, 64, 4), wanted);
}

TEST_F(Copies, MulticastToACluster) {
  // Block 1 loads for both; each waits for its own mbarrier.
  std::vector<float> wanted(256);
  for (unsigned i = 0; i < 128; ++i)
    wanted[i] = values[i % 64];
  llvm::LLVMContext context;
  run(parse(R"(
@buffer = internal addrspace(3) global [64 x float] undef, align 16
@full = internal addrspace(3) global i64 undef, align 8
define ptx_kernel void @kernel(ptr addrspace(1) %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %rank = call i32 @llvm.nvvm.read.ptx.sreg.cluster.ctarank()
  %first = icmp eq i32 %thread, 0
  br i1 %first, label %init, label %both
init:
  call void @llvm.nvvm.mbarrier.init.shared(ptr addrspace(3) @full, i32 1)
  call void @llvm.nvvm.fence.mbarrier_init.release.cluster()
  %state = call i64 @llvm.nvvm.mbarrier.arrive.expect.tx.scope.cta.space.cta(ptr addrspace(3) @full, i32 256)
  br label %both
both:
  call void @llvm.nvvm.barrier.cluster.arrive()
  call void @llvm.nvvm.barrier.cluster.wait()
  %second = icmp eq i32 %rank, 1
  %leader = and i1 %first, %second
  br i1 %leader, label %copy, label %poll
copy:
  %generic = addrspacecast ptr addrspace(3) @buffer to ptr
  %cluster = addrspacecast ptr %generic to ptr addrspace(7)
  call void @llvm.nvvm.cp.async.bulk.global.to.shared.cluster(ptr addrspace(7) %cluster, ptr addrspace(3) @full, ptr addrspace(1) %in, i32 256, i16 3, i64 0, i1 true, i1 false)
  br label %poll
poll:
  %done = call i1 @llvm.nvvm.mbarrier.try.wait.parity.scope.cta.space.cta(ptr addrspace(3) @full, i32 0)
  br i1 %done, label %ready, label %poll
ready:
  %own = getelementptr float, ptr addrspace(3) @buffer, i32 %thread
  %value = load float, ptr addrspace(3) %own
  %base = mul i32 %rank, 64
  %index = add i32 %base, %thread
  %to = getelementptr float, ptr %out, i32 %index
  store float %value, ptr %to
  ret void
})",
            context),
      makeShape(2, 64, 2), [&](const Reports &reports) {
        EXPECT_TRUE(reports.empty()) << reports.str();
        EXPECT_EQ(result, wanted);
      });
}

TEST_F(Copies, ByThreadsWithAnMBarrier) {
  // Each thread's copy arrives when it lands; all wait for all.
  std::vector<float> wanted(values.rbegin(), values.rend());
  llvm::LLVMContext context;
  for (bool waits : {true, false}) {
    std::string ir = R"(
@buffer = internal addrspace(3) global [256 x float] undef, align 16
@full = internal addrspace(3) global i64 undef, align 8
define ptx_kernel void @kernel(ptr addrspace(1) %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %first = icmp eq i32 %thread, 0
  br i1 %first, label %init, label %copy
init:
  call void @llvm.nvvm.mbarrier.init.shared(ptr addrspace(3) @full, i32 256)
  br label %copy
copy:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %own = getelementptr float, ptr addrspace(3) @buffer, i32 %thread
  %from = getelementptr float, ptr addrspace(1) %in, i32 %thread
  call void @llvm.nvvm.cp.async.ca.shared.global.4(ptr addrspace(3) %own, ptr addrspace(1) %from)
  call void @llvm.nvvm.cp.async.mbarrier.arrive.noinc.shared(ptr addrspace(3) @full)
)";
    ir += waits ? R"(  br label %poll
poll:
  %done = call i1 @llvm.nvvm.mbarrier.test.wait.parity.scope.cta.space.cta(ptr addrspace(3) @full, i32 0)
  br i1 %done, label %ready, label %poll
ready:
)"
                : "";
    ir += R"(  %mirrored = sub i32 255, %thread
  %other = getelementptr float, ptr addrspace(3) @buffer, i32 %mirrored
  %value = load float, ptr addrspace(3) %other
  %to = getelementptr float, ptr %out, i32 %thread
  store float %value, ptr %to
  ret void
})";
    run(parse(ir, context), makeShape(1, 256), [&](const Reports &reports) {
      EXPECT_EQ(reports.empty(), waits) << reports.str();
      if (waits)
        EXPECT_EQ(result, wanted);
    });
  }
}

TEST_F(Copies, UninitializedMBarrier) {
  llvm::LLVMContext context;
  run(parse(R"(
@full = internal addrspace(3) global i64 undef, align 8
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  %state = call i64 @llvm.nvvm.mbarrier.arrive.shared(ptr addrspace(3) @full)
  ret void
})",
            context),
      makeShape(1, 1), [](const Reports &reports) {
        EXPECT_EQ(reports.count(ReportKind::InvalidOperand), 1u);
        EXPECT_EQ(reports.reports.size(), 1u) << reports.str();
      });
}

TEST_F(Copies, PollOfAnMBarrierThatNothingCompletes) {
  llvm::LLVMContext context;
  run(parse(R"(
@full = internal addrspace(3) global i64 undef, align 8
define ptx_kernel void @kernel(ptr %in, ptr %out) {
  call void @llvm.nvvm.mbarrier.init.shared(ptr addrspace(3) @full, i32 2)
  %state = call i64 @llvm.nvvm.mbarrier.arrive.shared(ptr addrspace(3) @full)
  br label %poll
poll:
  %done = call i1 @llvm.nvvm.mbarrier.test.wait.shared(ptr addrspace(3) @full, i64 %state)
  br i1 %done, label %end, label %poll
end:
  ret void
})",
            context),
      makeShape(1, 1), [](const Reports &reports) {
        ASSERT_EQ(reports.count(ReportKind::Deadlock), 1u);
        EXPECT_NE(reports.str().find("1 arrivals and 0 bytes are missing"),
                  std::string::npos)
            << reports.str();
      });
}

/// Expects reports of Unawaited, and no others, from one thread with `body`
/// between a copy to or from @buffer and its commit.
class Unawaited : public Copies {
protected:
  void check(const std::string &body) {
    llvm::LLVMContext context;
    run(parse(R"(
@buffer = internal addrspace(3) global [4 x float] undef, align 16
define ptx_kernel void @kernel(ptr addrspace(1) %in, ptr addrspace(1) %out) {
)" + body + "\nret void\n}",
              context),
        makeShape(1, 1), [](const Reports &reports) {
          EXPECT_EQ(reports.count(ReportKind::Unawaited), 1u);
          EXPECT_EQ(reports.reports.size(), 1u) << reports.str();
        });
  }
};

constexpr const char *load = R"(
  call void @llvm.nvvm.cp.async.cg.shared.global.16(ptr addrspace(3) @buffer, ptr addrspace(1) %in)
  call void @llvm.nvvm.cp.async.commit.group()
)";
constexpr const char *store = R"(
  store <4 x float> zeroinitializer, ptr addrspace(3) @buffer
  call void @llvm.nvvm.fence.proxy.async()
  call void @llvm.nvvm.cp.async.bulk.shared.cta.to.global(ptr addrspace(1) %out, ptr addrspace(3) @buffer, i32 16, i64 0, i1 false)
  call void @llvm.nvvm.cp.async.bulk.commit.group()
)";
constexpr const char *storeWait =
    "\ncall void @llvm.nvvm.cp.async.bulk.wait.group";

TEST_F(Unawaited, ReadOfTheDestination) {
  check(std::string(load) + "%v = load float, ptr addrspace(3) @buffer");
  check(std::string(load) + "call void @llvm.nvvm.cp.async.wait.group(i32 1)\n"
                            "%v = load float, ptr addrspace(3) @buffer");
}

TEST_F(Unawaited, WriteToTheSource) {
  check(std::string(store) + "store float 1.0, ptr addrspace(3) @buffer" +
        storeWait + "(i32 0)");
}

TEST_F(Unawaited, ReadOfTheDestinationOfAStore) {
  // That the source was read is not that the destination was written.
  check(std::string(store) + storeWait + ".read(i32 0)\n" +
        "%v = load float, ptr addrspace(1) %out");
}

TEST_F(Unawaited, ExitWhileTheSourceIsRead) { check(store); }

TEST_F(Unawaited, StoreOfWhatWasWrittenWithoutAProxyFence) {
  std::string body = std::string(store) + storeWait + "(i32 0)";
  body.replace(body.find("  call void @llvm.nvvm.fence.proxy.async()"), 42, "");
  check(body);
}

} // namespace
