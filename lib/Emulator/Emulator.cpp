//===- Emulator.cpp - Runs NVVM kernels on the CPU ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Emulator/Emulator.h"

#include "LoadedModule.h"
#include "Runtime/Machine.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace llvm;
using namespace norm::emulator;

char LaunchError::ID = 0;

void LaunchError::log(raw_ostream &os) const { os << text; }

std::error_code LaunchError::convertToErrorCode() const {
  return inconvertibleErrorCode();
}

Emulator::Emulator(DeviceLimits limits)
    : limits(limits),
      memory(std::make_unique<DeviceMemory>(limits.memoryBytes)) {}
Emulator::~Emulator() = default;

Expected<void *> Emulator::allocate(uint64_t bytes) {
  return memory->allocate(bytes);
}

Error Emulator::free(void *pointer) { return memory->free(pointer); }

uint64_t Emulator::getExtent(const void *pointer) const {
  const Allocation *found = memory->find(pointer, 1);
  return found ? found->base + found->bytes - static_cast<const char *>(pointer)
               : 0;
}

uint64_t Emulator::getFreeBytes() const { return memory->getFreeBytes(); }

/// Why `bytes` at `device` cannot be copied, if they cannot.
static Error checkRange(const Emulator &emulator, const void *device,
                        uint64_t bytes) {
  uint64_t extent = emulator.getExtent(device);
  if (bytes <= extent)
    return Error::success();
  return createStringError(formatv(
      "copy of {0} bytes at {1}: expected device memory, found {2} bytes of it",
      bytes, device, extent));
}

Error Emulator::copyToDevice(void *device, const void *host, uint64_t bytes) {
  if (Error error = checkRange(*this, device, bytes))
    return error;
  if (bytes)
    std::memcpy(device, host, bytes);
  return Error::success();
}

Error Emulator::copyToHost(void *host, const void *device, uint64_t bytes) {
  if (Error error = checkRange(*this, device, bytes))
    return error;
  if (bytes)
    std::memcpy(host, device, bytes);
  return Error::success();
}

Expected<const LoadedModule *> Emulator::load(std::unique_ptr<Module> module) {
  auto loaded = LoadedModule::create(std::move(module));
  if (!loaded)
    return loaded.takeError();
  const LoadedModule &result = **loaded;
  for (auto [global, address] :
       zip_equal(result.getInfo().globals, result.getGlobals()))
    memory->addVariable(address, global.size, global.name, global.constant);
  modules.push_back(std::move(*loaded));
  return &result;
}

Expected<const LoadedModule *> Emulator::load(MemoryBufferRef ir) {
  LLVMContext context;
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> module = parseIR(ir, diagnostic, context);
  if (!module) {
    std::string text;
    raw_string_ostream stream(text);
    diagnostic.print("", stream, /*ShowColors=*/false);
    return createStringError(StringRef(text).trim());
  }
  return load(std::move(module));
}

void Emulator::unload(const LoadedModule *module) {
  for (void *address : module->getGlobals())
    memory->removeVariable(address);
  llvm::erase_if(modules,
                 [&](const auto &other) { return other.get() == module; });
}

Expected<const Kernel *> Emulator::lookup(const LoadedModule &module,
                                          StringRef name) const {
  std::string known;
  for (const Kernel &kernel : module.getKernels()) {
    if (kernel.getInfo().name == name)
      return &kernel;
    known += (known.empty() ? " " : ", ") + kernel.getInfo().name;
  }
  return createStringError("no kernel '" + name + "' in the module, which has" +
                           (known.empty() ? " none" : ":" + known));
}

Expected<std::pair<void *, uint64_t>>
Emulator::lookupGlobal(const LoadedModule &module, StringRef name) const {
  for (auto [global, address] :
       zip_equal(module.getInfo().globals, module.getGlobals()))
    if (global.name == name)
      return std::pair(address, global.size);
  return createStringError("no global variable '" + name + "' in the module");
}

static bool fits(const Dim3 &sizes, const Dim3 &most) {
  return sizes.x && sizes.y && sizes.z && sizes.x <= most.x &&
         sizes.y <= most.y && sizes.z <= most.z;
}

static std::string format(const Dim3 &sizes) {
  return formatv("{0} x {1} x {2}", sizes.x, sizes.y, sizes.z);
}

