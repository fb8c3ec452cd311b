//===- CUDAFixture.cpp - Compiled functions on the emulated driver --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDAFixture.h"

using namespace norm::cuda;
using namespace norm::emulator;
using namespace norm::runtime::test;

static constexpr const char *image = R"(
@dynamic = external addrspace(3) global [0 x i8], align 16
define ptx_kernel void @twice(ptr %x, ptr %y, i64 %n) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %threads = call i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
  %start = mul i32 %block, %threads
  %index = add i32 %start, %thread
  %i = zext i32 %index to i64
  %inside = icmp slt i64 %i, %n
  br i1 %inside, label %body, label %end
body:
  %from = getelementptr float, ptr %x, i64 %i
  %value = load float, ptr %from
  %double = fadd float %value, %value
  %to = getelementptr float, ptr %y, i64 %i
  store float %double, ptr %to
  br label %end
end:
  ret void
}
define ptx_kernel void @cluster_size(ptr %y) {
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %size = call i32 @llvm.nvvm.read.ptx.sreg.cluster.nctarank()
  %value = uitofp i32 %size to float
  %to = getelementptr float, ptr %y, i32 %block
  store float %value, ptr %to
  ret void
}
define ptx_kernel void @small() "nvvm.maxntid"="64" {
  ret void
}
define ptx_kernel void @wide() {
  %last = getelementptr i8, ptr addrspace(3) @dynamic, i32 102399
  store i8 1, ptr addrspace(3) %last
  ret void
}
define ptx_kernel void @bad() {
  store i8 0, ptr null
  ret void
})";

static constexpr norm_cuda_kernel kernels[NumKernels] = {{"twice", 0},
                                                         {"cluster_size", 0},
                                                         {"small", 0},
                                                         {"wide", 100 * 1024},
                                                         {"bad", 0}};

static constexpr int64_t anySize[] = {-1};
static constexpr norm_operand_info operandInfos[] = {
    {"argument 0 'x'", anySize, 1, 4, /*is_output=*/0, 0},
    {"result 0 'y'", anySize, 1, 4, /*is_output=*/1, 0}};
const norm_function_info norm::runtime::test::twiceInfo = {
    NORM_RUNTIME_VERSION, 1, 2, 0, "twice", operandInfos};

Driver CUDAFixture::driver;
int CUDAFixture::numLoads;
int CUDAFixture::numUnloads;
int CUDAFixture::numLaunches;

void CUDAFixture::SetUp() {
  driver = getEmulatedDriver();
  numLoads = numUnloads = numLaunches = 0;
  driver.cuModuleLoadDataEx = [](CUmodule *module, const void *image,
                                 unsigned numOptions, CUjit_option *options,
                                 void **values) {
    ++numLoads;
    return getEmulatedDriver().cuModuleLoadDataEx(module, image, numOptions,
                                                  options, values);
  };
  driver.cuModuleUnload = [](CUmodule module) {
    ++numUnloads;
    return getEmulatedDriver().cuModuleUnload(module);
  };
  driver.cuLaunchKernel =
      [](CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ,
         unsigned blockX, unsigned blockY, unsigned blockZ,
         unsigned sharedBytes, CUstream stream, void **params, void **extra) {
        ++numLaunches;
        return getEmulatedDriver().cuLaunchKernel(
            function, gridX, gridY, gridZ, blockX, blockY, blockZ, sharedBytes,
            stream, params, extra);
      };
  module = {NORM_RUNTIME_VERSION, NumKernels, kernels, image, "sm_90", nullptr};
  reset(/*devices=*/1);
}

void CUDAFixture::TearDown() {
  EXPECT_TRUE(takeEmulatedReports().empty());
  resetEmulatedDriver();
  setDriver(nullptr);
}

void CUDAFixture::reset(int devices, const DeviceLimits &limits) {
  resetEmulatedDriver(devices, limits);
  setDriver(&driver);
  const char *whyNot = "";
  ASSERT_NE(getDriver(&whyNot), nullptr) << whyNot;
  ASSERT_EQ(driver.cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuCtxSetCurrent(context), CUDA_SUCCESS);
}

float *CUDAFixture::upload(const std::vector<float> &values) {
  CUdeviceptr pointer = 0;
  size_t bytes = values.size() * sizeof(float);
  EXPECT_EQ(driver.cuMemAlloc(&pointer, bytes), CUDA_SUCCESS);
  EXPECT_EQ(driver.cuMemcpyHtoD(pointer, values.data(), bytes), CUDA_SUCCESS);
  return reinterpret_cast<float *>(pointer);
}

std::vector<float> CUDAFixture::download(const float *data, size_t count) {
  std::vector<float> values(count);
  EXPECT_EQ(driver.cuMemcpyDtoH(values.data(),
                                reinterpret_cast<CUdeviceptr>(data),
                                count * sizeof(float)),
            CUDA_SUCCESS);
  return values;
}

int32_t CUDAFixture::twice(const float *x, const float *y, int64_t size,
                           void *stream, void *workspace,
                           size_t workspaceBytes) {
  norm_tensor_1 xTensor = {x, x, 0, {size}, {1}};
  norm_tensor_1 yTensor = {y, y, 0, {size}, {1}};
  const void *operands[] = {&xTensor, &yTensor};
  if (int32_t error = norm_check_call(&twiceInfo, operands))
    return error;
  norm_cuda_call call;
  if (int32_t error = norm_cuda_begin(&call, &module, &twiceInfo, operands,
                                      workspace, workspaceBytes, stream))
    return error;
  norm_cuda_launch_shape shape = {
      {(size + 63) / 64, 1, 1}, {64, 1, 1}, {1, 1, 1}, 0};
  void *parameters[] = {&x, &y, &size};
  norm_cuda_launch(&call, Twice, &shape, parameters);
  return norm_cuda_status(&call);
}

int32_t CUDAFixture::launch(Kernel kernel, const norm_cuda_launch_shape &shape,
                            std::vector<void *> parameters) {
  norm_tensor_1 empty = {nullptr, nullptr, 0, {0}, {1}};
  const void *operands[] = {&empty, &empty};
  norm_cuda_call call;
  if (int32_t error = norm_cuda_begin(&call, &module, &twiceInfo, operands,
                                      nullptr, 0, nullptr))
    return error;
  norm_cuda_launch(&call, kernel, &shape, parameters.data());
  return norm_cuda_status(&call);
}

void CUDAFixture::expectRuns(void *stream) {
  std::vector<float> values(100), expected(100);
  for (int i = 0; i < 100; ++i) {
    values[i] = i;
    expected[i] = 2 * i;
  }
  float *x = upload(values);
  float *y = upload(values);
  ASSERT_EQ(twice(x, y, 100, stream), norm_ok) << norm_last_error();
  ASSERT_EQ(driver.cuStreamSynchronize(static_cast<CUstream>(stream)),
            CUDA_SUCCESS);
  EXPECT_EQ(download(y, 100), expected);
}
