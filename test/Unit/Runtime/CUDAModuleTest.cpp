//===- CUDAModuleTest.cpp - Kernels of modules in contexts ----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDAFixture.h"

#include <atomic>
#include <cstdio>
#include <cstring>
#include <thread>

using namespace norm::cuda;
using namespace norm::emulator;
using namespace norm::runtime::test;
using testing::HasSubstr;

namespace {

using CUDAModuleTest = CUDAFixture;

TEST_F(CUDAModuleTest, IsLoadedOnceInAContext) {
  EXPECT_EQ(norm_cuda_load(&module), norm_ok) << norm_last_error();
  EXPECT_EQ(norm_cuda_load(&module), norm_ok);
  expectRuns();
  EXPECT_EQ(numLoads, 1);
}

TEST_F(CUDAModuleTest, IsLoadedOnEachDevice) {
  reset(/*devices=*/3);
  for (int round = 0; round < 2; ++round)
    for (int device = 0; device < 3; ++device) {
      ASSERT_EQ(driver.cuDevicePrimaryCtxRetain(&context, device),
                CUDA_SUCCESS);
      ASSERT_EQ(driver.cuCtxSetCurrent(context), CUDA_SUCCESS);
      expectRuns();
    }
  EXPECT_EQ(numLoads, 3);
}

TEST_F(CUDAModuleTest, IsLoadedAnewInAContextAtTheAddressOfADeadOne) {
  expectRuns();
  void *state = module.state;
  ASSERT_EQ(driver.cuDevicePrimaryCtxRelease(0), CUDA_SUCCESS);
  EXPECT_NE(norm_cuda_load(&module), norm_ok);
  CUcontext another;
  ASSERT_EQ(driver.cuDevicePrimaryCtxRetain(&another, 0), CUDA_SUCCESS);
  ASSERT_EQ(another, context);
  expectRuns();
  EXPECT_EQ(numLoads, 2);
  EXPECT_EQ(module.state, state) << "what the dead context had is used again";
}

TEST_F(CUDAModuleTest, IsLoadedOnceByThreadsThatStartTogether) {
  constexpr int numThreads = 8;
  std::atomic<int> waiting{numThreads}, failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < numThreads; ++i)
    threads.emplace_back([&] {
      bool failed = driver.cuCtxSetCurrent(context) != CUDA_SUCCESS;
      --waiting;
      while (waiting > 0)
        std::this_thread::yield();
      for (int round = 0; round < 100; ++round)
        failed |= norm_cuda_load(&module) != norm_ok;
      failures += failed;
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(numLoads, 1);
  expectRuns();
}

TEST_F(CUDAModuleTest, ThatIsNotForTheGPU) {
  driver.cuModuleLoadDataEx = [](CUmodule *, const void *, unsigned,
                                 CUjit_option *, void **) {
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  };
  EXPECT_EQ(norm_cuda_load(&module), norm_error_cuda_module);
  EXPECT_STREQ(norm_last_error(),
               "norm_cuda_load: expected a GPU that runs sm_90, found "
               "'emulated sm_90' of compute capability 9.0 and a driver of "
               "CUDA 13.0; cuModuleLoadDataEx failed with "
               "CUDA_ERROR_NO_BINARY_FOR_GPU: CUDA_ERROR_NO_BINARY_FOR_GPU");
}

TEST_F(CUDAModuleTest, WithAnImageThatIsNone) {
  const void *good = module.image;
  module.image = "\x7f"
                 "ELF";
  EXPECT_EQ(twice(nullptr, nullptr, 0), norm_error_cuda_module);
  EXPECT_THAT(norm_last_error(), HasSubstr("cuModuleLoadDataEx failed with "
                                           "CUDA_ERROR_INVALID_IMAGE"));
  // A failure is not kept.
  module.image = good;
  expectRuns();
}

TEST_F(CUDAModuleTest, ThatThereIsNoMemoryFor) {
  driver.cuModuleLoadDataEx = [](CUmodule *, const void *, unsigned,
                                 CUjit_option *,
                                 void **) { return CUDA_ERROR_OUT_OF_MEMORY; };
  EXPECT_EQ(norm_cuda_load(&module), norm_error_out_of_memory);
  EXPECT_THAT(norm_last_error(), HasSubstr("CUDA_ERROR_OUT_OF_MEMORY"));
}

// The driver's compiler says more than its code.
TEST_F(CUDAModuleTest, WithPTXThatDoesNotCompile) {
  driver.cuModuleLoadDataEx = [](CUmodule *, const void *, unsigned numOptions,
                                 CUjit_option *options, void **values) {
    EXPECT_EQ(numOptions, 2u);
    EXPECT_EQ(options[0], CU_JIT_ERROR_LOG_BUFFER);
    EXPECT_EQ(options[1], CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES);
    size_t size = reinterpret_cast<uintptr_t>(values[1]);
    std::snprintf(static_cast<char *>(values[0]), size,
                  "ptxas application ptx input, line 7; error   : Unknown "
                  "symbol 'f'\n\nptxas fatal   : Ptx assembly aborted\n");
    return CUDA_ERROR_INVALID_PTX;
  };
  EXPECT_EQ(norm_cuda_load(&module), norm_error_cuda_module);
  EXPECT_THAT(
      norm_last_error(),
      testing::EndsWith(
          "cuModuleLoadDataEx failed with CUDA_ERROR_INVALID_PTX: "
          "CUDA_ERROR_INVALID_PTX; ptxas application ptx input, line 7; error  "
          " : Unknown symbol 'f'; ptxas fatal   : Ptx assembly aborted"));
  EXPECT_THAT(norm_last_error(),
              testing::StartsWith("norm_cuda_load: expected a GPU"));
}

TEST_F(CUDAModuleTest, WithALogThatIsTooLong) {
  driver.cuModuleLoadDataEx = [](CUmodule *, const void *, unsigned,
                                 CUjit_option *, void **values) {
    std::memset(values[0], 'x', reinterpret_cast<uintptr_t>(values[1]));
    return CUDA_ERROR_INVALID_PTX;
  };
  EXPECT_EQ(norm_cuda_load(&module), norm_error_cuda_module);
  EXPECT_THAT(norm_last_error(), testing::EndsWith("xxx"));
}

TEST_F(CUDAModuleTest, ThatLacksAKernelIsUnloaded) {
  norm_cuda_kernel wanted[] = {{"twice", 0}, {"thrice", 0}};
  module.kernels = wanted;
  module.num_kernels = 2;
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(norm_cuda_load(&module), norm_error_cuda_module);
    EXPECT_THAT(norm_last_error(),
                HasSubstr("kernel 'thrice': cuModuleGetFunction failed with "
                          "CUDA_ERROR_NOT_FOUND"));
    EXPECT_EQ(numLoads, i);
    EXPECT_EQ(numUnloads, i);
  }
}

TEST_F(CUDAModuleTest, WithMoreSharedMemoryThanABlockMayHave) {
  norm_cuda_kernel wanted[] = {{"wide", 228 * 1024}};
  module.kernels = wanted;
  module.num_kernels = 1;
  EXPECT_EQ(norm_cuda_load(&module), norm_error_cuda_module);
  EXPECT_STREQ(norm_last_error(),
               "norm_cuda_load: kernel 'wide': expected a GPU with 233472 "
               "bytes of shared memory for a block, found 'emulated sm_90' of "
               "compute capability 9.0 with 232448");
  EXPECT_EQ(numUnloads, 1);
}

TEST_F(CUDAModuleTest, OfAnotherVersion) {
  module.runtime_version = NORM_RUNTIME_VERSION + 100;
  EXPECT_EQ(norm_cuda_load(&module), norm_error_version);
  EXPECT_EQ(twice(nullptr, nullptr, 0), norm_error_version);
  EXPECT_EQ(numLoads, 0);
}

TEST_F(CUDAModuleTest, IsUnloadedAndLoadedAgain) {
  EXPECT_EQ(norm_cuda_unload(&module), norm_ok);
  for (int i = 1; i <= 3; ++i) {
    expectRuns();
    EXPECT_EQ(norm_cuda_unload(&module), norm_ok) << norm_last_error();
    EXPECT_EQ(norm_cuda_unload(&module), norm_ok);
    EXPECT_EQ(numLoads, i);
    EXPECT_EQ(numUnloads, i);
    EXPECT_EQ(module.state, nullptr);
  }
}

TEST_F(CUDAModuleTest, IsUnloadedFromAllContexts) {
  reset(/*devices=*/3);
  for (int device = 0; device < 3; ++device) {
    ASSERT_EQ(driver.cuDevicePrimaryCtxRetain(&context, device), CUDA_SUCCESS);
    ASSERT_EQ(driver.cuCtxSetCurrent(context), CUDA_SUCCESS);
    expectRuns();
  }
  EXPECT_EQ(norm_cuda_unload(&module), norm_ok) << norm_last_error();
  EXPECT_EQ(numUnloads, 3);
  CUcontext current = nullptr;
  EXPECT_EQ(driver.cuCtxGetCurrent(&current), CUDA_SUCCESS);
  EXPECT_EQ(current, context);
}

TEST_F(CUDAModuleTest, IsNotUnloadedFromADeadContext) {
  expectRuns();
  ASSERT_EQ(driver.cuDevicePrimaryCtxRelease(0), CUDA_SUCCESS);
  EXPECT_EQ(norm_cuda_unload(&module), norm_ok) << norm_last_error();
  EXPECT_EQ(module.state, nullptr);
  ASSERT_EQ(driver.cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
  expectRuns();
  // Another one at the same address.
  ASSERT_EQ(driver.cuDevicePrimaryCtxRelease(0), CUDA_SUCCESS);
  CUcontext another;
  ASSERT_EQ(driver.cuDevicePrimaryCtxRetain(&another, 0), CUDA_SUCCESS);
  ASSERT_EQ(another, context);
  EXPECT_EQ(norm_cuda_unload(&module), norm_ok) << norm_last_error();
  EXPECT_EQ(numUnloads, 0);
}

TEST_F(CUDAModuleTest, IsUnloadedWhenItsKernelsAreDone) {
  float *x = upload({1, 2}), *y = upload({0, 0});
  ASSERT_EQ(twice(x, y, 2), norm_ok);
  EXPECT_EQ(*y, 0);
  EXPECT_EQ(norm_cuda_unload(&module), norm_ok);
  EXPECT_EQ(*y, 2);
}

TEST_F(CUDAModuleTest, StaysLoadedInACapture) {
  expectRuns();
  CUstream stream = nullptr;
  ASSERT_EQ(driver.cuStreamCreate(&stream, 1), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL),
            CUDA_SUCCESS);
  EXPECT_EQ(norm_cuda_unload(&module), norm_error_cuda_module);
  EXPECT_THAT(norm_last_error(),
              HasSubstr("norm_cuda_unload: cuCtxSynchronize failed with "
                        "CUDA_ERROR_STREAM_CAPTURE"));
  CUgraph graph = nullptr;
  EXPECT_NE(driver.cuStreamEndCapture(stream, &graph), CUDA_SUCCESS);
  expectRuns();
  EXPECT_EQ(numLoads, 1);
  EXPECT_EQ(norm_cuda_unload(&module), norm_ok);
  EXPECT_EQ(numUnloads, 1);
}

TEST_F(CUDAModuleTest, IsForgottenInAContextThatIsUnusable) {
  EXPECT_EQ(launch(Bad, {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0}), norm_ok);
  EXPECT_EQ(driver.cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(norm_cuda_unload(&module), norm_ok) << norm_last_error();
  EXPECT_EQ(module.state, nullptr);
  EXPECT_EQ(takeEmulatedReports().reports.size(), 1u);
}

TEST_F(CUDAModuleTest, UnloadingNothingNeedsNoDriver) {
  resetEmulatedDriver(/*devices=*/0);
  setDriver(&driver);
  EXPECT_EQ(norm_cuda_unload(&module), norm_ok);
}

TEST_F(CUDAModuleTest, WithoutAContext) {
  int32_t error = norm_ok;
  std::string text;
  std::thread([&] {
    error = norm_cuda_load(&module);
    text = norm_last_error();
  }).join();
  EXPECT_EQ(error, norm_error_cuda_context);
  EXPECT_THAT(text, HasSubstr("expected a current CUDA context"));
}

} // namespace
