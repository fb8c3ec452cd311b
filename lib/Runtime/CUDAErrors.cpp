//===- CUDAErrors.cpp - What calls of GPU kernels report ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDAErrors.h"

#include "ErrorText.h"

#include <cctype>

using namespace norm::cuda;
using namespace norm::runtime;

/// Starts a text with the name of what was called.
static ErrorWriter startError(const char *name) {
  ErrorWriter text;
  text << name << ": ";
  return text;
}

static ErrorWriter startError(const char *name, const LoadedModule &loaded,
                              int32_t kernel) {
  ErrorWriter text = startError(name);
  text << "kernel '" << loaded.module->kernels[kernel].name << "': ";
  return text;
}

static const LoadedModule &getLoaded(const norm_cuda_call &call) {
  return *static_cast<const LoadedModule *>(call.loaded);
}

/// Appends for example "cuInit failed with CUDA_ERROR_NO_DEVICE: no
/// CUDA-capable device is detected".
static void appendFailure(ErrorWriter &text, const Driver &driver,
                          const char *call, CUresult result) {
  text << call << " failed with ";
  const char *found = nullptr;
  if (driver.cuGetErrorName(result, &found) == CUDA_SUCCESS && found)
    text << found;
  else
    text << "error " << int64_t(result);
  found = nullptr;
  if (driver.cuGetErrorString(result, &found) == CUDA_SUCCESS && found)
    text << ": " << found;
}

/// Appends for example "'NVIDIA H200' of compute capability 9.0".
static void appendGPU(ErrorWriter &text, const LoadedModule &loaded) {
  const Driver &driver = *loaded.driver;
  char name[128] = "";
  int major = 0, minor = 0;
  if (driver.cuDeviceGetName(name, sizeof(name), loaded.device))
    name[0] = 0;
  driver.cuDeviceGetAttribute(
      &major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, loaded.device);
  driver.cuDeviceGetAttribute(
      &minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, loaded.device);
  text << '\'' << name << "' of compute capability " << int64_t(major) << '.'
       << int64_t(minor);
}

bool norm::runtime::isSticky(CUresult result) {
  switch (result) {
  case CUDA_ERROR_ECC_UNCORRECTABLE:
  case CUDA_ERROR_NVLINK_UNCORRECTABLE:
  case CUDA_ERROR_ILLEGAL_ADDRESS:
  case CUDA_ERROR_LAUNCH_TIMEOUT:
  case CUDA_ERROR_ASSERT:
  case CUDA_ERROR_HARDWARE_STACK_ERROR:
  case CUDA_ERROR_ILLEGAL_INSTRUCTION:
  case CUDA_ERROR_MISALIGNED_ADDRESS:
  case CUDA_ERROR_INVALID_ADDRESS_SPACE:
  case CUDA_ERROR_INVALID_PC:
  case CUDA_ERROR_LAUNCH_FAILED:
    return true;
  default:
    return false;
  }
}

/// Ends a text with the failure and returns its code.
static int32_t endFailure(ErrorWriter &text, const Driver &driver,
                          const char *call, CUresult result, int32_t code) {
  if (isSticky(result)) {
    text << "an earlier operation has left the CUDA context unusable: ";
    code = norm_error_cuda_launch;
  } else if (result == CUDA_ERROR_OUT_OF_MEMORY) {
    code = norm_error_out_of_memory;
  }
  appendFailure(text, driver, call, result);
  return code;
}

int32_t norm::runtime::reportNoDriver(const char *name, const char *whyNot) {
  startError(name) << whyNot;
  return norm_error_cuda_driver;
}

int32_t norm::runtime::reportNoContext(const char *name) {
  startError(name)
      << "expected a current CUDA context of the calling thread, found none; "
         "make one current by cuCtxSetCurrent or cudaSetDevice";
  return norm_error_cuda_context;
}

int32_t norm::runtime::reportStream(const char *name) {
  startError(name) << "expected a stream of the current CUDA context, found "
                      "one of another context";
  return norm_error_cuda_context;
}

int32_t norm::runtime::reportFailure(const char *name, const Driver &driver,
                                     const char *call, CUresult result,
                                     int32_t code) {
  ErrorWriter text = startError(name);
  return endFailure(text, driver, call, result, code);
}

int32_t norm::runtime::reportCapture(const char *name) {
  startError(name) << "expected kernels that were loaded before the stream is "
                      "captured; call norm_load_"
                   << name << " before the capture";
  return norm_error_cuda_module;
}

/// Appends the lines of `log` as one, without what surrounds them.
static void appendLog(ErrorWriter &text, const char *log) {
  const char *pending = "; ";
  for (; *log; ++log) {
    if (*log == '\n') {
      pending = "; ";
      continue;
    }
    if (*pending && std::isspace(static_cast<unsigned char>(*log)))
      continue;
    text << pending << *log;
    pending = "";
  }
}

