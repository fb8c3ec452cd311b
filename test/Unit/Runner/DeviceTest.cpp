//===- DeviceTest.cpp - Calls on the emulated GPU -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Emulator/EmulatedDriver.h"
#include "norm/Runner/DeviceBench.h"
#include "norm/Target/Compile.h"

#include "mlir/IR/MLIRContext.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace norm;
using namespace norm::cuda;
using namespace norm::runner;
using testing::HasSubstr;

namespace {

constexpr const char *source = R"mlir(
func.func @twice(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = arith.addf %x, %x : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
})mlir";

template <typename T> T take(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  ADD_FAILURE() << llvm::toString(value.takeError());
  std::abort();
}

std::string getText(llvm::Error error) {
  return llvm::toString(std::move(error));
}

class DeviceTest : public ::testing::Test {
protected:
  void SetUp() override {
    device = take(Device::open(/*emulated=*/true));
    mlir::DialectRegistry registry;
    registerCompilerDialects(registry);
    context.appendDialectRegistry(registry);
    auto module = take(parseModuleText(source, "source", &context, {}));
    CompileOptions options(take(TargetSpec::createHost()));
    options.gpu = {take(GPUTarget::create(device->getChip())),
                   [](const llvm::Module &kernels) {
                     return llvm::Expected<std::string>(
                         emulator::makeModuleImage(kernels));
                   }};
    engine = take(ExecutionEngine::create(*module, options));
    inputs.push_back(take(HostTensor::create(ElementType::F32, {5, 64})));
    results.push_back(take(HostTensor::create(ElementType::F32, {5, 64})));
    fillRandom(inputs[0], /*seed=*/1, /*stream=*/0);
  }

  const Signature &getSignature() { return engine->getSignatures().front(); }
  DeviceCall makeCall() {
    return take(
        DeviceCall::create(*device, *engine, getSignature(), inputs, results));
  }
  void expectTwice() {
    for (int64_t i = 0; i < inputs[0].getNumElements(); ++i)
      EXPECT_EQ(results[0].getReal(i), 2 * inputs[0].getReal(i)) << i;
  }

  /// Launches the kernel `name` of the LLVM IR `text` on one block.
  void launch(const char *text, const char *name, unsigned threads,
              void **arguments) {
    const Driver &driver = device->getDriver();
    CUmodule module;
    CUfunction function;
    ASSERT_EQ(driver.cuModuleLoadDataEx(&module, text, 0, nullptr, nullptr),
              CUDA_SUCCESS);
    ASSERT_EQ(driver.cuModuleGetFunction(&function, module, name),
              CUDA_SUCCESS);
    ASSERT_EQ(driver.cuLaunchKernel(function, 1, 1, 1, threads, 1, 1, 0,
                                    nullptr, arguments, nullptr),
              CUDA_SUCCESS);
  }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  std::unique_ptr<Device> device;
  std::unique_ptr<ExecutionEngine> engine;
  std::vector<HostTensor> inputs, results;
};

TEST_F(DeviceTest, Calls) {
  EXPECT_EQ(device->getChip(), "sm_90");
  DeviceCall call = makeCall();
  EXPECT_EQ(getText(call()), "");
  EXPECT_EQ(getText(call.copyOut(results)), "");
  expectTwice();
}

TEST_F(DeviceTest, CallsWithHostMemory) {
  std::vector<int64_t> sizes = {5, 64};
  auto *x = reinterpret_cast<float *>(inputs[0].data());
  auto *y = reinterpret_cast<float *>(results[0].data());
  Argument arguments[] = {Argument::tensor(x, sizes),
                          Argument::tensor(y, sizes)};
  EXPECT_THAT(getText(engine->invoke("twice", arguments)),
              HasSubstr("function 'twice': argument 0 'x': expected data that "
                        "'emulated sm_90' of compute capability 9.0 can "
                        "access, found address 0x"));
  EXPECT_THAT(
      getText(engine->workspaceBytes(getSignature(), arguments).takeError()),
      HasSubstr("expected 1 inputs and 0 outputs, found 2 arguments"));
}

