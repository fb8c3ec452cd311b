//===- StreamedRowsTest.cpp - Rows stored past the caches ------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffer.h"
#include "Forms.h"

#include "gtest/gtest.h"

using namespace norm::test;

namespace {

/// (x, r, g) -> (y, x + r), where y is the normalized sum.
std::string residualFunction(const std::string &name, const std::string &type,
                             const std::string &strategy) {
  std::string matrix = "tensor<?x?x" + type + ">",
              row = "tensor<?x" + type + ">";
  return "func.func @" + name + "(%x: " + matrix + ", %r: " + matrix +
         ", %g: " + row + ") -> (" + matrix + ", " + matrix + ") {\n" +
         "  %s = arith.addf %x, %r : " + matrix + "\n" +
         "  %y = norm.rmsnorm %s gamma(%g) axis(1) epsilon(1.0e-5) {strategy = "
         "#norm.strategy<" +
         strategy + ">} : (" + matrix + ", " + row + ") -> " + matrix + "\n" +
         "  return %y, %s : " + matrix + ", " + matrix + "\n}\n";
}

class StreamedRows : public testing::TestWithParam<ElementType> {};
INSTANTIATE_TEST_SUITE_P(Types, StreamedRows, testing::ValuesIn(floatTypes),
                         TypeName());

// Rows may start anywhere in a line, both results at the same element of it or
// not.
TEST_P(StreamedRows, HaveTheSameBitsAtAnyAddress) {
  std::string type = norm::reference::getName(GetParam());
  for (const std::string &cpu : getTestedCPUs()) {
    const Kernel kernel(
        residualFunction("cached", type, "vector_bits = 256") +
            residualFunction("streamed", type,
                             "vector_bits = 256, stream_bytes = 0, "
                             "stream_columns = 0, prefetch_bytes = 131072"),
        {cpu, 2});
    for (int64_t width : {1, 64, 65, 127, 200, 1027}) {
      const Sizes sizes = {3, width};
      std::vector<Array> inputs = {makeRandom(GetParam(), sizes, 1),
                                   makeRandom(GetParam(), sizes, 2),
                                   makeRandom(GetParam(), {width}, 3)};
      auto expected = kernel.run("cached", inputs);
      ASSERT_EQ(expected.size(), 2u);
      auto at = [](int64_t shift) {
        return Layout{.place = {Place::At::Inside, shift}};
      };
      auto check = [&](const std::vector<Layout> &layouts) {
        return checkBitsAt(kernel, "streamed", inputs, layouts, expected);
      };
      for (int64_t shift = 0; shift < 64; shift += 3) {
        SCOPED_TRACE(cpu + ", width " + std::to_string(width) + ", shift " +
                     std::to_string(shift));
        EXPECT_EQ(check({at(1), at(2), at(3), at(shift), at(shift)}), "");
        EXPECT_EQ(check({at(1), at(2), at(3), at(shift), at(shift + 1)}), "");
      }
    }
  }
}

TEST_P(StreamedRows, MayTakeThePlaceOfTheInput) {
  for (const std::string &cpu : getTestedCPUs()) {
    RMSNormCase form = {.type = GetParam(), .withRrms = false};
    std::vector<RMSNormCase> cases(2, form);
    cases[1].strategy =
        "vector_bits = 256, stream_bytes = 0, stream_columns = 0";
    Forms forms(cases, {cpu, 2});
    for (int64_t width : {65, 127, 200, 1027}) {
      auto inputs = form.makeInputs({3, width});
      auto expected = forms.run(0, inputs);
      for (int64_t shift = 0; shift < 64; ++shift)
        EXPECT_EQ(checkBitsAt(
                      forms.kernel, Forms::getName(1), inputs,
                      {{.place = {Place::At::Inside, shift}}, {.inPlaceOf = 0}},
                      expected),
                  "")
            << cpu << ", width " << width << ", shift " << shift;
    }
  }
}

} // namespace
