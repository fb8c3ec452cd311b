//===- Launches.cpp - Launches of the emulated driver ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "State.h"

#include <cstring>

using namespace llvm;
using namespace norm::cuda;
using namespace norm::emulator;

/// The error that a kernel with `reports` leaves its context with.
static CUresult getFault(const Reports &reports) {
  for (const Report &report : reports.reports)
    switch (report.kind) {
    case ReportKind::OutOfBounds:
      return CUDA_ERROR_ILLEGAL_ADDRESS;
    case ReportKind::Misaligned:
      return CUDA_ERROR_MISALIGNED_ADDRESS;
    case ReportKind::Deadlock:
    case ReportKind::StepLimit:
      return CUDA_ERROR_LAUNCH_TIMEOUT;
    case ReportKind::Trap:
      return CUDA_ERROR_LAUNCH_FAILED;
    default:
      break;
    }
  return CUDA_SUCCESS;
}

static CUresult toCode(LaunchFault fault) {
  switch (fault) {
  case LaunchFault::InvalidValue:
    return CUDA_ERROR_INVALID_VALUE;
  case LaunchFault::OutOfResources:
    return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
  case LaunchFault::InvalidClusterSize:
    return CUDA_ERROR_INVALID_CLUSTER_SIZE;
  }
  return CUDA_ERROR_INVALID_VALUE;
}

/// Runs a kernel that waited on a stream.
static CUresult run(Device &device, const Kernel &kernel,
                    const LaunchShape &shape,
                    const std::vector<std::vector<char>> &arguments,
                    LaunchOptions options, bool dependent) {
  DriverState &state = DriverState::get();
  options.dependent |= dependent;
  std::vector<const void *> pointers;
  for (const std::vector<char> &argument : arguments)
    pointers.push_back(argument.data());
  auto reports = device.emulator->launch(kernel, shape, pointers, options);
  if (!reports)
    return state.fail(CUDA_ERROR_LAUNCH_FAILED, reports.takeError());
  CUresult fault = getFault(*reports);
  if (fault != CUDA_SUCCESS)
    state.errorText.clear();
  state.reports.stopped |= reports->stopped;
  state.reports.omitted += reports->omitted;
  for (Report &report : reports->reports)
    state.reports.reports.push_back(std::move(report));
  return fault;
}

/// The names of `extra` of cuLaunchKernel.
static void *const extraEnd = nullptr;
static void *const extraBuffer = reinterpret_cast<void *>(1);
static void *const extraSize = reinterpret_cast<void *>(2);

/// Copies the arguments of a launch; false if there are not as many.
static bool copyArguments(const KernelInfo &info, void **params, void **extra,
                          std::vector<std::vector<char>> &arguments) {
  const char *buffer = nullptr;
  size_t size = 0;
  for (; !params && extra && *extra != extraEnd; extra += 2) {
    if (*extra == extraBuffer)
      buffer = static_cast<const char *>(extra[1]);
    else if (*extra == extraSize)
      size = *static_cast<const size_t *>(extra[1]);
    else
      return false;
  }
  size_t offset = 0;
  for (size_t i = 0; i < info.parameters.size(); ++i) {
    const KernelParameter &parameter = info.parameters[i];
    offset = (offset + parameter.align - 1) / parameter.align * parameter.align;
    const char *source = nullptr;
    if (params)
      source = static_cast<const char *>(params[i]);
    else if (buffer && offset + parameter.size <= size)
      source = buffer + offset;
    if (!source)
      return false;
    arguments.emplace_back(source, source + parameter.size);
    offset += parameter.size;
  }
  return true;
}

static CUresult launchEx(const CUlaunchConfig *config, CUfunction handle,
                         void **params, void **extra) {
  return withContext([&](DriverState &state, Device &device) {
    DriverFunction *function = state.functions.find(handle);
    if (!function || function->device != &device)
      return CUDA_ERROR_INVALID_HANDLE;
    if (!config || (config->numAttrs && !config->attrs) || (params && extra))
      return CUDA_ERROR_INVALID_VALUE;
    Stream *stream = state.findStream(config->hStream);
    if (!stream || stream->device != &device)
      return CUDA_ERROR_INVALID_HANDLE;
    const Kernel &kernel = *function->kernel;
    LaunchShape shape;
    shape.grid = {config->gridDimX, config->gridDimY, config->gridDimZ};
    shape.block = {config->blockDimX, config->blockDimY, config->blockDimZ};
    shape.dynamicSharedBytes = config->sharedMemBytes;
    shape.anyClusterSize = function->anyClusterSize;
    if (kernel.getInfo().requiredCluster.x)
      shape.cluster = kernel.getInfo().requiredCluster;
    bool dependent = false;
    for (unsigned i = 0; i < config->numAttrs; ++i) {
      const CUlaunchAttribute &attribute = config->attrs[i];
      switch (attribute.id) {
      case CU_LAUNCH_ATTRIBUTE_IGNORE:
        break;
      case CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION:
        shape.cluster = {attribute.value.clusterDim.x,
                         attribute.value.clusterDim.y,
                         attribute.value.clusterDim.z};
        break;
      case CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION:
        dependent = attribute.value.programmaticStreamSerializationAllowed;
        break;
      default:
        return CUDA_ERROR_INVALID_VALUE;
      }
    }
    const DeviceLimits &limits = device.emulator->getLimits();
    int64_t allowed = function->maxDynamicShared;
    if (allowed < 0)
      allowed =
          int64_t(limits.sharedBytesPerBlock) - kernel.getInfo().sharedBytes;
    if (int64_t(shape.dynamicSharedBytes) > allowed)
      return state.fail(
          CUDA_ERROR_INVALID_VALUE,
          createStringError("launch of '" + kernel.getInfo().name + "' with " +
                            Twine(shape.dynamicSharedBytes) +
                            " bytes of dynamic shared memory, allowed are " +
                            Twine(allowed)));
    CUresult refused = CUDA_SUCCESS;
    handleAllErrors(device.emulator->checkLaunch(kernel, shape),
                    [&](const LaunchError &error) {
                      refused = toCode(error.getFault());
                      state.errorText = error.message();
                    });
    if (refused != CUDA_SUCCESS)
      return refused;
    std::vector<std::vector<char>> arguments;
    if (!copyArguments(kernel.getInfo(), params, extra, arguments))
      return CUDA_ERROR_INVALID_VALUE;
    return state.enqueue(*stream, [&device, &kernel, shape,
                                   arguments = std::move(arguments),
                                   options = state.options, dependent] {
      return run(device, kernel, shape, arguments, options, dependent);
    });
  });
}

static CUresult launch(CUfunction function, unsigned gridX, unsigned gridY,
                       unsigned gridZ, unsigned blockX, unsigned blockY,
                       unsigned blockZ, unsigned sharedBytes, CUstream stream,
                       void **params, void **extra) {
  CUlaunchConfig config = {gridX,  gridY,       gridZ,  blockX,  blockY,
                           blockZ, sharedBytes, stream, nullptr, 0};
  return launchEx(&config, function, params, extra);
}

void norm::emulator::addLaunchFunctions(Driver &driver) {
  driver.cuLaunchKernel = launch;
  driver.cuLaunchKernelEx = launchEx;
}
