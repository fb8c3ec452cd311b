//===- Fiber.h - Stacks to switch between -----------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_EMULATOR_RUNTIME_FIBER_H
#define NORM_LIB_EMULATOR_RUNTIME_FIBER_H

#include <cstddef>
#include <cstdint>

namespace norm::emulator {

/// A place to go on from. Nothing is unwound: a fiber that is not gone on with
/// is dropped, so no frame below a switch may own anything.
struct Fiber {
  void *context = nullptr;
  void (*entry)() = nullptr;
  void *stack = nullptr;
  size_t stackBytes = 0;
  /// Of AddressSanitizer.
  void *fakeStack = nullptr;
};

/// Makes `fiber` start with `entry`, which must not return, on `stackBytes`
/// bytes at `stack`.
void startFiber(Fiber &fiber, void *stack, size_t stackBytes, void (*entry)());

/// Goes on with `to`; returns when something switches to `from`.
void switchFiber(Fiber &from, Fiber &to);

/// Memory for the stacks of fibers, given back page by page as the system
/// likes; null if there is not as much.
class FiberStacks {
public:
  FiberStacks() = default;
  FiberStacks(const FiberStacks &) = delete;
  FiberStacks &operator=(const FiberStacks &) = delete;
  ~FiberStacks();

  /// Whether there was memory for `count` stacks of `stackBytes` each.
  bool allocate(size_t count, size_t stackBytes);

  void *get(size_t index) const { return memory + index * bytes; }
  size_t getStackBytes() const { return bytes; }

private:
  char *memory = nullptr;
  size_t count = 0;
  size_t bytes = 0;
};

} // namespace norm::emulator

#endif // NORM_LIB_EMULATOR_RUNTIME_FIBER_H
