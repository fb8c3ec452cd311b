//===- DeviceMemory.cpp - What kernels may access -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceMemory.h"

#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

using namespace llvm;
using namespace norm::emulator;

/// What cuMemAlloc aligns to. The bytes before and behind belong to nobody, as
/// much as a load of the widest vector.
constexpr uint64_t alignment = 256;

/// The words of a shadow of `allocation`, which may start within one.
static uint64_t countWords(const Allocation &allocation) {
  return allocation.bytes / 4 + 2;
}

ShadowWord *Allocation::getShadow(uint64_t offset) {
  // calloc, as the pages of large memory exist only once touched, and all 0 is
  // a word without accesses.
  if (!shadow)
    shadow = static_cast<ShadowWord *>(
        std::calloc(countWords(*this), sizeof(ShadowWord)));
  uint64_t skew = reinterpret_cast<uintptr_t>(base) % 4;
  return shadow ? &shadow[(offset + skew) / 4] : nullptr;
}

DeviceMemory::~DeviceMemory() {
  for (auto &entry : allocations)
    release(entry.second);
}

void DeviceMemory::release(Allocation &allocation) {
  std::free(allocation.shadow);
  std::free(allocation.previous);
  if (allocation.name.empty())
    std::free(allocation.base - alignment);
  std::fill(std::begin(recent), std::end(recent), nullptr);
}

Expected<void *> DeviceMemory::allocate(uint64_t bytes) {
  if (bytes == 0)
    return nullptr;
  void *memory = nullptr;
  if (bytes <= getFreeBytes())
    memory = std::aligned_alloc(
        alignment,
        (bytes + alignment - 1) / alignment * alignment + 2 * alignment);
  if (!memory)
    return createStringError(formatv(
        "out of device memory: {0} bytes asked for, {1} of {2} bytes are free",
        bytes, getFreeBytes(), capacity));
  char *base = static_cast<char *>(memory) + alignment;
  std::memset(base, 0xff, bytes);
  Allocation allocation{base, bytes, {}};
  allocations[base] = allocation;
  used += bytes;
  return base;
}

Error DeviceMemory::free(void *pointer) {
  if (!pointer)
    return Error::success();
  auto it = allocations.find(static_cast<char *>(pointer));
  if (it == allocations.end() || !it->second.name.empty())
    return createStringError(
        formatv("{0} is not the address of an allocation", pointer));
  used -= it->second.bytes;
  release(it->second);
  allocations.erase(it);
  return Error::success();
}

void DeviceMemory::addVariable(void *base, uint64_t bytes, StringRef name,
                               bool constant) {
  Allocation allocation{static_cast<char *>(base), bytes, name.str()};
  allocation.constant = constant;
  allocations[allocation.base] = allocation;
  std::fill(std::begin(recent), std::end(recent), nullptr);
}

void DeviceMemory::removeVariable(void *base) {
  auto it = allocations.find(static_cast<char *>(base));
  if (it == allocations.end())
    return;
  release(it->second);
  allocations.erase(it);
}

Allocation *DeviceMemory::findBelow(const void *pointer) {
  auto it = allocations.upper_bound(static_cast<const char *>(pointer));
  return it == allocations.begin() ? nullptr : &std::prev(it)->second;
}

Allocation *DeviceMemory::find(const void *pointer, uint64_t bytes) {
  for (Allocation *allocation : recent)
    if (allocation && allocation->contains(pointer, bytes))
      return allocation;
  Allocation *found = findBelow(pointer);
  if (!found || !found->contains(pointer, bytes))
    return nullptr;
  return recent[nextRecent++ % std::size(recent)] = found;
}

/// Adds what `from` knows of accesses to `to`.
static void addAccesses(ShadowWord &to, const ShadowWord &from) {
  to.earlierWritten |= from.written | from.earlierWritten;
  to.earlierRead |= from.beenRead | from.earlierRead;
  to.earlierChanged |= from.changed | from.earlierChanged;
}

void DeviceMemory::startLaunch(bool dependent) {
  for (auto &entry : allocations) {
    Allocation &allocation = entry.second;
    if (lastIsDependent && allocation.previous) {
      if (!allocation.shadow)
        std::swap(allocation.shadow, allocation.previous);
      else
        for (uint64_t i = 0; i < countWords(allocation); ++i)
          addAccesses(allocation.shadow[i], allocation.previous[i]);
    }
    std::free(allocation.previous);
    allocation.previous = allocation.shadow;
    allocation.shadow = nullptr;
  }
  lastIsDependent = dependent;
}
