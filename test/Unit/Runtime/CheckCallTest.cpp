//===- CheckCallTest.cpp - Tests of the checks at function entry ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runtime/norm_runtime.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cstdint>
#include <string>
#include <vector>

namespace {

using testing::HasSubstr;

/// A descriptor of rank 2.
struct Tensor {
  void *allocated;
  void *aligned;
  int64_t offset;
  int64_t sizes[2];
  int64_t strides[2];
};

/// y(?x4) = f(x(?x4), gamma(1x4)), where y may be x, with valid arguments that
/// each test changes.
class CheckCall : public testing::Test {
protected:
  int32_t check() {
    const void *given[] = {xGiven, &gamma, &y};
    return norm_check_call(&function, given);
  }
  int32_t checkArguments() {
    const void *given[] = {xGiven, &gamma, sizesGiven};
    return norm_check_arguments(&function, given);
  }

  alignas(64) float buffer[400] = {};
  Tensor x{buffer, buffer, 0, {8, 4}, {4, 1}};
  Tensor gamma{buffer, buffer + 100, 0, {1, 4}, {4, 1}};
  Tensor y{buffer, buffer + 200, 0, {8, 4}, {4, 1}};
  const void *xGiven = &x;
  int64_t sizes[2] = {};
  const void *sizesGiven = sizes;

