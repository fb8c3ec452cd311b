//===- CUDALaunchTest.cpp - Limits of launches, and workspaces ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDAFixture.h"

using namespace norm::cuda;
using namespace norm::emulator;
using namespace norm::runtime::test;
using testing::HasSubstr;

namespace {

class CUDALaunchTest : public CUDAFixture {
protected:
  /// Expects a launch of `kernel` to fail with `text`.
  void expectRefused(Kernel kernel, const norm_cuda_launch_shape &shape,
                     const char *text) {
    EXPECT_EQ(launch(kernel, shape), norm_error_cuda_launch);
    EXPECT_THAT(norm_last_error(), HasSubstr(text));
    EXPECT_EQ(numLaunches, 0) << "the driver need not refuse it";
  }
};

TEST_F(CUDALaunchTest, LimitsOfTheGrid) {
  expectRefused(Small, {{int64_t(1) << 31, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0},
                "kernel 'small': expected 1 to 2147483647 blocks in x, found "
                "2147483648");
  expectRefused(Small, {{1, 65536, 1}, {1, 1, 1}, {1, 1, 1}, 0},
                "expected 1 to 65535 blocks in y, found 65536");
  expectRefused(Small, {{1, 1, int64_t(1) << 32}, {1, 1, 1}, {1, 1, 1}, 0},
                "expected 1 to 65535 blocks in z, found 4294967296");
  expectRefused(Small, {{-1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0}, "found -1");
}

TEST_F(CUDALaunchTest, LimitsOfTheBlock) {
  expectRefused(Bad, {{1, 1, 1}, {1025, 1, 1}, {1, 1, 1}, 0},
                "expected 1 to 1024 threads of a block in x, found 1025");
  expectRefused(Bad, {{1, 1, 1}, {0, 1, 1}, {1, 1, 1}, 0}, "found 0");
  expectRefused(Bad, {{1, 1, 1}, {1, 1, 65}, {1, 1, 1}, 0},
                "expected 1 to 64 threads of a block in z, found 65");
  expectRefused(Bad, {{1, 1, 1}, {32, 33, 1}, {1, 1, 1}, 0},
                "expected 1 to 1024 threads of a block, found 1056");
  expectRefused(Small, {{1, 1, 1}, {65, 1, 1}, {1, 1, 1}, 0},
                "kernel 'small': expected 1 to 64 threads of a block, found "
                "65");
}

TEST_F(CUDALaunchTest, EmptyGrid) {
  EXPECT_EQ(launch(Bad, {{0, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0}), norm_ok);
  EXPECT_EQ(launch(Bad, {{1, 0, 1}, {1, 1, 1}, {1, 1, 1}, 0}), norm_ok);
  EXPECT_EQ(numLaunches, 0);
}

TEST_F(CUDALaunchTest, DynamicSharedMemory) {
  EXPECT_EQ(launch(Wide, {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 100 * 1024}),
            norm_ok)
      << norm_last_error();
  EXPECT_EQ(driver.cuCtxSynchronize(), CUDA_SUCCESS);
  numLaunches = 0;
  expectRefused(Wide, {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 100 * 1024 + 1},
                "expected 0 to 102400 bytes of dynamic shared memory, found "
                "102401");
  expectRefused(Wide, {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, -1}, "found -1");
}

TEST_F(CUDALaunchTest, Clusters) {
  for (int64_t blocks : {2, 8, 16}) {
    std::vector<float> values(2 * blocks, -1);
    float *y = upload(values);
    ASSERT_EQ(launch(ClusterSize,
                     {{2 * blocks, 1, 1}, {32, 1, 1}, {blocks, 1, 1}, 0}, {&y}),
              norm_ok)
        << norm_last_error();
    EXPECT_EQ(download(y, 2 * blocks), std::vector<float>(2 * blocks, blocks));
  }
  EXPECT_EQ(launch(ClusterSize, {{3, 1, 1}, {1, 1, 1}, {2, 1, 1}, 0}),
            norm_error_cuda_launch);
  EXPECT_THAT(norm_last_error(), HasSubstr("cuLaunchKernelEx failed with "
                                           "CUDA_ERROR_INVALID_CLUSTER_SIZE"));
  EXPECT_THAT(norm_last_error(),
              HasSubstr("grid [3, 1, 1], block [1, 1, 1], cluster [2, 1, 1]"));
}

TEST_F(CUDALaunchTest, ClustersOnAGPUWithoutThem) {
  DeviceLimits limits;
  limits.maxBlocksPerCluster = 1;
  reset(/*devices=*/1, limits);
  expectRefused(ClusterSize, {{2, 1, 1}, {1, 1, 1}, {2, 1, 1}, 0},
                "expected a GPU that launches clusters of blocks");
}

/// The programmatic launches of launchTwo(), and the clusters' sizes in them.
int numDependent;
std::vector<unsigned> clusterSizes;

class CUDADependentLaunchTest : public CUDALaunchTest {
protected:
  void SetUp() override {
    CUDALaunchTest::SetUp();
    numDependent = 0;
    clusterSizes.clear();
    driver.cuLaunchKernelEx = [](const CUlaunchConfig *config,
                                 CUfunction function, void **params,
                                 void **extra) {
      for (unsigned i = 0; i < config->numAttrs; ++i) {
        const CUlaunchAttribute &attribute = config->attrs[i];
        if (attribute.id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION)
          clusterSizes.push_back(attribute.value.clusterDim.x);
        if (attribute.id ==
            CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION)
          numDependent +=
              attribute.value.programmaticStreamSerializationAllowed;
      }
      return getEmulatedDriver().cuLaunchKernelEx(config, function, params,
                                                  extra);
    };
  }

  /// Launches `first` and then @cluster_size, both as dependent ones, in one
  /// call.
  int32_t launchTwo(const norm_cuda_launch_shape &first) {
    norm_tensor_1 empty = {nullptr, nullptr, 0, {0}, {1}};
    const void *operands[] = {&empty, &empty};
    norm_cuda_call call;
    if (int32_t error = norm_cuda_begin(&call, &module, &twiceInfo, operands,
                                        nullptr, 0, nullptr))
      return error;
    norm_cuda_launch_dependent(&call, Small, &first, nullptr);
    float *y = upload({0, 0});
    void *parameters[] = {&y};
    norm_cuda_launch_shape second = {{2, 1, 1}, {1, 1, 1}, {2, 1, 1}, 0};
    norm_cuda_launch_dependent(&call, ClusterSize, &second, parameters);
    if (!norm_cuda_status(&call))
      EXPECT_EQ(download(y, 2), std::vector<float>(2, 2));
    return norm_cuda_status(&call);
  }
};

constexpr norm_cuda_launch_shape oneThread = {
    {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0};

// The first kernel of a call waits for all of the stream.
TEST_F(CUDADependentLaunchTest, BehindAnotherOfTheCall) {
  EXPECT_EQ(launchTwo(oneThread), norm_ok) << norm_last_error();
  EXPECT_EQ(numLaunches, 1);
  EXPECT_EQ(numDependent, 1);
  EXPECT_EQ(clusterSizes, std::vector<unsigned>{2});
}

TEST_F(CUDADependentLaunchTest, BehindAnEmptyGrid) {
  EXPECT_EQ(launchTwo({{0, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0}), norm_ok)
      << norm_last_error();
  EXPECT_EQ(numDependent, 0);
}

TEST_F(CUDADependentLaunchTest, BehindAFailure) {
  EXPECT_EQ(launchTwo({{1, 1, 1}, {65, 1, 1}, {1, 1, 1}, 0}),
            norm_error_cuda_launch);
  EXPECT_EQ(numDependent, 0);
}

// Graphs of older drivers do not capture them.
TEST_F(CUDADependentLaunchTest, OlderDriver) {
  driver.cuDriverGetVersion = [](int *version) {
    *version = 12020;
    return CUDA_SUCCESS;
  };
  setDriver(&driver);
  EXPECT_EQ(launchTwo(oneThread), norm_ok) << norm_last_error();
  EXPECT_EQ(numDependent, 0);
}

TEST_F(CUDALaunchTest, QueryOfAWorkspaceNeedsNoDriver) {
  resetEmulatedDriver(/*devices=*/0);
  setDriver(&driver);
  norm_cuda_call call;
  norm_cuda_query(&call, &twiceInfo);
  EXPECT_EQ(norm_cuda_workspace(&call, 100), nullptr);
  EXPECT_EQ(norm_cuda_workspace(&call, 300), nullptr);
  EXPECT_EQ(norm_cuda_workspace(&call, 200), nullptr);
  norm_cuda_launch_shape shape = {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0};
  norm_cuda_launch(&call, Twice, &shape, nullptr);
  norm_cuda_launch_dependent(&call, Twice, &shape, nullptr);
  EXPECT_EQ(norm_cuda_status(&call), norm_ok);
  EXPECT_EQ(norm_cuda_needed_bytes(&call), 300u);
  EXPECT_EQ(numLaunches, 0);
}

TEST_F(CUDALaunchTest, Workspace) {
  norm_tensor_1 empty = {nullptr, nullptr, 0, {0}, {1}};
  const void *operands[] = {&empty, &empty};
  auto begin = [&](norm_cuda_call &call, void *workspace, size_t bytes) {
    return norm_cuda_begin(&call, &module, &twiceInfo, operands, workspace,
                           bytes, nullptr);
  };
  float *workspace = upload(std::vector<float>(1024));
  norm_cuda_call call;
  ASSERT_EQ(begin(call, workspace, 4096), norm_ok) << norm_last_error();
  EXPECT_EQ(norm_cuda_workspace(&call, 4096), workspace);
  EXPECT_EQ(norm_cuda_workspace(&call, 4097), nullptr);
  EXPECT_EQ(norm_cuda_status(&call), norm_error_cuda_workspace);
  EXPECT_STREQ(norm_last_error(),
               "twice: expected a workspace of at least 4097 bytes, found "
               "4096; norm_workspace_twice tells how many for results "
               "without gaps");

  // Nothing is read of what has no bytes.
  float host;
  EXPECT_EQ(begin(call, &host, 0), norm_ok);
  EXPECT_EQ(norm_cuda_workspace(&call, 1), nullptr);
  EXPECT_EQ(norm_cuda_status(&call), norm_error_cuda_workspace);

  alignas(256) float hostArray[64];
  for (float *bad :
       {workspace + 32, static_cast<float *>(nullptr), hostArray}) {
    EXPECT_EQ(begin(call, bad, 256), norm_error_cuda_workspace);
    EXPECT_THAT(norm_last_error(),
                HasSubstr("twice: expected a workspace in memory of the GPU, "
                          "aligned to 256 bytes, found address 0x"));
  }
}

} // namespace
