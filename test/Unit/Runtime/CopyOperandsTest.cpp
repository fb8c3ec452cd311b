//===- CopyOperandsTest.cpp - Tests of copies of operands -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runtime/norm_runtime.h"
#include "norm/Runtime/testing.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cstdlib>
#include <cstring>
#include <vector>

using testing::ElementsAre;

namespace {

/// A descriptor of rank 3.
struct Tensor {
  void *allocated;
  void *aligned;
  int64_t offset;
  int64_t sizes[3];
  int64_t strides[3];
};

std::vector<int64_t> getStrides(const void *descriptor) {
  const auto &tensor = *static_cast<const Tensor *>(descriptor);
  return {tensor.strides, tensor.strides + 3};
}

bool outOfMemory;
int numAllocated;
void *allocate(size_t bytes) {
  if (outOfMemory)
    return nullptr;
  ++numAllocated;
  return std::malloc(bytes);
}

/// y = f(x, z, scalar) on tensors of 2x3x4 elements of several sizes.
class CopyOperands : public testing::TestWithParam<int> {
protected:
  CopyOperands() : bytes(GetParam()), memory(1000 * bytes) {
    for (size_t i = 0; i < memory.size(); ++i)
      memory[i] = char(i * 131 + (i >> 8) * 7);
    norm_set_allocator(allocate, nullptr);
    outOfMemory = false;
    numAllocated = 0;
  }
  ~CopyOperands() override {
    norm_set_allocator(nullptr, nullptr);
    norm_set_parallel_for(nullptr, nullptr);
  }

  int32_t begin() { return norm_begin_copies(&function, given, fits, used); }
  int32_t end(int32_t status) {
    return norm_end_copies(&function, given, used, status);
  }

  /// The address of an element of a tensor.
  char *at(const void *descriptor, int64_t i, int64_t j, int64_t k) const {
    const auto &tensor = *static_cast<const Tensor *>(descriptor);
    return static_cast<char *>(tensor.aligned) +
           bytes * (tensor.offset + i * tensor.strides[0] +
                    j * tensor.strides[1] + k * tensor.strides[2]);
  }
  /// Whether all elements of two tensors are equal.
  bool isEqual(const void *a, const void *b) const {
    const auto &tensor = *static_cast<const Tensor *>(a);
    for (int64_t i = 0; i < tensor.sizes[0]; ++i)
      for (int64_t j = 0; j < tensor.sizes[1]; ++j)
        for (int64_t k = 0; k < tensor.sizes[2]; ++k)
          if (std::memcmp(at(a, i, j, k), at(b, i, j, k), size_t(bytes)) != 0)
            return false;
    return true;
  }

  const int64_t bytes;
  std::vector<char> memory;
  // With gaps, one dim backwards; broadcast along the last two; transposed.
  Tensor x{memory.data(), memory.data(), 100, {2, 3, 4}, {40, -10, 2}};
  Tensor z{memory.data(), memory.data(), 300, {2, 3, 4}, {1, 0, 0}};
  Tensor y{memory.data(), memory.data(), 400, {2, 3, 4}, {1, 2, 6}};
  char scalar[16] = {};
  const void *given[4] = {&x, &z, &y, scalar};
  int8_t fits[4] = {0, 0, 0, 1};
  const void *used[5] = {};
  int64_t sizes[3] = {-1, 3, 4};
  int32_t elementBytes = int32_t(bytes);
  norm_operand_info operands[4] = {{"argument 0", sizes, 3, elementBytes, 0, 0},
                                   {"argument 1", sizes, 3, elementBytes, 0, 0},
                                   {"result 0", sizes, 3, elementBytes, 1, 0},
                                   {"result 1", nullptr, -1, 4, 1, 0}};
  norm_function_info function = {NORM_RUNTIME_VERSION, 2, 4, 0, "f", operands};
};
INSTANTIATE_TEST_SUITE_P(Bytes, CopyOperands, testing::Values(1, 2, 4, 8, 16));

TEST_P(CopyOperands, AreWithoutGapsAndCopiedBack) {
  ASSERT_EQ(begin(), norm_ok);
  EXPECT_EQ(used[3], scalar);
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(used[i], given[i]);
    EXPECT_THAT(getStrides(used[i]), ElementsAre(12, 4, 1));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(at(used[i], 0, 0, 0)) % 64, 0u);
  }
  EXPECT_TRUE(isEqual(used[0], &x));
  EXPECT_TRUE(isEqual(used[1], &z));
  std::vector<char> before = memory;
  std::memcpy(at(used[2], 0, 0, 0), at(used[0], 0, 0, 0), size_t(24 * bytes));
  EXPECT_EQ(memory, before);
  EXPECT_EQ(end(norm_ok), norm_ok);
  EXPECT_TRUE(isEqual(&y, &x));
  // Nothing else is written.
  for (size_t i = 0; i < memory.size(); ++i)
    if (i / size_t(bytes) < 400 || i / size_t(bytes) >= 424)
      ASSERT_EQ(memory[i], before[i]) << i;
}

