//===- CallErrorsTest.cpp - Wrong sizes at run time ------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffer.h"
#include "Forms.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace norm::test;
using testing::AllOf;
using testing::HasSubstr;

namespace {

/// Functions with sizes that only the call can check.
class CallErrors : public testing::Test {
protected:
  /// Compiled once for all tests.
  static Forms &getForms() {
    static Forms forms(
        {{.gamma = RowVector{}, .beta = RowVector{}},
         {.rank = 3, .axis = 1, .gamma = RowVector{.isFlat = true}},
         {.gamma = RowVector{}, .staticSizes = {-1, 8}}});
    return forms;
  }

  /// The error of a call with an x, gamma, .. and results of these sizes. The
  /// results must not be written.
  std::string call(size_t form, const std::vector<Sizes> &sizes) {
    std::vector<Buffer> buffers;
    std::vector<Operand> operands;
    for (const Sizes &shape : sizes)
      buffers.emplace_back(ElementType::F32, shape);
    for (Buffer &buffer : buffers)
      operands.push_back(buffer.operand());
    for (size_t i = 0; i + 2 < buffers.size(); ++i)
      buffers[i].write(makeRandom(ElementType::F32, sizes[i], i));
    std::string error = forms.kernel.call(Forms::getName(form), operands);
    for (size_t i = sizes.size() - 2; i < sizes.size(); ++i)
      EXPECT_TRUE(buffers[i].isUntouched()) << "result of: " << error;
    return error;
  }

  Forms &forms = getForms();
};

TEST_F(CallErrors, LengthOfGammaAndBeta) {
  EXPECT_THAT(call(0, {{4, 8}, {7}, {8}, {4, 8}, {4}}),
              AllOf(HasSubstr("gamma"), HasSubstr("7"), HasSubstr("8")));
  EXPECT_THAT(call(0, {{4, 8}, {8}, {9}, {4, 8}, {4}}),
              AllOf(HasSubstr("beta"), HasSubstr("9"), HasSubstr("8")));
}

TEST_F(CallErrors, LengthOfGammaForARowOfSeveralDims) {
  EXPECT_THAT(call(1, {{4, 3, 5}, {14}, {4, 3, 5}, {4}}),
              AllOf(HasSubstr("gamma"), HasSubstr("14"), HasSubstr("15")));
}

TEST_F(CallErrors, SizesOfResults) {
  EXPECT_THAT(call(0, {{4, 8}, {8}, {8}, {5, 8}, {4}}),
              AllOf(HasSubstr("dim 0 of result 0"), HasSubstr("4 elements"),
                    HasSubstr("found 5")));
  EXPECT_THAT(call(0, {{4, 8}, {8}, {8}, {4, 9}, {4}}),
              AllOf(HasSubstr("dim 1 of result 0"), HasSubstr("8 elements"),
                    HasSubstr("found 9")));
  EXPECT_THAT(call(0, {{4, 8}, {8}, {8}, {4, 8}, {3}}),
              AllOf(HasSubstr("dim 0 of result 1"), HasSubstr("4 elements"),
                    HasSubstr("found 3")));
}

TEST_F(CallErrors, StaticSizes) {
  EXPECT_THAT(call(2, {{4, 9}, {8}, {4, 8}, {4}}),
              AllOf(HasSubstr("argument 0"), HasSubstr("size 8"),
                    HasSubstr("found 9")));
  EXPECT_THAT(
      call(2, {{4, 8}, {8}, {4, 7}, {4}}),
      AllOf(HasSubstr("result 0"), HasSubstr("size 8"), HasSubstr("found 7")));
}

TEST_F(CallErrors, NegativeSize) {
  Buffer x(ElementType::F32, {4, 8}), vector(ElementType::F32, {8});
  Buffer y(ElementType::F32, {4, 8}), rrms(ElementType::F32, {4});
  for (int dim : {0, 1}) {
    Operand wrong = x.operand();
    wrong.sizes[dim] = -3;
    std::string error =
        forms.kernel.call("f0", {wrong, vector.operand(), vector.operand(),
                                 y.operand(), rrms.operand()});
    EXPECT_THAT(error, AllOf(HasSubstr("argument 0"), HasSubstr("found -3"),
                             HasSubstr("dim " + std::to_string(dim))));
  }
  EXPECT_TRUE(y.isUntouched() && rrms.isUntouched());
}

// The next call is not affected.
TEST_F(CallErrors, AfterAnErrorCallsSucceed) {
  EXPECT_NE(call(0, {{4, 8}, {7}, {8}, {4, 8}, {4}}), "");
  EXPECT_EQ(forms.check(0, {4, 8}), "");
}

} // namespace