TEST_F(DeviceTest, LoadsNothingWithoutAContext) {
  CUcontext current;
  ASSERT_EQ(device->getDriver().cuCtxPopCurrent(&current), CUDA_SUCCESS);
  EXPECT_THAT(getText(engine->loadKernels(getSignature())),
              HasSubstr("function 'twice': expected a current CUDA context"));
  ASSERT_EQ(device->getDriver().cuCtxPushCurrent(current), CUDA_SUCCESS);
  EXPECT_EQ(getText(engine->loadKernels(getSignature())), "");
}

TEST_F(DeviceTest, FreesItsMemory) {
  size_t free = take(device->getFreeBytes());
  {
    DeviceMemory memory = take(device->allocate(1 << 20));
    DeviceMemory moved = std::move(memory);
    EXPECT_LT(take(device->getFreeBytes()), free);
    memory = take(device->allocate(0));
    EXPECT_EQ(memory.data(), nullptr);
  }
  EXPECT_EQ(take(device->getFreeBytes()), free);
  EXPECT_EQ(getText(device->allocate(size_t(1) << 50).takeError()),
            "no memory for 1125899906842624 bytes on 'emulated sm_90'");
}

TEST_F(DeviceTest, ReportsWhatKernelsDoWrong) {
  ASSERT_NO_FATAL_FAILURE(launch(R"(
define ptx_kernel void @bad() {
  store i8 0, ptr null
  ret void
})",
                                 "bad", 1, nullptr));
  std::string text = getText(device->synchronize());
  EXPECT_THAT(text, HasSubstr("the emulator found:\n"));
  EXPECT_THAT(text, HasSubstr("null pointer"));
  EXPECT_THAT(getText(device->synchronize()),
              HasSubstr("cuCtxSynchronize on 'emulated sm_90' failed with "
                        "CUDA_ERROR_ILLEGAL_ADDRESS"));
}

TEST_F(DeviceTest, SaysWhyAKernelCouldNotRun) {
  // 2^40 bytes for each thread are more than a process has addresses for.
  int64_t i = 0;
  void *arguments[] = {&i};
  ASSERT_NO_FATAL_FAILURE(launch(R"(
define ptx_kernel void @large(i64 %i) {
  %a = alloca [1099511627776 x i8]
  %p = getelementptr i8, ptr %a, i64 %i
  store volatile i8 0, ptr %p
  ret void
})",
                                 "large", 1024, arguments));
  std::string text = getText(device->synchronize());
  EXPECT_THAT(text, HasSubstr("failed with CUDA_ERROR_LAUNCH_FAILED"));
  EXPECT_THAT(text, HasSubstr("no memory for the stacks of 1024 threads"));
}

TEST_F(DeviceTest, MeasuresInTurnsWithACopy) {
  std::vector<DeviceCall> calls;
  for (int i = 0; i < 3; ++i)
    calls.push_back(makeCall());
  BenchBudget budget;
  budget.seconds = 0;
  budget.minSamples = 2;
  Traffic traffic = {5 * 64 * 4, 5 * 64 * 4};
  BenchResult result = take(benchOnDevice(*device, calls, traffic, budget));
  EXPECT_EQ(result.numSamples, 2);
  EXPECT_EQ(result.usefulBytes, 2 * 5 * 64 * 4);
  EXPECT_GT(result.seconds, 0);
  EXPECT_GT(result.limitSeconds, 0);
  // Each of the calls ran.
  for (DeviceCall &call : calls) {
    EXPECT_EQ(getText(call.copyOut(results)), "");
    expectTwice();
  }
}

TEST_F(DeviceTest, RotatesPastTheCache) {
  int64_t cache = take(device->getL2Bytes());
  EXPECT_EQ(take(getRotation(*device, cache)), 3);
  EXPECT_EQ(take(getRotation(*device, 2 * cache)), 2);
  EXPECT_EQ(take(getRotation(*device, 1)), 1024);
  // There is no memory for more.
  int64_t free = take(device->getFreeBytes());
  EXPECT_EQ(take(getRotation(*device, free)), 1);
}

} // namespace
