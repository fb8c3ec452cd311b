//===- DeviceMemory.cpp - Calls of GPU kernels on host memory --*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceMemory.h"

#include "norm/Emulator/EmulatedDriver.h"
#include "norm/ExecutionEngine/ExecutionEngine.h"
#include "norm/Runtime/CUDADriver.h"

#include "gtest/gtest.h"

#include <algorithm>

using namespace norm;
using namespace norm::test;

namespace {

/// Bytes on the host from `begin` on and their copy.
struct Range {
  char *begin, *end;
  /// What was allocated for them, and where `begin` is in it.
  cuda::CUdeviceptr memory = 0, copy = 0;
};

/// Copies of what operands lie in, as long as this lives.
class Copies {
public:
  explicit Copies(const cuda::Driver &driver) : driver(driver) {}
  ~Copies() {
    for (const Range &range : ranges)
      driver.cuMemFree(range.memory);
    driver.cuMemFree(workspace);
  }

  /// Copies what `operands` lie in to the device.
  bool make(const std::vector<Operand> &operands) {
    for (const Operand &operand : operands)
      if (operand.kind != Operand::Kind::Scalar && operand.data)
        ranges.push_back(getRange(operand));
    std::sort(ranges.begin(), ranges.end(),
              [](const Range &a, const Range &b) { return a.begin < b.begin; });
    std::vector<Range> merged;
    for (const Range &range : ranges) {
      if (!merged.empty() && range.begin < merged.back().end)
        merged.back().end = std::max(merged.back().end, range.end);
      else
        merged.push_back(range);
    }
    ranges = merged;
    for (Range &range : ranges) {
      // Such that a copy is as aligned as its original.
      size_t shift = reinterpret_cast<uintptr_t>(range.begin) % alignment;
      size_t bytes = range.end - range.begin;
      if (driver.cuMemAlloc(&range.memory, shift + std::max<size_t>(bytes, 1)))
        return false;
      range.copy = range.memory + shift;
      if (bytes && driver.cuMemcpyHtoD(range.copy, range.begin, bytes))
        return false;
    }
    return true;
  }

  /// The copy of what `data` points to.
  void *find(const void *data) const {
    for (const Range &range : ranges)
      if (data == range.begin || (range.begin < data && data < range.end))
        return reinterpret_cast<void *>(
            range.copy + (static_cast<const char *>(data) - range.begin));
    return nullptr;
  }

  bool allocateWorkspace(size_t bytes) {
    return bytes == 0 || driver.cuMemAlloc(&workspace, bytes) == 0;
  }
  void *getWorkspace() const { return reinterpret_cast<void *>(workspace); }

  bool copyBack() const {
    return std::all_of(ranges.begin(), ranges.end(), [&](const Range &range) {
      size_t bytes = range.end - range.begin;
      return bytes == 0 ||
             driver.cuMemcpyDtoH(range.begin, range.copy, bytes) == 0;
    });
  }

private:
  static constexpr size_t alignment = 256;

  static Range getRange(const Operand &operand) {
    int64_t first = 0, last = 0;
    bool isEmpty = false;
    for (size_t i = 0; i < operand.sizes.size(); ++i) {
      isEmpty |= operand.sizes[i] == 0;
      int64_t reach = (operand.sizes[i] - 1) * operand.strides[i];
      (reach < 0 ? first : last) += reach;
    }
    char *data = static_cast<char *>(operand.data);
    if (isEmpty)
      return {data, data};
    int64_t bytes = getBytes(operand.type);
    return {data + first * bytes, data + (last + 1) * bytes};
  }

  const cuda::Driver &driver;
  std::vector<Range> ranges;
  cuda::CUdeviceptr workspace = 0;
};

} // namespace

void test::useEmulatedDriver() {
  static bool once = [] {
    const cuda::Driver &driver = emulator::getEmulatedDriver();
    cuda::setDriver(&driver);
    driver.cuInit(0);
    cuda::CUcontext context = nullptr;
    EXPECT_EQ(driver.cuDevicePrimaryCtxRetain(&context, 0), cuda::CUDA_SUCCESS);
    EXPECT_EQ(driver.cuCtxSetCurrent(context), cuda::CUDA_SUCCESS);
    setThreadOrder(1);
    return true;
  }();
  (void)once;
}

void test::setThreadOrder(uint64_t seed) {
  emulator::LaunchOptions options;
  options.schedule = {emulator::Schedule::Policy::WarpPriority, seed};
  emulator::setEmulatedLaunchOptions(options);
}

std::string test::callOnDevice(const ExecutionEngine &engine,
                               const std::string &function,
                               const std::vector<Operand> &operands) {
  const cuda::Driver &driver = *cuda::getDriver(nullptr);
  Copies copies(driver);
  if (!copies.make(operands))
    return "copying to the device failed: " + emulator::getEmulatedErrorText();
  std::vector<Argument> arguments;
  for (Operand operand : operands) {
    if (operand.kind != Operand::Kind::Scalar)
      operand.data = copies.find(operand.data);
    arguments.push_back(toArgument(operand));
  }
  auto signature = engine.lookup(function);
  if (!signature)
    return llvm::toString(signature.takeError());
  auto inputs =
      llvm::ArrayRef(arguments).take_front((*signature)->arguments.size());
  GPUCallOptions options;
  if (auto bytes = engine.workspaceBytes(**signature, inputs))
    options.workspaceBytes = *bytes;
  else
    return llvm::toString(bytes.takeError());
  if (!copies.allocateWorkspace(options.workspaceBytes))
    return "no workspace: " + emulator::getEmulatedErrorText();
  options.workspace = copies.getWorkspace();
  std::string error =
      llvm::toString(engine.invoke(function, arguments, options));
  if (driver.cuCtxSynchronize() && error.empty())
    error = "a kernel failed";
  emulator::Reports reports = emulator::takeEmulatedReports();
  if (!reports.empty())
    error += "\n" + reports.str();
  if (error.empty() && !copies.copyBack())
    error = "copying from the device failed";
  return error;
}
