//===- DeviceCall.cpp - A call with memory on a GPU -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runner/DeviceCall.h"

#include "Inputs.h"

using namespace norm;
using namespace norm::runner;
using llvm::Error;
using llvm::Expected;

Expected<void *> DeviceCall::allocate(const HostTensor &tensor) {
  Expected<DeviceMemory> allocated = device->allocate(tensor.getNumBytes());
  if (!allocated)
    return allocated.takeError();
  memory.push_back(std::move(*allocated));
  return memory.back().data();
}

Expected<DeviceCall> DeviceCall::create(const Device &device,
                                        const ExecutionEngine &engine,
                                        const Signature &signature,
                                        llvm::ArrayRef<HostTensor> inputs,
                                        llvm::ArrayRef<HostTensor> results) {
  DeviceCall result(device);
  llvm::SmallVector<Argument> arguments;
  for (auto [input, type] : llvm::zip_equal(inputs, signature.arguments)) {
    if (!type.isTensor) {
      arguments.push_back(Argument::scalar(type.type, input.data()));
      continue;
    }
    Expected<void *> data = result.allocate(input);
    if (!data)
      return data.takeError();
    if (Error error = device.copyIn(result.memory.back(), input.data(),
                                    input.getNumBytes()))
      return error;
    arguments.push_back(toTensorArgument(input, type, *data));
  }
  // As one needs none for the results, the workspace is asked for before.
  Expected<size_t> bytes = engine.workspaceBytes(signature, arguments);
  if (!bytes)
    return bytes.takeError();
  for (auto [output, type] : llvm::zip_equal(results, signature.results)) {
    Expected<void *> data = result.allocate(output);
    if (!data)
      return data.takeError();
    arguments.push_back(type.isTensor
                            ? toTensorArgument(output, type, *data)
                            : Argument::scalarResult(type.type, *data));
  }
  Expected<DeviceMemory> workspace = device.allocate(*bytes);
  if (!workspace)
    return workspace.takeError();
  result.workspace = std::move(*workspace);

  if (Error error = engine.loadKernels(signature))
    return error;
  Expected<PreparedCall> call =
      engine.prepare(signature, arguments,
                     {result.workspace.data(), *bytes, device.getStream()});
  if (!call)
    return call.takeError();
  result.call.emplace(std::move(*call));
  return result;
}

Error DeviceCall::copyOut(llvm::MutableArrayRef<HostTensor> results) const {
  if (Error error = device->synchronize())
    return error;
  auto source = llvm::ArrayRef(memory).take_back(results.size());
  for (auto [tensor, data] : llvm::zip_equal(results, source))
    if (Error error =
            device->copyOut(tensor.data(), data, tensor.getNumBytes()))
      return error;
  return Error::success();
}
