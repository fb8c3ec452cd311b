//===- RMSNormGradToAffine.cpp - norm.rmsnorm_grad as affine loops --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "RowNests.h"

using namespace mlir;
using namespace norm;

namespace {

/// The nests of a norm.rmsnorm_grad: the mean that each row of dx needs, dx,
/// and the sums over rows that are asked for. The steps are those of its
/// description.
class RMSNormGradNests : RowNests {
public:
  RMSNormGradNests(RMSNormGradOp op, OpBuilder &builder)
      : RowNests(builder, op.getLoc(), op.getX(), op.getCanonicalAxis()),
        op(op) {}

  void build() {
    Value means = allocate(rows, acc);
    Value length = product(columns);
    forEachRow([&](Indices row) {
      Value sum = sumRow(row, [&](Indices indices) {
        return multiply(weightedGrad(indices), normalized(indices));
      });
      store(divide(sum, length), means, row);
    });
    forEach(sizes, [&](Indices indices) {
      Value mean = load(means, rowOf(indices));
      Value factor = load(op.getRrms(), rowOf(indices));
      Value projected = multiply(normalized(indices), mean);
      Value difference = subtract(weightedGrad(indices), projected);
      Value dx = multiply(difference, timesTargetRms(factor));
      store(truncate(dx), op.getDx(), indices);
    });
    deallocate(means);
    if (op.getDgamma())
      buildParameterGrads();
  }

private:
  /// Steps 5 and 6.
  void buildParameterGrads() {
    SmallVector<Value> outs{op.getDgamma()};
    if (op.getDbeta())
      outs.push_back(op.getDbeta());
    SmallVector<Value> zeros(outs.size(), constant(APFloat(0.0)));
    forEach(columns, [&](Indices column) {
      auto addRow = [&](Indices row, ValueRange sums) {
        SmallVector<Value> indices(row);
        llvm::append_range(indices, column);
        Value dy = extend(load(op.getDy(), indices));
        SmallVector<Value> result{
            add(sums[0], multiply(dy, timesTargetRms(normalized(indices))))};
        if (op.getDbeta())
          result.push_back(add(sums[1], dy));
        return result;
      };
      for (auto [sum, out] : llvm::zip(accumulate(rows, zeros, addRow), outs)) {
        bool isNarrow = getElementTypeOrSelf(out.getType()) != acc;
        storeRowVector(isNarrow ? truncate(sum) : sum, out, column);
      }
    });
  }

  /// h_j: step 1.
  Value normalized(Indices indices) {
    Value x = extend(load(op.getX(), indices));
    return multiply(x, load(op.getRrms(), rowOf(indices)));
  }

  /// g_j: step 2.
  Value weightedGrad(Indices indices) {
    Value dy = extend(load(op.getDy(), indices));
    Value gamma = loadRowVector(op.getGamma(), indices);
    Value weight = weightOf(gamma, op.getWeightOffset());
    return weight ? multiply(dy, weight) : dy;
  }

  Value timesTargetRms(Value value) {
    return op.getTargetRms().isExactlyValue(1.0)
               ? value
               : multiply(value, constant(op.getTargetRms()));
  }

  RMSNormGradOp op;
};

struct RMSNormGradToAffine : OpRewritePattern<RMSNormGradOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RMSNormGradOp op,
                                PatternRewriter &rewriter) const override {
    if (std::string reason = whyNotAffine(op); !reason.empty())
      return rewriter.notifyMatchFailure(op, reason);
    RMSNormGradNests(op, rewriter).build();
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void norm::populateRMSNormGradToAffinePatterns(RewritePatternSet &patterns) {
  patterns.add<RMSNormGradToAffine>(patterns.getContext());
}
