//===- DeviceBench.cpp - How fast a GPU runs a function -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runner/DeviceBench.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <chrono>
#include <limits>

using namespace norm::cuda;
using namespace norm::runner;
using llvm::Error;
using llvm::Expected;

Expected<int64_t> norm::runner::getRotation(const Device &device,
                                            int64_t bytes) {
  Expected<size_t> cache = device.getL2Bytes();
  if (!cache)
    return cache.takeError();
  Expected<size_t> free = device.getFreeBytes();
  if (!free)
    return free.takeError();
  // Twice the cache between two uses of the same memory. The copies that are
  // the limit have as much memory as the calls.
  bytes = std::max<int64_t>(bytes, 1);
  int64_t wanted = 1 + llvm::divideCeil(2 * *cache, bytes);
  int64_t possible = *free / 2 / bytes / 2;
  return std::clamp<int64_t>(std::min(wanted, possible), 1, 1024);
}

namespace {

/// A graph that is timed by events, with the best time so far.
class TimedGraph {
public:
  explicit TimedGraph(const Device &device)
      : device(device), driver(device.getDriver()) {}
  ~TimedGraph() {
    if (executable)
      driver.cuGraphExecDestroy(executable);
    if (start)
      driver.cuEventDestroy(start);
    if (end)
      driver.cuEventDestroy(end);
  }
  TimedGraph(const TimedGraph &) = delete;
  TimedGraph &operator=(const TimedGraph &) = delete;

  /// Captures what `launch` puts on the stream of the device.
  Error capture(llvm::function_ref<Error()> launch);

  /// Runs the graph once.
  Error sample();

  double best = std::numeric_limits<double>::infinity();

private:
  const Device &device;
  const Driver &driver;
  CUgraphExec executable = nullptr;
  CUevent start = nullptr, end = nullptr;
};

} // namespace

Error TimedGraph::capture(llvm::function_ref<Error()> launch) {
  CUstream stream = device.getStream();
  if (Error error =
          device.check("cuEventCreate", driver.cuEventCreate(&start, 0)))
    return error;
  if (Error error =
          device.check("cuEventCreate", driver.cuEventCreate(&end, 0)))
    return error;
  if (Error error =
          device.check("cuStreamBeginCapture",
                       driver.cuStreamBeginCapture(
                           stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)))
    return error;
  Error launched = launch();
  CUgraph graph = nullptr;
  CUresult result = driver.cuStreamEndCapture(stream, &graph);
  if (!launched)
    launched = device.check("cuStreamEndCapture", result);
  if (!launched)
    launched = device.check("cuGraphInstantiate",
                            driver.cuGraphInstantiate(&executable, graph, 0));
  if (graph)
    driver.cuGraphDestroy(graph);
  return launched;
}

Error TimedGraph::sample() {
  CUstream stream = device.getStream();
  std::pair<const char *, CUresult> steps[] = {
      {"cuEventRecord", driver.cuEventRecord(start, stream)},
      {"cuGraphLaunch", driver.cuGraphLaunch(executable, stream)},
      {"cuEventRecord", driver.cuEventRecord(end, stream)},
      {"cuEventSynchronize", driver.cuEventSynchronize(end)}};
  for (auto [call, result] : steps)
    if (Error error = device.check(call, result))
      return error;
  float milliseconds = 0;
  if (Error error =
          device.check("cuEventElapsedTime",
                       driver.cuEventElapsedTime(&milliseconds, start, end)))
    return error;
  best = std::min(best, double(milliseconds) * 1e-3);
  return Error::success();
}

Expected<BenchResult>
norm::runner::benchOnDevice(const Device &device,
                            llvm::MutableArrayRef<DeviceCall> calls,
                            Traffic traffic, BenchBudget budget) {
  const Driver &driver = device.getDriver();
  // A copy reads and writes: half of the traffic each.
  size_t bytes = std::max<int64_t>(traffic.getTotal() / 2, 1);
  size_t step = llvm::alignTo(bytes, 256);
  Expected<DeviceMemory> from = device.allocate(calls.size() * step);
  if (!from)
    return from.takeError();
  Expected<DeviceMemory> to = device.allocate(calls.size() * step);
  if (!to)
    return to.takeError();

  TimedGraph kernel(device), copy(device);
  if (Error error = kernel.capture([&]() -> Error {
        for (DeviceCall &call : calls)
          if (Error error = call())
            return error;
        return Error::success();
      }))
    return error;
  if (Error error = copy.capture([&]() -> Error {
        for (size_t i = 0; i < calls.size(); ++i)
          if (Error error =
                  device.check("cuMemcpyDtoDAsync",
                               driver.cuMemcpyDtoDAsync(
                                   to->get() + i * step, from->get() + i * step,
                                   bytes, device.getStream())))
            return error;
        return Error::success();
      }))
    return error;

  BenchResult result;
  using Clock = std::chrono::steady_clock;
  auto end = Clock::now() + std::chrono::duration<double>(budget.seconds);
  while (result.numSamples < budget.minSamples || Clock::now() < end) {
    if (Error error = kernel.sample())
      return error;
    if (Error error = copy.sample())
      return error;
    ++result.numSamples;
  }
  result.seconds = kernel.best / calls.size();
  result.limitSeconds = copy.best / calls.size();
  result.limitName = "copy on the device";
  result.usefulBytes = traffic.getTotal();
  return result;
}
