//===- CUDAFixture.h - Compiled functions on the emulated driver *- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_TEST_UNIT_RUNTIME_CUDAFIXTURE_H
#define NORM_TEST_UNIT_RUNTIME_CUDAFIXTURE_H

#include "norm/Emulator/EmulatedDriver.h"
#include "norm/Runtime/norm_cuda.h"
#include "norm/Runtime/norm_view.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <vector>

namespace norm::runtime::test {

/// Numbers of the kernels of the fixture's module.
enum Kernel {
  /// y[i] = 2 x[i] for i < n; parameters x, y, n; any number of blocks.
  Twice,
  /// Writes the blocks of its cluster to y[block]; parameter y.
  ClusterSize,
  /// For 64 threads at the most; no parameters.
  Small,
  /// Writes the last byte of 100 KiB of dynamic shared memory.
  Wide,
  /// Writes to address 0.
  Bad,
  NumKernels
};

/// A thread with a context on emulated device 0, a module, and what a compiled
/// function `twice` does. The driver's functions can be replaced in `driver`.
class CUDAFixture : public ::testing::Test {
protected:
  void SetUp() override;
  void TearDown() override;

  /// Starts anew with `devices` devices, and the first one's context.
  void reset(int devices, const emulator::DeviceLimits &limits = {});

  /// Memory of the current context with `values`.
  float *upload(const std::vector<float> &values);
  std::vector<float> download(const float *data, size_t count);

  /// The compiled function.
  int32_t twice(const float *x, const float *y, int64_t size,
                void *stream = nullptr, void *workspace = nullptr,
                size_t workspaceBytes = 0);

  /// Launches one kernel; returns the status.
  int32_t launch(Kernel kernel, const norm_cuda_launch_shape &shape,
                 std::vector<void *> parameters = {});

  /// Expects the driver to work: twice(x) on new memory.
  void expectRuns(void *stream = nullptr);

  static cuda::Driver driver;
  /// Calls of functions of the driver.
  static int numLoads, numUnloads, numLaunches;
  norm_cuda_module module;
  cuda::CUcontext context = nullptr;
};

/// The info of twice(x: tensor<?xf32>) -> tensor<?xf32>.
extern const norm_function_info twiceInfo;

} // namespace norm::runtime::test

#endif // NORM_TEST_UNIT_RUNTIME_CUDAFIXTURE_H