static Error refuse(LaunchFault fault, const Kernel &kernel,
                    const std::string &text) {
  return make_error<LaunchError>(fault, "launch of '" + kernel.getInfo().name +
                                            "': " + text);
}

/// Whether the sizes `given` differ from those that the kernel is made for.
static bool differs(const Dim3 &needed, const Dim3 &given) {
  return needed.x &&
         (needed.x != given.x || needed.y != given.y || needed.z != given.z);
}

Error Emulator::checkLaunch(const Kernel &kernel,
                            const LaunchShape &shape) const {
  const KernelInfo &info = kernel.getInfo();
  if (!fits(shape.grid, limits.maxGrid))
    return refuse(LaunchFault::InvalidValue, kernel,
                  "expected a grid of 1 to " + format(limits.maxGrid) +
                      " blocks, found " + format(shape.grid));
  if (!fits(shape.block, limits.maxBlock) ||
      shape.block.count() > limits.maxThreadsPerBlock)
    return refuse(LaunchFault::InvalidValue, kernel,
                  formatv("expected a block of 1 to {0} threads, at most {1}, "
                          "found {2}",
                          format(limits.maxBlock), limits.maxThreadsPerBlock,
                          format(shape.block)));
  if ((info.maxThreads && shape.block.count() > info.maxThreads) ||
      differs(info.requiredBlock, shape.block))
    return refuse(LaunchFault::InvalidValue, kernel,
                  "expected a block of " +
                      (info.requiredBlock.x
                           ? format(info.requiredBlock)
                           : formatv("at most {0}", info.maxThreads).str()) +
                      " threads, which it is compiled for, found " +
                      format(shape.block));
  const Dim3 &cluster = shape.cluster;
  uint32_t most = shape.anyClusterSize ? limits.maxBlocksPerAnyCluster
                                       : limits.maxBlocksPerCluster;
  if (cluster.count() == 0 || cluster.count() > most)
    return refuse(LaunchFault::InvalidClusterSize, kernel,
                  formatv("expected a cluster of 1 to {0} blocks, found {1}",
                          most, format(cluster)));
  if (shape.grid.x % cluster.x || shape.grid.y % cluster.y ||
      shape.grid.z % cluster.z)
    return refuse(LaunchFault::InvalidClusterSize, kernel,
                  "expected a grid of whole clusters of " + format(cluster) +
                      " blocks, found " + format(shape.grid));
  if (differs(info.requiredCluster, cluster))
    return refuse(LaunchFault::InvalidClusterSize, kernel,
                  "expected the cluster of " + format(info.requiredCluster) +
                      " blocks that it is compiled for, found " +
                      format(cluster));
  uint64_t shared = uint64_t(info.sharedBytes) + shape.dynamicSharedBytes;
  if (shared > limits.sharedBytesPerBlockOptin)
    return refuse(LaunchFault::InvalidValue, kernel,
                  formatv("expected at most {0} bytes of shared memory, found "
                          "{1}",
                          limits.sharedBytesPerBlockOptin, shared));
  return Error::success();
}

Expected<Reports> Emulator::launch(const Kernel &kernel,
                                   const LaunchShape &shape,
                                   ArrayRef<const void *> arguments,
                                   const LaunchOptions &options) {
  if (Error error = checkLaunch(kernel, shape))
    return error;
  const KernelInfo &info = kernel.getInfo();
  if (arguments.size() != info.parameters.size())
    return refuse(LaunchFault::InvalidValue, kernel,
                  formatv("expected {0} arguments, found {1}",
                          info.parameters.size(), arguments.size()));
  // Copies, so that they are aligned and last.
  std::vector<std::vector<std::max_align_t>> copies;
  std::vector<void *> pointers;
  for (auto [parameter, argument] : zip_equal(info.parameters, arguments)) {
    if (!argument)
      return refuse(LaunchFault::InvalidValue, kernel,
                    "expected a pointer to each argument, found null");
    copies.emplace_back(parameter.size / sizeof(std::max_align_t) + 1);
    std::memcpy(copies.back().data(), argument, parameter.size);
    pointers.push_back(copies.back().data());
  }
  Machine machine(kernel, kernel.getModule().getInfo(), shape, options,
                  *memory);
  return machine.run(pointers.data());
}
