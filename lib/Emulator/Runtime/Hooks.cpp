//===- Hooks.cpp - What is called beside instructions ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Called by code that the retargeting adds: at accesses, at the ends of loops,
// where shared memory is named.

#include "Machine.h"
#include "RuntimeTable.h"

#include <cstring>

using namespace norm::emulator;

static void *load(void *pointer, uint32_t site) {
  return Machine::get().load(pointer, site);
}
static void *change(void *pointer, uint32_t site) {
  return Machine::get().change(pointer, site);
}
static void store(void *pointer, const void *value, uint32_t site) {
  Machine::get().store(pointer, value, site);
}

static void copyMemory(void *to, const void *from, uint64_t bytes,
                       uint32_t site) {
  Machine &machine = Machine::get();
  if (bytes && machine.readRange(from, bytes, site))
    machine.writeRange(to, from, bytes, site);
}

static void setMemory(void *to, uint32_t value, uint64_t bytes, uint32_t site) {
  // In pieces, as the check wants to see the bytes.
  char piece[64];
  std::memset(piece, int(value & 0xff), sizeof(piece));
  char *next = static_cast<char *>(to);
  for (; bytes; bytes -= std::min<uint64_t>(bytes, sizeof(piece))) {
    uint64_t size = std::min<uint64_t>(bytes, sizeof(piece));
    if (!Machine::get().writeRange(next, piece, size, site))
      return;
    next += size;
  }
}

static void *getShared() { return Machine::get().getSelf().block->shared; }

static void step(uint32_t site) { Machine::get().step(site); }

static void trap(uint32_t site) {
  Machine &machine = Machine::get();
  machine.report(ReportKind::Trap, site, "the kernel was ended by itself");
  machine.stop();
}

void norm::emulator::addHooks(RuntimeTable &table) {
  table.add("load", &load);
  table.add("change", &change);
  table.add("store", &store);
  table.add("memcpy", &copyMemory);
  table.add("memset", &setMemory);
  table.addPure("shared", &getShared);
  table.add("step", &step);
  table.add("trap", &trap);
}
