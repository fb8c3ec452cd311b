//===- Property.h - Random cases that a property holds for -----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// For sources that are built with run-time type information.

#ifndef NORM_TEST_INTEGRATION_PROPERTY_H
#define NORM_TEST_INTEGRATION_PROPERTY_H

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <sstream>

namespace norm::test {

/// Checks `property` `count` times; RapidCheck's usual number, 100, takes too
/// long: most of the time goes into compiling.
inline void expectHolds(const char *name, void (*property)(), int count) {
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = std::min(params.maxSuccess, count);
  rc::detail::TestMetadata metadata;
  metadata.id = metadata.description = name;
  auto result = rc::detail::checkTestable(property, metadata, params);
  std::ostringstream message;
  rc::detail::printResultMessage(result, message);
  EXPECT_TRUE(result.is<rc::detail::SuccessResult>()) << message.str();
}

} // namespace norm::test

#endif // NORM_TEST_INTEGRATION_PROPERTY_H
