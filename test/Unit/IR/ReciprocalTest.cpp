//===- ReciprocalTest.cpp - Builders and interfaces of reciprocals --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTest.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "gmock/gmock.h"

using namespace mlir;
using namespace norm;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

using ReciprocalTest = OpTest;

TEST_F(ReciprocalTest, BuildersInferTheResult) {
  ValueRange args = arguments({"tensor<?x8xbf16>", "tensor<4x?xbf16>"});
  auto exact = ReciprocalOp::create(builder, *loc, args[0]);
  EXPECT_EQ(exact.getY().getType(), type("tensor<?x8xbf16>"));
  EXPECT_EQ(exact.getPrecision(), Precision::Exact);
  auto approx = ReciprocalOp::create(builder, *loc, args[1], Precision::Approx);
  EXPECT_EQ(approx.getPrecision(), Precision::Approx);
  auto grad =
      ReciprocalGradOp::create(builder, *loc, exact.getY(), approx.getY());
  EXPECT_EQ(grad.getDx().getType(), type("tensor<?x8xbf16>"));
  for (Operation *op :
       {exact.getOperation(), approx.getOperation(), grad.getOperation()})
    EXPECT_TRUE(succeeded(mlir::verify(op)));
}

TEST_F(ReciprocalTest, ConstrainsTheSizesThatAreNotKnown) {
  auto op = parseOp<ReciprocalGradOp>(
      "func.func @f(%y: tensor<?x8xf32>, %d: tensor<4x8xf32>) {\n"
      " %dx = norm.reciprocal_grad %y, %d : (tensor<?x8xf32>, "
      "tensor<4x8xf32>) -> tensor<?x8xf32>\n return }");
  ASSERT_TRUE(op);
  EXPECT_THAT(getConstraints(op), ElementsAre("dy[0] = 0"));
  auto same = parseOp<ReciprocalGradOp>(
      "func.func @f(%y: tensor<?x8xf32>) {\n"
      " %dx = norm.reciprocal_grad %y, %y : (tensor<?x8xf32>, "
      "tensor<?x8xf32>) -> tensor<?x8xf32>\n return }");
  ASSERT_TRUE(same);
  EXPECT_THAT(getConstraints(same), IsEmpty());
  auto known = parseOp<ReciprocalOp>(
      "func.func @f(%x: tensor<?x8xf32>) {\n"
      " %y = norm.reciprocal %x : (tensor<?x8xf32>) -> tensor<2x8xf32>\n"
      " return }");
  ASSERT_TRUE(known);
  EXPECT_THAT(getConstraints(known), ElementsAre("y[0] = 0"));
}

// An op whose sizes are not checked yet must not run where it did not.
TEST_F(ReciprocalTest, SpeculatableWhereNoSizeIsToBeChecked) {
  auto reciprocal = parseOp<ReciprocalOp>(
      "func.func @f(%x: tensor<?xf32>) {\n"
      " %y = norm.reciprocal %x : (tensor<?xf32>) -> tensor<?xf32>\n"
      " return }");
  ASSERT_TRUE(reciprocal);
  EXPECT_TRUE(isPure(reciprocal));
  auto grad = parseOp<ReciprocalGradOp>(
      "func.func @f(%y: tensor<?xf32>, %d: tensor<?xf32>) {\n"
      " %dx = norm.reciprocal_grad %y, %d"
      " : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>\n return }");
  ASSERT_TRUE(grad);
  EXPECT_TRUE(isMemoryEffectFree(grad));
  EXPECT_FALSE(isSpeculatable(grad));
}

TEST_F(ReciprocalTest, MemRefFormReadsInputsAndWritesOuts) {
  auto op = parseOp<ReciprocalGradOp>(
      "func.func @f(%y: memref<4xf32>, %d: memref<4xf32>) {\n"
      " norm.reciprocal_grad %y, %d outs(%d)"
      " : (memref<4xf32>, memref<4xf32>, memref<4xf32>) -> ()\n return }");
  ASSERT_TRUE(op);
  EXPECT_THAT(getEffects(op), ElementsAre("0", "1", "2w"));
  EXPECT_EQ(op.getDx(), op.getDy());
  EXPECT_FALSE(isSpeculatable(op));
  EXPECT_THAT(op.getInPlaceOperands(), ElementsAre(op.getDy(), op.getY()));
  EXPECT_THAT(getConstraints(op), IsEmpty());
}

} // namespace
