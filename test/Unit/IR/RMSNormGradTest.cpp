//===- RMSNormGradTest.cpp - Builders and interfaces of rmsnorm_grad ------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTest.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Verifier.h"
#include "gmock/gmock.h"

using namespace mlir;
using namespace norm;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

using RMSNormGradTest = OpTest;

TEST_F(RMSNormGradTest, BuilderInfersTheResults) {
  ValueRange args = arguments({"tensor<?x2x4xbf16>", "tensor<?xf32>",
                               "tensor<8xbf16>", "tensor<2x4xbf16>"});
  auto dx = RMSNormGradOp::create(builder, *loc, args[0], args[0], args[1],
                                  Value(), -2);
  EXPECT_THAT(llvm::to_vector(dx.getResultTypes()),
              ElementsAre(type("tensor<?x2x4xbf16>")));
  EXPECT_FALSE(dx.getDgamma());
  EXPECT_FALSE(dx.getDbeta());
  auto sums = RMSNormGradOp::create(builder, *loc, args[0], args[0], args[1],
                                    Value(), 1, /*numOutputs=*/2, 2.0, 1.0);
  EXPECT_EQ(sums.getDgamma().getType(), type("tensor<2x4xf32>"));
  EXPECT_EQ(sums.getTargetRms().convertToDouble(), 2.0);
  auto flat = RMSNormGradOp::create(builder, *loc, args[0], args[0], args[1],
                                    args[2], 1, /*numOutputs=*/3);
  EXPECT_EQ(flat.getDgamma().getType(), type("tensor<8xbf16>"));
  EXPECT_EQ(flat.getDbeta().getType(), type("tensor<8xbf16>"));
  for (RMSNormGradOp op : {dx, sums, flat}) {
    EXPECT_EQ(op.getCanonicalAxis(), 1);
    EXPECT_TRUE(succeeded(mlir::verify(op)));
  }
}

TEST_F(RMSNormGradTest, BuilderLeavesABadAxisToTheVerifier) {
  ValueRange args = arguments({"tensor<2x3xf32>", "tensor<2xf32>"});
  for (int64_t axis : {int64_t(2), int64_t(-3), INT64_MIN, INT64_MAX}) {
    auto op = RMSNormGradOp::create(builder, *loc, args[0], args[0], args[1],
                                    Value(), axis, /*numOutputs=*/3);
    errors.clear();
    EXPECT_TRUE(failed(mlir::verify(op)));
    EXPECT_THAT(errors,
                HasSubstr("RMSNormGrad-C2: expected axis in [-2, 2), found " +
                          std::to_string(axis)));
  }
}

TEST_F(RMSNormGradTest, NormalizedShapeBecomesAnAxis) {
  ValueRange args = arguments({"tensor<2x3x4xf32>", "tensor<2xf32>"});
  FailureOr<RMSNormGradOp> op = RMSNormGradOp::createWithNormalizedShape(
      builder, *loc, args[0], args[0], args[1], {3, 4}, Value(), 1);
  ASSERT_TRUE(succeeded(op));
  EXPECT_EQ(op->getCanonicalAxis(), 1);
  EXPECT_TRUE(succeeded(mlir::verify(*op)));
  EXPECT_TRUE(failed(RMSNormGradOp::createWithNormalizedShape(
      builder, *loc, args[0], args[0], args[1], {2, 4}, Value(), 1)));
  EXPECT_THAT(errors, HasSubstr("found 3 where it has 2"));
}

TEST_F(RMSNormGradTest, ConstrainsWhatIsNotKnown) {
  auto op = parseOp<RMSNormGradOp>(
      R"(func.func @f(%dy: tensor<?x2x4xf32>, %x: tensor<?x2x?xf32>,
                      %r: tensor<?xf32>, %g: tensor<?xf32>) {
    %0:3 = norm.rmsnorm_grad %dy, %x, %r gamma(%g) axis(1)
      : (tensor<?x2x4xf32>, tensor<?x2x?xf32>, tensor<?xf32>, tensor<?xf32>)
        -> (tensor<?x2x?xf32>, tensor<?xf32>, tensor<8xf32>)
    return })");
  ASSERT_TRUE(op);
  EXPECT_THAT(getConstraints(op),
              ElementsAre("dy[0] = 0", "dy[2] = 2", "rrms[0] = 0",
                          "gamma[0] = 1*2", "dbeta[0] = 0"));
  auto known = parseOp<RMSNormGradOp>(
      R"(func.func @f(%x: tensor<2x4xf32>, %r: tensor<2xf32>) {
    %dx = norm.rmsnorm_grad %x, %x, %r axis(1)
      : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
    return })");
  ASSERT_TRUE(known);
  EXPECT_THAT(getConstraints(known), IsEmpty());
}

TEST_F(RMSNormGradTest, SumsHaveTheSizesOfGammaOrTheRow) {
  auto op = parseOp<RMSNormGradOp>(
      R"(func.func @f(%x: tensor<?x?xf32>, %r: tensor<?xf32>, %g: tensor<?xf32>) {
    %0:2 = norm.rmsnorm_grad %x, %x, %r gamma(%g) axis(1)
      : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>)
        -> (tensor<?x?xf32>, tensor<?xf32>)
    return })");
  ASSERT_TRUE(op);
  builder.setInsertionPoint(op);
  ReifiedRankedShapedTypeDims shapes;
  ASSERT_TRUE(succeeded(op.reifyResultShapes(builder, shapes)));
  ASSERT_EQ(shapes.size(), 2u);
  auto dimOf = [](OpFoldResult size) {
    return dyn_cast<Value>(size).getDefiningOp<tensor::DimOp>();
  };
  EXPECT_EQ(dimOf(shapes[0][1]).getSource(), op.getX());
  EXPECT_EQ(dimOf(shapes[0][1]).getConstantIndex(), 1);
  EXPECT_EQ(dimOf(shapes[1][0]).getSource(), op.getGamma());
  EXPECT_EQ(dimOf(shapes[1][0]).getConstantIndex(), 0);
}

TEST_F(RMSNormGradTest, MemRefFormReadsInputsAndWritesOuts) {
  auto op = parseOp<RMSNormGradOp>(
      R"(func.func @f(%x: memref<2x4xf32>, %r: memref<2xf32>, %g: memref<4xf32>,
                      %dx: memref<2x4xf32>) {
    norm.rmsnorm_grad %x, %x, %r gamma(%g) outs(%dx, %g) axis(1)
      : (memref<2x4xf32>, memref<2x4xf32>, memref<2xf32>, memref<4xf32>,
         memref<2x4xf32>, memref<4xf32>) -> ()
    return })");
  ASSERT_TRUE(op);
  EXPECT_THAT(getEffects(op), ElementsAre("0", "1", "2", "3", "4w", "5w"));
  EXPECT_EQ(op.getDgamma(), op.getGamma());
  EXPECT_THAT(op.getInPlaceOperands(), IsEmpty());
}

} // namespace