  int64_t xSizes[2] = {-1, 4}, gammaSizes[2] = {1, 4};
  norm_operand_info operands[3] = {
      {"argument 0 'x'", xSizes, 2, 4, 0, 0},
      {"argument 1 'gamma'", gammaSizes, 2, 4, 0, 0},
      {"result 0 'y'", xSizes, 2, 4, 1, 1},
  };
  norm_function_info function = {
      NORM_RUNTIME_VERSION, 2, 3, 0, "rmsnorm", operands};
};

TEST_F(CheckCall, ValidCall) {
  EXPECT_EQ(check(), norm_ok);
  EXPECT_EQ(checkArguments(), norm_ok);
}

TEST_F(CheckCall, OtherVersion) {
  function.runtime_version = NORM_RUNTIME_VERSION + 1;
  EXPECT_EQ(check(), norm_ok) << "only the patch differs";
  function.runtime_version = 20305;
  EXPECT_EQ(check(), norm_error_version);
  EXPECT_STREQ(norm_last_error(),
               "rmsnorm: expected a runtime library that fits version 2.3.5, "
               "found version 0.1.0");
  EXPECT_EQ(checkArguments(), norm_error_version);
}

TEST_F(CheckCall, NullDescriptor) {
  xGiven = nullptr;
  for (int32_t error : {check(), checkArguments()})
    EXPECT_EQ(error, norm_error_null_pointer);
  EXPECT_STREQ(norm_last_error(), "rmsnorm: argument 0 'x': expected a pointer "
                                  "to a descriptor, found null");
}

TEST_F(CheckCall, NullSizesOfResults) {
  sizesGiven = nullptr;
  EXPECT_EQ(checkArguments(), norm_error_null_pointer);
  EXPECT_STREQ(norm_last_error(), "rmsnorm: expected a pointer to 2 sizes of "
                                  "results, found null");
  EXPECT_EQ(check(), norm_ok);
  // A scalar result has no sizes.
  operands[2].rank = -1;
  EXPECT_EQ(checkArguments(), norm_ok);
}

TEST_F(CheckCall, NegativeSize) {
  x.sizes[0] = -3;
  for (int32_t error : {check(), checkArguments()})
    EXPECT_EQ(error, norm_error_negative_size);
  EXPECT_STREQ(norm_last_error(), "rmsnorm: argument 0 'x': dim 0: expected a "
                                  "size of at least 0, found -3");
}

TEST_F(CheckCall, SizeOfAnotherFunction) {
  gamma.sizes[1] = 5;
  for (int32_t error : {check(), checkArguments()})
    EXPECT_EQ(error, norm_error_size_mismatch);
  EXPECT_STREQ(norm_last_error(), "rmsnorm: argument 1 'gamma': dim 1: "
                                  "expected size 4, found 5");
}

TEST_F(CheckCall, ArgumentsAreCheckedWithoutData) {
  x.aligned = gamma.aligned = nullptr;
  EXPECT_EQ(checkArguments(), norm_ok);
}

TEST_F(CheckCall, NullData) {
  y.aligned = nullptr;
  EXPECT_EQ(check(), norm_error_null_pointer);
  EXPECT_STREQ(norm_last_error(), "rmsnorm: result 0 'y': expected data for "
                                  "sizes [8, 4], found a null pointer");
  // The pointer for deallocation is of no concern.
  y.aligned = buffer + 200;
  y.allocated = nullptr;
  EXPECT_EQ(check(), norm_ok);
}

TEST_F(CheckCall, EmptyTensorsNeedNoData) {
  x.sizes[0] = y.sizes[0] = 0;
  x.aligned = y.aligned = nullptr;
  // Nor do their strides matter.
  y.strides[1] = 0;
  x.strides[0] = INT64_MIN;
  EXPECT_EQ(check(), norm_ok);
  // An empty output within an input overlaps nothing.
  y.aligned = buffer + 101;
  EXPECT_EQ(check(), norm_ok);
}

TEST_F(CheckCall, MisalignedData) {
  x.aligned = reinterpret_cast<char *>(buffer) + 2;
  EXPECT_EQ(check(), norm_error_alignment);
  EXPECT_THAT(norm_last_error(),
              HasSubstr("argument 0 'x': expected data aligned to 4 bytes, "
                        "found address 0x"));
}

TEST_F(CheckCall, BeyondTheAddressSpace) {
  x.strides[0] = INT64_MAX / 2;
  EXPECT_EQ(check(), norm_error_stride);
  EXPECT_STREQ(norm_last_error(),
               "rmsnorm: argument 0 'x': expected elements within the address "
               "space, found offset 0, sizes [8, 4], strides "
               "[4611686018427387903, 1]");
  x.strides[0] = 4;
  for (int64_t offset : {INT64_MAX, INT64_MIN, INT64_MIN / 4}) {
    x.offset = offset;
    EXPECT_EQ(check(), norm_error_stride) << offset;
  }
}

TEST_F(CheckCall, OffsetCounts) {
  y.aligned = buffer;
  EXPECT_EQ(check(), norm_ok) << "in place";
  y.offset = 1;
  EXPECT_EQ(check(), norm_error_overlap);
  y.offset = 200;
  EXPECT_EQ(check(), norm_ok);
}

TEST_F(CheckCall, OutputThatOverlapsItself) {
  y.strides[0] = 0;
  EXPECT_EQ(check(), norm_error_stride);
  EXPECT_THAT(norm_last_error(),
              HasSubstr("result 0 'y': expected an output with each element at "
                        "an address of its own, found address 0x"));
  EXPECT_THAT(norm_last_error(), HasSubstr("sizes [8, 4], strides [0, 1]"));
  y.strides[0] = 3;
  EXPECT_EQ(check(), norm_error_stride);
  // An input may.
  y.strides[0] = 4;
  x.strides[0] = 0;
  EXPECT_EQ(check(), norm_ok);
}

TEST_F(CheckCall, NegativeStrides) {
  y.offset = 28;
  y.strides[0] = -4;
  EXPECT_EQ(check(), norm_ok);
  y.aligned = buffer;
  EXPECT_EQ(check(), norm_error_overlap) << "not the view that x is";
}

TEST_F(CheckCall, InPlaceWhereAllowed) {
  y = x;
  EXPECT_EQ(check(), norm_ok);
  operands[2].in_place_with = 0;
  EXPECT_EQ(check(), norm_error_overlap);
  operands[2].in_place_with = 2;
  EXPECT_EQ(check(), norm_error_overlap);
  EXPECT_THAT(norm_last_error(),
              HasSubstr("result 0 'y': expected no element in common with "
                        "argument 0 'x'; found address 0x"));
}

TEST_F(CheckCall, InPlaceStridesOfSizeOneDoNotCount) {
  y = x;
  x.sizes[0] = y.sizes[0] = 1;
  x.strides[0] = 99;
  EXPECT_EQ(check(), norm_ok);
}

TEST_F(CheckCall, PartialOverlap) {
  y.aligned = buffer + 4;
  EXPECT_EQ(check(), norm_error_overlap);
  EXPECT_THAT(norm_last_error(), HasSubstr(" or the same view; found "));
  y.aligned = buffer + 100 - 31;
  EXPECT_EQ(check(), norm_error_overlap);
  EXPECT_THAT(norm_last_error(), HasSubstr("argument 1 'gamma'"));
}

TEST_F(CheckCall, InterleavedViews) {
  x.strides[0] = gamma.strides[0] = y.strides[0] = 12;
  gamma.aligned = buffer + 4;
  y.aligned = buffer + 8;
  EXPECT_EQ(check(), norm_ok);
  y.aligned = buffer + 9;
  EXPECT_EQ(check(), norm_error_overlap);
}

TEST_F(CheckCall, InputsMayOverlap) {
  gamma.aligned = buffer + 2;
  EXPECT_EQ(check(), norm_ok);
}

TEST_F(CheckCall, OutputsMustNotOverlap) {
  operands[1].is_output = 1;
  function.num_arguments = 1;
  EXPECT_EQ(check(), norm_ok);
  gamma.aligned = buffer + 210;
  EXPECT_EQ(check(), norm_error_overlap);
  EXPECT_THAT(norm_last_error(), HasSubstr("result 0 'y'"));
  EXPECT_THAT(norm_last_error(), HasSubstr("argument 1 'gamma'"));
}

TEST_F(CheckCall, ElementsOfDifferentWidthOverlapByBytes) {
  // The output's 2-byte elements lie in the second halves of x.
  operands[2].element_bytes = 2;
  operands[2].in_place_with = 0;
  y.aligned = buffer;
  y.offset = 1;
  y.strides[0] = 8;
  y.strides[1] = 2;
  EXPECT_EQ(check(), norm_error_overlap);
  // With an inner stride of 2, x leaves gaps of 4 bytes that the output fills.
  gamma.aligned = buffer + 300;
  x.strides[0] = 16;
  x.strides[1] = 2;
  y.offset = 2;
  y.strides[0] = 32;
  y.strides[1] = 4;
  EXPECT_EQ(check(), norm_ok);
  y.offset = 1;
  EXPECT_EQ(check(), norm_error_overlap);
}

TEST_F(CheckCall, ScalarResults) {
  float sum = 0;
  const void *given[] = {&x, &gamma, &sum};
  operands[2] = {"result 0", nullptr, -1, 4, 1, 0};
  EXPECT_EQ(norm_check_call(&function, given), norm_ok);
  given[2] = buffer + 3;
  EXPECT_EQ(norm_check_call(&function, given), norm_error_overlap);
  given[2] = nullptr;
  EXPECT_EQ(norm_check_call(&function, given), norm_error_null_pointer);
  EXPECT_STREQ(norm_last_error(),
               "rmsnorm: result 0: expected a pointer to a scalar, found null");
}

TEST_F(CheckCall, OnlyTheFirst32OperandsCanBeInPlace) {
  std::vector<norm_operand_info> many(40, operands[1]);
  std::vector<const void *> given(40, &gamma);
  many[33] = operands[0];
  given[33] = &x;
  many[39] = operands[2];
  many[39].in_place_with = ~uint32_t(0);
  given[39] = &x;
  function.num_operands = 40;
  function.operands = many.data();
  EXPECT_EQ(norm_check_call(&function, given.data()), norm_error_overlap);
  std::swap(many[33], many[31]);
  std::swap(given[33], given[31]);
  EXPECT_EQ(norm_check_call(&function, given.data()), norm_ok);
}

} // namespace
