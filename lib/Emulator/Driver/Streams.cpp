//===- Streams.cpp - Streams and events of the emulated driver ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "State.h"

#include "llvm/ADT/STLExtras.h"

using namespace norm::cuda;
using namespace norm::emulator;
using Clock = std::chrono::steady_clock;

static CUresult createStream(CUstream *stream, unsigned flags) {
  return withContext([&](DriverState &state, Device &device) {
    if (!stream || flags > 1)
      return CUDA_ERROR_INVALID_VALUE;
    auto created = std::make_unique<Stream>();
    created->device = &device;
    *stream = state.streams.add(std::move(created));
    return CUDA_SUCCESS;
  });
}

static CUresult destroyStream(CUstream handle) {
  return withState([&](DriverState &state) {
    Stream *stream = handle ? state.streams.find(handle) : nullptr;
    if (!stream)
      return CUDA_ERROR_INVALID_HANDLE;
    // What is on it still runs.
    llvm::erase(state.captured, stream);
    state.streams.remove(handle);
    return CUDA_SUCCESS;
  });
}

static CUresult synchronize(CUstream handle) {
  return withContext([&](DriverState &state, Device &) {
    Stream *stream = state.findStream(handle);
    if (!stream)
      return CUDA_ERROR_INVALID_HANDLE;
    if (CUresult error = state.checkMayWait())
      return error;
    state.runAll();
    return stream->device->error;
  });
}

static CUresult waitEvent(CUstream handle, CUevent event, unsigned flags) {
  return withContext([&](DriverState &state, Device &) {
    if (!state.findStream(handle) || !state.events.find(event))
      return CUDA_ERROR_INVALID_HANDLE;
    // All that was put on streams before runs before.
    return flags ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
  });
}

static CUresult getStreamContext(CUstream handle, CUcontext *context) {
  return withContext([&](DriverState &state, Device &) {
    Stream *stream = state.findStream(handle);
    if (!stream)
      return CUDA_ERROR_INVALID_HANDLE;
    if (!context)
      return CUDA_ERROR_INVALID_VALUE;
    *context = reinterpret_cast<CUcontext>(stream->device);
    return CUDA_SUCCESS;
  });
}

static CUresult createEvent(CUevent *event, unsigned flags) {
  return withContext([&](DriverState &state, Device &) {
    if (!event)
      return CUDA_ERROR_INVALID_VALUE;
    *event = state.events.add(std::make_unique<Event>());
    return CUDA_SUCCESS;
  });
}

static CUresult destroyEvent(CUevent event) {
  return withState([&](DriverState &state) {
    return state.events.remove(event) ? CUDA_SUCCESS
                                      : CUDA_ERROR_INVALID_HANDLE;
  });
}

static CUresult record(CUevent handle, CUstream streamHandle) {
  return withContext([&](DriverState &state, Device &) {
    Event *event = state.events.find(handle);
    Stream *stream = state.findStream(streamHandle);
    if (!event || !stream)
      return CUDA_ERROR_INVALID_HANDLE;
    // The event may be destroyed before the stream gets there.
    CUresult result = state.enqueue(*stream, [time = event->time] {
      *time = Clock::now();
      return CUDA_SUCCESS;
    });
    if (!stream->capture)
      event->operation = state.completed + state.pending.size();
    return result;
  });
}

static CUresult query(CUevent handle) {
  return withContext([&](DriverState &state, Device &) {
    Event *event = state.events.find(handle);
    if (!event)
      return CUDA_ERROR_INVALID_HANDLE;
    return event->operation <= state.completed ? CUDA_SUCCESS
                                               : CUDA_ERROR_NOT_READY;
  });
}

static CUresult synchronizeEvent(CUevent handle) {
  return withContext([&](DriverState &state, Device &device) {
    Event *event = state.events.find(handle);
    if (!event)
      return CUDA_ERROR_INVALID_HANDLE;
    if (CUresult error = state.checkMayWait())
      return error;
    state.runUntil(event->operation);
    return device.error;
  });
}

static CUresult getElapsed(float *milliseconds, CUevent startHandle,
                           CUevent endHandle) {
  return withContext([&](DriverState &state, Device &) {
    Event *start = state.events.find(startHandle);
    Event *end = state.events.find(endHandle);
    if (!start || !end || !start->operation || !end->operation)
      return CUDA_ERROR_INVALID_HANDLE;
    if (!milliseconds)
      return CUDA_ERROR_INVALID_VALUE;
    if (std::max(start->operation, end->operation) > state.completed)
      return CUDA_ERROR_NOT_READY;
    std::chrono::duration<float, std::milli> time = *end->time - *start->time;
    *milliseconds = time.count();
    return CUDA_SUCCESS;
  });
}

void norm::emulator::addStreamFunctions(Driver &driver) {
  driver.cuStreamCreate = createStream;
  driver.cuStreamDestroy = destroyStream;
  driver.cuStreamSynchronize = synchronize;
  driver.cuStreamWaitEvent = waitEvent;
  driver.cuStreamGetCtx = getStreamContext;
  driver.cuEventCreate = createEvent;
  driver.cuEventDestroy = destroyEvent;
  driver.cuEventRecord = record;
  driver.cuEventQuery = query;
  driver.cuEventSynchronize = synchronizeEvent;
  driver.cuEventElapsedTime = getElapsed;
}
