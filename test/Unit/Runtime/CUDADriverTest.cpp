//===- CUDADriverTest.cpp - The driver that the library uses --------------===//
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

using CUDADriverTest = CUDAFixture;

TEST_F(CUDADriverTest, IsTheOneThatWasSet) {
  EXPECT_EQ(getDriver(nullptr), &driver);
}

TEST_F(CUDADriverTest, WithoutLibcuda) {
  setDriver(nullptr);
  const char *whyNot = nullptr;
  if (getDriver(&whyNot))
    GTEST_SKIP() << "this machine has an NVIDIA driver and a GPU";
  // What is wrong depends on the machine.
  ASSERT_NE(whyNot, nullptr);
  EXPECT_THAT(whyNot,
              testing::AnyOf(HasSubstr("libcuda.so.1"), HasSubstr("cuInit")));
  EXPECT_EQ(norm_cuda_load(&module), norm_error_cuda_driver);
  EXPECT_THAT(norm_last_error(), HasSubstr(whyNot));
  // The answer stays the same.
  EXPECT_EQ(getDriver(nullptr), nullptr);
}

TEST_F(CUDADriverTest, ThatIsTooOld) {
  driver.cuDriverGetVersion = [](int *version) {
    *version = 11080;
    return CUDA_SUCCESS;
  };
  setDriver(&driver);
  EXPECT_EQ(twice(nullptr, nullptr, 0), norm_error_cuda_driver);
  EXPECT_STREQ(norm_last_error(),
               "twice: expected an NVIDIA driver of CUDA 12.0 or later, found "
               "one of CUDA 11.8");
}

TEST_F(CUDADriverTest, WithoutADevice) {
  resetEmulatedDriver(/*devices=*/0);
  setDriver(&driver);
  EXPECT_EQ(norm_cuda_load(&module), norm_error_cuda_driver);
  EXPECT_THAT(norm_last_error(),
              HasSubstr("cuInit failed with CUDA_ERROR_NO_DEVICE"));
  driver.cuInit = [](unsigned) { return CUDA_SUCCESS; };
  driver.cuDeviceGetCount = [](int *count) {
    *count = 0;
    return CUDA_SUCCESS;
  };
  setDriver(&driver);
  EXPECT_EQ(norm_cuda_load(&module), norm_error_cuda_driver);
  EXPECT_STREQ(norm_last_error(),
               "norm_cuda_load: expected an NVIDIA GPU, found none");
}

TEST_F(CUDADriverTest, WithAnErrorThatItHasNoNameFor) {
  driver.cuInit = [](unsigned) { return CUresult(12345); };
  setDriver(&driver);
  const char *whyNot = nullptr;
  EXPECT_EQ(getDriver(&whyNot), nullptr);
  EXPECT_THAT(whyNot, HasSubstr("12345"));
}

} // namespace
