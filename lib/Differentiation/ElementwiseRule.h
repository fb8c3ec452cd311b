//===- ElementwiseRule.h - Rules of elementwise ops -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NORM_LIB_DIFFERENTIATION_ELEMENTWISERULE_H
#define NORM_LIB_DIFFERENTIATION_ELEMENTWISERULE_H

#include "norm/IR/DifferentiableOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace norm {

/// What the rule of an op with one result, on scalars or elementwise on
/// tensors, is written with.
class ElementwiseRule {
public:
  /// The result of `op` has a cotangent.
  ElementwiseRule(mlir::OpBuilder &builder, mlir::Operation *op,
                  Cotangents &cotangents)
      : dy(cotangents.get(op->getResult(0))), builder(builder), op(op),
        cotangents(cotangents) {}

  /// The cotangent of the result.
  const mlir::Value dy;

  /// Adds to the cotangent of an operand.
  void add(mlir::Value operand, mlir::Value cotangent) {
    cotangents.add(builder, operand, cotangent);
  }

  /// A new op at the place of the original one.
  template <typename OpTy, typename... Args> mlir::Value make(Args &&...args) {
    return OpTy::create(builder, op->getLoc(), std::forward<Args>(args)...);
  }
  /// Arithmetic on values of the result's type.
  mlir::Value addf(mlir::Value a, mlir::Value b) {
    return make<mlir::arith::AddFOp>(a, b);
  }
  mlir::Value sub(mlir::Value a, mlir::Value b) {
    return make<mlir::arith::SubFOp>(a, b);
  }
  mlir::Value mul(mlir::Value a, mlir::Value b) {
    return make<mlir::arith::MulFOp>(a, b);
  }
  mlir::Value div(mlir::Value a, mlir::Value b) {
    return make<mlir::arith::DivFOp>(a, b);
  }
  mlir::Value neg(mlir::Value a) { return make<mlir::arith::NegFOp>(a); }
  mlir::Value compare(mlir::arith::CmpFPredicate predicate, mlir::Value a,
                      mlir::Value b) {
    return make<mlir::arith::CmpFOp>(predicate, a, b);
  }
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b) {
    return make<mlir::arith::SelectOp>(condition, a, b);
  }
  /// `value` in the type and sizes of the result.
  mlir::Value filled(double value) {
    return createFilledLike(builder, op->getLoc(), dy, value);
  }

private:
  mlir::OpBuilder &builder;
  mlir::Operation *op;
  Cotangents &cotangents;
};

/// The model of an op whose rule is the function `differentiateOp`.
template <typename OpTy, void (*differentiateOp)(OpTy, ElementwiseRule &)>
struct ElementwiseModel : DifferentiableOpInterface::ExternalModel<
                              ElementwiseModel<OpTy, differentiateOp>, OpTy> {
  llvm::LogicalResult differentiate(mlir::Operation *op,
                                    mlir::OpBuilder &builder,
                                    Cotangents &cotangents) const {
    ElementwiseRule rule(builder, op, cotangents);
    differentiateOp(mlir::cast<OpTy>(op), rule);
    return llvm::success();
  }
};

/// Gives `OpTy` its rule.
template <typename OpTy, void (*differentiateOp)(OpTy, ElementwiseRule &)>
void attachElementwise(mlir::MLIRContext *context) {
  OpTy::template attachInterface<ElementwiseModel<OpTy, differentiateOp>>(
      *context);
}

} // namespace norm

#endif // NORM_LIB_DIFFERENTIATION_ELEMENTWISERULE_H