int32_t norm::runtime::reportImage(const char *name, const LoadedModule &loaded,
                                   CUresult result, const char *log) {
  ErrorWriter text = startError(name);
  switch (result) {
  case CUDA_ERROR_INVALID_IMAGE:
  case CUDA_ERROR_NO_BINARY_FOR_GPU:
  case CUDA_ERROR_INVALID_PTX:
  case CUDA_ERROR_UNSUPPORTED_PTX_VERSION: {
    int version = 0;
    text << "expected a GPU that runs " << loaded.module->target << ", found ";
    appendGPU(text, loaded);
    if (loaded.driver->cuDriverGetVersion(&version) == CUDA_SUCCESS)
      text << " and a driver of CUDA " << int64_t(version / 1000) << '.'
           << int64_t(version % 1000 / 10);
    text << "; ";
    break;
  }
  default:
    break;
  }
  int32_t code = endFailure(text, *loaded.driver, "cuModuleLoadDataEx", result,
                            norm_error_cuda_module);
  appendLog(text, log);
  return code;
}

int32_t norm::runtime::reportKernelFailure(const char *name,
                                           const LoadedModule &loaded,
                                           int32_t kernel, const char *call,
                                           CUresult result) {
  ErrorWriter text = startError(name, loaded, kernel);
  return endFailure(text, *loaded.driver, call, result, norm_error_cuda_module);
}

int32_t norm::runtime::reportNoMemory(const char *name) {
  startError(name) << "no memory for the state of the kernels";
  return norm_error_out_of_memory;
}

int32_t norm::runtime::reportSharedMemory(const char *name,
                                          const LoadedModule &loaded,
                                          int32_t kernel, int64_t fixedBytes) {
  const norm_cuda_kernel &wanted = loaded.module->kernels[kernel];
  ErrorWriter text = startError(name, loaded, kernel);
  text << "expected a GPU with " << fixedBytes + wanted.dynamic_shared_bytes
       << " bytes of shared memory for a block, found ";
  appendGPU(text, loaded);
  text << " with " << int64_t(loaded.limits.sharedBytes);
  return norm_error_cuda_module;
}

int32_t norm::runtime::reportPointer(const Operand &operand,
                                     const LoadedModule &loaded,
                                     uint64_t address) {
  ErrorWriter text = startError(operand.function->name);
  text << operand.info->name << ": expected data that ";
  appendGPU(text, loaded);
  text << " can access, found address ";
  text.appendAddress(address) << " of ";
  int ordinal = 0;
  if (loaded.driver->cuPointerGetAttribute(
          &ordinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, address))
    text << "the host";
  else
    text << "GPU " << int64_t(ordinal);
  return norm_error_cuda_pointer;
}

int32_t norm::runtime::reportWorkspace(const char *name,
                                       const void *workspace) {
  ErrorWriter text = startError(name);
  text << "expected a workspace in memory of the GPU, aligned to "
       << int64_t(NORM_CUDA_WORKSPACE_ALIGNMENT) << " bytes, found address ";
  text.appendAddress(reinterpret_cast<uintptr_t>(workspace));
  return norm_error_cuda_workspace;
}

int32_t norm::runtime::reportWorkspaceSize(const norm_cuda_call &call) {
  const char *name = call.function->name;
  startError(name) << "expected a workspace of at least "
                   << int64_t(call.needed_bytes) << " bytes, found "
                   << int64_t(call.workspace_bytes) << "; norm_workspace_"
                   << name << " tells how many for results without gaps";
  return norm_error_cuda_workspace;
}

int32_t norm::runtime::reportLimit(const norm_cuda_call &call, int32_t kernel,
                                   const char *what, int64_t least,
                                   int64_t most, int64_t found) {
  ErrorWriter text = startError(call.function->name, getLoaded(call), kernel);
  text << "expected " << least << " to " << most << ' ' << what << ", found "
       << found;
  return norm_error_cuda_launch;
}

int32_t norm::runtime::reportNoClusters(const norm_cuda_call &call,
                                        int32_t kernel) {
  const LoadedModule &loaded = getLoaded(call);
  ErrorWriter text = startError(call.function->name, loaded, kernel);
  text << "expected a GPU that launches clusters of blocks, found ";
  appendGPU(text, loaded);
  return norm_error_cuda_launch;
}

/// Appends for example "[2, 1, 1]".
static void appendSizes(ErrorWriter &text, const int64_t (&sizes)[3]) {
  text << '[' << sizes[0] << ", " << sizes[1] << ", " << sizes[2] << ']';
}

int32_t norm::runtime::reportLaunch(const norm_cuda_call &call, int32_t kernel,
                                    const norm_cuda_launch_shape &shape,
                                    const char *name, CUresult result) {
  const LoadedModule &loaded = getLoaded(call);
  ErrorWriter text = startError(call.function->name, loaded, kernel);
  text << "grid ";
  appendSizes(text, shape.grid);
  text << ", block ";
  appendSizes(text, shape.block);
  text << ", cluster ";
  appendSizes(text, shape.cluster);
  text << ", " << shape.dynamic_shared_bytes
       << " bytes of dynamic shared memory: ";
  return endFailure(text, *loaded.driver, name, result, norm_error_cuda_launch);
}
