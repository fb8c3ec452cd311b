//===- KernelModuleGPUTest.cpp - Tests of functions for GPUs in C++ -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// What is compiled and loaded holds PTX, as on a machine with a GPU. The
// emulator is given the LLVM IR that the PTX was made of instead.

#include "TestLibraries.h"

#include "norm/Emulator/EmulatedDriver.h"
#include "norm/ExecutionEngine/KernelModule.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <filesystem>

using namespace norm;
using namespace norm::cuda;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

const std::string library = folder + "/libgpu.so";

class KernelModuleGPU : public testing::Test {
protected:
  void SetUp() override {
    emulator::resetEmulatedDriver();
    driver = emulator::getEmulatedDriver();
    numLoaded = 0;
    image = readFile(folder + "/gpu.ll");
    driver.cuModuleLoadDataEx = [](CUmodule *module, const void *,
                                   unsigned numOptions, CUjit_option *options,
                                   void **values) {
      ++numLoaded;
      return emulator::getEmulatedDriver().cuModuleLoadDataEx(
          module, image.c_str(), numOptions, options, values);
    };
    driver.cuModuleUnload = [](CUmodule module) {
      --numLoaded;
      return emulator::getEmulatedDriver().cuModuleUnload(module);
    };
    setDriver(&driver);
    ASSERT_NE(getDriver(nullptr), nullptr);
    CUcontext context = nullptr;
    ASSERT_EQ(driver.cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
    ASSERT_EQ(driver.cuCtxSetCurrent(context), CUDA_SUCCESS);
  }
  void TearDown() override {
    emulator::Reports reports = emulator::takeEmulatedReports();
    EXPECT_TRUE(reports.empty()) << reports.str();
    emulator::resetEmulatedDriver();
    setDriver(nullptr);
  }

  /// Memory of the GPU with `values`.
  static float *upload(const std::vector<float> &values) {
    CUdeviceptr pointer = 0;
    size_t bytes = values.size() * sizeof(float);
    EXPECT_EQ(driver.cuMemAlloc(&pointer, bytes), CUDA_SUCCESS);
    EXPECT_EQ(driver.cuMemcpyHtoD(pointer, values.data(), bytes), CUDA_SUCCESS);
    return reinterpret_cast<float *>(pointer);
  }
  static std::vector<float> download(const float *data, size_t count) {
    std::vector<float> values(count);
    EXPECT_EQ(driver.cuMemcpyDtoH(values.data(),
                                  reinterpret_cast<CUdeviceptr>(data),
                                  count * sizeof(float)),
              CUDA_SUCCESS);
    return values;
  }

  static KernelFunction take(const Result<KernelModule> &module,
                             const std::string &name) {
    EXPECT_TRUE(module) << module.error();
    Result<KernelFunction> function = module->function(name);
    EXPECT_TRUE(function) << function.error();
    EXPECT_TRUE(function->isOnGPU());
    return *function;
  }
  static Result<KernelModule> load() {
    return KernelModule::load(library, readFile(NORM_TEST_GPU_SOURCE));
  }
  static Result<KernelModule> compile() {
    KernelOptions options;
    options.target = "sm_90";
    return KernelModule::parseFile(NORM_TEST_GPU_SOURCE, options);
  }

  /// Calls both functions of `module` on `stream`. The mean of the squares of
  /// each row is a power of 4, and all results are exact.
  void check(const Result<KernelModule> &module, CUstream stream);

  static Driver driver;
  static std::string image;
  /// Modules of the driver.
  static int numLoaded;
  const std::vector<float> rows = {1, 1, -1, 4, -4, 4};
};

Driver KernelModuleGPU::driver;
std::string KernelModuleGPU::image;
int KernelModuleGPU::numLoaded;

void KernelModuleGPU::check(const Result<KernelModule> &module,
                            CUstream stream) {
  KernelFunction normalize = take(module, "normalize");
  KernelFunction gradients = take(module, "gradients");
  float *x = upload(rows), *y = upload(rows), *r = upload({1, 0.25});
  float *dy = upload({3, 0, 0, 0, -6, 0}), *gamma = upload({1, 1, 1});
  float *dx = upload(rows), *dgamma = upload({0, 0, 0});

  std::vector<Argument> inputs = {
      Argument::tensor(dy, {2, 3}), Argument::tensor(x, {2, 3}),
      Argument::tensor(r, {2}), Argument::tensor(gamma, {3})};
  auto shapes = gradients.resultShapes(inputs);
  ASSERT_TRUE(shapes) << shapes.error();
  EXPECT_THAT(*shapes, ElementsAre(ElementsAre(2, 3), ElementsAre(3)));
  Result<size_t> bytes = gradients.workspaceBytes(inputs);
  ASSERT_TRUE(bytes) << bytes.error();
  ASSERT_GT(*bytes, 0u);
  GPUCallOptions gpu;
  gpu.workspace = upload(std::vector<float>(*bytes / sizeof(float) + 1));
  gpu.workspaceBytes = *bytes;
  gpu.stream = stream;

  std::vector<Argument> arguments = inputs;
  arguments.push_back(Argument::tensor(dx, {2, 3}));
  arguments.push_back(Argument::tensor(dgamma, {3}));
  Result<void> called = gradients.call(arguments, gpu);
  ASSERT_TRUE(called) << called.error();
  called = normalize.call(
      {Argument::tensor(x, {2, 3}), 2.0f, Argument::tensor(y, {2, 3})}, gpu);
  ASSERT_TRUE(called) << called.error();
  ASSERT_EQ(driver.cuStreamSynchronize(stream), CUDA_SUCCESS);
  EXPECT_THAT(download(y, 6), ElementsAre(2, 2, -2, 2, -2, 2));
  EXPECT_THAT(download(dx, 6), ElementsAre(2, -1, 1, -0.5, -1, -0.5));
  EXPECT_THAT(download(dgamma, 3), ElementsAre(3, 6, 0));
}

TEST_F(KernelModuleGPU, LoadedFunctionsRun) { check(load(), nullptr); }

TEST_F(KernelModuleGPU, CompiledFunctionsRun) {
  CUstream stream = nullptr;
  ASSERT_EQ(driver.cuStreamCreate(&stream, 1), CUDA_SUCCESS);
  check(compile(), stream);
}

TEST_F(KernelModuleGPU, KeptFunctionsRun) {
  KernelOptions options;
  options.target = "sm_90";
  options.cache.directory = testing::TempDir() + "norm-cache-gpu";
  std::filesystem::remove_all(options.cache.directory);
  for (bool isFromCache : {false, true}) {
    auto module = KernelModule::parseFile(NORM_TEST_GPU_SOURCE, options);
    check(module, nullptr);
    EXPECT_EQ(module->isFromCache(), isFromCache);
  }
  std::filesystem::remove_all(options.cache.directory);
}

TEST_F(KernelModuleGPU, KernelsAreUnloadedWithTheLastHandle) {
  {
    Result<KernelModule> module = compile();
    check(module, nullptr);
    EXPECT_EQ(numLoaded, 1);
    KernelFunction function = take(module, "normalize");
    module = Failure{"none"};
    EXPECT_EQ(numLoaded, 1);
  }
  EXPECT_EQ(numLoaded, 0);
  // A library stays, and so do its kernels.
  check(load(), nullptr);
  check(load(), nullptr);
  EXPECT_EQ(numLoaded, 1);
}

TEST_F(KernelModuleGPU, OutlivesItsContext) {
  Result<KernelModule> module = compile();
  check(module, nullptr);
  ASSERT_EQ(driver.cuDevicePrimaryCtxRelease(0), CUDA_SUCCESS);
  KernelFunction function = take(module, "normalize");
  float x[6] = {}, y[6];
  EXPECT_THAT(function
                  .call({Argument::tensor(x, {2, 3}), 2.0f,
                         Argument::tensor(y, {2, 3})})
                  .error(),
              HasSubstr("CUDA_ERROR_INVALID_CONTEXT"));
  module = Failure{"none"};
}

TEST_F(KernelModuleGPU, CallsAreCaptured) {
  Result<KernelModule> module = load();
  KernelFunction normalize = take(module, "normalize");
  float *x = upload(rows), *y = upload(rows);
  std::vector<Argument> arguments = {Argument::tensor(x, {2, 3}), 2.0f,
                                     Argument::tensor(y, {2, 3})};
  Result<void> loaded = normalize.loadKernels();
  ASSERT_TRUE(loaded) << loaded.error();
  Result<size_t> bytes = normalize.workspaceBytes({arguments[0], arguments[1]});
  ASSERT_TRUE(bytes) << bytes.error();
  GPUCallOptions gpu;
  gpu.workspaceBytes = *bytes;
  gpu.workspace = upload(std::vector<float>(*bytes / sizeof(float) + 1));
  CUstream stream = nullptr;
  CUgraph graph = nullptr;
  CUgraphExec executable = nullptr;
  ASSERT_EQ(driver.cuStreamCreate(&stream, 1), CUDA_SUCCESS);
  gpu.stream = stream;
  ASSERT_EQ(driver.cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL),
            CUDA_SUCCESS);
  Result<void> called = normalize.call(arguments, gpu);
  EXPECT_TRUE(called) << called.error();
  ASSERT_EQ(driver.cuStreamEndCapture(stream, &graph), CUDA_SUCCESS);
  EXPECT_EQ(download(y, 6), rows);
  ASSERT_EQ(driver.cuGraphInstantiate(&executable, graph, 0), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuGraphLaunch(executable, stream), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuStreamSynchronize(stream), CUDA_SUCCESS);
  EXPECT_THAT(download(y, 6), ElementsAre(2, 2, -2, 2, -2, 2));
}

