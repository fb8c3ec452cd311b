//===- ScratchTest.cpp - Values between two loops --------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffer.h"
#include "RMSNormCase.h"

#include "norm/Runtime/norm_runtime.h"
#include "norm/Runtime/testing.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <atomic>
#include <cstdlib>
#include <thread>

using namespace norm::test;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

// Any thread may allocate.
std::atomic<int> allocations, frees;
std::atomic<size_t> largestRequest;
std::atomic<bool> outOfMemory;
/// How many allocations succeed since `allocations` was 0; -1 is all.
int grantedAllocations = -1;

void *countedAllocate(size_t bytes) {
  largestRequest = std::max(largestRequest.load(), bytes);
  if (outOfMemory || allocations == grantedAllocations)
    return nullptr;
  ++allocations;
  return std::malloc(bytes);
}

void countedFree(void *memory) {
  ++frees;
  std::free(memory);
}

class ScratchMemory : public testing::Test {
protected:
  void SetUp() override {
    norm_set_allocator(countedAllocate, countedFree);
    allocations = frees = 0;
    largestRequest = 0;
    outOfMemory = false;
  }
  void TearDown() override { norm_set_allocator(nullptr, nullptr); }
};

/// The first norm writes a tensor that the second reads: another strategy
/// keeps them in loops of their own.
constexpr const char *twoNorms = R"mlir(
  func.func @f(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
    %y = norm.rmsnorm %x axis(-1) epsilon(0.5)
      {strategy = #norm.strategy<vector_bits = 256>}
      : (tensor<?x?xf32>) -> tensor<?x?xf32>
    %z = norm.rmsnorm %y axis(-1) epsilon(0.0)
      : (tensor<?x?xf32>) -> tensor<?x?xf32>
    return %z : tensor<?x?xf32>
  })mlir";

TEST_F(ScratchMemory, IsTakenOnceAndKept) {
  Kernel kernel(twoNorms);
  Array x = makeRandom(ElementType::F32, {40, 1000}, 1);
  Array expected = kernel.evaluate("f", {x}).front();
  for (int call = 0; call < 3; ++call) {
    // The roundings of the first norm are in the second one's input.
    EXPECT_EQ(Accuracy().check(kernel.run("f", {x}).front(), expected, 8), "");
    EXPECT_EQ(allocations, 1);
  }
  // 160000 bytes, a header and the alignment.
  EXPECT_GE(largestRequest, 160000u);
  EXPECT_LE(largestRequest, 160000u + 256);
  norm_set_allocator(nullptr, nullptr);
  EXPECT_EQ(frees, 1);
}

TEST_F(ScratchMemory, NoneForAnOrdinaryCall) {
  Kernel kernel(RMSNormCase{}.getText("f"));
  kernel.run("f", {makeRandom(ElementType::F32, {100, 1000}, 1)});
  EXPECT_EQ(allocations, 0);
}

TEST_F(ScratchMemory, OutOfMemoryIsAnError) {
  Kernel kernel(twoNorms);
  Buffer x(ElementType::F32, {40, 1000}), z(ElementType::F32, {40, 1000});
  x.write(makeRandom(ElementType::F32, {40, 1000}, 1));
  outOfMemory = true;
  EXPECT_THAT(kernel.call("f", {x.operand(), z.operand()}),
              AllOf(HasSubstr("'f': expected 160000 bytes of memory"),
                    Not(HasSubstr("unit_stride"))));
  EXPECT_TRUE(z.isUntouched());
  outOfMemory = false;
  EXPECT_EQ(kernel.call("f", {x.operand(), z.operand()}), "");
}

/// Halves of the rows in two threads that end: what they kept is freed.
int32_t runInTwoThreads(void *, int64_t n, int64_t grain, norm_body body,
                        void *context) {
  int64_t middle = n / 2 / grain * grain;
  std::thread first([&] { body(context, 0, middle); });
  std::thread second([&] { body(context, middle, n); });
  first.join();
  second.join();
  return 0;
}

