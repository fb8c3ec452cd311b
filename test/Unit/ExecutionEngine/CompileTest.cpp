//===- CompileTest.cpp - Tests of compiling and calling a source ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/ExecutionEngine/ExecutionEngine.h"

#include "mlir/Parser/Parser.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace norm;
using testing::ElementsAre;

namespace {

constexpr const char *source = R"mlir(
func.func @f(%x: tensor<?x70xf32>) -> tensor<?x70xf32> {
  %y = norm.rmsnorm %x axis(1) epsilon(1.0e-6)
    : (tensor<?x70xf32>) -> tensor<?x70xf32>
  return %y : tensor<?x70xf32>
}
)mlir";

class Compile : public testing::Test {
protected:
  Compile() : context(mlir::MLIRContext::Threading::DISABLED) {
    mlir::DialectRegistry registry;
    registerCompilerDialects(registry);
    context.appendDialectRegistry(registry);
    module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  CompileOptions options{llvm::cantFail(TargetSpec::createHost())};
};

TEST_F(Compile, SourceRunsAndStaysAsItWas) {
  std::string before, after;
  llvm::raw_string_ostream(before) << *module;
  auto engine = llvm::cantFail(ExecutionEngine::create(*module, options));
  llvm::raw_string_ostream(after) << *module;
  EXPECT_EQ(before, after);

  float x[3][70], y[3][70];
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 70; ++j)
      x[i][j] = float((i * 70 + j) * 37 % 101 - 50) / 16;
  ASSERT_EQ(llvm::toString(engine->invoke(
                "f", {Argument::tensor(DataType::F32, x, {3, 70}, {70, 1}),
                      Argument::tensor(DataType::F32, y, {3, 70}, {70, 1})})),
            "");
  for (int i = 0; i < 3; ++i) {
    double sum = 0;
    for (float value : x[i])
      sum += double(value) * value;
    double scale = 1 / std::sqrt(sum / 70 + 1e-6);
    for (int j = 0; j < 70; ++j) {
      // At most 8 roundings in the sum over 64 lanes (half of them after the
      // square root), and 6 others, each of at most 2^-24.
      double expected = x[i][j] * scale;
      EXPECT_NEAR(y[i][j], expected, std::abs(expected) * 10 * 0x1p-24)
          << i << ", " << j;
    }
  }
}

TEST_F(Compile, ShapesOfResultsAreKnownBeforeTheCall) {
  auto engine = llvm::cantFail(ExecutionEngine::create(*module, options));
  auto shapes = llvm::cantFail(engine->resultShapes(
      "f", {Argument::tensor(DataType::F32, nullptr, {5, 70}, {70, 1})}));
  EXPECT_THAT(shapes, ElementsAre(ElementsAre(5, 70)));
}

TEST_F(Compile, StagesAreTimedUpToTheLast) {
  PhaseTimes times;
  options.times = &times;
  ASSERT_FALSE(bool(runStages(*module, options, Stage::Tiled)));
  ASSERT_EQ(times.size(), 3u);
  EXPECT_EQ(times[0].name, "norm");
  EXPECT_EQ(times[2].name, "tiled");
  std::string table;
  llvm::raw_string_ostream stream(table);
  printTimes(stream, {{"norm", 1.5}, {"linalg", 2.25}});
  EXPECT_EQ(table, "      1.50 ms  norm\n"
                   "      2.25 ms  linalg\n"
                   "      3.75 ms  total\n");
}

TEST_F(Compile, MissingFileIsNamed) {
  auto missing = parseModule("no_such.mlir", &context, {});
  ASSERT_FALSE(bool(missing));
  EXPECT_EQ(llvm::toString(missing.takeError()),
            "no_such.mlir: No such file or directory");
}

} // namespace
