//===- Graphs.cpp - Captured graphs of the emulated driver ----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "State.h"

#include "llvm/ADT/STLExtras.h"

using namespace norm::cuda;
using namespace norm::emulator;

static CUresult beginCapture(CUstream handle, CUstreamCaptureMode) {
  return withContext([&](DriverState &state, Device &) {
    // The default stream cannot be captured.
    if (!handle)
      return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    Stream *stream = state.streams.find(handle);
    if (!stream)
      return CUDA_ERROR_INVALID_HANDLE;
    if (stream->capture)
      return CUDA_ERROR_ILLEGAL_STATE;
    stream->capture = std::make_unique<Graph>(Graph{stream->device, {}});
    stream->captureInvalid = false;
    state.captured.push_back(stream);
    return CUDA_SUCCESS;
  });
}

static CUresult endCapture(CUstream handle, CUgraph *graph) {
  return withContext([&](DriverState &state, Device &) {
    Stream *stream = state.streams.find(handle);
    if (!stream)
      return CUDA_ERROR_INVALID_HANDLE;
    if (!graph)
      return CUDA_ERROR_INVALID_VALUE;
    if (!stream->capture)
      return CUDA_ERROR_ILLEGAL_STATE;
    llvm::erase(state.captured, stream);
    std::unique_ptr<Graph> captured = std::move(stream->capture);
    *graph = nullptr;
    if (stream->captureInvalid)
      return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    *graph = state.graphs.add(std::move(captured));
    return CUDA_SUCCESS;
  });
}

static CUresult isCapturing(CUstream handle, CUstreamCaptureStatus *status) {
  return withContext([&](DriverState &state, Device &) {
    Stream *stream = state.findStream(handle);
    if (!stream)
      return CUDA_ERROR_INVALID_HANDLE;
    if (!status)
      return CUDA_ERROR_INVALID_VALUE;
    *status = !stream->capture         ? CU_STREAM_CAPTURE_STATUS_NONE
              : stream->captureInvalid ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                       : CU_STREAM_CAPTURE_STATUS_ACTIVE;
    return CUDA_SUCCESS;
  });
}

static CUresult instantiate(CUgraphExec *executable, CUgraph handle,
                            unsigned long long flags) {
  return withContext([&](DriverState &state, Device &) {
    Graph *graph = state.graphs.find(handle);
    if (!graph)
      return CUDA_ERROR_INVALID_HANDLE;
    if (!executable || flags)
      return CUDA_ERROR_INVALID_VALUE;
    *executable = state.executables.add(std::make_unique<Graph>(*graph));
    return CUDA_SUCCESS;
  });
}

static CUresult launch(CUgraphExec handle, CUstream streamHandle) {
  return withContext([&](DriverState &state, Device &) {
    Graph *graph = state.executables.find(handle);
    Stream *stream = state.findStream(streamHandle);
    if (!graph || !stream)
      return CUDA_ERROR_INVALID_HANDLE;
    for (const Operation &operation : graph->operations)
      state.enqueue(*stream, operation);
    return CUDA_SUCCESS;
  });
}

static CUresult destroyGraph(CUgraph graph) {
  return withState([&](DriverState &state) {
    return state.graphs.remove(graph) ? CUDA_SUCCESS
                                      : CUDA_ERROR_INVALID_HANDLE;
  });
}

static CUresult destroyExecutable(CUgraphExec executable) {
  return withState([&](DriverState &state) {
    return state.executables.remove(executable) ? CUDA_SUCCESS
                                                : CUDA_ERROR_INVALID_HANDLE;
  });
}

void norm::emulator::addGraphFunctions(Driver &driver) {
  driver.cuStreamBeginCapture = beginCapture;
  driver.cuStreamEndCapture = endCapture;
  driver.cuStreamIsCapturing = isCapturing;
  driver.cuGraphInstantiate = instantiate;
  driver.cuGraphLaunch = launch;
  driver.cuGraphDestroy = destroyGraph;
  driver.cuGraphExecDestroy = destroyExecutable;
}
