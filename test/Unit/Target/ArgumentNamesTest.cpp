//===- ArgumentNamesTest.cpp - Tests of names from the source -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/ArgumentNames.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/AsmParser/AsmParserState.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace norm;
using testing::ElementsAre;

namespace {

struct Names {
  std::vector<std::string> arguments, results;
};

/// The names in `text`, a module with one function.
Names namesOf(const char *text) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<mlir::arith::ArithDialect, mlir::func::FuncDialect>();
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(text), {});
  mlir::Block block;
  mlir::AsmParserState state;
  EXPECT_TRUE(
      succeeded(mlir::parseAsmSourceFile(sources, &block, &context, &state)));
  auto module = llvm::cast<mlir::ModuleOp>(block.front());
  setSourceNames(module, state);
  auto function = *module.getOps<mlir::func::FuncOp>().begin();
  return {getArgumentNames(function), getResultNames(function)};
}

TEST(ArgumentNames, OfTheSource) {
  Names names = namesOf(R"mlir(module { func.func @f(%x: f32, %b.1: f32)
      -> (f32, f32) {
    %sum = arith.addf %x, %b.1 : f32
    %product = arith.mulf %x, %sum : f32
    return %product, %sum : f32, f32
  } })mlir");
  EXPECT_THAT(names.arguments, ElementsAre("x", "b.1"));
  EXPECT_THAT(names.results, ElementsAre("product", "sum"));
}

TEST(ArgumentNames, AttributesComeFirst) {
  Names names = namesOf(R"mlir(module {
    func.func @f(%x: f32 {norm.name = "left"}, %y: f32)
        -> (f32 {norm.name = "sum"}) {
      %z = arith.addf %x, %y : f32
      return %z : f32
    } })mlir");
  EXPECT_THAT(names.arguments, ElementsAre("left", "y"));
  EXPECT_THAT(names.results, ElementsAre("sum"));
}

TEST(ArgumentNames, NumbersAreNone) {
  Names names = namesOf(R"mlir(module { func.func @f(%0: f32, %y: f32) -> f32 {
    %1 = arith.addf %0, %y : f32
    return %1 : f32
  } })mlir");
  EXPECT_THAT(names.arguments, ElementsAre("arg0", "y"));
  EXPECT_THAT(names.results, ElementsAre("res0"));
}

TEST(ArgumentNames, ReturnedArgumentsAndRepeatedValues) {
  Names names = namesOf(R"mlir(module { func.func @f(%x: f32)
      -> (f32, f32, f32) {
    %y = arith.negf %x : f32
    return %x, %y, %y : f32, f32, f32
  } })mlir");
  EXPECT_THAT(names.results, ElementsAre("res0", "y", "res2"));
}

TEST(ArgumentNames, OneNameForTwoValues) {
  Names names = namesOf(R"mlir(module { func.func @f(%x: i32)
      -> (i32, i32, i32, i32) {
    %wide:2 = arith.mulsi_extended %x, %x : i32
    %low, %high = arith.mului_extended %x, %x : i32
    return %wide#1, %wide#0, %low, %high : i32, i32, i32, i32
  } })mlir");
  EXPECT_THAT(names.results, ElementsAre("wide_1", "wide_0", "low", "high"));
}

TEST(ArgumentNames, PrivateFunctionsHaveNone) {
  EXPECT_THAT(namesOf(R"mlir(module { func.func private @f(%x: f32) {
    return
  } })mlir")
                  .arguments,
              ElementsAre("arg0"));
}

} // namespace
