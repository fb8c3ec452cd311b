//===- SplitRowsTest.cpp - Rows that threads share -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Forms.h"
#include "RMSNormGradCase.h"

#include "gtest/gtest.h"

using namespace norm::test;

namespace {

std::string splitInto(int64_t chunks) {
  return "vector_bits = 256, split = <columns = 1, rows = 4, chunks = " +
         std::to_string(chunks) + ">";
}

class SplitRows : public testing::TestWithParam<ElementType> {
protected:
  /// Expects the bits of whole rows, which have no strategy, from rows that
  /// are split, of static and dynamic size.
  template <typename Case> static void compare(const Case &whole) {
    // With one block, a chunk for each block and a part of one, several blocks
    // in a chunk, and chunks that are empty.
    for (const Sizes &sizes :
         {Sizes{3, 100}, Sizes{2, 4097}, Sizes{3, 20481}, Sizes{1, 70003}}) {
      std::vector<Case> cases(1, whole);
      for (int64_t chunks : {4, 32}) {
        cases.push_back(whole);
        cases.back().strategy = splitInto(chunks);
        cases.push_back(cases.back());
        cases.back().staticSizes = sizes;
      }
      FormsOf<Case> forms(cases);
      auto inputs = whole.makeInputs(sizes, sizes[1]);
      EXPECT_EQ(forms.check(0, inputs), "");
      auto expected = forms.run(0, inputs);
      ASSERT_FALSE(expected.empty());
      for (size_t i = 1; i < cases.size(); ++i) {
        auto found = forms.run(i, inputs);
        ASSERT_EQ(found.size(), expected.size());
        for (size_t result = 0; result < found.size(); ++result)
          EXPECT_TRUE(identical(found[result], expected[result]))
              << "result " << result << " of " << sizes[0] << "x" << sizes[1]
              << "\n"
              << cases[i].describe();
      }
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Types, SplitRows, testing::ValuesIn(floatTypes),
                         TypeName());

TEST_P(SplitRows, HaveTheBitsOfWholeRows) {
  compare(RMSNormCase{.type = GetParam(), .gamma = RowVector{}});
}

TEST_P(SplitRows, HaveTheBitsOfWholeRowsInGradients) {
  compare(RMSNormGradCase{
      .type = GetParam(), .gamma = RowVector{}, .numResults = 1});
}

TEST_P(SplitRows, AreChosenForHugeOnes) {
  const Sizes sizes = {1, 262144 + 65};
  RMSNormCase form = {.type = GetParam(), .gamma = RowVector{}};
  std::vector<RMSNormCase> cases(2, form);
  cases[1].staticSizes = sizes;
  Forms forms(cases);
  auto inputs = form.makeInputs(sizes);
  EXPECT_EQ(forms.check(1, inputs), "");
  auto whole = forms.run(0, inputs), split = forms.run(1, inputs);
  ASSERT_EQ(split.size(), 2u);
  EXPECT_TRUE(identical(split[0], whole[0]) && identical(split[1], whole[1]));
}

// What is fused before and after is computed in the chunks, too; the sum of x
// and the residual is a result of its own.
TEST(SplitRowsFusion, HasTheBitsOfWholeRows) {
  auto function = [](const std::string &name, const std::string &strategy) {
    return "func.func @" + name +
           R"((%x: tensor<?x?xbf16>, %r: tensor<?x?xbf16>,
      %g: tensor<?xbf16>) -> (tensor<?x?xbf16>, tensor<?x?xbf16>) {
    %s = arith.addf %x, %r : tensor<?x?xbf16>
    %y = norm.rmsnorm %s gamma(%g) axis(1) epsilon(1.0e-5) )" +
           strategy +
           R"( : (tensor<?x?xbf16>, tensor<?xbf16>) -> tensor<?x?xbf16>
    %z = math.exp %y : tensor<?x?xbf16>
    return %s, %z : tensor<?x?xbf16>, tensor<?x?xbf16>
  }
  )";
  };
  const Kernel kernel(
      function("whole", "") +
      function("split", "{strategy = #norm.strategy<" + splitInto(8) + ">}"));
  const Sizes sizes = {2, 40000};
  std::vector<Array> inputs = {makeRandom(ElementType::BF16, sizes, 1),
                               makeRandom(ElementType::BF16, sizes, 2),
                               makeRandom(ElementType::BF16, {sizes[1]}, 3)};
  auto whole = kernel.run("whole", inputs), split = kernel.run("split", inputs);
  ASSERT_EQ(whole.size(), 2u);
  ASSERT_EQ(split.size(), 2u);
  EXPECT_TRUE(identical(split[0], whole[0]));
  EXPECT_TRUE(identical(split[1], whole[1]));
}

} // namespace
