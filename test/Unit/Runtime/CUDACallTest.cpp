//===- CUDACallTest.cpp - Calls of functions that launch GPU kernels ------===//
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

class CUDACallTest : public CUDAFixture {
protected:
  CUstream createStream() {
    CUstream stream = nullptr;
    EXPECT_EQ(driver.cuStreamCreate(&stream, 1), CUDA_SUCCESS);
    return stream;
  }
  /// Captures a call of twice() into a graph and launches it.
  int32_t capture(CUstream stream, const float *x, const float *y,
                  int64_t size);
};

int32_t CUDACallTest::capture(CUstream stream, const float *x, const float *y,
                              int64_t size) {
  CUgraph graph = nullptr;
  CUgraphExec executable = nullptr;
  EXPECT_EQ(driver.cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL),
            CUDA_SUCCESS);
  int32_t error = twice(x, y, size, stream);
  EXPECT_EQ(driver.cuStreamEndCapture(stream, &graph), CUDA_SUCCESS)
      << "a call that fails leaves the capture as it was";
  EXPECT_EQ(driver.cuGraphInstantiate(&executable, graph, 0), CUDA_SUCCESS);
  EXPECT_EQ(driver.cuGraphLaunch(executable, stream), CUDA_SUCCESS);
  EXPECT_EQ(driver.cuStreamSynchronize(stream), CUDA_SUCCESS);
  EXPECT_EQ(driver.cuGraphExecDestroy(executable), CUDA_SUCCESS);
  EXPECT_EQ(driver.cuGraphDestroy(graph), CUDA_SUCCESS);
  return error;
}

TEST_F(CUDACallTest, RunsOnTheCallersStream) {
  expectRuns();
  CUstream stream = createStream();
  expectRuns(stream);
  float *x = upload({1, 2}), *y = upload({0, 0});
  ASSERT_EQ(twice(x, y, 2, stream), norm_ok);
  EXPECT_EQ(*y, 0) << "nothing has waited yet";
  EXPECT_EQ(download(y, 2), (std::vector<float>{2, 4}));
}

TEST_F(CUDACallTest, OfEmptyTensorsLaunchesNothing) {
  float host = 0;
  EXPECT_EQ(twice(nullptr, nullptr, 0), norm_ok) << norm_last_error();
  EXPECT_EQ(twice(&host, &host, 0), norm_ok) << norm_last_error();
  EXPECT_EQ(numLaunches, 0);
}

TEST_F(CUDACallTest, OfHostMemory) {
  std::vector<float> host(4);
  float *x = upload(host);
  EXPECT_EQ(twice(x, host.data(), 4), norm_error_cuda_pointer);
  EXPECT_THAT(norm_last_error(),
              HasSubstr("twice: result 0 'y': expected data that 'emulated "
                        "sm_90' of compute capability 9.0 can access, found "
                        "address 0x"));
  EXPECT_THAT(norm_last_error(), HasSubstr("of the host"));
  EXPECT_EQ(twice(host.data(), x, 4), norm_error_cuda_pointer);
  EXPECT_THAT(norm_last_error(), HasSubstr("argument 0 'x'"));
  EXPECT_EQ(numLaunches, 0);
}

TEST_F(CUDACallTest, OfHostMemoryOnAGPUThatCanAccessIt) {
  driver.cuDeviceGetAttribute = [](int *value, CUdevice_attribute attribute,
                                   CUdevice device) {
    CUresult result =
        getEmulatedDriver().cuDeviceGetAttribute(value, attribute, device);
    if (attribute == CU_DEVICE_ATTRIBUTE_PAGEABLE_MEMORY_ACCESS)
      *value = 1;
    return result;
  };
  // What runs kernels cannot, so none is launched.
  driver.cuLaunchKernel = [](CUfunction, unsigned, unsigned, unsigned, unsigned,
                             unsigned, unsigned, unsigned, CUstream, void **,
                             void **) { return CUDA_SUCCESS; };
  std::vector<float> host(8);
  EXPECT_EQ(twice(host.data(), host.data() + 4, 4), norm_ok)
      << norm_last_error();
}

TEST_F(CUDACallTest, OfMemoryOfAnotherGPU) {
  reset(/*devices=*/2);
  float *x = upload({1});
  CUcontext other;
  ASSERT_EQ(driver.cuDevicePrimaryCtxRetain(&other, 1), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuCtxSetCurrent(other), CUDA_SUCCESS);
  float *y = upload({1});
  EXPECT_EQ(twice(x, y, 1), norm_error_cuda_pointer);
  EXPECT_THAT(norm_last_error(), HasSubstr("of GPU 0"));
}

TEST_F(CUDACallTest, ChecksTheFirstElementInMemory) {
  float *x = upload({1, 2, 3});
  // The elements lie before x.
  norm_tensor_1 down = {x, x, 0, {2}, {-1}};
  norm_tensor_1 up = {x, x, 2, {2}, {-1}};
  norm_tensor_1 empty = {nullptr, nullptr, 0, {0}, {1}};
  norm_cuda_call call;
  const void *outside[] = {&down, &empty};
  EXPECT_EQ(
      norm_cuda_begin(&call, &module, &twiceInfo, outside, nullptr, 0, nullptr),
      norm_error_cuda_pointer);
  const void *inside[] = {&up, &empty};
  EXPECT_EQ(
      norm_cuda_begin(&call, &module, &twiceInfo, inside, nullptr, 0, nullptr),
      norm_ok)
      << norm_last_error();
}

