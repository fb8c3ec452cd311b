//===- State.h - What the emulated driver keeps -----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EMULATOR_DRIVER_STATE_H
#define NORM_LIB_EMULATOR_DRIVER_STATE_H

#include "norm/Emulator/EmulatedDriver.h"
#include "norm/Emulator/Emulator.h"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace norm::emulator {

/// Something on a stream; returns the error that it leaves its context with.
using Operation = std::function<cuda::CUresult()>;

struct Device;

struct Graph {
  Device *device;
  std::vector<Operation> operations;
};

/// A device with its primary context, which are one for a handle.
struct Device {
  int ordinal;
  /// Anew with each context.
  std::optional<Emulator> emulator;
  unsigned retained = 0;
  /// What cuCtxGetId tells: no two contexts have the same.
  unsigned long long contextId = 0;
  /// What every call returns after a kernel failed.
  cuda::CUresult error = cuda::CUDA_SUCCESS;

  Device(int ordinal, const DeviceLimits &limits)
      : ordinal(ordinal), emulator(std::in_place, limits) {}
};

struct Stream {
  Device *device;
  /// The graph that is captured, if one is.
  std::unique_ptr<Graph> capture;
  bool captureInvalid = false;
};

struct Event {
  /// The number of the operation that records it, 0 if none does.
  uint64_t operation = 0;
  std::shared_ptr<std::chrono::steady_clock::time_point> time =
      std::make_shared<std::chrono::steady_clock::time_point>();
};

struct DriverModule {
  Device *device;
  const LoadedModule *module;
};

struct DriverFunction {
  Device *device;
  const Kernel *kernel;
  cuda::CUmodule module;
  /// Set by cuFuncSetAttribute; negative for what is allowed without.
  int64_t maxDynamicShared = -1;
  bool anyClusterSize = false;
};

/// Objects behind handles of the type `Handle`. A handle that is none of them
/// is found out.
template <typename Handle, typename T> class Handles {
public:
  Handle add(std::unique_ptr<T> object) {
    Handle handle = reinterpret_cast<Handle>(object.get());
    objects[handle] = std::move(object);
    return handle;
  }
  T *find(Handle handle) {
    auto it = objects.find(handle);
    return it == objects.end() ? nullptr : it->second.get();
  }
  bool remove(Handle handle) { return objects.erase(handle); }
  template <typename Predicate> void removeIf(Predicate predicate) {
    for (auto it = objects.begin(); it != objects.end();)
      it = predicate(*it->second) ? objects.erase(it) : std::next(it);
  }
  void clear() { objects.clear(); }

private:
  std::map<Handle, std::unique_ptr<T>> objects;
};

struct DriverState {
  static DriverState &get();

  std::mutex mutex;
  bool initialized = false;
  /// Counts resets.
  uint64_t generation = 1;
  std::vector<std::unique_ptr<Device>> devices;
  /// Counts contexts, over resets.
  unsigned long long numContexts = 0;
  LaunchOptions options;
  Reports reports;
  std::string errorText;

  Handles<cuda::CUstream, Stream> streams;
  Handles<cuda::CUevent, Event> events;
  Handles<cuda::CUmodule, DriverModule> modules;
  Handles<cuda::CUfunction, DriverFunction> functions;
  Handles<cuda::CUgraph, Graph> graphs;
  Handles<cuda::CUgraphExec, Graph> executables;

  /// Operations that have not run, and the number of those that have.
  struct Pending {
    Device *device;
    Operation run;
  };
  std::deque<Pending> pending;
  uint64_t completed = 0;

  /// The contexts of the thread that calls, the current one last.
  std::vector<Device *> &getContexts();
  Device *getCurrent();
  Device *findDevice(cuda::CUcontext context);

  /// Null is the stream of the current context. Null for handles of none.
  Stream *findStream(cuda::CUstream handle);
  /// Puts `operation` on `stream` or in the graph that it captures.
  cuda::CUresult enqueue(Stream &stream, Operation operation);
  /// Runs operations until `count` have run.
  void runUntil(uint64_t count);
  void runAll() { runUntil(completed + pending.size()); }
  /// Fails while a stream is captured, as nothing may wait then, and makes the
  /// capture invalid.
  cuda::CUresult checkMayWait();

  cuda::CUresult fail(cuda::CUresult code, llvm::Error error);

  /// The stream 0 of each device, and the streams that are captured.
  std::map<Device *, Stream> defaultStreams;
  std::vector<Stream *> captured;
};

/// Calls function(state) with the state locked, once cuInit was called.
template <typename Function> cuda::CUresult withState(Function function) {
  DriverState &state = DriverState::get();
  std::lock_guard<std::mutex> lock(state.mutex);
  if (!state.initialized)
    return cuda::CUDA_ERROR_NOT_INITIALIZED;
  return function(state);
}

/// Calls function(state, device) for the current context. Fails without one,
/// and after a kernel left it with an error.
template <typename Function> cuda::CUresult withContext(Function function) {
  return withState([&](DriverState &state) {
    Device *device = state.getCurrent();
    if (!device || !device->retained)
      return cuda::CUDA_ERROR_INVALID_CONTEXT;
    if (device->error != cuda::CUDA_SUCCESS)
      return device->error;
    return function(state, *device);
  });
}

/// Fill in the functions of their area.
void addContextFunctions(cuda::Driver &driver);
void addModuleFunctions(cuda::Driver &driver);
void addMemoryFunctions(cuda::Driver &driver);
void addStreamFunctions(cuda::Driver &driver);
void addGraphFunctions(cuda::Driver &driver);
void addLaunchFunctions(cuda::Driver &driver);

} // namespace norm::emulator

#endif // NORM_LIB_EMULATOR_DRIVER_STATE_H
