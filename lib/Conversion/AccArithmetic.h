//===- AccArithmetic.h - Arithmetic in the accumulator type -----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_CONVERSION_ACCARITHMETIC_H
#define NORM_LIB_CONVERSION_ACCARITHMETIC_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace norm {

/// Builds scalar arithmetic of an op with elements of `type`, which is done in
/// `acc`.
class AccArithmetic {
public:
  AccArithmetic(mlir::OpBuilder &builder, mlir::Location loc,
                mlir::FloatType acc, mlir::Type type)
      : builder(builder), loc(loc), acc(acc), type(type) {}

  /// `value`, rounded once to acc.
  mlir::Value constant(llvm::APFloat value) {
    bool losesInfo;
    value.convert(acc.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven,
                  &losesInfo);
    return mlir::arith::ConstantOp::create(builder, loc,
                                           mlir::FloatAttr::get(acc, value));
  }
  /// A value of the element type or acc, as acc.
  mlir::Value extend(mlir::Value value) {
    return value.getType() == acc
               ? value
               : mlir::arith::ExtFOp::create(builder, loc, acc, value);
  }
  /// round_T of a value of acc.
  mlir::Value truncate(mlir::Value value) {
    return value.getType() == type
               ? value
               : mlir::arith::TruncFOp::create(builder, loc, type, value);
  }
  /// round_T, kept in acc.
  mlir::Value roundToType(mlir::Value value) { return extend(truncate(value)); }

  mlir::Value add(mlir::Value a, mlir::Value b) {
    return mlir::arith::AddFOp::create(builder, loc, a, b);
  }
  mlir::Value subtract(mlir::Value a, mlir::Value b) {
    return mlir::arith::SubFOp::create(builder, loc, a, b);
  }
  mlir::Value multiply(mlir::Value a, mlir::Value b) {
    return mlir::arith::MulFOp::create(builder, loc, a, b);
  }
  mlir::Value divide(mlir::Value a, mlir::Value b) {
    return mlir::arith::DivFOp::create(builder, loc, a, b);
  }

  /// A number of elements, an index, as acc.
  mlir::Value fromIndex(mlir::Value count) {
    mlir::Value integer = mlir::arith::IndexCastOp::create(
        builder, loc, builder.getI64Type(), count);
    return mlir::arith::SIToFPOp::create(builder, loc, acc, integer);
  }
  /// The product of `sizes`; 1 without sizes.
  mlir::Value product(llvm::ArrayRef<mlir::OpFoldResult> sizes) {
    mlir::Value length = mlir::getValueOrCreateConstantIndexOp(
        builder, loc, sizes.empty() ? builder.getIndexAttr(1) : sizes.front());
    for (mlir::OpFoldResult size : llvm::drop_begin(sizes))
      length = mlir::arith::MulIOp::create(
          builder, loc, length,
          mlir::getValueOrCreateConstantIndexOp(builder, loc, size));
    return fromIndex(length);
  }

  /// gamma + offset, where gamma may be null; null if it is one.
  mlir::Value weightOf(mlir::Value gamma, const llvm::APFloat &offset) {
    if (offset.isZero())
      return gamma ? extend(gamma) : mlir::Value();
    mlir::Value weight = gamma ? extend(gamma) : constant(llvm::APFloat(1.0));
    return add(weight, constant(offset));
  }

  /// `mean`, corrected by the sum of the deviations from it over their number.
  /// Those from an infinite mean are no numbers.
  mlir::Value correctedMean(mlir::Value mean, mlir::Value correction) {
    return ifFinite(correction, add(mean, correction), mean);
  }
  /// 1 / sqrt(variance + epsilon) of `length` values, by the sums of their
  /// deviations from a rounded mean and of the squares of these.
  mlir::Value inverseStd(mlir::Value deviations, mlir::Value squares,
                         mlir::Value length, const llvm::APFloat &epsilon) {
    // What the squares have too much; of equal values maybe more than they are.
    mlir::Value excess = multiply(deviations, divide(deviations, length));
    mlir::Value corrected = mlir::arith::MaximumFOp::create(
        builder, loc, subtract(squares, excess), constant(llvm::APFloat(0.0)));
    mlir::Value sum = ifFinite(squares, corrected, squares);
    mlir::Value shifted = add(divide(sum, length), constant(epsilon));
    return divide(constant(llvm::APFloat(1.0)),
                  mlir::math::SqrtOp::create(builder, loc, shifted));
  }

protected:
  mlir::Value ifFinite(mlir::Value value, mlir::Value ifTrue,
                       mlir::Value ifFalse) {
    mlir::Value isFinite = mlir::arith::CmpFOp::create(
        builder, loc, mlir::arith::CmpFPredicate::OLT,
        mlir::math::AbsFOp::create(builder, loc, value),
        constant(llvm::APFloat::getInf(acc.getFloatSemantics())));
    return mlir::arith::SelectOp::create(builder, loc, isFinite, ifTrue,
                                         ifFalse);
  }

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::FloatType acc;
  mlir::Type type;
};

} // namespace norm

#endif // NORM_LIB_CONVERSION_ACCARITHMETIC_H