TEST_F(KernelModuleGPU, WorkspaceNeedsNoDriver) {
  Result<KernelModule> module = load();
  setDriver(nullptr);
  const float *none = nullptr;
  Result<size_t> bytes =
      take(module, "normalize")
          .workspaceBytes({Argument::tensor(none, {2, 3}), 2.0f});
  ASSERT_TRUE(bytes) << bytes.error();
  setDriver(&driver);
}

// What only results with gaps need the error says.
TEST_F(KernelModuleGPU, WorkspaceForResultsWithGaps) {
  Result<KernelModule> module = load();
  KernelFunction normalize = take(module, "normalize_matrices");
  float *x = upload({2, 2, -2, 2, -2, 2});
  float *y = upload(std::vector<float>(12, 9));
  std::vector<Argument> arguments = {
      Argument::tensor(x, {1, 2, 3}),
      Argument::tensor(y, {1, 2, 3}, {12, 6, 2})};
  Result<size_t> bytes = normalize.workspaceBytes({arguments[0]});
  ASSERT_TRUE(bytes) << bytes.error();
  EXPECT_EQ(*bytes, 0u);
  std::string error = normalize.call(arguments).error();
  std::string prefix = "function 'normalize_matrices': expected a workspace of "
                       "at least ";
  ASSERT_THAT(error, StartsWith(prefix));
  GPUCallOptions gpu;
  gpu.workspaceBytes = std::stoul(error.substr(prefix.size()));
  EXPECT_THAT(
      error,
      HasSubstr(" bytes, found 0; norm_workspace_normalize_matrices tells "
                "how many for results without gaps"));
  EXPECT_EQ(download(y, 12), std::vector<float>(12, 9));
  gpu.workspace = upload(std::vector<float>(gpu.workspaceBytes / 4 + 1));
  Result<void> called = normalize.call(arguments, gpu);
  ASSERT_TRUE(called) << called.error();
  ASSERT_EQ(driver.cuStreamSynchronize(nullptr), CUDA_SUCCESS);
  EXPECT_THAT(download(y, 12),
              ElementsAre(1, 9, 1, 9, -1, 9, 1, 9, -1, 9, 1, 9));
}

