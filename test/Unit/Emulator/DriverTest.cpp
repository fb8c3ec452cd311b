//===- DriverTest.cpp - The emulator as a CUDA driver ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include "norm/Emulator/EmulatedDriver.h"

#include "gmock/gmock.h"

#include <thread>

using namespace norm::cuda;
using namespace norm::emulator;
using testing::HasSubstr;

namespace {

/// out[i] = 2 * in[i] for 64 i; a kernel with dynamic shared memory; a write to
/// null; a counter.
constexpr const char *source = R"(
@dynamic = external addrspace(3) global [0 x i8], align 16
@counter = addrspace(1) global i32 5, align 4
define ptx_kernel void @twice(ptr %in, ptr %out) {
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %from = getelementptr float, ptr %in, i32 %thread
  %value = load float, ptr %from
  %twice = fadd float %value, %value
  %to = getelementptr float, ptr %out, i32 %thread
  store float %twice, ptr %to
  ret void
}
define ptx_kernel void @shared() {
  store i8 0, ptr addrspace(3) @dynamic
  ret void
}
define ptx_kernel void @bad() {
  store i8 0, ptr null
  ret void
}
define ptx_kernel void @increment(i8 %byte, i32 %by) {
  %old = load i32, ptr addrspace(1) @counter
  %new = add i32 %old, %by
  store i32 %new, ptr addrspace(1) @counter
  ret void
})";

