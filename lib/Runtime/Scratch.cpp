//===- Scratch.cpp - Memory for the duration of a call --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runtime/norm_runtime.h"
#include "norm/Runtime/testing.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <pthread.h>

namespace {

/// Lies right before the memory that a caller gets.
struct Block {
  Block *next;
  /// What the allocator returned.
  void *allocation;
  /// Bytes from the header's end to the end of the allocation.
  size_t capacity;
};

/// The blocks of a thread that no call uses. There are never more than were in
/// use at the same time, because a block that is too small makes way for the
/// one that is allocated instead.
struct Cache {
  Block *blocks;
  bool freedAtThreadExit;
};

thread_local Cache cache;
std::atomic<norm_allocate_fn> allocateFn{std::malloc};
std::atomic<norm_free_fn> freeFn{std::free};

// A pthread key and not a C++ destructor, which would need the C++ library.
pthread_key_t exitKey;
bool hasExitKey;
pthread_once_t exitKeyOnce = PTHREAD_ONCE_INIT;

void freeCache(void *pointer) {
  auto &cache = *static_cast<Cache *>(pointer);
  while (Block *block = cache.blocks) {
    cache.blocks = block->next;
    freeFn.load()(block->allocation);
  }
  cache.freedAtThreadExit = false;
}

void createExitKey() {
  hasExitKey = pthread_key_create(&exitKey, freeCache) == 0;
}

/// Runs when the program ends or unloads the library, whose code no thread may
/// call any more when it exits.
__attribute__((destructor)) void deleteExitKey() {
  freeCache(&cache);
  if (hasExitKey)
    pthread_key_delete(exitKey);
  hasExitKey = false;
}

/// Whether the memory after the header of `block` serves a request.
bool fits(const Block *block, size_t bytes, size_t align) {
  return block->capacity >= bytes &&
         reinterpret_cast<uintptr_t>(block + 1) % align == 0;
}

Block *allocateBlock(size_t bytes, size_t align) {
  size_t extra = sizeof(Block) + align - 1;
  size_t total;
  if (__builtin_add_overflow(bytes, extra, &total))
    return nullptr;
  void *allocation = allocateFn.load()(total);
  if (!allocation)
    return nullptr;
  auto start = reinterpret_cast<uintptr_t>(allocation);
  uintptr_t data = (start + extra) & ~uintptr_t(align - 1);
  auto *block = reinterpret_cast<Block *>(data) - 1;
  block->allocation = allocation;
  block->capacity = start + total - data;
  return block;
}

} // namespace

void norm_set_allocator(norm_allocate_fn allocate, norm_free_fn release) {
  freeCache(&cache);
  allocateFn = allocate ? allocate : std::malloc;
  freeFn = release ? release : std::free;
}

void *norm_scratch_acquire(size_t bytes, size_t align) {
  align = std::max(align, alignof(max_align_t));
  Block **link = &cache.blocks;
  while (*link && !fits(*link, bytes, align))
    link = &(*link)->next;
  if (Block *block = *link) {
    *link = block->next;
    return block + 1;
  }
  if (Block *small = cache.blocks) {
    cache.blocks = small->next;
    freeFn.load()(small->allocation);
  }
  Block *block = allocateBlock(bytes, align);
  return block ? block + 1 : nullptr;
}

void norm_scratch_release(void *scratch) {
  if (!scratch)
    return;
  Block *block = static_cast<Block *>(scratch) - 1;
  block->next = cache.blocks;
  cache.blocks = block;
  if (cache.freedAtThreadExit)
    return;
  pthread_once(&exitKeyOnce, createExitKey);
  cache.freedAtThreadExit =
      hasExitKey && pthread_setspecific(exitKey, &cache) == 0;
}
