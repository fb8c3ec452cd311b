//===- RMSNormTest.cpp - Builders and interfaces of norm.rmsnorm ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTest.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "gmock/gmock.h"

using namespace mlir;
using namespace norm;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

class RMSNormTest : public OpTest {
protected:
  RMSNormOp parse(StringRef source) { return parseOp<RMSNormOp>(source); }
};

TEST_F(RMSNormTest, BuilderInfersY) {
  ValueRange args = arguments({"tensor<?x8xbf16>", "tensor<8xf32>"});
  auto op =
      RMSNormOp::create(builder, *loc, args[0], args[1], Value(), -1, 0.5);
  EXPECT_THAT(llvm::to_vector(op.getResultTypes()),
              ElementsAre(type("tensor<?x8xbf16>")));
  EXPECT_EQ(op.getGamma(), args[1]);
  EXPECT_FALSE(op.getBeta());
  EXPECT_FALSE(op.getRrms());
  EXPECT_EQ(op.getCanonicalAxis(), 1);
  EXPECT_EQ(op.getRounding(), Rounding::Once);
  EXPECT_EQ(op.getTargetRms().convertToDouble(), 1.0);
  EXPECT_TRUE(succeeded(mlir::verify(op)));
}

TEST_F(RMSNormTest, BuilderInfersRrmsInTheAccumulatorType) {
  ValueRange args = arguments({"tensor<2x?x3x4xf16>", "tensor<5xf64>"});
  auto op =
      RMSNormOp::create(builder, *loc, args[0], Value(), Value(), -2, 0.5,
                        /*withRrms=*/true, 2.0, 1.0, Rounding::BeforeGamma);
  EXPECT_THAT(
      llvm::to_vector(op.getResultTypes()),
      ElementsAre(type("tensor<2x?x3x4xf16>"), type("tensor<2x?xf32>")));
  EXPECT_EQ(op.getRounding(), Rounding::BeforeGamma);
  auto all = RMSNormOp::create(builder, *loc, args[1], Value(), Value(), 0, 0.0,
                               /*withRrms=*/true);
  EXPECT_EQ(all.getResultTypes()[1], type("tensor<f64>"));
  EXPECT_TRUE(succeeded(mlir::verify(op)));
  EXPECT_TRUE(succeeded(mlir::verify(all)));
}

TEST_F(RMSNormTest, BuilderLeavesABadAxisToTheVerifier) {
  ValueRange args = arguments({"tensor<2x3xf32>"});
  for (int64_t axis : {int64_t(2), int64_t(-3), INT64_MIN, INT64_MAX}) {
    auto op = RMSNormOp::create(builder, *loc, args[0], Value(), Value(), axis,
                                0.0, /*withRrms=*/true);
    errors.clear();
    EXPECT_TRUE(failed(mlir::verify(op)));
    EXPECT_THAT(errors,
                HasSubstr("RMSNorm-C2: expected axis in [-2, 2), found " +
                          std::to_string(axis)));
  }
}

TEST_F(RMSNormTest, NormalizedShapeBecomesAnAxis) {
  ValueRange args = arguments({"tensor<2x?x4xf32>", "tensor<?x4xf32>"});
  FailureOr<RMSNormOp> one = RMSNormOp::createWithNormalizedShape(
      builder, *loc, args[0], 4, Value(), 0);
  ASSERT_TRUE(succeeded(one));
  EXPECT_EQ(one->getCanonicalAxis(), 2);
  FailureOr<RMSNormOp> two = RMSNormOp::createWithNormalizedShape(
      builder, *loc, args[0], {3, 4}, args[1], 1e-6);
  ASSERT_TRUE(succeeded(two));
  EXPECT_EQ(two->getCanonicalAxis(), 1);
  EXPECT_EQ(two->getGamma(), args[1]);
  EXPECT_TRUE(succeeded(mlir::verify(*two)));
  EXPECT_EQ(errors, "");
}