class DriverTest : public ::testing::Test {
protected:
  void SetUp() override {
    resetEmulatedDriver(/*devices=*/2);
    ASSERT_EQ(driver.cuInit(0), CUDA_SUCCESS);
    ASSERT_EQ(driver.cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
    ASSERT_EQ(driver.cuCtxSetCurrent(context), CUDA_SUCCESS);
    ASSERT_EQ(driver.cuModuleLoadDataEx(&module, source, 0, nullptr, nullptr),
              CUDA_SUCCESS)
        << getEmulatedErrorText();
    ASSERT_EQ(driver.cuStreamCreate(&stream, 1), CUDA_SUCCESS);
    for (unsigned i = 0; i < 64; ++i)
      values.push_back(i);
    in = allocate();
    out = allocate();
    ASSERT_EQ(driver.cuMemcpyHtoD(in, values.data(), 256), CUDA_SUCCESS);
  }
  void TearDown() override { resetEmulatedDriver(); }

  CUdeviceptr allocate() {
    CUdeviceptr pointer = 0;
    EXPECT_EQ(driver.cuMemAlloc(&pointer, 256), CUDA_SUCCESS);
    return pointer;
  }
  CUfunction get(const char *name) {
    CUfunction function = nullptr;
    EXPECT_EQ(driver.cuModuleGetFunction(&function, module, name),
              CUDA_SUCCESS);
    return function;
  }
  CUresult launchTwice(CUdeviceptr from, CUdeviceptr to) {
    void *params[] = {&from, &to};
    return driver.cuLaunchKernel(get("twice"), 1, 1, 1, 64, 1, 1, 0, stream,
                                 params, nullptr);
  }
  std::vector<float> read(CUdeviceptr pointer) {
    std::vector<float> result(64);
    EXPECT_EQ(driver.cuMemcpyDtoH(result.data(), pointer, 256), CUDA_SUCCESS);
    return result;
  }
  std::vector<float> times(float factor) {
    std::vector<float> result = values;
    for (float &value : result)
      value *= factor;
    return result;
  }

  const Driver &driver = getEmulatedDriver();
  CUcontext context = nullptr;
  CUmodule module = nullptr;
  CUstream stream = nullptr;
  CUdeviceptr in = 0, out = 0;
  std::vector<float> values;
};

TEST_F(DriverTest, EveryFunctionIsThere) {
#define CHECK_FUNCTION(NAME, SYMBOL, PARAMETERS, ARGUMENTS)                    \
  EXPECT_NE(driver.NAME, nullptr) << SYMBOL;
  NORM_CUDA_FUNCTIONS(CHECK_FUNCTION)
#undef CHECK_FUNCTION
}

TEST_F(DriverTest, RunsOnAStreamWhenWaitedFor) {
  ASSERT_EQ(launchTwice(in, out), CUDA_SUCCESS);
  std::vector<float> early(64, -1);
  ASSERT_EQ(driver.cuMemcpyDtoHAsync(early.data(), out, 256, stream),
            CUDA_SUCCESS);
  EXPECT_EQ(early[1], -1) << "nothing has waited yet";
  ASSERT_EQ(driver.cuStreamSynchronize(stream), CUDA_SUCCESS);
  EXPECT_EQ(early, times(2));
  EXPECT_TRUE(takeEmulatedReports().empty());
}

TEST_F(DriverTest, Events) {
  CUevent start, end;
  ASSERT_EQ(driver.cuEventCreate(&start, 0), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuEventCreate(&end, 0), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuEventRecord(start, stream), CUDA_SUCCESS);
  ASSERT_EQ(launchTwice(in, out), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuEventRecord(end, stream), CUDA_SUCCESS);
  float time = -1;
  EXPECT_EQ(driver.cuEventQuery(end), CUDA_ERROR_NOT_READY);
  EXPECT_EQ(driver.cuEventElapsedTime(&time, start, end), CUDA_ERROR_NOT_READY);
  ASSERT_EQ(driver.cuEventSynchronize(end), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuEventElapsedTime(&time, start, end), CUDA_SUCCESS);
  EXPECT_GE(time, 0);
  EXPECT_EQ(driver.cuEventDestroy(start), CUDA_SUCCESS);
  EXPECT_EQ(driver.cuEventDestroy(start), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(DriverTest, GraphCapture) {
  ASSERT_EQ(driver.cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL),
            CUDA_SUCCESS);
  ASSERT_EQ(launchTwice(in, out), CUDA_SUCCESS);
  ASSERT_EQ(launchTwice(out, out), CUDA_SUCCESS);
  CUstreamCaptureStatus status;
  ASSERT_EQ(driver.cuStreamIsCapturing(stream, &status), CUDA_SUCCESS);
  EXPECT_EQ(status, CU_STREAM_CAPTURE_STATUS_ACTIVE);
  CUgraph graph;
  CUgraphExec executable;
  ASSERT_EQ(driver.cuStreamEndCapture(stream, &graph), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuGraphInstantiate(&executable, graph, 0), CUDA_SUCCESS);
  EXPECT_NE(read(out), times(4)) << "a capture runs nothing";
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(driver.cuGraphLaunch(executable, stream), CUDA_SUCCESS);
    ASSERT_EQ(driver.cuStreamSynchronize(stream), CUDA_SUCCESS);
    EXPECT_EQ(read(out), times(4));
  }
  EXPECT_EQ(driver.cuGraphExecDestroy(executable), CUDA_SUCCESS);
  EXPECT_EQ(driver.cuGraphDestroy(graph), CUDA_SUCCESS);
}

TEST_F(DriverTest, ACaptureThatAllocatesOrWaitsIsInvalid) {
  for (bool allocates : {true, false}) {
    ASSERT_EQ(
        driver.cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL),
        CUDA_SUCCESS);
    CUdeviceptr pointer;
    EXPECT_EQ(allocates ? driver.cuMemAlloc(&pointer, 16)
                        : driver.cuStreamSynchronize(stream),
              CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    CUgraph graph;
    EXPECT_EQ(driver.cuStreamEndCapture(stream, &graph),
              CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    EXPECT_EQ(graph, nullptr);
  }
}

TEST_F(DriverTest, WithoutInitOrContext) {
  std::thread other([&] {
    CUdeviceptr pointer;
    EXPECT_EQ(driver.cuMemAlloc(&pointer, 16), CUDA_ERROR_INVALID_CONTEXT);
  });
  other.join();
  resetEmulatedDriver();
  int count;
  EXPECT_EQ(driver.cuDeviceGetCount(&count), CUDA_ERROR_NOT_INITIALIZED);
  resetEmulatedDriver(/*devices=*/0);
  EXPECT_EQ(driver.cuInit(0), CUDA_ERROR_NO_DEVICE);
}

TEST_F(DriverTest, Devices) {
  CUdevice device;
  int value;
  EXPECT_EQ(driver.cuDeviceGet(&device, 1), CUDA_SUCCESS);
  EXPECT_EQ(driver.cuDeviceGet(&device, 2), CUDA_ERROR_INVALID_DEVICE);
  EXPECT_EQ(driver.cuDeviceGet(&device, -1), CUDA_ERROR_INVALID_DEVICE);
  EXPECT_EQ(driver.cuDeviceGetAttribute(
                &value, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0),
            CUDA_SUCCESS);
  EXPECT_EQ(value, 9);
  EXPECT_EQ(driver.cuDeviceGetAttribute(&value, CUdevice_attribute(9999), 0),
            CUDA_ERROR_INVALID_VALUE);
}

TEST_F(DriverTest, AStreamOfAnotherContext) {
  CUcontext other;
  CUstream foreign;
  ASSERT_EQ(driver.cuDevicePrimaryCtxRetain(&other, 1), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuCtxPushCurrent(other), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuStreamCreate(&foreign, 0), CUDA_SUCCESS);
  // The module is of the first context.
  CUfunction function;
  EXPECT_EQ(driver.cuModuleGetFunction(&function, module, "twice"),
            CUDA_ERROR_INVALID_HANDLE);
  CUcontext popped;
  ASSERT_EQ(driver.cuCtxPopCurrent(&popped), CUDA_SUCCESS);
  EXPECT_EQ(popped, other);
  stream = foreign;
  EXPECT_EQ(launchTwice(in, out), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(driver.cuStreamGetCtx(foreign, &popped), CUDA_SUCCESS);
  EXPECT_EQ(popped, other);
}

TEST_F(DriverTest, AContextThatIsCreatedAnew) {
  unsigned long long id, newId;
  ASSERT_EQ(driver.cuCtxGetId(nullptr, &id), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuDevicePrimaryCtxRelease(0), CUDA_SUCCESS);
  EXPECT_EQ(driver.cuCtxGetId(context, &newId), CUDA_ERROR_INVALID_CONTEXT);
  CUcontext another;
  ASSERT_EQ(driver.cuDevicePrimaryCtxRetain(&another, 0), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuCtxGetId(another, &newId), CUDA_SUCCESS);
  EXPECT_NE(newId, id);
  ASSERT_EQ(driver.cuCtxSetCurrent(another), CUDA_SUCCESS);
  // Nothing of the old one is left.
  EXPECT_EQ(driver.cuMemFree(in), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(driver.cuModuleUnload(module), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(driver.cuStreamSynchronize(stream), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(DriverTest, LimitsOfALaunch) {
  CUfunction function = get("shared");
  auto launch = [&](unsigned gridY, unsigned threads, unsigned shared) {
    return driver.cuLaunchKernel(function, 1, gridY, 1, threads, 1, 1, shared,
                                 stream, nullptr, nullptr);
  };
  EXPECT_EQ(launch(1, 1024, 16), CUDA_SUCCESS);
  EXPECT_EQ(launch(1, 1025, 16), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(65536, 1, 16), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(0, 1, 16), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(1, 1, 48 * 1024), CUDA_SUCCESS);
  EXPECT_EQ(launch(1, 1, 48 * 1024 + 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_THAT(getEmulatedErrorText(), HasSubstr("allowed are 49152"));
  auto attribute = CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
  EXPECT_EQ(driver.cuFuncSetAttribute(function, attribute, 227 * 1024 + 1),
            CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(driver.cuFuncSetAttribute(function, attribute, 227 * 1024),
            CUDA_SUCCESS);
  EXPECT_EQ(launch(1, 1, 227 * 1024), CUDA_SUCCESS);
  int blocks;
  EXPECT_EQ(driver.cuOccupancyMaxActiveBlocksPerMultiprocessor(
                &blocks, function, 256, 100 * 1024),
            CUDA_SUCCESS);
  EXPECT_EQ(blocks, 2);

  CUlaunchAttribute cluster = {CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION, {}, {}};
  cluster.value.clusterDim = {16, 1, 1};
  CUlaunchConfig config = {16, 1, 1, 1, 1, 1, 16, stream, &cluster, 1};
  EXPECT_EQ(driver.cuLaunchKernelEx(&config, function, nullptr, nullptr),
            CUDA_ERROR_INVALID_CLUSTER_SIZE);
  EXPECT_EQ(
      driver.cuFuncSetAttribute(
          function, CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED, 1),
      CUDA_SUCCESS);
  EXPECT_EQ(driver.cuLaunchKernelEx(&config, function, nullptr, nullptr),
            CUDA_SUCCESS);
  EXPECT_EQ(driver.cuCtxSynchronize(), CUDA_SUCCESS);
}

TEST_F(DriverTest, Memory) {
  CUdeviceptr pointer;
  EXPECT_EQ(driver.cuMemAlloc(&pointer, size_t(1) << 60),
            CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(driver.cuMemAlloc(&pointer, 0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(driver.cuMemFree(in + 4), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(driver.cuMemcpyHtoD(in + 4, values.data(), 256),
            CUDA_ERROR_INVALID_VALUE);
  CUdeviceptr host = reinterpret_cast<uintptr_t>(values.data());
  EXPECT_EQ(driver.cuMemcpyHtoD(host, values.data(), 4),
            CUDA_ERROR_INVALID_VALUE);
  int ordinal = -1;
  EXPECT_EQ(driver.cuPointerGetAttribute(
                &ordinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, in + 8),
            CUDA_SUCCESS);
  EXPECT_EQ(ordinal, 0);
  CUdeviceptr seen = 0;
  auto seenAs = CU_POINTER_ATTRIBUTE_DEVICE_POINTER;
  EXPECT_EQ(driver.cuPointerGetAttribute(&seen, seenAs, in + 8), CUDA_SUCCESS);
  EXPECT_EQ(seen, in + 8);
  CUcontext other;
  ASSERT_EQ(driver.cuDevicePrimaryCtxRetain(&other, 1), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuCtxPushCurrent(other), CUDA_SUCCESS);
  EXPECT_EQ(driver.cuPointerGetAttribute(&seen, seenAs, in + 8),
            CUDA_ERROR_INVALID_VALUE);
  ASSERT_EQ(driver.cuCtxPopCurrent(nullptr), CUDA_SUCCESS);
  EXPECT_EQ(driver.cuPointerGetAttribute(
                &ordinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, host),
            CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(driver.cuMemFree(in), CUDA_SUCCESS);
  EXPECT_EQ(driver.cuMemFree(in), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(DriverTest, AKernelWithABadAccessLeavesAnError) {
  ASSERT_EQ(driver.cuLaunchKernel(get("bad"), 1, 1, 1, 1, 1, 1, 0, stream,
                                  nullptr, nullptr),
            CUDA_SUCCESS);
  EXPECT_EQ(driver.cuStreamSynchronize(stream), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(driver.cuMemFree(in), CUDA_ERROR_ILLEGAL_ADDRESS);
  Reports reports = takeEmulatedReports();
  ASSERT_EQ(reports.reports.size(), 1u);
  EXPECT_THAT(reports.str(), HasSubstr("null pointer"));
  EXPECT_TRUE(takeEmulatedReports().empty());
}

TEST_F(DriverTest, PackedArgumentsAndGlobals) {
  struct {
    char byte = 0;
    int by = 37;
  } packed;
  size_t size = sizeof(packed);
  void *extra[] = {reinterpret_cast<void *>(1), &packed,
                   reinterpret_cast<void *>(2), &size, nullptr};
  CUfunction function = get("increment");
  ASSERT_EQ(driver.cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, stream,
                                  nullptr, extra),
            CUDA_SUCCESS);
  CUdeviceptr counter;
  ASSERT_EQ(driver.cuModuleGetGlobal(&counter, &size, module, "counter"),
            CUDA_SUCCESS);
  EXPECT_EQ(size, 4u);
  int value;
  ASSERT_EQ(driver.cuMemcpyDtoH(&value, counter, 4), CUDA_SUCCESS);
  EXPECT_EQ(value, 42);
}

TEST_F(DriverTest, Modules) {
  llvm::LLVMContext llvmContext;
  auto parsed = test::parse(source, llvmContext);
  std::string image = makeModuleImage(*parsed);
  CUmodule loaded;
  EXPECT_EQ(
      driver.cuModuleLoadDataEx(&loaded, image.data(), 0, nullptr, nullptr),
      CUDA_SUCCESS);
  CUfunction function;
  EXPECT_EQ(driver.cuModuleGetFunction(&function, loaded, "twice"),
            CUDA_SUCCESS);
  EXPECT_EQ(driver.cuModuleGetFunction(&function, loaded, "thrice"),
            CUDA_ERROR_NOT_FOUND);
  EXPECT_EQ(driver.cuModuleUnload(loaded), CUDA_SUCCESS);
  EXPECT_EQ(driver.cuModuleUnload(loaded), CUDA_ERROR_INVALID_HANDLE);
  for (const char *bad : {"\x7f"
                          "ELF",
                          "// PTX\n.version 8.0", "define void @f( {"})
    EXPECT_EQ(driver.cuModuleLoadDataEx(&loaded, bad, 0, nullptr, nullptr),
              CUDA_ERROR_INVALID_IMAGE);
}

TEST_F(DriverTest, LogsWhatIsWrongWithAModule) {
  for (size_t size : {size_t(1000), size_t(8), size_t(1)}) {
    std::string log(size + 1, '?');
    CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES,
                              CU_JIT_ERROR_LOG_BUFFER};
    void *values[] = {reinterpret_cast<void *>(size), log.data()};
    CUmodule loaded;
    EXPECT_EQ(driver.cuModuleLoadDataEx(&loaded, "// PTX", 2, options, values),
              CUDA_ERROR_INVALID_IMAGE);
    std::string text = getEmulatedErrorText().substr(0, size - 1);
    EXPECT_EQ(log.c_str(), text);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(values[0]), text.size() + 1);
    EXPECT_EQ(log[size], '?');
  }
  auto unknown = CUjit_option(4711);
  CUmodule loaded;
  void *value = nullptr;
  EXPECT_EQ(driver.cuModuleLoadDataEx(&loaded, source, 1, &unknown, &value),
            CUDA_ERROR_INVALID_VALUE);
}

} // namespace
