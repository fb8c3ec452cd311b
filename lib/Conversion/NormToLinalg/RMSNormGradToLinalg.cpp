//===- RMSNormGradToLinalg.cpp - norm.rmsnorm_grad as linalg ops ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "RowLowering.h"

#include "norm/Conversion/Passes.h"
#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace norm;

namespace {

/// The linalg ops of a norm.rmsnorm_grad; the steps are those of its
/// description.
class RMSNormGradLowering : RowLowering {
public:
  RMSNormGradLowering(OpBuilder &builder, RMSNormGradOp op)
      : RowLowering(builder, op.getLoc(), op.getX(), op.getCanonicalAxis(),
                    op.getAccType()),
        op(op) {
    inputs = {{op.getDy(), Shape::Full},
              {op.getX(), Shape::Full},
              {op.getRrms(), Shape::Rows}};
    if (op.getGamma())
      inputs.push_back({op.getGamma(), Shape::Row});
  }

  SmallVector<Value> lower() {
    SmallVector<Value> results{dx()};
    if (op.getOutputs().size() > 1)
      llvm::append_range(results, parameterGrads());
    return results;
  }

  /// Adds `sums` to `inits`.
  SmallVector<Value> addParameterGrads(ArrayRef<ParameterGrad> sums,
                                       ValueRange inits) {
    ArrayRef<Input> withoutGamma = ArrayRef(inputs).take_front(3);
    return sumRows(withoutGamma, inits, [&](ValueRange args) {
      Value dy = extend(args[0]);
      return llvm::map_to_vector(sums, [&](ParameterGrad sum) {
        if (sum == ParameterGrad::Beta)
          return dy;
        Value h = normalized(args);
        if (hasTargetRms())
          h = multiply(h, constant(op.getTargetRms()));
        return multiply(dy, h);
      });
    });
  }

private:
  Value dx() {
    Value sum = sumRow(inputs, [&](ValueRange args) {
      return multiply(weightedGrad(args), normalized(args));
    });
    Value length = rowLength();
    Value mean =
        makeRows(sum, [&](ValueRange args) { return divide(args[0], length); });
    inputs.push_back({mean, Shape::Rows});
    Value dx = makeFull(inputs, [&](ValueRange args) {
      Value projected = multiply(normalized(args), args.back());
      Value factor = args[2];
      if (hasTargetRms())
        factor = multiply(factor, constant(op.getTargetRms()));
      return multiply(subtract(weightedGrad(args), projected), factor);
    });
    inputs.pop_back();
    return dx;
  }

  SmallVector<Value> parameterGrads() {
    SmallVector<ParameterGrad> which{ParameterGrad::Gamma, ParameterGrad::Beta};
    which.truncate(op.getOutputs().size() - 1);
    SmallVector<Value> sums = addParameterGrads(
        which,
        SmallVector<Value>(which.size(), makeZeros(sizesOf(Shape::Row))));
    for (auto [sum, result] : llvm::zip(sums, op.getOutputs().drop_front()))
      sum = convertTo(sum, cast<RankedTensorType>(result.getType()));
    return sums;
  }

  bool hasTargetRms() { return !op.getTargetRms().isExactlyValue(1.0); }
  /// h_j: step 1.
  Value normalized(ValueRange args) {
    return multiply(extend(args[1]), args[2]);
  }
  /// g_j: step 2.
  Value weightedGrad(ValueRange args) {
    Value dy = extend(args[0]);
    Value weight =
        weightOf(op.getGamma() ? args[3] : Value(), op.getWeightOffset());
    return weight ? multiply(dy, weight) : dy;
  }

  /// A sum in the shape of the row, rounded and reshaped to the result's type.
  Value convertTo(Value sum, RankedTensorType result) {
    if (result.getElementType() != acc)
      sum = makeElementwise(sum, builder.getMultiDimIdentityMap(rank - axis),
                            sizesOf(Shape::Row), type,
                            [&](ValueRange args) { return truncate(args[0]); });
    if (result.getRank() == rank - axis)
      return sum;
    ReassociationIndices all =
        llvm::to_vector(llvm::seq<int64_t>(0, rank - axis));
    return tensor::CollapseShapeOp::create(builder, loc, sum,
                                           ArrayRef<ReassociationIndices>{all});
  }

  RMSNormGradOp op;
  SmallVector<Input> inputs;
};

} // namespace

SmallVector<Value> norm::addParameterGrads(OpBuilder &builder, RMSNormGradOp op,
                                           ArrayRef<ParameterGrad> sums,
                                           ValueRange inits) {
  return RMSNormGradLowering(builder, op).addParameterGrads(sums, inits);
}

void norm::populateRMSNormGradToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<NormToLinalgPattern<RMSNormGradOp, RMSNormGradLowering>>(
      patterns.getContext());
}
