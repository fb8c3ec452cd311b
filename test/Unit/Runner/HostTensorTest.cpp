//===- HostTensorTest.cpp - Layout, elements and random values ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runner/HostTensor.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace norm::runner;

namespace {

HostTensor make(ElementType type, llvm::ArrayRef<int64_t> shape,
                Layout layout = Layout::RowMajor) {
  return llvm::cantFail(HostTensor::create(type, shape, layout));
}

template <typename T> T bitsAt(const HostTensor &tensor, int64_t offset) {
  T bits;
  std::memcpy(&bits, tensor.data() + offset * sizeof(T), sizeof(T));
  return bits;
}

TEST(HostTensor, RowMajorStrides) {
  HostTensor tensor = make(ElementType::F32, {2, 3, 5});
  EXPECT_EQ(tensor.getStrides(), llvm::ArrayRef<int64_t>({15, 5, 1}));
  EXPECT_EQ(tensor.getNumElements(), 30);
  EXPECT_EQ(tensor.getNumBytes(), 120u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.data()) % 64, 0u);
}

TEST(HostTensor, ColumnMajorStridesAndElements) {
  HostTensor tensor = make(ElementType::F32, {2, 3}, Layout::ColumnMajor);
  EXPECT_EQ(tensor.getStrides(), llvm::ArrayRef<int64_t>({1, 2}));
  tensor.setReal(4, 7.0); // row 1, column 1
  EXPECT_EQ(bitsAt<float>(tensor, 3), 7.0f);
  EXPECT_EQ(tensor.getReal(4), 7.0);
}

TEST(HostTensor, ScalarHasOneElement) {
  HostTensor tensor = make(ElementType::F64, {});
  EXPECT_EQ(tensor.getNumElements(), 1);
  tensor.setReal(0, 0.1);
  EXPECT_EQ(tensor.getReal(0), 0.1);
}

TEST(HostTensor, EmptyWithLargeSizes) {
  int64_t large = std::numeric_limits<int64_t>::max();
  HostTensor tensor = make(ElementType::F64, {large, 0, large});
  EXPECT_EQ(tensor.getNumElements(), 0);
  EXPECT_NE(tensor.data(), nullptr);
}

std::string failure(llvm::ArrayRef<int64_t> shape) {
  llvm::Expected<HostTensor> tensor =
      HostTensor::create(ElementType::F32, shape);
  return tensor ? "" : llvm::toString(tensor.takeError());
}

TEST(HostTensor, RefusesNegativeSizes) {
  EXPECT_EQ(failure({2, -3}), "expected sizes >= 0, found 2x-3");
}

TEST(HostTensor, RefusesSizesBeyond63Bits) {
  EXPECT_EQ(failure({int64_t(1) << 31, int64_t(1) << 30}),
            "expected a tensor of less than 2^63 bytes, found "
            "2147483648x1073741824 of f32");
}

TEST(HostTensor, RoundsOnceToBF16) {
  HostTensor tensor = make(ElementType::BF16, {3});
  // Between 1 and the next bf16, 1 + 2^-7: the middle goes to the even 1, a
  // value just above it up, also where rounding to f32 first would lose that.
  tensor.setReal(0, 1 + 0x1p-8);
  tensor.setReal(1, 1 + 0x1p-8 + 0x1p-40);
  tensor.setReal(2, -3.0);
  EXPECT_EQ(bitsAt<uint16_t>(tensor, 0), 0x3f80);
  EXPECT_EQ(bitsAt<uint16_t>(tensor, 1), 0x3f81);
  EXPECT_EQ(bitsAt<uint16_t>(tensor, 2), 0xc040);
  EXPECT_EQ(tensor.getReal(2), -3.0);
}

TEST(HostTensor, RoundsToF16) {
  HostTensor tensor = make(ElementType::F16, {4});
  tensor.setReal(0, 65504);     // the largest
  tensor.setReal(1, 65520);     // half a unit above it: infinity
  tensor.setReal(2, 0x1p-24);   // the smallest subnormal
  tensor.setReal(3, 1.0 / 3.0); // 0x3555
  EXPECT_EQ(bitsAt<uint16_t>(tensor, 0), 0x7bff);
  EXPECT_EQ(bitsAt<uint16_t>(tensor, 1), 0x7c00);
  EXPECT_EQ(bitsAt<uint16_t>(tensor, 2), 0x0001);
  EXPECT_EQ(bitsAt<uint16_t>(tensor, 3), 0x3555);
  EXPECT_EQ(tensor.getReal(2), 0x1p-24);
}