// More rows than a grid can have blocks for: each takes several.
TEST_F(KernelModuleGPU, GridsHaveLimits) {
  static std::vector<unsigned> blocks;
  blocks.clear();
  driver.cuPointerGetAttribute = [](void *data, CUpointer_attribute,
                                    CUdeviceptr pointer) {
    *static_cast<CUdeviceptr *>(data) = pointer;
    return CUDA_SUCCESS;
  };
  driver.cuLaunchKernel = [](CUfunction, unsigned gridX, unsigned, unsigned,
                             unsigned, unsigned, unsigned, unsigned, CUstream,
                             void **, void **) {
    blocks.push_back(gridX);
    return CUDA_SUCCESS;
  };
  driver.cuLaunchKernelEx = [](const CUlaunchConfig *config, CUfunction,
                               void **, void **) {
    blocks.push_back(config->gridDimX);
    return CUDA_SUCCESS;
  };
  const int64_t rows = int64_t(1) << 40;
  auto *x = reinterpret_cast<float *>(uintptr_t(1) << 44);
  auto *y = reinterpret_cast<float *>(uintptr_t(1) << 46);
  GPUCallOptions gpu;
  gpu.workspace = upload(std::vector<float>(1024));
  gpu.workspaceBytes = 4096;
  Result<void> called = take(load(), "normalize")
                            .call({Argument::tensor(x, {rows, 3}), 2.0f,
                                   Argument::tensor(y, {rows, 3})},
                                  gpu);
  ASSERT_TRUE(called) << called.error();
  EXPECT_THAT(blocks, testing::Contains(2147483647u));
  EXPECT_THAT(blocks, testing::Each(testing::Le(2147483647u)));
}