TEST_F(RMSNormTest, NormalizedShapeThatDoesNotFitIsAnError) {
  ValueRange args = arguments({"tensor<2x3x4xf32>", "memref<4xf32>"});
  auto errorOf = [&](Value x, ArrayRef<int64_t> shape) {
    errors.clear();
    EXPECT_TRUE(failed(RMSNormOp::createWithNormalizedShape(
        builder, *loc, x, shape, Value(), 0.0)));
    return errors;
  };
  EXPECT_THAT(errorOf(args[0], {2, 4}), HasSubstr("found 3 where it has 2"));
  EXPECT_THAT(errorOf(args[0], {}), HasSubstr("of 1 to 3 sizes, found 0"));
  EXPECT_THAT(errorOf(args[0], {1, 2, 3, 4}),
              HasSubstr("of 1 to 3 sizes, found 4"));
  EXPECT_THAT(errorOf(args[1], {4}),
              HasSubstr("expected x to be a ranked tensor, found"));
  bool builtNothing = true;
  module->walk([&](RMSNormOp) { builtNothing = false; });
  EXPECT_TRUE(builtNothing);
}

TEST_F(RMSNormTest, ReifiesSizesOfBothResults) {
  RMSNormOp op = parse(R"(func.func @f(%x: tensor<?x?x8xf32>) {
    %y, %r = norm.rmsnorm %x axis(2) epsilon(0.0)
      : (tensor<?x?x8xf32>) -> (tensor<?x5x8xf32>, tensor<?x?xf32>)
    return })");
  ASSERT_TRUE(op);
  builder.setInsertionPoint(op);
  ReifiedRankedShapedTypeDims shapes;
  ASSERT_TRUE(succeeded(op.reifyResultShapes(builder, shapes)));
  ASSERT_EQ(shapes.size(), 2u);
  ASSERT_EQ(shapes[0].size(), 3u);
  ASSERT_EQ(shapes[1].size(), 2u);
  auto dim = dyn_cast<Value>(shapes[0][0]).getDefiningOp<tensor::DimOp>();
  ASSERT_TRUE(dim);
  EXPECT_EQ(dim.getSource(), op.getX());
  EXPECT_EQ(dim.getConstantIndex(), 0);
  // A static size, also one that only the result type has, is a constant.
  EXPECT_EQ(getConstantIntValue(shapes[0][1]), 5);
  EXPECT_EQ(getConstantIntValue(shapes[0][2]), 8);
}

TEST_F(RMSNormTest, SizesThatAreKnownNeedNoConstraint) {
  RMSNormOp op = parse(R"(func.func @f(%x: tensor<?x8xf32>, %g: tensor<8xf32>) {
    %y = norm.rmsnorm %x gamma(%g) axis(1) epsilon(0.0)
      : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    return })");
  ASSERT_TRUE(op);
  SmallVector<SizeConstraint> constraints;
  op.collectSizeConstraints(constraints);
  EXPECT_THAT(constraints, IsEmpty());
}

TEST_F(RMSNormTest, ConstrainsRowVectorsAndKnownResults) {
  RMSNormOp op = parse(R"(func.func @f(%x: tensor<?x?x8xf32>, %g: tensor<?xf32>,
                                       %b: tensor<?x8xf32>) {
    %y = norm.rmsnorm %x gamma(%g) beta(%b) axis(1) epsilon(0.0)
      : (tensor<?x?x8xf32>, tensor<?xf32>, tensor<?x8xf32>) -> tensor<4x?x8xf32>
    return })");
  ASSERT_TRUE(op);
  SmallVector<SizeConstraint> constraints;
  op.collectSizeConstraints(constraints);
  ASSERT_EQ(constraints.size(), 3u);
  EXPECT_EQ(constraints[0].what, "gamma");
  EXPECT_EQ(constraints[0].found, op.getGamma());
  EXPECT_EQ(constraints[0].foundDim, 0);
  EXPECT_EQ(constraints[0].expected, op.getX());
  EXPECT_THAT(constraints[0].expectedDims, ElementsAre(1, 2));
  EXPECT_EQ(constraints[1].what, "beta");
  EXPECT_EQ(constraints[1].foundDim, 0);
  EXPECT_THAT(constraints[1].expectedDims, ElementsAre(1));
  EXPECT_EQ(constraints[2].what, "y");
  EXPECT_EQ(constraints[2].found, op.getY());
  EXPECT_THAT(constraints[2].expectedDims, ElementsAre(0));
}

