//===- DeviceMemory.h - What kernels may access -----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EMULATOR_RUNTIME_DEVICEMEMORY_H
#define NORM_LIB_EMULATOR_RUNTIME_DEVICEMEMORY_H

#include "Shadow.h"

#include "llvm/Support/Error.h"

#include <map>
#include <string>

namespace norm::emulator {

/// Memory that kernels may access: allocated, or a global variable of a module.
struct Allocation {
  char *base;
  uint64_t bytes;
  /// The name of a global variable, else empty.
  std::string name;
  bool constant = false;
  /// A word for each four bytes of the launch that runs, of those that it may
  /// have to wait for; null until one is needed.
  ShadowWord *shadow = nullptr;
  ShadowWord *previous = nullptr;

  bool contains(const void *pointer, uint64_t size) const {
    uint64_t offset = static_cast<const char *>(pointer) - base;
    return offset <= bytes && size <= bytes - offset;
  }
  /// The shadow of the word at `offset`, null if there is no memory for it.
  ShadowWord *getShadow(uint64_t offset);
};

class DeviceMemory {
public:
  explicit DeviceMemory(uint64_t capacity) : capacity(capacity) {}
  DeviceMemory(const DeviceMemory &) = delete;
  DeviceMemory &operator=(const DeviceMemory &) = delete;
  ~DeviceMemory();

  llvm::Expected<void *> allocate(uint64_t bytes);
  llvm::Error free(void *pointer);
  uint64_t getFreeBytes() const { return capacity - used; }

  /// Makes memory that this does not own known, as the variable `name`.
  void addVariable(void *base, uint64_t bytes, llvm::StringRef name,
                   bool constant);
  void removeVariable(void *base);

  /// The allocation with the highest address that is not above `pointer`; null
  /// if there is none. `pointer` may be behind its end.
  Allocation *findBelow(const void *pointer);

  /// The same if `pointer` and the `bytes` from there on are within it.
  Allocation *find(const void *pointer, uint64_t bytes);

  /// Forgets all accesses but those of the launch before, and of those that
  /// that one had to wait for. `dependent`: the launch that starts may have to
  /// wait for them.
  void startLaunch(bool dependent);

private:
  void release(Allocation &allocation);

  uint64_t capacity;
  uint64_t used = 0;
  bool lastIsDependent = false;
  std::map<const char *, Allocation> allocations;
  /// Those that were found last, the latest at `nextRecent` - 1.
  Allocation *recent[4] = {};
  unsigned nextRecent = 0;
};

} // namespace norm::emulator

#endif // NORM_LIB_EMULATOR_RUNTIME_DEVICEMEMORY_H
