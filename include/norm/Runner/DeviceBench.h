//===- DeviceBench.h - How fast a GPU runs a function -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_RUNNER_DEVICEBENCH_H
#define NORM_RUNNER_DEVICEBENCH_H

#include "norm/Runner/Bench.h"
#include "norm/Runner/DeviceCall.h"

namespace norm::runner {

/// How many calls with `bytes` bytes of memory each are run in turns so that
/// none finds its data in the caches of `device`, as far as half of the free
/// memory suffices; 1 to 1024.
llvm::Expected<int64_t> getRotation(const Device &device, int64_t bytes);

/// Times `calls` in turns by the events of `device`, and in turns with them
/// copies on the device whose reads and writes add up to `traffic`. Both are
/// launched as CUDA graphs, so that the time of the host is not measured. A
/// sample is one launch of a graph.
llvm::Expected<BenchResult>
benchOnDevice(const Device &device, llvm::MutableArrayRef<DeviceCall> calls,
              Traffic traffic, BenchBudget budget = {});

} // namespace norm::runner

#endif // NORM_RUNNER_DEVICEBENCH_H
