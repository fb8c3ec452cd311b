//===- DiagnosticsTest.cpp - Tests of diagnostics as values ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/Diagnostics.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace norm;

namespace {

class Diagnostics : public testing::Test {
protected:
  Diagnostics()
      : context(mlir::MLIRContext::Threading::DISABLED),
        location(mlir::FileLineColLoc::get(&context, "no_such.mlir", 3, 7)) {}

  /// The text of the error of `action`, as a tool prints it; "" for success.
  std::string collect(llvm::function_ref<llvm::LogicalResult()> action,
                      bool showRemarks = false) {
    llvm::raw_string_ostream stream(messages);
    llvm::Error error = collectDiagnostics(&context, {&stream, showRemarks},
                                           "the test's action", action);
    if (!error)
      return "";
    std::string text;
    llvm::raw_string_ostream textStream(text);
    printError(textStream, "tool", std::move(error));
    return text;
  }

  mlir::MLIRContext context;
  mlir::Location location;
  std::string messages;
};

TEST_F(Diagnostics, ErrorKeepsItsLocationAndNotes) {
  EXPECT_EQ(collect([&] {
              auto error = mlir::emitError(location, "is wrong");
              error.attachNote(location) << "because of this";
              return llvm::failure();
            }),
            "no_such.mlir:3:7: error: is wrong\n"
            "no_such.mlir:3:7: note: because of this\n");
  EXPECT_EQ(messages, "");
}

TEST_F(Diagnostics, ErrorWithoutFailureIsOne) {
  EXPECT_EQ(collect([&] {
              mlir::emitError(location, "first");
              mlir::emitError(location, "second");
              return llvm::success();
            }),
            "no_such.mlir:3:7: error: first\n"
            "no_such.mlir:3:7: error: second\n");
}

TEST_F(Diagnostics, FailureWithoutErrorIsOne) {
  EXPECT_EQ(collect([] { return llvm::failure(); }),
            "tool: error: the test's action failed\n");
}

TEST_F(Diagnostics, RemarksAreShownIfWanted) {
  auto action = [&] {
    mlir::emitRemark(location, "a remark");
    mlir::emitWarning(location, "a warning");
    return llvm::success();
  };
  EXPECT_EQ(collect(action), "");
  EXPECT_EQ(messages, "no_such.mlir:3:7: warning: a warning\n");
  messages.clear();
  EXPECT_EQ(collect(action, /*showRemarks=*/true), "");
  EXPECT_EQ(messages, "no_such.mlir:3:7: remark: a remark\n"
                      "no_such.mlir:3:7: warning: a warning\n");
}

} // namespace
