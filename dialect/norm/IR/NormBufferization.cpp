//===- NormBufferization.cpp - From tensor form to memref form ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "norm/IR/NormOps.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace norm;

/// The memref of `type` that `output` is going to be materialized in and that
/// exists where the op is; null if there is none. The op can write its result
/// there: nothing else refers to that memref.
static Value findDestination(OpResult output, MemRefType type) {
  for (Operation *user : output.getUsers()) {
    auto materialize = dyn_cast<MaterializeInDestinationOp>(user);
    if (!materialize ||
        materialize->getBlock() != output.getOwner()->getBlock())
      continue;
    Value dest = materialize.getDest();
    bool restricted = materialize.getRestrict();
    if (auto toTensor = dest.getDefiningOp<ToTensorOp>()) {
      dest = toTensor.getBuffer();
      restricted = toTensor.getRestrict() && toTensor.getWritable();
    }
    if (restricted && dest.getType() == type &&
        DominanceInfo().properlyDominates(dest, output.getOwner()))
      return dest;
  }
  return Value();
}

namespace {

/// An op in tensor form reads all its operands, writes none of them, and gets a
/// new buffer for each result, unless that is to be put in a memref. `outs` are
/// the last operands of each op.
template <typename OpTy>
struct NormOpModel
    : BufferizableOpInterface::ExternalModel<NormOpModel<OpTy>, OpTy> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return true;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *, OpOperand &,
                                      const AnalysisState &) const {
    return {};
  }
  bool bufferizesToAllocation(Operation *, Value) const { return true; }

  /// The new buffer of a result: contiguous, in the default memory space.
  FailureOr<BufferLikeType> getBufferType(Operation *op, Value value,
                                          const BufferizationOptions &options,
                                          const BufferizationState &,
                                          SmallVector<Value> &) const {
    auto type = cast<RankedTensorType>(value.getType());
    std::optional<Attribute> space = options.defaultMemorySpaceFn(type);
    if (!space)
      return op->emitError("expected a default memory space, found none");
    return cast<BufferLikeType>(
        getMemRefTypeWithStaticIdentityLayout(type, *space));
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto normOp = cast<OpTy>(op);
    if (!normOp.hasTensorSemantics())
      return success();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      if (!isa<TensorType>(operand.getType())) {
        operands.push_back(operand);
        continue;
      }
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
    }
    ReifiedRankedShapedTypeDims shapes;
    if (failed(normOp.reifyResultShapes(rewriter, shapes)))
      return failure();
    SmallVector<Value> outs;
    for (auto [output, shape] : llvm::zip(normOp.getOutputs(), shapes)) {
      FailureOr<BufferLikeType> bufferType =
          bufferization::getBufferType(output, options, state);
      if (failed(bufferType))
        return failure();
      auto type = cast<MemRefType>(*bufferType);
      if (Value destination = findDestination(output, type)) {
        outs.push_back(destination);
        continue;
      }
      SmallVector<Value> sizes;
      for (auto [i, size] : llvm::enumerate(shape))
        if (type.isDynamicDim(i))
          sizes.push_back(
              getValueOrCreateConstantIndexOp(rewriter, op->getLoc(), size));
      FailureOr<Value> out =
          options.createAlloc(rewriter, op->getLoc(), type, sizes);
      if (failed(out))
        return failure();
      outs.push_back(*out);
    }
    llvm::append_range(operands, outs);
    auto properties = normOp.getProperties();
    if constexpr (OpTy::template hasTrait<OpTrait::AttrSizedOperandSegments>())
      properties.operandSegmentSizes.back() = outs.size();
    OpTy::create(rewriter, op->getLoc(), TypeRange(), operands, properties,
                 op->getDiscardableAttrDictionary().getValue());
    replaceOpWithBufferizedValues(rewriter, op, outs);
    return success();
  }
};

/// Attaches the model to each op.
template <typename... OpTys> void attachModels(MLIRContext *context) {
  (OpTys::template attachInterface<NormOpModel<OpTys>>(*context), ...);
}

} // namespace

void norm::registerBufferizableOpInterfaceModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, NormDialect *) {
    attachModels<RMSNormOp, RMSNormGradOp, ReciprocalOp, ReciprocalGradOp,
                 ChannelStatsOp, ChannelBackpropStatsOp, ChannelBackpropOp>(
        context);
  });
}
