//===- DeviceCall.h - A call with memory on a GPU ---------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_RUNNER_DEVICECALL_H
#define NORM_RUNNER_DEVICECALL_H

#include "norm/ExecutionEngine/ExecutionEngine.h"
#include "norm/Runner/Device.h"
#include "norm/Runner/HostTensor.h"

#include <optional>

namespace norm::runner {

/// The inputs, the results and the workspace of a call in memory of a device,
/// which must outlive it, like the engine. Move-only.
class DeviceCall {
public:
  /// Loads the kernels of `signature`, one of `engine`, and copies `inputs`,
  /// with the strides that they have. `results` tell the sizes and strides of
  /// the results; their data is not read.
  static llvm::Expected<DeviceCall> create(const Device &device,
                                           const ExecutionEngine &engine,
                                           const Signature &signature,
                                           llvm::ArrayRef<HostTensor> inputs,
                                           llvm::ArrayRef<HostTensor> results);

  /// Launches the kernels on the stream of the device, and does not wait.
  llvm::Error operator()() { return (*call)(); }

  /// Waits, and copies the results to `results`, which are like those given to
  /// create().
  llvm::Error copyOut(llvm::MutableArrayRef<HostTensor> results) const;

private:
  explicit DeviceCall(const Device &device) : device(&device) {}

  /// Memory for `tensor`, kept in `memory`.
  llvm::Expected<void *> allocate(const HostTensor &tensor);

  const Device *device;
  /// Of the inputs that are tensors, then of the results.
  std::vector<DeviceMemory> memory;
  DeviceMemory workspace;
  std::optional<PreparedCall> call;
};

} // namespace norm::runner

#endif // NORM_RUNNER_DEVICECALL_H