TEST_F(KernelModuleGPU, CallsThatAreWrong) {
  Result<KernelModule> module = load();
  KernelFunction gradients = take(module, "gradients");
  float *memory = upload(rows);
  std::vector<Argument> arguments = {Argument::tensor(memory, {2, 3}),
                                     Argument::tensor(memory, {2, 3}),
                                     Argument::tensor(memory, {2}),
                                     Argument::tensor(memory, {3}),
                                     Argument::tensor(upload(rows), {2, 3}),
                                     Argument::tensor(upload(rows), {3})};
  EXPECT_THAT(gradients.call(arguments).error(),
              StartsWith("function 'gradients': expected a workspace of at "
                         "least "));
  float host[6] = {};
  arguments[0] = Argument::tensor(host, {2, 3});
  EXPECT_THAT(gradients.call(arguments).error(),
              StartsWith("function 'gradients': argument 0 'dy': expected data "
                         "that 'emulated sm_90'"));
  arguments[0] = Argument::tensor(host, {3, 3});
  EXPECT_THAT(gradients.call(arguments).error(),
              StartsWith("function 'gradients': "));
  EXPECT_THAT(gradients.workspaceBytes({1.0f}).error(),
              HasSubstr("expected 4 inputs"));
}

TEST_F(KernelModuleGPU, FunctionsForTheCPUTakeNoStreamOrWorkspace) {
  auto module = KernelModule::parse(
      "func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {"
      "%y = arith.addf %x, %x : tensor<2xf32> return %y : tensor<2xf32> }");
  ASSERT_TRUE(module) << module.error();
  KernelFunction function = *module->function("f");
  EXPECT_FALSE(function.isOnGPU());
  float x[2] = {}, y[2];
  std::vector<Argument> arguments = {Argument::tensor(x, {2}),
                                     Argument::tensor(y, {2})};
  Result<size_t> bytes = function.workspaceBytes({arguments[0]});
  ASSERT_TRUE(bytes) << bytes.error();
  EXPECT_EQ(*bytes, 0u);
  EXPECT_TRUE(function.loadKernels());
  EXPECT_EQ(numLoaded, 0);
  GPUCallOptions withWorkspace, withStream;
  withWorkspace.workspace = x;
  withWorkspace.workspaceBytes = sizeof(x);
  withStream.stream = x;
  for (const GPUCallOptions &options : {withWorkspace, withStream})
    EXPECT_EQ(function.call(arguments, options).error(),
              "function 'f': expected no workspace and no stream, found some: "
              "its kernels run on the CPU");
}

TEST_F(KernelModuleGPU, OptionsThatAreWrong) {
  KernelOptions options;
  options.target = "sm_75";
  EXPECT_THAT(KernelModule::parseFile(NORM_TEST_GPU_SOURCE, options).error(),
              HasSubstr("unknown target 'sm_75', expected cpu or some of"));
  options.target = "sm_90";
  options.lowering = "affine";
  EXPECT_EQ(KernelModule::parseFile(NORM_TEST_GPU_SOURCE, options).error(),
            "expected the lowering vector for a GPU, found affine");
}

TEST_F(KernelModuleGPU, LibrariesThatLackAFunction) {
  EXPECT_THAT(
      KernelModule::load(library, "func.func private @other(f32)").error(),
      AllOf(StartsWith(library + ": no function '_mlir_ciface_other' in the "
                                 "library, which has the kernels: "),
            HasSubstr("normalize (for GPUs)")));
}

TEST_F(KernelModuleGPU, LibrariesWithFunctionsOfBothKinds) {
  const std::string both = folder + "/libBoth.so";
  const std::string scale =
      "func.func private @scale(tensor<?x3xf32>, f32) -> tensor<?x3xf32>\n";
  const std::string normalize =
      "func.func private @normalize(tensor<?x3xf32>, f32) -> tensor<?x3xf32>\n";
  EXPECT_EQ(KernelModule::load(both, scale + normalize).error(),
            both +
                ": 'normalize' is for GPUs and 'scale' for the CPU, expected "
                "functions of one kind: load each kind for itself");
  Result<KernelModule> onCPU = KernelModule::load(both, scale);
  ASSERT_TRUE(onCPU) << onCPU.error();
  EXPECT_FALSE(onCPU->function("scale")->isOnGPU());
  take(KernelModule::load(both, normalize), "normalize");
}

} // namespace
