//===- RMSNormTest.cpp - A row kernel on the emulator ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include "norm/Emulator/Mutation.h"

#include <cmath>
#include <random>

using namespace norm::emulator;
using namespace norm::emulator::test;

namespace {

constexpr unsigned rows = 64, columns = 1024;

class RMSNorm : public ::testing::Test {
protected:
  void SetUp() override {
    std::mt19937 generator(7);
    std::normal_distribution<float> normal;
    for (float &value : x)
      value = normal(generator);
    for (float &value : gamma)
      value = normal(generator);
  }

  bool load() {
    llvm::LLVMContext context;
    return harness.load(translate(readInput("rmsnorm.mlir"), context));
  }

  Reports run(const LaunchOptions &options) {
    float *deviceX = harness.upload(x), *deviceGamma = harness.upload(gamma);
    float *deviceY = harness.upload(y);
    Reports reports = harness.launch("rmsnorm", makeShape(rows, 256), options,
                                     deviceX, deviceGamma, deviceY);
    y = harness.download(deviceY, y.size());
    for (float *memory : {deviceX, deviceGamma, deviceY})
      EXPECT_FALSE(harness.emulator.free(memory));
    return reports;
  }

  /// The largest relative error of y.
  double getError() {
    double largest = 0;
    for (unsigned row = 0; row < rows; ++row) {
      double sum = 0;
      for (unsigned i = 0; i < columns; ++i)
        sum += double(x[row * columns + i]) * x[row * columns + i];
      double rrms = 1 / std::sqrt(sum / columns + 1e-6);
      for (unsigned i = 0; i < columns; ++i) {
        double exact = x[row * columns + i] * rrms * gamma[i];
        double error = std::fabs(y[row * columns + i] - exact);
        largest = std::max(largest, error / std::fabs(exact));
      }
    }
    return largest;
  }

  Harness harness;
  std::vector<float> x = std::vector<float>(rows * columns);
  std::vector<float> gamma = std::vector<float>(columns);
  std::vector<float> y = std::vector<float>(rows * columns);
};

/// In units of 2^-24: the sum of squares has 3 additions of its thread (and a
/// rounded square), 5 of shuffles and 8 of warps, all of positive numbers; the
/// root halves their error. Then rsqrt, the division, epsilon and two products.
constexpr double tolerance = (17 / 2.0 + 5) * 0x1p-24;

TEST_F(RMSNorm, IsRightUnderEachSchedule) {
  ASSERT_TRUE(load());
  for (const Schedule &schedule : getSchedules()) {
    std::fill(y.begin(), y.end(), NAN);
    Reports reports = run(withSchedule(schedule));
    EXPECT_TRUE(reports.empty()) << reports.str();
    EXPECT_LE(getError(), tolerance);
  }
}

TEST_F(RMSNorm, PerturbedApproximationsAreWithinTheirBound) {
  ASSERT_TRUE(load());
  LaunchOptions options;
  ASSERT_TRUE(run(options).empty());
  double exact = getError();
  options.perturbApproximations = true;
  ASSERT_TRUE(run(options).empty());
  EXPECT_NE(getError(), exact);
  // rsqrt.approx is within 2^-22.9.
  EXPECT_LE(getError(), tolerance + std::exp2(-22.9));
}

TEST_F(RMSNorm, ARemovedBarrierIsFound) {
  llvm::LLVMContext context;
  auto module = translate(readInput("rmsnorm.mlir"), context);
  ASSERT_TRUE(module);
  auto found = listSynchronization(*module);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].find("barrier.cta.sync.aligned.all at "), 0u) << found[0];
  ASSERT_FALSE(removeSynchronization(*module, 0));
  EXPECT_TRUE(listSynchronization(*module).empty());
  ASSERT_TRUE(harness.load(std::move(module)));
  for (const Schedule &schedule : getSchedules()) {
    Reports reports = run(withSchedule(schedule));
    // The order decides which of the two it is.
    EXPECT_GT(reports.count(ReportKind::Race) +
                  reports.count(ReportKind::UninitializedShared),
              0u)
        << reports.str();
  }
}

TEST_F(RMSNorm, AnAllocationThatIsTooShortIsFound) {
  ASSERT_TRUE(load());
  float *deviceX = harness.upload(std::vector<float>(rows * columns - 16));
  float *deviceY = harness.upload(y), *deviceGamma = harness.upload(gamma);
  Reports reports = harness.launch("rmsnorm", makeShape(rows, 256), {}, deviceX,
                                   deviceGamma, deviceY);
  // Two loads of the last 16 elements, by a thread each.
  ASSERT_EQ(reports.reports.size(), 2u) << reports.str();
  for (const Report &report : reports.reports) {
    EXPECT_EQ(report.kind, ReportKind::OutOfBounds);
    EXPECT_EQ(report.count, 16u);
    EXPECT_EQ(report.block.x, rows - 1);
    EXPECT_GE(report.thread.x, 240u);
    EXPECT_EQ(report.kernel, "rmsnorm");
  }
}

TEST(AllReduce, RacesInALoopUnderPriorities) {
  Harness harness;
  llvm::LLVMContext context;
  ASSERT_TRUE(harness.load(translate(readInput("all_reduce.mlir"), context)));
  std::vector<float> x(16 * 128);
  for (unsigned i = 0; i < x.size(); ++i)
    x[i] = float(i % 7);
  float *deviceX = harness.upload(x);
  float *sums = harness.upload(x);
  bool wrong = false;
  for (const Schedule &schedule : getSchedules()) {
    LaunchOptions options = withSchedule(schedule);
    Reports reports =
        harness.launch("with", makeShape(1, 128), options, deviceX, sums);
    EXPECT_TRUE(reports.empty()) << reports.str();
    auto expected = harness.download(sums, x.size());
    for (unsigned i = 0; i < x.size(); ++i) {
      float exact = 0;
      for (unsigned j = i / 128 * 128; j < i / 128 * 128 + 128; ++j)
        exact += x[j];
      ASSERT_EQ(expected[i], exact) << i;
    }
    reports =
        harness.launch("without", makeShape(1, 128), options, deviceX, sums);
    EXPECT_GT(reports.count(ReportKind::Race), 0u);
    bool differs = harness.download(sums, x.size()) != expected;
    wrong |= differs && schedule.policy == Schedule::Policy::WarpPriority;
  }
  EXPECT_TRUE(wrong) << "no order by priorities shows the race";
}

} // namespace
