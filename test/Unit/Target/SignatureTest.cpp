//===- SignatureTest.cpp - Tests of function types ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/Target/Signature.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace norm;
using testing::ElementsAre;

namespace {

llvm::Expected<std::vector<Signature>> signaturesOf(llvm::StringRef text) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<mlir::func::FuncDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  return getSignatures(*module);
}

TEST(Signature, PublicFunctionsInOrder) {
  auto signatures = llvm::cantFail(signaturesOf(R"mlir(
    func.func private @inner(%x: tensor<*xf32>) { return }
    func.func private @declared(tensor<4xf32>)
    func.func @b(%x: tensor<?x4xbf16>, %n: index, %s: f64, %m: memref<2xi8>)
        -> (tensor<?x4xbf16>, f64) {
      return %x, %s : tensor<?x4xbf16>, f64
    }
    func.func @a() { return })mlir"));
  ASSERT_EQ(signatures.size(), 2u);
  EXPECT_EQ(signatures[0].name, "b");
  EXPECT_EQ(signatures[1].name, "a");
  const auto &arguments = signatures[0].arguments;
  ASSERT_EQ(arguments.size(), 4u);
  EXPECT_TRUE(arguments[0].isTensor);
  EXPECT_EQ(arguments[0].type, DataType::BF16);
  EXPECT_THAT(arguments[0].sizes, ElementsAre(mlir::ShapedType::kDynamic, 4));
  EXPECT_FALSE(arguments[1].isTensor);
  EXPECT_EQ(arguments[1].type, DataType::I64);
  EXPECT_EQ(arguments[2].type, DataType::F64);
  EXPECT_TRUE(arguments[3].isTensor);
  EXPECT_EQ(arguments[3].type, DataType::I8);
  ASSERT_EQ(signatures[0].results.size(), 2u);
  EXPECT_EQ(signatures[0].results[1].type, DataType::F64);
}

TEST(Signature, UnsupportedTypesAreNamed) {
  struct {
    const char *type, *found;
  } const cases[] = {{"tensor<*xf32>", "tensor<*xf32>"},
                     {"tensor<4xf8E4M3FN>", "tensor<4xf8E4M3FN>"},
                     {"tensor<4xcomplex<f32>>", "tensor<4xcomplex<f32>>"},
                     {"vector<4xf32>", "vector<4xf32>"},
                     {"bf16", "bf16"},
                     {"i1", "i1"}};
  for (auto [type, name] : cases) {
    auto found = signaturesOf("func.func @f(%a: f32, %b: " + std::string(type) +
                              ") { return }");
    ASSERT_FALSE(bool(found)) << type;
    EXPECT_THAT(llvm::toString(found.takeError()),
                testing::StartsWith("function 'f': argument 1 has type " +
                                    std::string(name) + ", expected"));
  }
}

} // namespace
