//===- Fiber.cpp - Stacks to switch between -------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The C functions of Boost.Context, not its fiber class, which throws an
// exception to unwind a fiber that is dropped.

#include "Fiber.h"

#include <boost/context/detail/fcontext.hpp>

#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define NORM_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NORM_ADDRESS_SANITIZER
#endif
#endif
#ifdef NORM_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

using namespace norm::emulator;
using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

namespace {
/// On the stack of the fiber that is left, for the one that goes on.
struct Switch {
  Fiber *from;
  Fiber *to;
};
} // namespace

static Fiber &arrive(transfer_t transfer) {
  auto *done = static_cast<Switch *>(transfer.data);
  done->from->context = transfer.fctx;
#ifdef NORM_ADDRESS_SANITIZER
  const void *stack;
  size_t bytes;
  __sanitizer_finish_switch_fiber(done->to->fakeStack, &stack, &bytes);
  // Only the stack that the thread of the system has is not known before.
  if (!done->from->stack) {
    done->from->stack = const_cast<void *>(stack);
    done->from->stackBytes = bytes;
  }
#endif
  return *done->to;
}

static void enter(transfer_t transfer) { arrive(transfer).entry(); }

void norm::emulator::startFiber(Fiber &fiber, void *stack, size_t stackBytes,
                                void (*entry)()) {
  fiber.entry = entry;
  fiber.stack = stack;
  fiber.stackBytes = stackBytes;
  fiber.fakeStack = nullptr;
  fiber.context =
      make_fcontext(static_cast<char *>(stack) + stackBytes, stackBytes, enter);
}

void norm::emulator::switchFiber(Fiber &from, Fiber &to) {
  Switch change{&from, &to};
#ifdef NORM_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(&from.fakeStack, to.stack, to.stackBytes);
#endif
  arrive(jump_fcontext(to.context, &change));
}

FiberStacks::~FiberStacks() {
  if (memory)
    munmap(memory, count * bytes);
}

bool FiberStacks::allocate(size_t newCount, size_t stackBytes) {
  if (memory && newCount <= count && stackBytes <= bytes)
    return true;
  if (memory)
    munmap(memory, count * bytes);
  memory = nullptr;
  count = newCount;
  bytes = (stackBytes + 4095) / 4096 * 4096;
  void *mapped = mmap(nullptr, count * bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED)
    return false;
  memory = static_cast<char *>(mapped);
  return true;
}