TEST_P(CopyOperands, ThoseThatFitAreUsed) {
  fits[0] = fits[2] = 1;
  ASSERT_EQ(begin(), norm_ok);
  EXPECT_EQ(used[0], &x);
  EXPECT_NE(used[1], &z);
  EXPECT_EQ(used[2], &y);
  std::vector<char> before = memory;
  EXPECT_EQ(end(norm_ok), norm_ok);
  EXPECT_EQ(memory, before);
}

TEST_P(CopyOperands, FailedCallWritesNothing) {
  std::vector<char> before = memory;
  for (int repeat = 0; repeat < 3; ++repeat) {
    ASSERT_EQ(begin(), norm_ok);
    EXPECT_EQ(end(norm_error_parallel), norm_error_parallel);
  }
  EXPECT_EQ(memory, before);
  EXPECT_EQ(numAllocated, 1) << "scratch memory is kept for the next call";
}

TEST_P(CopyOperands, SizesOfZeroAndOne) {
  for (int64_t size : {0, 1}) {
    for (Tensor *tensor : {&x, &z, &y}) {
      tensor->sizes[0] = size;
      tensor->strides[0] = INT64_MAX;
      // Without elements there may be no data, and any offset.
      if (size == 0)
        *tensor = {nullptr, nullptr, INT64_MAX, {0, 3, 4}, {1, INT64_MAX, 1}};
      else
        *tensor = {
            memory.data(), memory.data(), 100, {1, 3, 4}, {INT64_MAX, 8, 2}};
    }
    ASSERT_EQ(begin(), norm_ok);
    EXPECT_EQ(isEqual(used[0], &x), true);
    EXPECT_EQ(end(norm_ok), norm_ok);
  }
}

TEST_P(CopyOperands, OutOfMemoryIsAnError) {
  std::vector<char> before = memory;
  outOfMemory = true;
  EXPECT_EQ(begin(), norm_error_out_of_memory);
  outOfMemory = false;
  // More elements than fit into memory, all of them the same one.
  x = {memory.data(), memory.data(), 0, {INT64_MAX, 3, 4}, {0, 0, 0}};
  EXPECT_EQ(begin(), norm_error_out_of_memory);
  EXPECT_STREQ(norm_last_error(),
               "f: expected 9223372036854775807 bytes of memory for copies of "
               "operands, found none");
  EXPECT_EQ(memory, before);
}

int32_t failAfter(void *count, int64_t n, int64_t, norm_body body, void *ctx) {
  if ((*static_cast<int *>(count))-- == 0)
    return 1;
  body(ctx, 0, n);
  return 0;
}

TEST_P(CopyOperands, LoopsThatFail) {
  // Of which a row has more than what one thread takes.
  const int64_t rowElements = 300000;
  std::vector<char> source(size_t(4 * rowElements * bytes), 'x'),
      target(source.size(), 'y');
  x = {source.data(),
       source.data(),
       0,
       {2, 1, rowElements},
       {2 * rowElements, 1, 2}};
  y = {target.data(),
       target.data(),
       0,
       {2, 1, rowElements},
       {2 * rowElements, 1, 2}};
  fits[1] = 1;
  for (int count : {0, 1, 2}) {
    norm_set_parallel_for(failAfter, &count);
    bool fails = count == 0;
    EXPECT_EQ(begin(), fails ? norm_error_parallel : norm_ok);
    if (fails)
      continue;
    fails = count == 0;
    EXPECT_EQ(end(norm_ok), fails ? norm_error_parallel : norm_ok);
  }
}

} // namespace
