//===- State.cpp - What the emulated driver keeps -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "State.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace norm::cuda;
using namespace norm::emulator;

DriverState &DriverState::get() {
  static DriverState state;
  return state;
}

namespace {
struct ThreadContexts {
  uint64_t generation = 0;
  std::vector<Device *> stack;
};
} // namespace

std::vector<Device *> &DriverState::getContexts() {
  static thread_local ThreadContexts contexts;
  if (contexts.generation != generation)
    contexts = {generation, {}};
  return contexts.stack;
}

Device *DriverState::getCurrent() {
  std::vector<Device *> &contexts = getContexts();
  return contexts.empty() ? nullptr : contexts.back();
}

Device *DriverState::findDevice(CUcontext context) {
  for (const std::unique_ptr<Device> &device : devices)
    if (reinterpret_cast<CUcontext>(device.get()) == context)
      return device.get();
  return nullptr;
}

Stream *DriverState::findStream(CUstream handle) {
  if (handle)
    return streams.find(handle);
  Device *device = getCurrent();
  Stream &stream = defaultStreams[device];
  stream.device = device;
  return &stream;
}

CUresult DriverState::enqueue(Stream &stream, Operation operation) {
  if (stream.capture) {
    stream.capture->operations.push_back(std::move(operation));
    return CUDA_SUCCESS;
  }
  pending.push_back({stream.device, std::move(operation)});
  return CUDA_SUCCESS;
}

void DriverState::runUntil(uint64_t count) {
  while (completed < count && !pending.empty()) {
    Pending next = std::move(pending.front());
    pending.pop_front();
    ++completed;
    // After an error nothing of the context runs any more.
    if (next.device->error == CUDA_SUCCESS)
      next.device->error = next.run();
  }
}

CUresult DriverState::checkMayWait() {
  if (captured.empty())
    return CUDA_SUCCESS;
  for (Stream *stream : captured)
    stream->captureInvalid = true;
  return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
}

CUresult DriverState::fail(CUresult code, Error error) {
  errorText = toString(std::move(error));
  return code;
}

void norm::emulator::resetEmulatedDriver(int devices,
                                         const DeviceLimits &limits) {
  DriverState &state = DriverState::get();
  std::lock_guard<std::mutex> lock(state.mutex);
  state.initialized = false;
  ++state.generation;
  state.pending.clear();
  state.completed = 0;
  state.captured.clear();
  state.defaultStreams.clear();
  state.streams.clear();
  state.events.clear();
  state.functions.clear();
  state.modules.clear();
  state.graphs.clear();
  state.executables.clear();
  state.devices.clear();
  for (int i = 0; i < devices; ++i)
    state.devices.push_back(std::make_unique<Device>(i, limits));
  state.options = {};
  state.reports = {};
  state.errorText.clear();
}

void norm::emulator::setEmulatedLaunchOptions(const LaunchOptions &options) {
  DriverState &state = DriverState::get();
  std::lock_guard<std::mutex> lock(state.mutex);
  // What was launched before runs as it was launched.
  state.runAll();
  state.options = options;
}

Reports norm::emulator::takeEmulatedReports() {
  DriverState &state = DriverState::get();
  std::lock_guard<std::mutex> lock(state.mutex);
  state.runAll();
  return std::exchange(state.reports, {});
}

std::string norm::emulator::getEmulatedErrorText() {
  DriverState &state = DriverState::get();
  std::lock_guard<std::mutex> lock(state.mutex);
  return state.errorText;
}

std::string norm::emulator::makeModuleImage(const Module &module) {
  std::string bitcode;
  raw_string_ostream stream(bitcode);
  WriteBitcodeToFile(module, stream);
  // Magic number, version, offset and size of the bitcode, CPU.
  std::string image(20, '\0');
  support::endian::write32le(&image[0], 0x0B17C0DE);
  support::endian::write32le(&image[8], image.size());
  support::endian::write32le(&image[12], bitcode.size());
  image += bitcode;
  // Readers want whole words.
  image.resize((image.size() + 3) / 4 * 4);
  return image;
}

const Driver &norm::emulator::getEmulatedDriver() {
  static const Driver driver = [] {
    if (DriverState::get().devices.empty())
      resetEmulatedDriver();
    Driver functions = {};
    addContextFunctions(functions);
    addModuleFunctions(functions);
    addMemoryFunctions(functions);
    addStreamFunctions(functions);
    addGraphFunctions(functions);
    addLaunchFunctions(functions);
    return functions;
  }();
  return driver;
}
