//===- CUDADriver.h - The functions of the CUDA driver ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What this project uses of the CUDA driver's interface, declared here so that
// no CUDA toolkit is needed. Names, values and signatures are the driver's; the
// namespace keeps them apart from <cuda.h>.

#ifndef NORM_RUNTIME_CUDADRIVER_H
#define NORM_RUNTIME_CUDADRIVER_H

#include <cstddef>
#include <cstdint>

namespace norm::cuda {

enum CUresult : int {
  CUDA_SUCCESS = 0,
  CUDA_ERROR_INVALID_VALUE = 1,
  CUDA_ERROR_OUT_OF_MEMORY = 2,
  CUDA_ERROR_NOT_INITIALIZED = 3,
  CUDA_ERROR_NO_DEVICE = 100,
  CUDA_ERROR_INVALID_DEVICE = 101,
  CUDA_ERROR_INVALID_IMAGE = 200,
  CUDA_ERROR_INVALID_CONTEXT = 201,
  CUDA_ERROR_NO_BINARY_FOR_GPU = 209,
  CUDA_ERROR_ECC_UNCORRECTABLE = 214,
  CUDA_ERROR_INVALID_PTX = 218,
  CUDA_ERROR_NVLINK_UNCORRECTABLE = 220,
  CUDA_ERROR_JIT_COMPILER_NOT_FOUND = 221,
  CUDA_ERROR_UNSUPPORTED_PTX_VERSION = 222,
  CUDA_ERROR_JIT_COMPILATION_DISABLED = 223,
  CUDA_ERROR_INVALID_HANDLE = 400,
  CUDA_ERROR_ILLEGAL_STATE = 401,
  CUDA_ERROR_NOT_FOUND = 500,
  CUDA_ERROR_NOT_READY = 600,
  CUDA_ERROR_ILLEGAL_ADDRESS = 700,
  CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES = 701,
  CUDA_ERROR_LAUNCH_TIMEOUT = 702,
  CUDA_ERROR_CONTEXT_IS_DESTROYED = 709,
  CUDA_ERROR_ASSERT = 710,
  CUDA_ERROR_HARDWARE_STACK_ERROR = 714,
  CUDA_ERROR_ILLEGAL_INSTRUCTION = 715,
  CUDA_ERROR_MISALIGNED_ADDRESS = 716,
  CUDA_ERROR_INVALID_ADDRESS_SPACE = 717,
  CUDA_ERROR_INVALID_PC = 718,
  CUDA_ERROR_LAUNCH_FAILED = 719,
  CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED = 900,
  CUDA_ERROR_STREAM_CAPTURE_INVALIDATED = 901,
  CUDA_ERROR_STREAM_CAPTURE_IMPLICIT = 906,
  CUDA_ERROR_INVALID_CLUSTER_SIZE = 912,
};

enum CUdevice_attribute : int {
  CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 1,
  CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X = 2,
  CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y = 3,
  CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z = 4,
  CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X = 5,
  CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y = 6,
  CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z = 7,
  CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK = 8,
  CU_DEVICE_ATTRIBUTE_WARP_SIZE = 10,
  CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT = 16,
  CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE = 38,
  CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR = 39,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76,
  CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR = 81,
  CU_DEVICE_ATTRIBUTE_PAGEABLE_MEMORY_ACCESS = 88,
  CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97,
  CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH = 120,
};

enum CUfunction_attribute : int {
  CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 0,
  CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES = 1,
  CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES = 3,
  CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8,
  CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED = 14,
};

enum CUjit_option : int {
  CU_JIT_ERROR_LOG_BUFFER = 5,
  CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6,
};

enum CUpointer_attribute : int {
  CU_POINTER_ATTRIBUTE_CONTEXT = 1,
  CU_POINTER_ATTRIBUTE_MEMORY_TYPE = 2,
  CU_POINTER_ATTRIBUTE_DEVICE_POINTER = 3,
  CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL = 9,
};

enum CUmemorytype : int { CU_MEMORYTYPE_HOST = 1, CU_MEMORYTYPE_DEVICE = 2 };

enum CUstreamCaptureMode : int {
  CU_STREAM_CAPTURE_MODE_GLOBAL = 0,
  CU_STREAM_CAPTURE_MODE_THREAD_LOCAL = 1,
  CU_STREAM_CAPTURE_MODE_RELAXED = 2,
};

enum CUstreamCaptureStatus : int {
  CU_STREAM_CAPTURE_STATUS_NONE = 0,
  CU_STREAM_CAPTURE_STATUS_ACTIVE = 1,
  CU_STREAM_CAPTURE_STATUS_INVALIDATED = 2,
};

enum CUlaunchAttributeID : int {
  CU_LAUNCH_ATTRIBUTE_IGNORE = 0,
  CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION = 4,
  CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION = 6,
};

using CUdevice = int;
using CUdeviceptr = unsigned long long;
using CUcontext = struct CUctx_st *;
using CUmodule = struct CUmod_st *;
using CUfunction = struct CUfunc_st *;
using CUstream = struct CUstream_st *;
using CUevent = struct CUevent_st *;
using CUgraph = struct CUgraph_st *;
using CUgraphExec = struct CUgraphExec_st *;

union CUlaunchAttributeValue {
  char pad[64];
  struct {
    unsigned x, y, z;
  } clusterDim;
  int programmaticStreamSerializationAllowed;
};

struct CUlaunchAttribute {
  CUlaunchAttributeID id;
  char pad[4];
  CUlaunchAttributeValue value;
};

struct CUlaunchConfig {
  unsigned gridDimX, gridDimY, gridDimZ;
  unsigned blockDimX, blockDimY, blockDimZ;
  unsigned sharedMemBytes;
  CUstream hStream;
  CUlaunchAttribute *attrs;
  unsigned numAttrs;
};

static_assert(sizeof(CUlaunchAttribute) == 72 && sizeof(CUlaunchConfig) == 56,
              "the layout is the driver's");

/// Calls X(name, symbol of libcuda.so.1, parameters, their names) for each
/// function that is used. All return a CUresult.
#define NORM_CUDA_FUNCTIONS(X)                                                 \
  X(cuInit, "cuInit", (unsigned flags), (flags))                               \
  X(cuDriverGetVersion, "cuDriverGetVersion", (int *version), (version))       \
  X(cuGetErrorName, "cuGetErrorName", (CUresult error, const char **name),     \
    (error, name))                                                             \
  X(cuGetErrorString, "cuGetErrorString", (CUresult error, const char **text), \
    (error, text))                                                             \
  X(cuDeviceGetCount, "cuDeviceGetCount", (int *count), (count))               \
  X(cuDeviceGet, "cuDeviceGet", (CUdevice * device, int ordinal),              \
    (device, ordinal))                                                         \
  X(cuDeviceGetName, "cuDeviceGetName",                                        \
    (char *name, int length, CUdevice device), (name, length, device))         \
  X(cuDeviceGetAttribute, "cuDeviceGetAttribute",                              \
    (int *value, CUdevice_attribute attribute, CUdevice device),               \
    (value, attribute, device))                                                \
  X(cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain",                      \
    (CUcontext * context, CUdevice device), (context, device))                 \
  X(cuDevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2",                 \
    (CUdevice device), (device))                                               \
  X(cuCtxGetCurrent, "cuCtxGetCurrent", (CUcontext * context), (context))      \
  X(cuCtxSetCurrent, "cuCtxSetCurrent", (CUcontext context), (context))        \
  X(cuCtxPushCurrent, "cuCtxPushCurrent_v2", (CUcontext context), (context))   \
  X(cuCtxPopCurrent, "cuCtxPopCurrent_v2", (CUcontext * context), (context))   \
  X(cuCtxGetDevice, "cuCtxGetDevice", (CUdevice * device), (device))           \
  X(cuCtxGetId, "cuCtxGetId", (CUcontext context, unsigned long long *id),     \
    (context, id))                                                             \
  X(cuCtxSynchronize, "cuCtxSynchronize", (), ())                              \
  X(cuModuleLoadDataEx, "cuModuleLoadDataEx",                                  \
    (CUmodule * module, const void *image, unsigned numOptions,                \
     CUjit_option *options, void **optionValues),                              \
    (module, image, numOptions, options, optionValues))                        \
  X(cuModuleUnload, "cuModuleUnload", (CUmodule module), (module))             \
  X(cuModuleGetFunction, "cuModuleGetFunction",                                \
    (CUfunction * function, CUmodule module, const char *name),                \
    (function, module, name))                                                  \
  X(cuModuleGetGlobal, "cuModuleGetGlobal_v2",                                 \
    (CUdeviceptr * pointer, size_t *bytes, CUmodule module, const char *name), \
    (pointer, bytes, module, name))                                            \
  X(cuFuncGetAttribute, "cuFuncGetAttribute",                                  \
    (int *value, CUfunction_attribute attribute, CUfunction function),         \
    (value, attribute, function))                                              \
  X(cuFuncSetAttribute, "cuFuncSetAttribute",                                  \
    (CUfunction function, CUfunction_attribute attribute, int value),          \
    (function, attribute, value))                                              \
  X(cuOccupancyMaxActiveBlocksPerMultiprocessor,                               \
    "cuOccupancyMaxActiveBlocksPerMultiprocessor",                             \
    (int *blocks, CUfunction function, int blockSize,                          \
     size_t dynamicSharedBytes),                                               \
    (blocks, function, blockSize, dynamicSharedBytes))                         \
  X(cuOccupancyMaxActiveClusters, "cuOccupancyMaxActiveClusters",              \
    (int *clusters, CUfunction function, const CUlaunchConfig *config),        \
    (clusters, function, config))                                              \
  X(cuLaunchKernel, "cuLaunchKernel",                                          \
    (CUfunction function, unsigned gridDimX, unsigned gridDimY,                \
     unsigned gridDimZ, unsigned blockDimX, unsigned blockDimY,                \
     unsigned blockDimZ, unsigned sharedMemBytes, CUstream stream,             \
     void **kernelParams, void **extra),                                       \
    (function, gridDimX, gridDimY, gridDimZ, blockDimX, blockDimY, blockDimZ,  \
     sharedMemBytes, stream, kernelParams, extra))                             \
  X(cuLaunchKernelEx, "cuLaunchKernelEx",                                      \
    (const CUlaunchConfig *config, CUfunction function, void **kernelParams,   \
     void **extra),                                                            \
    (config, function, kernelParams, extra))                                   \
  X(cuMemAlloc, "cuMemAlloc_v2", (CUdeviceptr * pointer, size_t bytes),        \
    (pointer, bytes))                                                          \
  X(cuMemFree, "cuMemFree_v2", (CUdeviceptr pointer), (pointer))               \
  X(cuMemGetInfo, "cuMemGetInfo_v2", (size_t *free, size_t *total),            \
    (free, total))                                                             \
  X(cuMemcpyHtoD, "cuMemcpyHtoD_v2",                                           \
    (CUdeviceptr destination, const void *source, size_t bytes),               \
    (destination, source, bytes))                                              \
  X(cuMemcpyDtoH, "cuMemcpyDtoH_v2",                                           \
    (void *destination, CUdeviceptr source, size_t bytes),                     \
    (destination, source, bytes))                                              \
  X(cuMemcpyHtoDAsync, "cuMemcpyHtoDAsync_v2",                                 \
    (CUdeviceptr destination, const void *source, size_t bytes,                \
     CUstream stream),                                                         \
    (destination, source, bytes, stream))                                      \
  X(cuMemcpyDtoHAsync, "cuMemcpyDtoHAsync_v2",                                 \
    (void *destination, CUdeviceptr source, size_t bytes, CUstream stream),    \
    (destination, source, bytes, stream))                                      \
  X(cuMemcpyDtoDAsync, "cuMemcpyDtoDAsync_v2",                                 \
    (CUdeviceptr destination, CUdeviceptr source, size_t bytes,                \
     CUstream stream),                                                         \
    (destination, source, bytes, stream))                                      \
  X(cuMemsetD8Async, "cuMemsetD8Async",                                        \
    (CUdeviceptr destination, unsigned char value, size_t bytes,               \
     CUstream stream),                                                         \
    (destination, value, bytes, stream))                                       \
  X(cuPointerGetAttribute, "cuPointerGetAttribute",                            \
    (void *data, CUpointer_attribute attribute, CUdeviceptr pointer),          \
    (data, attribute, pointer))                                                \
  X(cuStreamCreate, "cuStreamCreate", (CUstream * stream, unsigned flags),     \
    (stream, flags))                                                           \
  X(cuStreamDestroy, "cuStreamDestroy_v2", (CUstream stream), (stream))        \
  X(cuStreamSynchronize, "cuStreamSynchronize", (CUstream stream), (stream))   \
  X(cuStreamWaitEvent, "cuStreamWaitEvent",                                    \
    (CUstream stream, CUevent event, unsigned flags), (stream, event, flags))  \
  X(cuStreamGetCtx, "cuStreamGetCtx", (CUstream stream, CUcontext * context),  \
    (stream, context))                                                         \
  X(cuStreamBeginCapture, "cuStreamBeginCapture_v2",                           \
    (CUstream stream, CUstreamCaptureMode mode), (stream, mode))               \
  X(cuStreamEndCapture, "cuStreamEndCapture",                                  \
    (CUstream stream, CUgraph * graph), (stream, graph))                       \
  X(cuStreamIsCapturing, "cuStreamIsCapturing",                                \
    (CUstream stream, CUstreamCaptureStatus * status), (stream, status))       \
  X(cuEventCreate, "cuEventCreate", (CUevent * event, unsigned flags),         \
    (event, flags))                                                            \
  X(cuEventDestroy, "cuEventDestroy_v2", (CUevent event), (event))             \
  X(cuEventRecord, "cuEventRecord", (CUevent event, CUstream stream),          \
    (event, stream))                                                           \
  X(cuEventQuery, "cuEventQuery", (CUevent event), (event))                    \
  X(cuEventSynchronize, "cuEventSynchronize", (CUevent event), (event))        \
  X(cuEventElapsedTime, "cuEventElapsedTime",                                  \
    (float *milliseconds, CUevent start, CUevent end),                         \
    (milliseconds, start, end))                                                \
  X(cuGraphInstantiate, "cuGraphInstantiateWithFlags",                         \
    (CUgraphExec * executable, CUgraph graph, unsigned long long flags),       \
    (executable, graph, flags))                                                \
  X(cuGraphLaunch, "cuGraphLaunch", (CUgraphExec executable, CUstream stream), \
    (executable, stream))                                                      \
  X(cuGraphDestroy, "cuGraphDestroy", (CUgraph graph), (graph))                \
  X(cuGraphExecDestroy, "cuGraphExecDestroy", (CUgraphExec executable),        \
    (executable))

/// The functions of a driver: libcuda's, or the emulator's.
struct Driver {
#define NORM_CUDA_MEMBER(NAME, SYMBOL, PARAMETERS, ARGUMENTS)                  \
  CUresult(*NAME) PARAMETERS;
  NORM_CUDA_FUNCTIONS(NORM_CUDA_MEMBER)
#undef NORM_CUDA_MEMBER
};

/// The driver that the runtime library uses, after a successful cuInit:
/// libcuda.so.1, which the first call opens, or the one of setDriver(). Null if
/// it is missing, lacks a function, is older than CUDA 12.0 or finds no device;
/// then `whyNot`, which may be null, becomes the reason, a text that is valid
/// until the next setDriver(). A failure to open libcuda is final.
const Driver *getDriver(const char **whyNot);

/// Makes getDriver() return `driver`, which must stay valid, from now on; null
/// is libcuda again. Calls its cuInit. Not while another thread calls the
/// runtime library.
void setDriver(const Driver *driver);

} // namespace norm::cuda

#endif // NORM_RUNTIME_CUDADRIVER_H
