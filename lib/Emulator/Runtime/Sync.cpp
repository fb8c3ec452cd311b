//===- Sync.cpp - Order of accesses by synchronization --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

using namespace llvm;
using namespace norm::emulator;

void Machine::release(Thread &thread, Arrivals &arrivals) {
  arrivals.add(thread.clock, thread.index, thread.time);
  ++thread.time;
}

void Machine::acquire(Thread &thread, const ClockRef &clock) {
  if (!clock || clock == thread.clock)
    return;
  Arrivals both;
  both.add(thread.clock, thread.index, thread.time - 1);
  both.add(clock, thread.index, 0);
  thread.clock = both.merge();
}

void Machine::fenceProxy() {
  ClockRef fenced(new Clock(*self->clock));
  mergeTimes(fenced->fenced, fenced->seen);
  if (fenced->fenced.size() <= self->index)
    fenced->fenced.resize(self->index + 1);
  fenced->fenced[self->index] = self->time;
  ++self->time;
  self->clock = fenced;
}

void Machine::awaitDependency() {
  ClockRef awaited(new Clock(*self->clock));
  awaited->dependencyAwaited = true;
  self->clock = awaited;
}
