//===- ScratchTest.cpp - Tests of the scratch memory ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runtime/norm_runtime.h"
#include "norm/Runtime/testing.h"

#include "gtest/gtest.h"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {

std::atomic<int> allocations, frees;
std::atomic<bool> outOfMemory;

void *countedAllocate(size_t bytes) {
  if (outOfMemory)
    return nullptr;
  ++allocations;
  return std::malloc(bytes);
}

void countedFree(void *memory) {
  ++frees;
  std::free(memory);
}

class Scratch : public testing::Test {
protected:
  void SetUp() override {
    norm_set_allocator(countedAllocate, countedFree);
    allocations = frees = 0;
    outOfMemory = false;
  }
  void TearDown() override { norm_set_allocator(nullptr, nullptr); }
};

TEST_F(Scratch, IsAlignedAndWritable) {
  for (size_t align = 1; align <= 1 << 16; align *= 2) {
    for (size_t bytes : {size_t(0), size_t(1), size_t(63), size_t(100000)}) {
      void *scratch = norm_scratch_acquire(bytes, align);
      ASSERT_NE(scratch, nullptr);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(scratch) % align, 0u);
      std::memset(scratch, 0xff, bytes);
      norm_scratch_release(scratch);
    }
  }
}

TEST_F(Scratch, IsKeptForTheNextCall) {
  void *first = norm_scratch_acquire(1000, 64);
  norm_scratch_release(first);
  for (size_t bytes : {1000, 10, 999}) {
    void *next = norm_scratch_acquire(bytes, 64);
    EXPECT_EQ(next, first);
    norm_scratch_release(next);
  }
  EXPECT_EQ(allocations, 1);
  EXPECT_EQ(frees, 0);
}

TEST_F(Scratch, GrowsWithoutKeepingTheSmallerBlock) {
  for (size_t bytes = 1; bytes < 1 << 20; bytes *= 2) {
    void *scratch = norm_scratch_acquire(bytes, 64);
    ASSERT_NE(scratch, nullptr);
    std::memset(scratch, 1, bytes);
    norm_scratch_release(scratch);
    EXPECT_EQ(allocations - frees, 1);
  }
}

TEST_F(Scratch, BlocksInUseAreApartAndReleasedInAnyOrder) {
  for (int round = 0; round < 3; ++round) {
    std::vector<unsigned char *> blocks;
    for (int i = 0; i < 5; ++i) {
      auto *block =
          static_cast<unsigned char *>(norm_scratch_acquire(1000, 64));
      ASSERT_NE(block, nullptr);
      std::memset(block, i, 1000);
      blocks.push_back(block);
    }
    for (int i : {3, 0, 4, 1, 2}) {
      EXPECT_EQ(blocks[i][0], i);
      EXPECT_EQ(blocks[i][999], i);
      norm_scratch_release(blocks[i]);
    }
  }
  EXPECT_EQ(allocations, 5);
}

TEST_F(Scratch, OutOfMemoryIsNull) {
  outOfMemory = true;
  EXPECT_EQ(norm_scratch_acquire(1000, 64), nullptr);
  outOfMemory = false;
  void *scratch = norm_scratch_acquire(1000, 64);
  ASSERT_NE(scratch, nullptr);
  norm_scratch_release(scratch);
  // More than there is: the kept block makes way, and later calls work again.
  outOfMemory = true;
  EXPECT_EQ(norm_scratch_acquire(100000, 64), nullptr);
  outOfMemory = false;
  scratch = norm_scratch_acquire(100000, 64);
  EXPECT_NE(scratch, nullptr);
  norm_scratch_release(scratch);
}

TEST_F(Scratch, SizesThatOverflowAreNull) {
  EXPECT_EQ(norm_scratch_acquire(SIZE_MAX, 64), nullptr);
  EXPECT_EQ(norm_scratch_acquire(SIZE_MAX - 70, 64), nullptr);
  EXPECT_EQ(allocations, 0);
}

TEST_F(Scratch, ReleaseOfNullDoesNothing) { norm_scratch_release(nullptr); }

TEST_F(Scratch, IsFreedWhenItsThreadEnds) {
  for (int round = 0; round < 3; ++round)
    std::thread([] {
      void *a = norm_scratch_acquire(1000, 64);
      void *b = norm_scratch_acquire(2000, 64);
      norm_scratch_release(a);
      norm_scratch_release(b);
    }).join();
  EXPECT_EQ(allocations, 6);
  EXPECT_EQ(frees, 6);
}

TEST_F(Scratch, SeveralThreadsAtOnce) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 6; ++thread)
    threads.emplace_back([thread, &wrong] {
      for (size_t round = 0; round < 200; ++round) {
        size_t bytes = 100 + 37 * (round % 11);
        auto *a = static_cast<unsigned char *>(norm_scratch_acquire(bytes, 64));
        auto *b = static_cast<unsigned char *>(norm_scratch_acquire(bytes, 8));
        std::memset(a, thread, bytes);
        std::memset(b, thread + 100, bytes);
        wrong += a[0] != thread || a[bytes - 1] != thread ||
                 b[0] != thread + 100 || b[bytes - 1] != thread + 100;
        norm_scratch_release(a);
        norm_scratch_release(b);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(allocations, frees);
}

} // namespace