// A value of a row that is dear and needed twice is kept, in each thread.
TEST_F(ScratchMemory, RowsOfThreads) {
  Kernel kernel(R"mlir(
    func.func @f(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
      %e = math.exp %x : tensor<?x?xf32>
      %y = norm.rmsnorm %e axis(-1) epsilon(0.5)
        {strategy = #norm.strategy<vector_bits = 256, grain_bytes = 1000>}
        : (tensor<?x?xf32>) -> tensor<?x?xf32>
      return %y : tensor<?x?xf32>
    })mlir");
  Array value = makeRandom(ElementType::F32, {40, 1000}, 1);
  Array expected = kernel.evaluate("f", {value}).front();
  norm_set_parallel_for(runInTwoThreads, nullptr);
  // exp may be wrong by an ULP where it is squared, summed and read again.
  EXPECT_EQ(Accuracy().check(kernel.run("f", {value}).front(), expected, 8),
            "");
  EXPECT_EQ(allocations, 2);
  EXPECT_EQ(frees, 2);
  // 4000 bytes, a header and the alignment.
  EXPECT_GE(largestRequest, 4000u);
  EXPECT_LE(largestRequest, 4000u + 256);
  Buffer x(ElementType::F32, {40, 1000}), y(ElementType::F32, {40, 1000});
  x.write(value);
  outOfMemory = true;
  EXPECT_THAT(kernel.call("f", {x.operand(), y.operand()}),
              HasSubstr("'f': expected memory for a row in each thread"));
  outOfMemory = false;
  EXPECT_EQ(kernel.call("f", {x.operand(), y.operand()}), "");
  norm_set_parallel_for(nullptr, nullptr);
}

// Only what the kernel does not take as it is, here gamma and y.
TEST_F(ScratchMemory, OperandsWithGapsAreCopied) {
  RMSNormCase form = {.gamma = RowVector{}, .withRrms = false};
  Kernel kernel(form.getText("f"));
  auto inputs = form.makeInputs({5, 1000});
  Buffer x(ElementType::F32, {5, 1000}, {3000, 1});
  Buffer gamma(ElementType::F32, {1000}, {2});
  Buffer y(ElementType::F32, {5, 1000}, {1, 5});
  x.write(inputs[0]);
  gamma.write(inputs[1]);
  std::vector<Operand> operands{x.operand(), gamma.operand(), y.operand()};
  outOfMemory = true;
  // 4000 and 20000, each up to a multiple of 64, and two descriptors.
  EXPECT_THAT(kernel.call("f", operands), HasSubstr("24192 bytes of memory"));
  EXPECT_TRUE(y.isUntouched());
  outOfMemory = false;
  ASSERT_EQ(kernel.call("f", operands), "");
  EXPECT_TRUE(identical(y.read(), kernel.run("f", inputs).front()));
}

// Rows of two dims with gaps are packed first.
TEST_F(ScratchMemory, StridedRowsOfSeveralDims) {
  Kernel kernel(RMSNormCase{.rank = 3, .axis = 1}.getText("f"));
  Buffer x(ElementType::F32, {4, 3, 5}, {40, 10, 2});
  Buffer y(ElementType::F32, {4, 3, 5}, {30, 10, 2});
  Buffer rrms(ElementType::F32, {4});
  Array value = makeRandom(ElementType::F32, {4, 3, 5}, 1);
  x.write(value);
  std::vector<Operand> operands{x.operand(), y.operand(), rrms.operand()};
  outOfMemory = true;
  EXPECT_THAT(kernel.call("f", operands), HasSubstr("bytes of memory"));
  EXPECT_TRUE(y.isUntouched() && rrms.isUntouched());
  outOfMemory = false;
  ASSERT_EQ(kernel.call("f", operands), "");
  std::vector<Array> expected = kernel.evaluate("f", {value});
  EXPECT_EQ(Accuracy().check(y.read(), expected[0], 4), "");
  EXPECT_EQ(Accuracy().check(rrms.read(), expected[1], 4), "");
  EXPECT_TRUE(y.areGapsUntouched());
}

// By affine loops a value between two nests takes scratch memory, operands with
// gaps are copied to it, and the two are taken one after the other.
TEST_F(ScratchMemory, AffineLoopsWriteNothingWithoutMemory) {
  Kernel kernel(twoNorms, {.isAffine = true});
  Array value = makeRandom(ElementType::F32, {4, 1000}, 1);
  for (int64_t stride : {1, 2}) {
    Buffer x(ElementType::F32, {4, 1000}, {1000 * stride, stride}),
        z(ElementType::F32, {4, 1000}, {1000 * stride, stride});
    x.write(value);
    for (int granted = 0; granted < stride; ++granted) {
      norm_set_allocator(countedAllocate, countedFree);
      allocations = 0;
      grantedAllocations = granted;
      EXPECT_THAT(kernel.call("f", {x.operand(), z.operand()}),
                  HasSubstr("bytes of memory"));
      EXPECT_TRUE(z.isUntouched());
    }
    grantedAllocations = -1;
    ASSERT_EQ(kernel.call("f", {x.operand(), z.operand()}), "");
    // 500 ULP for each sum of 1000 squares, and those of the first norm are in
    // the second one's input.
    EXPECT_EQ(
        Accuracy().check(z.read(), kernel.evaluate("f", {value})[0], 1008), "");
    EXPECT_TRUE(z.areGapsUntouched());
  }
}

// Strides of 0 make the views legal, but a packed copy would have 2^64 bytes,
// which is 0 in 64 bits.
TEST_F(ScratchMemory, SizesBeyond64BitsAreOutOfMemory) {
  Kernel kernel(R"mlir(
    func.func @f(%x: tensor<?x?x?xf32>) -> tensor<?xf32> {
      %y, %r = norm.rmsnorm %x axis(1) epsilon(0.5)
        : (tensor<?x?x?xf32>) -> (tensor<?x?x?xf32>, tensor<?xf32>)
      return %r : tensor<?xf32>
    })mlir");
  float one = 1;
  int64_t size = int64_t(1) << 31;
  Operand x{Operand::Kind::Tensor,
            ElementType::F32,
            &one,
            {1, size, size},
            {0, 0, 0}};
  Buffer rrms(ElementType::F32, {1});
  EXPECT_THAT(kernel.call("f", {x, rrms.operand()}),
              HasSubstr("bytes of memory"));
  EXPECT_TRUE(rrms.isUntouched());
}

// Each iteration reads what the one before wrote.
TEST_F(ScratchMemory, LoopOfTheSourceKeepsOneBuffer) {
  Kernel kernel(R"mlir(
    func.func @f(%x: tensor<5x8xf32>) -> tensor<5x8xf32> {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c3 = arith.constant 3 : index
      %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%t = %x)
          -> tensor<5x8xf32> {
        %y = norm.rmsnorm %t axis(-1) epsilon(1.0) : (tensor<5x8xf32>) -> tensor<5x8xf32>
        scf.yield %y : tensor<5x8xf32>
      }
      return %r : tensor<5x8xf32>
    }
    func.func @once(%x: tensor<5x8xf32>) -> tensor<5x8xf32> {
      %y = norm.rmsnorm %x axis(-1) epsilon(1.0) : (tensor<5x8xf32>) -> tensor<5x8xf32>
      return %y : tensor<5x8xf32>
    })mlir");
  Array x = makeRandom(ElementType::F32, {5, 8}, 1), expected = x;
  for (int i = 0; i < 3; ++i)
    expected = kernel.run("once", {expected}).front();
  EXPECT_EQ(allocations, 0);
  EXPECT_TRUE(identical(kernel.run("f", {x}).front(), expected));
  EXPECT_EQ(allocations, 1);
}

} // namespace
