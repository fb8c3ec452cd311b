//===- TensorModels.cpp - Rules of tensor ops -----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/IR/DifferentiableOpInterface.h"

#include "Models.h"

using namespace mlir;
using namespace norm;

namespace {

template <typename Model, typename OpTy>
using TensorModel = DifferentiableOpInterface::ExternalModel<Model, OpTy>;

struct CastModel : TensorModel<CastModel, tensor::CastOp> {
  LogicalResult differentiate(Operation *op, OpBuilder &builder,
                              Cotangents &cotangents) const {
    cotangents.add(builder, op->getOperand(0),
                   cotangents.get(op->getResult(0)));
    return success();
  }
};

struct CollapseModel : TensorModel<CollapseModel, tensor::CollapseShapeOp> {
  LogicalResult differentiate(Operation *op, OpBuilder &builder,
                              Cotangents &cotangents) const {
    auto collapse = cast<tensor::CollapseShapeOp>(op);
    Value source = collapse.getSrc();
    Value expanded = tensor::ExpandShapeOp::create(
        builder, op->getLoc(), source.getType(),
        cotangents.get(collapse.getResult()),
        collapse.getReassociationIndices(),
        tensor::getMixedSizes(builder, op->getLoc(), source));
    cotangents.add(builder, source, expanded);
    return success();
  }
};

struct ExpandModel : TensorModel<ExpandModel, tensor::ExpandShapeOp> {
  LogicalResult differentiate(Operation *op, OpBuilder &builder,
                              Cotangents &cotangents) const {
    auto expand = cast<tensor::ExpandShapeOp>(op);
    Value collapsed = tensor::CollapseShapeOp::create(
        builder, op->getLoc(), expand.getSrc().getType(),
        cotangents.get(expand.getResult()), expand.getReassociationIndices());
    cotangents.add(builder, expand.getSrc(), collapsed);
    return success();
  }
};

/// What was not read has the cotangent zero.
struct ExtractSliceModel
    : TensorModel<ExtractSliceModel, tensor::ExtractSliceOp> {
  LogicalResult differentiate(Operation *op, OpBuilder &builder,
                              Cotangents &cotangents) const {
    auto slice = cast<tensor::ExtractSliceOp>(op);
    Value source = slice.getSource();
    Value zeros = createFilledLike(builder, op->getLoc(), source, 0.0);
    Value inserted = tensor::InsertSliceOp::create(
        builder, op->getLoc(), cotangents.get(slice.getResult()), zeros,
        slice.getMixedOffsets(), slice.getMixedSizes(),
        slice.getMixedStrides());
    cotangents.add(builder, source, inserted);
    return success();
  }
};

/// The elements of the destination that are overwritten have the cotangent
/// zero.
struct InsertSliceModel : TensorModel<InsertSliceModel, tensor::InsertSliceOp> {
  LogicalResult differentiate(Operation *op, OpBuilder &builder,
                              Cotangents &cotangents) const {
    auto slice = cast<tensor::InsertSliceOp>(op);
    Location loc = op->getLoc();
    Value dy = cotangents.get(slice.getResult());
    auto offsets = slice.getMixedOffsets();
    auto sizes = slice.getMixedSizes();
    auto strides = slice.getMixedStrides();
    Value extracted = tensor::ExtractSliceOp::create(
        builder, loc, slice.getSourceType(), dy, offsets, sizes, strides);
    cotangents.add(builder, slice.getSource(), extracted);
    if (!cotangents.isWanted(slice.getDest()))
      return success();
    Value zeros = createFilledLike(builder, loc, slice.getSource(), 0.0);
    Value kept = tensor::InsertSliceOp::create(builder, loc, zeros, dy, offsets,
                                               sizes, strides);
    cotangents.add(builder, slice.getDest(), kept);
    return success();
  }
};

} // namespace

void norm::attachTensorModels(MLIRContext *context, tensor::TensorDialect *) {
  tensor::CastOp::attachInterface<CastModel>(*context);
  tensor::CollapseShapeOp::attachInterface<CollapseModel>(*context);
  tensor::ExpandShapeOp::attachInterface<ExpandModel>(*context);
  tensor::ExtractSliceOp::attachInterface<ExtractSliceModel>(*context);
  tensor::InsertSliceOp::attachInterface<InsertSliceModel>(*context);
}