TEST(HostTensor, IntegersOfEveryWidth) {
  for (ElementType type : {ElementType::I8, ElementType::I16, ElementType::I32,
                           ElementType::I64, ElementType::Index}) {
    HostTensor tensor = make(type, {2});
    tensor.setInteger(0, -5);
    tensor.setInteger(1, 100);
    EXPECT_EQ(tensor.getInteger(0), -5);
    EXPECT_EQ(tensor.getInteger(1), 100);
    EXPECT_EQ(tensor.getNumBytes(), 2 * getByteSize(type));
  }
}

TEST(HostTensor, CloneIsIndependent) {
  HostTensor tensor = make(ElementType::F32, {2, 2}, Layout::ColumnMajor);
  tensor.setReal(1, 5);
  HostTensor copy = llvm::cantFail(tensor.clone());
  tensor.setReal(1, 6);
  EXPECT_EQ(copy.getReal(1), 5);
  EXPECT_EQ(copy.getStrides(), tensor.getStrides());
}

TEST(HostTensor, ReferenceValueIsRowMajor) {
  HostTensor tensor = make(ElementType::F32, {2, 3}, Layout::ColumnMajor);
  for (int64_t i = 0; i < 6; ++i)
    tensor.setReal(i, i);
  norm::reference::Tensor value = toReference(tensor);
  EXPECT_EQ(value.real, (std::vector<double>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(value.type, ElementType::F32);
  EXPECT_EQ(llvm::ArrayRef(value.shape), llvm::ArrayRef<int64_t>({2, 3}));
}

// The published sequences of SplitMix64 for the seeds 0 and 1234567.
TEST(Random, BitsAreSplitMix64) {
  EXPECT_EQ(getRandomBits(0, 0), 0xE220A8397B1DCDAFu);
  EXPECT_EQ(getRandomBits(1234567, 0), 6457827717110365317u);
  EXPECT_EQ(getRandomBits(1234567, 1), 3203168211198807973u);
  EXPECT_EQ(getRandomBits(1234567, 4), 16408922859458223821u);
}

TEST(Random, FirstValues) {
  HostTensor tensor = make(ElementType::F64, {3});
  fillRandom(tensor, /*seed=*/1, /*stream=*/0);
  EXPECT_EQ(tensor.getReal(0), -0x1.0df2a7bc5e350p-2);
  EXPECT_EQ(tensor.getReal(1), 0x1.c635b3a4f5b3cp-1);
  EXPECT_EQ(tensor.getReal(2), -0x1.d1a8264b3605ep-1);
}

TEST(Random, ValuesDoNotDependOnLayoutAndType) {
  HostTensor rows = make(ElementType::F64, {3, 5});
  HostTensor columns = make(ElementType::F32, {3, 5}, Layout::ColumnMajor);
  fillRandom(rows, 7, 2);
  fillRandom(columns, 7, 2);
  for (int64_t i = 0; i < 15; ++i)
    EXPECT_EQ(columns.getReal(i), static_cast<float>(rows.getReal(i)));
}

TEST(Random, SeedsAndStreamsDiffer) {
  HostTensor a = make(ElementType::F64, {8}), b = make(ElementType::F64, {8});
  fillRandom(a, 7, 0);
  fillRandom(b, 7, 1);
  EXPECT_NE(a.getReal(0), b.getReal(0));
  fillRandom(b, 8, 0);
  EXPECT_NE(a.getReal(0), b.getReal(0));
}

// Mean 0 and variance 1/3; over 1e5 values the mean is off by 0.0018 and the
// variance by 0.00094 in one standard deviation: six of them are allowed.
TEST(Random, UniformBetweenMinusOneAndOne) {
  HostTensor tensor = make(ElementType::F64, {100000});
  fillRandom(tensor, 3, 0);
  double sum = 0, squares = 0;
  for (int64_t i = 0; i < tensor.getNumElements(); ++i) {
    double value = tensor.getReal(i);
    ASSERT_GE(value, -1.0);
    ASSERT_LT(value, 1.0);
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / 1e5, 0, 0.011);
  EXPECT_NEAR(squares / 1e5, 1.0 / 3, 0.0057);
}

TEST(Random, IntegersFromZeroToFifteen) {
  HostTensor tensor = make(ElementType::I8, {1000});
  fillRandom(tensor, 3, 0);
  bool seen[16] = {};
  for (int64_t i = 0; i < 1000; ++i) {
    ASSERT_GE(tensor.getInteger(i), 0);
    ASSERT_LT(tensor.getInteger(i), 16);
    seen[tensor.getInteger(i)] = true;
  }
  for (bool value : seen)
    EXPECT_TRUE(value);
}

} // namespace