TEST_F(CUDACallTest, WithAScalarResultOnTheHost) {
  norm_operand_info info = {"result 0", nullptr, -1, 4, /*is_output=*/1, 0};
  norm_function_info function = {NORM_RUNTIME_VERSION, 0, 1, 0, "sum", &info};
  float host;
  const void *operands[] = {&host};
  norm_cuda_call call;
  EXPECT_EQ(
      norm_cuda_begin(&call, &module, &function, operands, nullptr, 0, nullptr),
      norm_error_cuda_pointer);
  operands[0] = upload({0});
  EXPECT_EQ(
      norm_cuda_begin(&call, &module, &function, operands, nullptr, 0, nullptr),
      norm_ok)
      << norm_last_error();
}

TEST_F(CUDACallTest, WithAStreamOfAnotherContext) {
  reset(/*devices=*/2);
  CUstream stream = createStream();
  ASSERT_EQ(driver.cuDevicePrimaryCtxRetain(&context, 1), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuCtxSetCurrent(context), CUDA_SUCCESS);
  EXPECT_EQ(twice(nullptr, nullptr, 0, stream), norm_error_cuda_context);
  EXPECT_THAT(norm_last_error(),
              HasSubstr("expected a stream of the current CUDA context"));
  int none;
  EXPECT_EQ(twice(nullptr, nullptr, 0, &none), norm_error_cuda_context);
  EXPECT_THAT(norm_last_error(), HasSubstr("cuStreamGetCtx failed with "
                                           "CUDA_ERROR_INVALID_HANDLE"));
}

TEST_F(CUDACallTest, InACapture) {
  CUstream stream = createStream();
  float *x = upload({1, 2}), *y = upload({0, 0});
  EXPECT_EQ(capture(stream, x, y, 2), norm_error_cuda_module);
  EXPECT_STREQ(norm_last_error(),
               "twice: expected kernels that were loaded before the stream is "
               "captured; call norm_load_twice before the capture");
  EXPECT_EQ(numLoads, 0);
  ASSERT_EQ(norm_cuda_load(&module), norm_ok);
  EXPECT_EQ(capture(stream, x, y, 2), norm_ok) << norm_last_error();
  EXPECT_EQ(download(y, 2), (std::vector<float>{2, 4}));
}

TEST_F(CUDACallTest, OfTheDefaultStreamWhileAnotherIsCaptured) {
  driver.cuStreamIsCapturing = [](CUstream, CUstreamCaptureStatus *) {
    return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
  };
  EXPECT_EQ(twice(nullptr, nullptr, 0), norm_error_cuda_module);
  EXPECT_THAT(norm_last_error(), HasSubstr("norm_load_twice"));
}

TEST_F(CUDACallTest, AfterAKernelFailed) {
  EXPECT_EQ(launch(Bad, {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0}), norm_ok);
  EXPECT_EQ(driver.cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(launch(Small, {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0}),
            norm_error_cuda_launch);
  EXPECT_THAT(norm_last_error(),
              HasSubstr("an earlier operation has left the CUDA context "
                        "unusable: cuLaunchKernel failed with "
                        "CUDA_ERROR_ILLEGAL_ADDRESS"));
  EXPECT_EQ(takeEmulatedReports().reports.size(), 1u);
}

TEST_F(CUDACallTest, ThatTheDriverRefuses) {
  driver.cuLaunchKernel = [](CUfunction, unsigned, unsigned, unsigned, unsigned,
                             unsigned, unsigned, unsigned, CUstream, void **,
                             void **) {
    return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
  };
  EXPECT_EQ(launch(Small, {{2, 1, 1}, {32, 1, 1}, {1, 1, 1}, 0}),
            norm_error_cuda_launch);
  EXPECT_STREQ(norm_last_error(),
               "twice: kernel 'small': grid [2, 1, 1], block [32, 1, 1], "
               "cluster [1, 1, 1], 0 bytes of dynamic shared memory: "
               "cuLaunchKernel failed with CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES: "
               "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES");
}

TEST_F(CUDACallTest, LaunchesNothingAfterAnError) {
  norm_tensor_1 empty = {nullptr, nullptr, 0, {0}, {1}};
  const void *operands[] = {&empty, &empty};
  norm_cuda_call call;
  ASSERT_EQ(norm_cuda_begin(&call, &module, &twiceInfo, operands, nullptr, 0,
                            nullptr),
            norm_ok);
  norm_cuda_launch_shape bad = {{1, 1, 1}, {65, 1, 1}, {1, 1, 1}, 0};
  norm_cuda_launch_shape good = {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0};
  norm_cuda_launch(&call, Small, &bad, nullptr);
  norm_cuda_launch(&call, Small, &good, nullptr);
  EXPECT_EQ(norm_cuda_status(&call), norm_error_cuda_launch);
  EXPECT_EQ(norm_cuda_workspace(&call, 0), nullptr);
  EXPECT_EQ(numLaunches, 0);
}

} // namespace
