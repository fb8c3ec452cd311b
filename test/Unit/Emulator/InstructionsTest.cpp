//===- InstructionsTest.cpp - Results of single instructions --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include "llvm/ADT/bit.h"

#include <bitset>
#include <cmath>

using namespace norm::emulator;
using namespace norm::emulator::test;

namespace {

/// The results of `call`, of 32 bits each, for 32 threads, by its lane.
std::vector<uint32_t> runWarp(const std::string &call, uint32_t threads = 32) {
  Harness harness;
  std::vector<uint32_t> failed;
  if (!harness.load("define ptx_kernel void @kernel(ptr %out) {\n"
                    "%lane = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()\n"
                    "%odd = trunc i32 %lane to i1\n" +
                    call +
                    "\n%to = getelementptr i32, ptr %out, i32 %lane\n"
                    "store i32 %r, ptr %to\nret void\n}"))
    return failed;
  auto *out = harness.allocate<uint32_t>(threads);
  std::vector<uint32_t> first;
  for (const Schedule &schedule : getSchedules()) {
    Reports reports = harness.launch("kernel", makeShape(1, threads),
                                     withSchedule(schedule), out);
    EXPECT_TRUE(reports.empty()) << reports.str();
    auto results = harness.download(out, threads);
    EXPECT_TRUE(first.empty() || first == results);
    first = results;
  }
  return first;
}

/// What `function` gives for the lanes.
template <typename Function>
std::vector<uint32_t> byLane(Function function, uint32_t threads = 32) {
  std::vector<uint32_t> results;
  for (uint32_t lane = 0; lane < threads; ++lane)
    results.push_back(function(lane));
  return results;
}

std::string shuffle(const char *mode, const char *offset, const char *clamp) {
  return std::string("%r = call i32 @llvm.nvvm.shfl.sync.") + mode +
         ".i32(i32 -1, i32 %lane, i32 " + offset + ", i32 " + clamp + ")";
}

TEST(Warp, Shuffles) {
  EXPECT_EQ(runWarp(shuffle("bfly", "5", "31")),
            byLane([](uint32_t lane) { return lane ^ 5; }));
  EXPECT_EQ(runWarp(shuffle("idx", "7", "31")),
            byLane([](uint32_t) { return 7; }));
  EXPECT_EQ(runWarp(shuffle("up", "3", "0")),
            byLane([](uint32_t lane) { return lane < 3 ? lane : lane - 3; }));
  EXPECT_EQ(runWarp(shuffle("down", "3", "31")),
            byLane([](uint32_t lane) { return lane > 28 ? lane : lane + 3; }));
  // Segments of 8: the mask of the segment is 24.
  EXPECT_EQ(runWarp(shuffle("down", "3", "6175")), byLane([](uint32_t lane) {
              return lane % 8 > 4 ? lane : lane + 3;
            }));
  EXPECT_EQ(runWarp(shuffle("idx", "2", "6175")),
            byLane([](uint32_t lane) { return lane / 8 * 8 + 2; }));
}

TEST(Warp, ShuffleWithPredicate) {
  EXPECT_EQ(runWarp("%p = call {i32, i1} @llvm.nvvm.shfl.sync.down.i32p("
                    "i32 -1, i32 %lane, i32 1, i32 31)\n"
                    "%b = extractvalue {i32, i1} %p, 1\n"
                    "%r = zext i1 %b to i32"),
            byLane([](uint32_t lane) { return lane != 31; }));
}

TEST(Warp, ShuffleOfFloats) {
  EXPECT_EQ(runWarp("%f = uitofp i32 %lane to float\n"
                    "%s = call float @llvm.nvvm.shfl.sync.bfly.f32(i32 -1, "
                    "float %f, i32 1, i32 31)\n"
                    "%r = fptoui float %s to i32"),
            byLane([](uint32_t lane) { return lane ^ 1; }));
}

TEST(Warp, Votes) {
  auto vote = [](const std::string &mode, const char *predicate) {
    return runWarp("%v = call i1 @llvm.nvvm.vote." + mode +
                   ".sync(i32 -1, i1 " + predicate +
                   ")\n%r = zext i1 %v to i32")[9];
  };
  EXPECT_EQ(vote("all", "%odd"), 0u);
  EXPECT_EQ(vote("all", "true"), 1u);
  EXPECT_EQ(vote("any", "%odd"), 1u);
  EXPECT_EQ(vote("any", "false"), 0u);
  EXPECT_EQ(vote("uni", "%odd"), 0u);
  EXPECT_EQ(vote("uni", "false"), 1u);
  // Of an incomplete warp.
  EXPECT_EQ(runWarp("%r = call i32 @llvm.nvvm.vote.ballot.sync(i32 -1, "
                    "i1 %odd)",
                    20)[0],
            0xaaaaau);
}

TEST(Warp, MatchElectRedux) {
  EXPECT_EQ(runWarp("%v = and i32 %lane, 3\n"
                    "%r = call i32 @llvm.nvvm.match.any.sync.i32(i32 -1, "
                    "i32 %v)"),
            byLane([](uint32_t lane) { return 0x11111111u << lane % 4; }));
  EXPECT_EQ(runWarp("%p = call {i32, i1} @llvm.nvvm.match.all.sync.i64p("
                    "i32 -1, i64 7)\n"
                    "%r = extractvalue {i32, i1} %p, 0")[3],
            ~0u);
  EXPECT_EQ(runWarp("%p = call {i32, i1} @llvm.nvvm.elect.sync(i32 -1)\n"
                    "%b = extractvalue {i32, i1} %p, 1\n"
                    "%r = zext i1 %b to i32"),
            byLane([](uint32_t lane) { return lane == 0; }));
  auto redux = [](const std::string &mode) {
    return runWarp(
        "%v = sub i32 %lane, 7\n%r = call i32 @llvm.nvvm.redux.sync." + mode +
        "(i32 %v, i32 -1)")[0];
  };
  EXPECT_EQ(redux("add"), 32u * 31 / 2 - 32 * 7);
  EXPECT_EQ(int32_t(redux("min")), -7);
  EXPECT_EQ(int32_t(redux("max")), 24);
  EXPECT_EQ(redux("umin"), 0u);
  EXPECT_EQ(int32_t(redux("umax")), -1);
  EXPECT_EQ(redux("and"), 0u);
  EXPECT_EQ(int32_t(redux("or")), -1);
}

TEST(Warp, BarrierReductions) {
  auto reduce = [](const std::string &mode, const std::string &type,
                   const std::string &convert) {
    return runWarp("%v = call " + type + " @llvm.nvvm.barrier.cta.red." + mode +
                       ".aligned.all(i32 0, i1 %odd)\n%r = " + convert,
                   96)[50];
  };
  EXPECT_EQ(reduce("popc", "i32", "add i32 %v, 0"), 48u);
  EXPECT_EQ(reduce("and", "i1", "zext i1 %v to i32"), 0u);
  EXPECT_EQ(reduce("or", "i1", "zext i1 %v to i32"), 1u);
}

TEST(Warp, SpecialRegisters) {
  Harness harness;
  ASSERT_TRUE(harness.load(R"(
define ptx_kernel void @kernel(ptr %out) {
  %x = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %y = call i32 @llvm.nvvm.read.ptx.sreg.tid.y()
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %rank = call i32 @llvm.nvvm.read.ptx.sreg.cluster.ctarank()
  %cluster = call i32 @llvm.nvvm.read.ptx.sreg.clusterid.x()
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.laneid()
  %warp = call i32 @llvm.nvvm.read.ptx.sreg.warpid()
  %a = mul i32 %y, 40
  %linear = add i32 %a, %x
  %b = mul i32 %warp, 32
  %c = add i32 %b, %lane
  %d = sub i32 %linear, %c
  %e = mul i32 %cluster, 2
  %f = add i32 %e, %rank
  %g = sub i32 %block, %f
  %h = or i32 %d, %g
  %same = icmp eq i32 %h, 0
  %old = select i1 %same, i32 1, i32 0
  %sum = atomicrmw add ptr %out, i32 %old monotonic
  ret void
})"));
  auto *out = harness.upload(std::vector<uint32_t>{0});
  LaunchShape shape = makeShape(4, 40, 2);
  shape.block.y = 3;
  Reports reports = harness.launch("kernel", shape, {}, out);
  EXPECT_TRUE(reports.empty()) << reports.str();
  EXPECT_EQ(harness.download(out, 1)[0], 4u * 120);
}

/// The result of `expression`, an expression of %x that ends in a float %r.
float evaluate(const std::string &expression, float x,
               const LaunchOptions &options = {}) {
  Harness harness;
  if (!harness.load("define ptx_kernel void @kernel(ptr %out, float %x) {\n" +
                    expression + "\nstore float %r, ptr %out\nret void\n}"))
    return NAN;
  auto *out = harness.allocate<float>(1);
  EXPECT_TRUE(
      harness.launch("kernel", makeShape(1, 1), options, out, x).empty());
  return harness.download(out, 1)[0];
}

std::string call(const std::string &name) {
  return "%r = call float @llvm.nvvm." + name + "(float %x)";
}

TEST(Arithmetic, ApproximationsAreExactOnesRounded) {
  EXPECT_EQ(evaluate(call("rsqrt.approx.f"), 3), float(1 / std::sqrt(3.0)));
  EXPECT_EQ(evaluate(call("rcp.approx.ftz.f"), 3), float(1 / 3.0));
  EXPECT_EQ(evaluate(call("ex2.approx.f32"), 0.3f),
            float(std::exp2(double(0.3f))));
  EXPECT_EQ(evaluate(call("lg2.approx.f"), 3), float(std::log2(3.0)));
  EXPECT_EQ(evaluate(call("sqrt.rn.f"), 3), std::sqrt(3.0f));
  EXPECT_EQ(evaluate("%r = call float asm \"tanh.approx.f32 $0, $1;\", "
                     "\"=f,f\"(float %x)",
                     0.5f),
            float(std::tanh(0.5)));
  EXPECT_EQ(evaluate(call("rsqrt.approx.f"), 0), INFINITY);
  EXPECT_TRUE(std::isnan(evaluate(call("rsqrt.approx.f"), -1)));
}

TEST(Arithmetic, FlushesSubnormalsWhereAsked) {
  EXPECT_EQ(evaluate(call("rcp.approx.ftz.f"), 0x1p-130f), INFINITY);
  EXPECT_EQ(evaluate(call("sqrt.approx.ftz.f"), 0x1p-130f), 0);
  EXPECT_EQ(evaluate(call("sqrt.approx.f"), 0x1p-130f), 0x1p-65f);
}

TEST(Arithmetic, PerturbationDependsOnTheSeedOnly) {
  LaunchOptions options;
  options.perturbApproximations = true;
  std::set<float> results;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    options.schedule.seed = seed;
    float result = evaluate(call("ex2.approx.f32"), 0.3f, options);
    EXPECT_EQ(evaluate(call("ex2.approx.f32"), 0.3f, options), result);
    double exact = std::exp2(double(0.3f));
    // The bound and the rounding to float.
    EXPECT_LE(std::fabs(result - exact) / exact, 0x1p-22 + 0x1p-24);
    results.insert(result);
  }
  EXPECT_GT(results.size(), 2u);
}

TEST(Arithmetic, BFloatIsRoundedToNearestEven) {
  auto round = [](float x) {
    return evaluate("%b = fptrunc float %x to bfloat\n"
                    "%r = fpext bfloat %b to float",
                    x);
  };
  EXPECT_EQ(round(1 + 0x1p-8f), 1);
  EXPECT_EQ(round(1 + 0x3p-8f), 1 + 0x1p-6f);
  EXPECT_EQ(round(1 + 0x1.1p-8f), 1 + 0x1p-7f);
  EXPECT_TRUE(std::isnan(round(NAN)));
  EXPECT_EQ(round(0x1p-130f), 0x1p-130f);
}

TEST(Arithmetic, HalfSumsAndPairs) {
  EXPECT_EQ(evaluate("%h = fptrunc float %x to half\n%s = fadd half %h, %h\n"
                     "%r = fpext half %s to float",
                     1.5f),
            3);
  EXPECT_EQ(evaluate("%p = call <2 x bfloat> @llvm.nvvm.ff2bf16x2.rn(float "
                     "%x, float 5.0)\n%h = extractelement <2 x bfloat> %p, "
                     "i32 1\n%r = fpext bfloat %h to float",
                     1.5f),
            1.5f);
}

} // namespace
