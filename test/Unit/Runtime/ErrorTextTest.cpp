//===- ErrorTextTest.cpp - Tests of the runtime's error text --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Runtime/norm_runtime.h"

#include "gtest/gtest.h"

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

extern "C" int32_t reportFromC(int64_t value);

namespace {

std::string report(const char *format, const std::vector<int64_t> &values) {
  EXPECT_EQ(norm_report_error(norm_error_stride, format, values.data(),
                              int32_t(values.size())),
            norm_error_stride);
  return norm_last_error();
}

TEST(ErrorText, IsEmptyBeforeTheFirstErrorOfAThread) {
  report("an error of another thread", {});
  std::string text = "not set";
  std::thread([&] { text = norm_last_error(); }).join();
  EXPECT_EQ(text, "");
}

TEST(ErrorText, EachThreadHasItsOwn) {
  report("of the main thread", {});
  std::thread([] { report("of the other thread", {}); }).join();
  EXPECT_STREQ(norm_last_error(), "of the main thread");
}

TEST(ErrorText, FieldsAreReplacedByValues) {
  EXPECT_EQ(report("expected {0}, found {1}, {1} or {0}", {4096, -1}),
            "expected 4096, found -1, -1 or 4096");
  EXPECT_EQ(report("{0}{1}", {INT64_MIN, INT64_MAX}),
            "-92233720368547758089223372036854775807");
  EXPECT_EQ(report("{10}", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 42}), "42");
}

TEST(ErrorText, WhatIsNoFieldIsCopied) {
  EXPECT_EQ(report("{1} {} {x} {0", {7}), "{1} {} {x} {0");
  EXPECT_EQ(report("{-1} {99999999999}", {7}), "{-1} {99999999999}");
  EXPECT_EQ(report("{{0}}", {7}), "{7}");
}

TEST(ErrorText, LongTextIsCutOff) {
  EXPECT_EQ(report(std::string(5000, 'a').c_str(), {}), std::string(1023, 'a'));
  // A number at the limit is cut off as well, not written past it.
  EXPECT_EQ(report((std::string(1020, 'a') + "{0}").c_str(), {123456}),
            std::string(1020, 'a') + "123");
}

TEST(ErrorText, NullFormatAndNullValues) {
  EXPECT_EQ(norm_report_error(norm_error_overlap, nullptr, nullptr, 0),
            norm_error_overlap);
  EXPECT_STREQ(norm_last_error(), "");
  EXPECT_EQ(norm_report_error(-5, "{0}", nullptr, 0), -5);
  EXPECT_STREQ(norm_last_error(), "{0}");
}

TEST(Runtime, HeaderAndLibraryHaveOneVersion) {
  EXPECT_EQ(norm_runtime_version(), NORM_RUNTIME_VERSION);
}

TEST(Runtime, CanBeCalledFromC) {
  EXPECT_EQ(reportFromC(12), norm_error_size_mismatch);
  EXPECT_STREQ(norm_last_error(), "from C: 12");
}

} // namespace