TEST_F(RMSNormTest, ConstrainsEachDimOfOuts) {
  RMSNormOp op = parse(R"(func.func @f(%x: memref<?x8xf32>, %y: memref<?x?xf32>,
                                       %r: memref<?xf32>) {
    norm.rmsnorm %x outs(%y, %r) axis(1) epsilon(0.0)
      : (memref<?x8xf32>, memref<?x?xf32>, memref<?xf32>) -> ()
    return })");
  ASSERT_TRUE(op);
  SmallVector<SizeConstraint> constraints;
  op.collectSizeConstraints(constraints);
  SmallVector<std::pair<std::string, int64_t>> found;
  for (const SizeConstraint &constraint : constraints)
    found.emplace_back(constraint.what, constraint.foundDim);
  EXPECT_THAT(found, ElementsAre(std::make_pair("y", 0), std::make_pair("y", 1),
                                 std::make_pair("rrms", 0)));
}

TEST_F(RMSNormTest, TensorFormHasNoEffect) {
  RMSNormOp op = parse(R"(func.func @f(%x: tensor<4xf32>) {
    %y = norm.rmsnorm %x axis(0) epsilon(0.0) : (tensor<4xf32>) -> tensor<4xf32>
    return })");
  ASSERT_TRUE(op);
  EXPECT_TRUE(isMemoryEffectFree(op));
}

TEST_F(RMSNormTest, MemRefFormReadsInputsAndWritesOuts) {
  RMSNormOp op = parse(R"(func.func @f(%x: memref<2x4xf32>, %g: memref<4xf32>,
                                       %r: memref<2xf32>) {
    norm.rmsnorm %x gamma(%g) outs(%x, %r) axis(1) epsilon(0.0)
      : (memref<2x4xf32>, memref<4xf32>, memref<2x4xf32>, memref<2xf32>) -> ()
    return })");
  ASSERT_TRUE(op);
  SmallVector<MemoryEffects::EffectInstance> effects;
  op.getEffects(effects);
  SmallVector<std::pair<unsigned, bool>> writes;
  for (const MemoryEffects::EffectInstance &effect : effects)
    writes.emplace_back(
        effect.getEffectValue<OpOperand *>()->getOperandNumber(),
        isa<MemoryEffects::Write>(effect.getEffect()));
  EXPECT_THAT(writes,
              ElementsAre(std::make_pair(0u, false), std::make_pair(1u, false),
                          std::make_pair(2u, true), std::make_pair(3u, true)));
}

TEST_F(RMSNormTest, MergesInferredAndWrittenResultTypes) {
  RMSNormOp op = parse(R"(func.func @f(%x: tensor<?x8xf32>) {
    %y, %r = norm.rmsnorm %x axis(1) epsilon(0.0)
      : (tensor<?x8xf32>) -> (tensor<4x?xf32>, tensor<?xf32>)
    return })");
  ASSERT_TRUE(op);
  SmallVector<Type> types;
  ASSERT_TRUE(
      succeeded(mergeOutputTypes(op, [&] { return op.emitOpError(); }, types)));
  EXPECT_THAT(types,
              ElementsAre(type("tensor<4x8xf32>"), type("tensor<?xf32>")));

  op.getX().setType(cast<RankedTensorType>(type("tensor<5x8xf32>")));
  types.clear();
  EXPECT_TRUE(
      failed(mergeOutputTypes(op, [&] { return op.emitOpError(); }, types)));
  EXPECT_THAT(errors, HasSubstr("tensor<5x8xf32>', found 'tensor<4x?xf32>'"));
}

TEST_F(RMSNormTest, AccumulatesInF32ExceptF64) {
  for (StringRef narrow : {"f16", "bf16", "f32"})
    EXPECT_EQ(getAccumulatorType(type(narrow)), type("f32"));
  EXPECT_EQ(getAccumulatorType(type("f64")), type("f64"));
}

} // namespace
