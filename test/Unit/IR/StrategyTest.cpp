//===- StrategyTest.cpp - Checks of the attribute strategy ----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/IR/NormOps.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace norm;

namespace {

/// The error text of a strategy, or "" if it is valid.
std::string errorOf(int64_t vectorBits, std::optional<int64_t> streamBytes) {
  MLIRContext context;
  context.loadDialect<NormDialect>();
  std::string text;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    text += diagnostic.str();
    return success();
  });
  auto emit = [&] { return emitError(UnknownLoc::get(&context)); };
  StrategyAttr strategy =
      StrategyAttr::getChecked(emit, &context, vectorBits, streamBytes,
                               /*grainBytes=*/int64_t(262144));
  EXPECT_EQ(static_cast<bool>(strategy), text.empty());
  return text;
}

TEST(Strategy, AcceptsVectorWidthsFrom64To2048) {
  for (int64_t bits : {64, 128, 256, 512, 1024, 2048})
    EXPECT_EQ(errorOf(bits, std::nullopt), "");
}

TEST(Strategy, RefusesOtherVectorWidths) {
  for (int64_t bits : {INT64_MIN, int64_t(-128), int64_t(0), int64_t(32),
                       int64_t(96), int64_t(4096), INT64_MAX})
    EXPECT_EQ(
        errorOf(bits, std::nullopt),
        "expected vector_bits to be a power of two in [64, 2048], found " +
            std::to_string(bits));
}

TEST(Strategy, StreamBytesAreNotNegative) {
  EXPECT_EQ(errorOf(128, 0), "");
  EXPECT_EQ(errorOf(128, INT64_MAX), "");
  EXPECT_EQ(errorOf(128, -1), "expected stream_bytes >= 0, found -1");
}

} // namespace
