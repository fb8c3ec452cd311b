//===- ChannelTest.cpp - Builders and interfaces of the channel ops -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Verifier.h"
#include "gmock/gmock.h"

using namespace mlir;
using namespace norm;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

using ChannelTest = OpTest;

TEST_F(ChannelTest, BuildersInferTheResults) {
  ValueRange args = arguments({"tensor<?x3x?x5xbf16>", "tensor<3xbf16>"});
  auto stats =
      ChannelStatsOp::create(builder, *loc, args[0], 0.5, ChannelLayout::NCHW);
  EXPECT_EQ(stats.getMean().getType(), type("tensor<3xf32>"));
  EXPECT_EQ(stats.getInvStd().getType(), type("tensor<3xf32>"));
  auto mean = ChannelStatsOp::create(builder, *loc, args[0], 0.0,
                                     ChannelLayout::NHWC, /*withInvStd=*/false);
  EXPECT_EQ(mean.getMean().getType(), type("tensor<5xf32>"));
  EXPECT_FALSE(mean.getInvStd());
  auto sums = ChannelBackpropStatsOp::create(builder, *loc, args[0],
                                             stats.getMean(), stats.getInvStd(),
                                             args[0], ChannelLayout::NCHW);
  EXPECT_EQ(sums.getScaleGrad().getType(), type("tensor<3xf32>"));
  EXPECT_EQ(sums.getBiasGrad().getType(), type("tensor<3xf32>"));
  auto dx = ChannelBackpropOp::create(builder, *loc, args[0], stats.getMean(),
                                      stats.getInvStd(), sums.getScaleGrad(),
                                      sums.getBiasGrad(), args[0], args[1],
                                      Value(), ChannelLayout::NCHW);
  EXPECT_EQ(dx.getDx().getType(), type("tensor<?x3x?x5xbf16>"));
  EXPECT_EQ(dx.getChannelDim(), 1);
  EXPECT_EQ(mean.getChannelDim(), 3);
  EXPECT_EQ(dx.getAccType(), type("f32"));
  for (Operation *op : {stats.getOperation(), mean.getOperation(),
                        sums.getOperation(), dx.getOperation()})
    EXPECT_TRUE(succeeded(mlir::verify(op))) << errors;
}

TEST_F(ChannelTest, BuilderLeavesALowRankToTheVerifier) {
  ValueRange args = arguments({"tensor<3xf32>", "tensor<f32>"});
  for (Value x : args)
    for (ChannelLayout layout : {ChannelLayout::NCHW, ChannelLayout::NHWC}) {
      auto op = ChannelStatsOp::create(builder, *loc, x, 0.5, layout);
      errors.clear();
      EXPECT_TRUE(failed(mlir::verify(op)));
      EXPECT_THAT(errors, HasSubstr("ChannelStats-C1"));
    }
}

TEST_F(ChannelTest, CountIsTheProductOfAllOtherDims) {
  ValueRange args = arguments({"tensor<2x3x5x7xf32>", "tensor<?x3x?x2xf32>",
                               "memref<4x3xf32>", "index"});
  auto count = [&](Value x, int64_t dim) {
    return createElementsPerChannel(builder, *loc, x, dim);
  };
  EXPECT_EQ(getConstantIntValue(count(args[0], 1)), 70);
  EXPECT_EQ(getConstantIntValue(count(args[0], 3)), 30);
  EXPECT_EQ(getConstantIntValue(count(args[2], 1)), 4);
  // (dim 0 * dim 2) * 2
  auto outer = count(args[1], 1).getDefiningOp<arith::MulIOp>();
  ASSERT_TRUE(outer);
  EXPECT_EQ(getConstantIntValue(outer.getRhs()), 2);
  auto inner = outer.getLhs().getDefiningOp<arith::MulIOp>();
  ASSERT_TRUE(inner);
  auto dimOf = [](Value size) {
    return size.getDefiningOp<tensor::DimOp>().getConstantIndex();
  };
  EXPECT_EQ(dimOf(inner.getLhs()), 0);
  EXPECT_EQ(dimOf(inner.getRhs()), 2);
}

TEST_F(ChannelTest, CountOperandOverridesTheProduct) {
  ValueRange args = arguments({"tensor<2x3xf32>", "tensor<3xf32>", "index"});
  auto build = [&](Value count) {
    return ChannelBackpropOp::create(builder, *loc, args[0], args[1], args[1],
                                     args[1], args[1], args[0], Value(), count,
                                     ChannelLayout::NCHW);
  };
  EXPECT_EQ(build(args[2]).getOrCreateCount(builder), args[2]);
  EXPECT_EQ(getConstantIntValue(build(Value()).getOrCreateCount(builder)), 2);
}

TEST_F(ChannelTest, ConstrainsWhatIsNotKnown) {
  auto op = parseOp<ChannelBackpropOp>(
      R"(func.func @f(%x: tensor<?x3x?xf32>, %v: tensor<3xf32>, %d: tensor<?xf32>,
                      %dy: tensor<?x3x?xf32>, %n: index) {
    %0 = norm.channel_backprop %x, %v, %d, %v, %v, %dy gamma(%d) count(%n) layout(NCHW)
      : (tensor<?x3x?xf32>, tensor<3xf32>, tensor<?xf32>, tensor<3xf32>,
         tensor<3xf32>, tensor<?x3x?xf32>, tensor<?xf32>, index) -> tensor<2x3x?xf32>
    return })");
  ASSERT_TRUE(op);
  EXPECT_THAT(getConstraints(op),
              ElementsAre("inv_std[0] = 1", "dy[0] = 0", "dy[2] = 2",
                          "gamma[0] = 1", "dx[0] = 0"));
  auto stats = parseOp<ChannelStatsOp>(
      R"(func.func @f(%x: tensor<2x3x?xf32>) {
    %0:2 = norm.channel_stats %x epsilon(0.0) layout(NHWC)
      : (tensor<2x3x?xf32>) -> (tensor<4xf32>, tensor<?xf32>)
    return })");
  ASSERT_TRUE(stats);
  EXPECT_THAT(getConstraints(stats), ElementsAre("mean[0] = 2"));
}

TEST_F(ChannelTest, MemRefFormReadsInputsAndWritesOuts) {
  auto op = parseOp<ChannelBackpropOp>(
      R"(func.func @f(%x: memref<2x3xf32>, %v: memref<3xf32>, %n: index) {
    norm.channel_backprop %x, %v, %v, %v, %v, %x gamma(%v) count(%n) outs(%x) layout(NCHW)
      : (memref<2x3xf32>, memref<3xf32>, memref<3xf32>, memref<3xf32>, memref<3xf32>,
         memref<2x3xf32>, memref<3xf32>, index, memref<2x3xf32>) -> ()
    return })");
  ASSERT_TRUE(op);
  // Operand 7 is the count, which is not in memory.
  EXPECT_THAT(getEffects(op),
              ElementsAre("0", "1", "2", "3", "4", "5", "6", "8w"));
  EXPECT_THAT(op.getInPlaceOperands(), ElementsAre(op.getDy()));
}

} // namespace
